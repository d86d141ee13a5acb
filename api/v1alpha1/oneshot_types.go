// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MainBucket is how status names an account's main monetary bucket, which has no Bucket object.
const MainBucket = "@main"

// OneShotStatus is the status that every one-shot kind shares. A one-shot ends once: with Ready=True, or with
// Ready=False and Stalled=True. After that neither its status nor the ledger changes on its account.
type OneShotStatus struct {
	// conditions say how this operation stands. Ready is always present, and its reason is the state; Reconciling and
	// Stalled are present only while they are True. Written by the manager only.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status answers. It is -1 until the first reconcile, so
	// that a new object never looks finished.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// transactionID is the id of the ledger's transaction that moved the amount. It is written once and never changes
	// or goes away. Absent while nothing has moved, and for ever if the operation was refused.
	// +optional
	// +kubebuilder:validation:MinLength=36
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`
	TransactionID string `json:"transactionID,omitempty"`

	// committedAt is the ledger's time of the decision, in UTC, to the microsecond. For a replay it is the time of the
	// recorded decision, which may be before the object was created. Absent while nothing is decided.
	// +optional
	CommittedAt *metav1.MicroTime `json:"committedAt,omitempty"`

	// replayed is true if the ledger had decided this operation before this object asked for it: the outcome is the
	// recorded one, and nothing moved now. Absent means that the operation was decided for this object.
	// +optional
	Replayed bool `json:"replayed,omitempty"`

	// impactedBuckets lists the buckets that the transaction changed, at most 64, with what each held before and after;
	// of a BalanceReservation, those that its newest step changed. Absent if nothing moved.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	ImpactedBuckets []ImpactedBucket `json:"impactedBuckets,omitempty"`
}

// ImpactedBucket is what one transaction did to one bucket.
type ImpactedBucket struct {
	// account is the name of the PrepayAccount that the bucket belongs to. Always present.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Account string `json:"account,omitempty"`

	// bucket is the name of the Bucket, or "@main" for the account's main bucket, which has no object. Always present.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^(@main|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$`
	Bucket string `json:"bucket,omitempty"`

	// before is what the bucket held just before the transaction, in the bucket's unit. Always present.
	// +required
	Before SignedAmount `json:"before,omitempty"`

	// after is what the bucket held just after the transaction, in the bucket's unit. Always present.
	// +required
	After SignedAmount `json:"after,omitempty"`
}
