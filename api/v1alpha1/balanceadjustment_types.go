// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// AdjustmentType is what an adjustment does, and why.
// +kubebuilder:validation:Enum=GoodwillCredit;GeneralCredit;GeneralDebit;OneTimeCharge;RecurringCharge;Reversal
type AdjustmentType string

const (
	// AdjustmentGoodwillCredit gives the customer something, as an apology or a present. The ceiling binds it.
	AdjustmentGoodwillCredit AdjustmentType = "GoodwillCredit"
	// AdjustmentGeneralCredit corrects a balance upwards.
	AdjustmentGeneralCredit AdjustmentType = "GeneralCredit"
	// AdjustmentGeneralDebit corrects a balance downwards.
	AdjustmentGeneralDebit AdjustmentType = "GeneralDebit"
	// AdjustmentOneTimeCharge charges for something once, without a reservation.
	AdjustmentOneTimeCharge AdjustmentType = "OneTimeCharge"
	// AdjustmentRecurringCharge charges for one period of something that goes on.
	AdjustmentRecurringCharge AdjustmentType = "RecurringCharge"
	// AdjustmentReversal undoes another operation, at most once.
	AdjustmentReversal AdjustmentType = "Reversal"
)

// OperationKind is the kind of an operation that can be reversed.
// +kubebuilder:validation:Enum=TopUp;BalanceTransfer;BalanceReservation;BalanceAdjustment
type OperationKind string

const (
	// OperationTopUp is a TopUp.
	OperationTopUp OperationKind = "TopUp"
	// OperationBalanceTransfer is a BalanceTransfer.
	OperationBalanceTransfer OperationKind = "BalanceTransfer"
	// OperationBalanceReservation is a BalanceReservation; what is reversed is its charge.
	OperationBalanceReservation OperationKind = "BalanceReservation"
	// OperationBalanceAdjustment is another BalanceAdjustment.
	OperationBalanceAdjustment OperationKind = "BalanceAdjustment"
)

// ShortfallPolicy says what a reversal does if what it takes back is no longer there.
// +kubebuilder:validation:Enum=Refuse;Debt
type ShortfallPolicy string

const (
	// ShortfallRefuse refuses the reversal.
	ShortfallRefuse ShortfallPolicy = "Refuse"
	// ShortfallDebt takes what is there and lets the account owe the rest.
	ShortfallDebt ShortfallPolicy = "Debt"
)

