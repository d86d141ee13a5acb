// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// AccountReference names a PrepayAccount in the same namespace.
//
// +kubebuilder:validation:XValidation:rule="!has(self.namespace)",message="must be in the same namespace; remove namespace"
// +structType=atomic
type AccountReference struct {
	// name is the name of a PrepayAccount in the namespace of the object that refers to it. Required. The account need
	// not exist yet: the object waits for it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// namespace must not be set: a reference never leaves its namespace. It is declared so that it can be refused;
	// an unknown field would be dropped without a word, and a local namesake would be used instead.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
}

// BucketReference names a Bucket in the same namespace.
//
// +kubebuilder:validation:XValidation:rule="!has(self.namespace)",message="must be in the same namespace; remove namespace"
// +structType=atomic
type BucketReference struct {
	// name is the name of a Bucket in the namespace of the object that refers to it. Required. The bucket need not
	// exist yet: the object waits for it. An account's main bucket has no object and cannot be named; leave the
	// reference out to mean it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// namespace must not be set: a reference never leaves its namespace. It is declared so that it can be refused;
	// an unknown field would be dropped without a word, and a local namesake would be used instead.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
}
