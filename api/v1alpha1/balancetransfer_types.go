// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// BalanceTransferSpec says what is to be moved, from where, and to where.
//
// +kubebuilder:validation:XValidation:rule="self.source.accountRef.name != self.destination.accountRef.name || has(self.source.bucketRef) != has(self.destination.bucketRef) || (has(self.source.bucketRef) && self.source.bucketRef.name != self.destination.bucketRef.name)",message="source and destination must differ"
// +kubebuilder:validation:XValidation:rule="self.source == oldSelf.source && self.destination == oldSelf.destination && self.amount == oldSelf.amount && has(self.reason) == has(oldSelf.reason) && (!has(self.reason) || self.reason == oldSelf.reason) && has(self.idempotencyKey) == has(oldSelf.idempotencyKey) && (!has(self.idempotencyKey) || self.idempotencyKey == oldSelf.idempotencyKey)",message="spec is immutable; create a new BalanceTransfer; only ttlSecondsAfterFinished may change"
// +kubebuilder:validation:XValidation:rule="!has(self.requestor) || (has(oldSelf.requestor) && self.requestor == oldSelf.requestor)",message="requestor is stamped at creation and never changes; leave it out"
type BalanceTransferSpec struct {
	// source is where the amount is taken from. Required and immutable.
	// +required
	Source TransferEndpoint `json:"source,omitzero"`

	// destination is where the amount goes. Required and immutable. It must differ from source in account or in bucket.
	// +required
	Destination TransferEndpoint `json:"destination,omitzero"`

	// amount is what to move, greater than zero, in a unit that converts exactly to that of both buckets. Required and
	// immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Amount Amount `json:"amount,omitempty"`

	// reason says in words why the transfer was made. Optional and immutable; absent means that it is not said. It does
	// not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Reason string `json:"reason,omitempty"`

	// requestor is who asked for the transfer, as the API server authenticated them. Optional; it is stamped from
	// the request's identity by the policies in config/policy: never write it. Without those policies it is absent, and
	// the manager neither trusts nor records it. Immutable. It does not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Requestor string `json:"requestor,omitempty"`

	// idempotencyKey names this operation in the ledger, where a name is used once in a namespace for each kind.
	// Optional and immutable; absent means that the object's name is the operation's name. A key and a name are never
	// the same operation, even if they read alike: set the key from the beginning if the object may be renamed, by a
	// Helm release or a kustomize prefix, and not afterwards.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[!-~]+$`
	IdempotencyKey string `json:"idempotencyKey,omitempty"`

	// ttlSecondsAfterFinished is for how many seconds this object is kept once it has finished, counted from the later
	// of its creation and status.committedAt; then it is deleted, which moves no money. Optional, and the one field
	// that may change; zero means at once, and absent means that the object is kept until somebody deletes it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// TransferEndpoint is one end of a transfer: an account, and one of its buckets.
type TransferEndpoint struct {
	// accountRef names the PrepayAccount at this end. Required and immutable. If it does not exist or is not ready, the
	// transfer waits.
	// +required
	AccountRef AccountReference `json:"accountRef,omitzero"`

	// bucketRef names a Bucket of that account. Optional and immutable; absent means the account's main bucket. If it
	// does not exist or is not ready, the transfer waits.
	// +optional
	BucketRef *BucketReference `json:"bucketRef,omitempty"`
}

// BalanceTransferStatus is what became of the transfer.
type BalanceTransferStatus struct {
	OneShotStatus `json:",inline"`
}

// BalanceTransfer moves an amount from one bucket to another, once: between two accounts of a namespace, or between
// two buckets of one account. It ends either with Ready=True (Completed) or refused for good with Ready=False and
// Stalled=True, and the reason says why. Deleting it never takes money back, and applying it again under the same name
// never moves it twice.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=bxfer,categories=prepay
// +kubebuilder:selectablefield:JSONPath=`.spec.source.accountRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.destination.accountRef.name`
// +kubebuilder:printcolumn:name="From",type=string,JSONPath=`.spec.source.accountRef.name`
// +kubebuilder:printcolumn:name="To",type=string,JSONPath=`.spec.destination.accountRef.name`
// +kubebuilder:printcolumn:name="Amount",type=string,JSONPath=`.spec.amount`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Committed",type=date,JSONPath=`.status.committedAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.transactionID) || (has(self.status) && has(self.status.transactionID) && self.status.transactionID == oldSelf.status.transactionID)",message="status.transactionID is written once"
type BalanceTransfer struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. Unless spec.idempotencyKey is set, the name is the operation's name
	// in the ledger.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what is to be moved, from where, and to where. Required and immutable, except for
	// ttlSecondsAfterFinished.
	// +required
	Spec BalanceTransferSpec `json:"spec,omitzero"`

	// status is what became of the transfer. Written by the manager only; it is observedGeneration -1 and nothing else
	// until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status BalanceTransferStatus `json:"status,omitzero"`
}

// BalanceTransferList is a list of BalanceTransfers.
//
// +kubebuilder:object:root=true
type BalanceTransferList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BalanceTransfer `json:"items"`
}