// BalanceAdjustmentSpec says what is to be added, taken or undone, and why.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Reversal' || (has(self.accountRef) && has(self.amount))",message="accountRef and amount are required, unless type is Reversal"
// +kubebuilder:validation:XValidation:rule="self.type != 'Reversal' || (!has(self.accountRef) && !has(self.bucketRef) && !has(self.amount))",message="a Reversal undoes the whole operation that of names; remove accountRef, bucketRef and amount"
// +kubebuilder:validation:XValidation:rule="(self.type == 'Reversal') == has(self.of)",message="of names what to undo: it is required with type Reversal, and goes with no other"
// +kubebuilder:validation:XValidation:rule="self.type == 'Reversal' || !has(self.onShortfall)",message="onShortfall goes with type Reversal only; remove it"
// +kubebuilder:validation:XValidation:rule="!has(self.product) || self.type in ['GeneralDebit', 'OneTimeCharge', 'RecurringCharge']",message="product is what is charged for: it goes with GeneralDebit, OneTimeCharge and RecurringCharge only; remove it"
// +kubebuilder:validation:XValidation:rule="self.type == oldSelf.type && has(self.accountRef) == has(oldSelf.accountRef) && (!has(self.accountRef) || self.accountRef == oldSelf.accountRef) && has(self.bucketRef) == has(oldSelf.bucketRef) && (!has(self.bucketRef) || self.bucketRef == oldSelf.bucketRef) && has(self.amount) == has(oldSelf.amount) && (!has(self.amount) || self.amount == oldSelf.amount) && has(self.product) == has(oldSelf.product) && (!has(self.product) || self.product == oldSelf.product) && has(self.of) == has(oldSelf.of) && (!has(self.of) || self.of == oldSelf.of) && has(self.onShortfall) == has(oldSelf.onShortfall) && (!has(self.onShortfall) || self.onShortfall == oldSelf.onShortfall) && has(self.channel) == has(oldSelf.channel) && (!has(self.channel) || self.channel == oldSelf.channel) && has(self.reason) == has(oldSelf.reason) && (!has(self.reason) || self.reason == oldSelf.reason) && has(self.idempotencyKey) == has(oldSelf.idempotencyKey) && (!has(self.idempotencyKey) || self.idempotencyKey == oldSelf.idempotencyKey)",message="spec is immutable; create a new BalanceAdjustment; only ttlSecondsAfterFinished may change"
// +kubebuilder:validation:XValidation:rule="!has(self.requestor) || (has(oldSelf.requestor) && self.requestor == oldSelf.requestor)",message="requestor is stamped at creation and never changes; leave it out"
type BalanceAdjustmentSpec struct {
	// type says what is done: GoodwillCredit and GeneralCredit add, GeneralDebit, OneTimeCharge and RecurringCharge
	// take, and Reversal undoes another operation. Required and immutable.
	// +required
	Type AdjustmentType `json:"type,omitempty"`

	// accountRef names the PrepayAccount to adjust. Required and immutable, unless type is Reversal; absent with it. If
	// the account does not exist or is not ready, the adjustment waits.
	// +optional
	AccountRef *AccountReference `json:"accountRef,omitempty"`

	// bucketRef names a Bucket of that account to adjust, or for a charge one that is shared with it. Optional and
	// immutable; absent with Reversal. Absent, a credit goes to the main bucket, and a debit is taken from all buckets
	// of the account that are of the amount's dimension, in burn order; a charge from those shared with it too. If it
	// does not exist or is not ready, the adjustment waits.
	// +optional
	BucketRef *BucketReference `json:"bucketRef,omitempty"`

	// amount is what to add or to take, greater than zero, in a unit that converts exactly to that of the buckets; money
	// that is taken may have four decimals beyond the currency's own. Required and immutable, unless type is Reversal;
	// absent with it.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Amount Amount `json:"amount,omitempty"`

	// product names what is charged for; a bucket that is for some products is used only if it lists this one. Optional
	// and immutable, with GeneralDebit, OneTimeCharge and RecurringCharge only; absent means nothing in particular, and
	// that such buckets are not used. A GeneralDebit of a bucket that bucketRef names does not ask for it.
	// +optional
	Product *ProductReference `json:"product,omitempty"`

	// of names the operation to undo. Required and immutable with type Reversal; absent with every other. An operation
	// is undone as a whole and at most once.
	// +optional
	Of *OperationReference `json:"of,omitempty"`

	// onShortfall says what a Reversal does if what it takes back is no longer there: Refuse refuses it; Debt takes what
	// is there and lets the account owe the rest, which the next credit pays first. Optional and immutable, with type
	// Reversal only; absent means Refuse.
	// +optional
	OnShortfall ShortfallPolicy `json:"onShortfall,omitempty"`

	// channel is where the adjustment was asked for, as in Retail, Web or IVR. Optional and immutable; absent means that it
	// is not said. It does not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9 ._/-]*[A-Za-z0-9])?$`
	Channel string `json:"channel,omitempty"`

	// reason says in words why the adjustment was made. Optional and immutable; absent means that it is not said. It does
	// not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Reason string `json:"reason,omitempty"`

	// requestor is who asked for the adjustment, as the API server authenticated them. Optional; it is stamped from
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

// OperationReference names an operation in the same namespace by the name that the ledger has for it. The object itself
// may be gone.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.idempotencyKey)",message="must have either name or idempotencyKey: idempotencyKey for an operation that set its own, name for every other"
// +structType=atomic
type OperationReference struct {
	// kind is the kind of the operation: TopUp, BalanceTransfer, BalanceReservation or BalanceAdjustment. Required. Of a
	// BalanceReservation, the charge is undone.
	// +required
	Kind OperationKind `json:"kind,omitempty"`

	// name is the name of the operation's object, if it did not set an idempotencyKey. Optional; absent means that
	// idempotencyKey is set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`

	// idempotencyKey is the spec.idempotencyKey of the operation, if it set one. Optional; absent means that name is
	// set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[!-~]+$`
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
}

// BalanceAdjustmentStatus is what became of the adjustment.
type BalanceAdjustmentStatus struct {
	OneShotStatus `json:",inline"`
}

// BalanceAdjustment adds to an account or takes from it, or undoes another operation, once. It ends either with
// Ready=True (Completed) or refused for good with Ready=False and Stalled=True, and the reason says why. Deleting it
// never undoes it, and applying it again under the same name never adjusts twice. A credit creates money.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=badj,categories=prepay
// +kubebuilder:selectablefield:JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Amount",type=string,JSONPath=`.spec.amount`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Committed",type=date,JSONPath=`.status.committedAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.transactionID) || (has(self.status) && has(self.status.transactionID) && self.status.transactionID == oldSelf.status.transactionID)",message="status.transactionID is written once"
type BalanceAdjustment struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. Unless spec.idempotencyKey is set, the name is the operation's name
	// in the ledger.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what is to be added, taken or undone, and why. Required and immutable, except for
	// ttlSecondsAfterFinished.
	// +required
	Spec BalanceAdjustmentSpec `json:"spec,omitzero"`

	// status is what became of the adjustment. Written by the manager only; it is observedGeneration -1 and nothing else
	// until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status BalanceAdjustmentStatus `json:"status,omitzero"`
}

// BalanceAdjustmentList is a list of BalanceAdjustments.
//
// +kubebuilder:object:root=true
type BalanceAdjustmentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BalanceAdjustment `json:"items"`
}
