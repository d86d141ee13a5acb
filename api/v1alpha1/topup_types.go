// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PaymentType is how a top-up was paid for.
// +kubebuilder:validation:Enum=Cash;BankTransfer
type PaymentType string

const (
	// PaymentCash is money taken over a counter or by an agent.
	PaymentCash PaymentType = "Cash"
	// PaymentBankTransfer is money that arrived on a bank account.
	PaymentBankTransfer PaymentType = "BankTransfer"
)

// TopUpSpec says what is to be added, to which account, and how it was paid for.
//
// +kubebuilder:validation:XValidation:rule="self.accountRef == oldSelf.accountRef && has(self.bucketRef) == has(oldSelf.bucketRef) && (!has(self.bucketRef) || self.bucketRef == oldSelf.bucketRef) && self.amount == oldSelf.amount && self.payment == oldSelf.payment && has(self.validFor) == has(oldSelf.validFor) && (!has(self.validFor) || self.validFor == oldSelf.validFor) && has(self.validityExtension) == has(oldSelf.validityExtension) && (!has(self.validityExtension) || self.validityExtension == oldSelf.validityExtension) && has(self.channel) == has(oldSelf.channel) && (!has(self.channel) || self.channel == oldSelf.channel) && has(self.reason) == has(oldSelf.reason) && (!has(self.reason) || self.reason == oldSelf.reason) && has(self.idempotencyKey) == has(oldSelf.idempotencyKey) && (!has(self.idempotencyKey) || self.idempotencyKey == oldSelf.idempotencyKey)",message="spec is immutable; create a new TopUp; only ttlSecondsAfterFinished may change"
// +kubebuilder:validation:XValidation:rule="!has(self.requestor) || (has(oldSelf.requestor) && self.requestor == oldSelf.requestor)",message="requestor is stamped at creation and never changes; leave it out"
// +kubebuilder:validation:XValidation:rule="!has(self.validFor) || !has(self.validityExtension)",message="validFor ends what is added, validityExtension moves the end of the bucket; remove one of them"
// +kubebuilder:validation:XValidation:rule="!has(self.validityExtension) || has(self.bucketRef)",message="validityExtension needs bucketRef: the main bucket never ends; name a Bucket, or remove validityExtension"
type TopUpSpec struct {
	// accountRef names the PrepayAccount to top up. Required and immutable. If it does not exist or is not ready, the
	// top-up waits.
	// +required
	AccountRef AccountReference `json:"accountRef,omitzero"`

	// bucketRef names a Bucket of that account to top up instead of its main bucket. Optional and immutable; absent
	// means the main bucket. If it does not exist or is not ready, the top-up waits.
	// +optional
	BucketRef *BucketReference `json:"bucketRef,omitempty"`

	// amount is what to add, greater than zero, in the account's currency or in a unit that converts exactly to the
	// bucket's. Required and immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Amount Amount `json:"amount,omitempty"`

	// payment says how the amount was paid for. Required and immutable.
	// +required
	Payment Payment `json:"payment,omitzero"`

	// validFor is when what is added may be used, apart from what is in the bucket already; what is left of it at its
	// end is taken away, to breakage. Optional and immutable, and not together with validityExtension; absent means as
	// long as the bucket.
	// +optional
	ValidFor *TopUpValidity `json:"validFor,omitempty"`

	// validityExtension says what becomes of the end of the bucket that bucketRef names, with the top-up and as one with
	// it. Optional and immutable; absent means that the end stays, and that a bucket that has ended is not topped up.
	// +optional
	ValidityExtension *ValidityExtension `json:"validityExtension,omitempty"`

	// channel is where the top-up was asked for, as in Retail, Web or IVR. Optional and immutable; absent means that it
	// is not said. It does not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9 ._/-]*[A-Za-z0-9])?$`
	Channel string `json:"channel,omitempty"`

	// reason says in words why the top-up was made. Optional and immutable; absent means that it is not said. It does
	// not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Reason string `json:"reason,omitempty"`

	// requestor is who asked for the top-up, as the API server authenticated them. Optional; it is stamped from
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

// Payment says how a top-up was paid for; type says which form it is.
//
// +union
type Payment struct {
	// type is the form of the payment: Cash or BankTransfer. Required and immutable.
	// +required
	// +unionDiscriminator
	Type PaymentType `json:"type,omitempty"`

	// reference is the receipt outside this system: the till's receipt for Cash, the bank's reference for BankTransfer.
	// Once a top-up with it has been accepted, no other in the namespace with the same payment type may use it
	// (DuplicatePayment). Optional and immutable; absent means that there is no receipt, and no such check.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=140
	// +kubebuilder:validation:Pattern=`^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$`
	Reference string `json:"reference,omitempty"`
}

// TopUpStatus is what became of the top-up.
type TopUpStatus struct {
	OneShotStatus `json:",inline"`
}

// TopUp adds an amount to an account, once. It ends either with Ready=True (Completed) or refused for good with
// Ready=False and Stalled=True, and the reason says why. Deleting it never takes money back, and applying it again
// under the same name never adds it twice.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=topup,categories=prepay
// +kubebuilder:selectablefield:JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Amount",type=string,JSONPath=`.spec.amount`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Committed",type=date,JSONPath=`.status.committedAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.transactionID) || (has(self.status) && has(self.status.transactionID) && self.status.transactionID == oldSelf.status.transactionID)",message="status.transactionID is written once"
type TopUp struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. Unless spec.idempotencyKey is set, the name is the operation's name
	// in the ledger.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what is to be added, to which account, and how it was paid for. Required and immutable, except for
	// ttlSecondsAfterFinished.
	// +required
	Spec TopUpSpec `json:"spec,omitzero"`

	// status is what became of the top-up. Written by the manager only; it is observedGeneration -1 and nothing else
	// until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status TopUpStatus `json:"status,omitzero"`
}

// TopUpList is a list of TopUps.
//
// +kubebuilder:object:root=true
type TopUpList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TopUp `json:"items"`
}
