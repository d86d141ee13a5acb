// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ReservationState is the state that a reservation is wanted in.
// +kubebuilder:validation:Enum=Reserved;Accepted;Charged;Released
type ReservationState string

const (
	// ReservationReserved holds the amount until it is charged, released or at its end.
	ReservationReserved ReservationState = "Reserved"
	// ReservationAccepted holds the amount and says that the service has begun.
	ReservationAccepted ReservationState = "Accepted"
	// ReservationCharged charges what is held, or chargeAmount of it, and gives back the rest. It is final.
	ReservationCharged ReservationState = "Charged"
	// ReservationReleased gives back all that is held. It is final.
	ReservationReleased ReservationState = "Released"
)

// ReservationExpiry says what becomes of an open reservation at its end.
// +kubebuilder:validation:Enum=Release;Charge
type ReservationExpiry string

const (
	// ExpiryRelease gives back all that is held.
	ExpiryRelease ReservationExpiry = "Release"
	// ExpiryCharge charges all that is held.
	ExpiryCharge ReservationExpiry = "Charge"
)

// BalanceReservationSpec says what is to be held, on which account, for how long, and how far it has come.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.state) || oldSelf.state == 'Reserved' || (has(self.state) && (self.state == oldSelf.state || (oldSelf.state == 'Accepted' && self.state in ['Charged', 'Released'])))",message="state moves forward only: Reserved, Accepted, then Charged or Released, which are final; create a new BalanceReservation to hold again"
// +kubebuilder:validation:XValidation:rule="!has(self.chargeAmount) || (has(self.state) && self.state == 'Charged')",message="chargeAmount goes with state Charged only; set both at once"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.expiresAt) || (has(self.expiresAt) && self.expiresAt >= oldSelf.expiresAt)",message="expiresAt may only be put later, and is never removed; to end the reservation sooner, set state Released"
// +kubebuilder:validation:XValidation:rule="has(self.bucketRef) == has(oldSelf.bucketRef) && (!has(self.bucketRef) || self.bucketRef == oldSelf.bucketRef) && has(self.product) == has(oldSelf.product) && (!has(self.product) || self.product == oldSelf.product) && has(self.channel) == has(oldSelf.channel) && (!has(self.channel) || self.channel == oldSelf.channel) && has(self.reason) == has(oldSelf.reason) && (!has(self.reason) || self.reason == oldSelf.reason) && has(self.idempotencyKey) == has(oldSelf.idempotencyKey) && (!has(self.idempotencyKey) || self.idempotencyKey == oldSelf.idempotencyKey)",message="bucketRef, product, channel, reason and idempotencyKey are immutable; create a new BalanceReservation"
type BalanceReservationSpec struct {
	// accountRef names the PrepayAccount whose balance is held. Required and immutable. If it does not exist or is not
	// ready, the reservation waits.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="accountRef is immutable; create a new BalanceReservation on the other account"
	AccountRef AccountReference `json:"accountRef,omitzero"`

	// bucketRef names the one Bucket to hold from: of that account, or shared with it. Optional and immutable; absent
	// means all of these that are of the amount's dimension, in burn order, the main bucket among them. If it does not
	// exist or is not ready, the reservation waits.
	// +optional
	BucketRef *BucketReference `json:"bucketRef,omitempty"`

	// amount is what to hold, greater than zero, in a unit that converts exactly to that of the buckets; money may have
	// four decimals beyond the currency's own. Required. It may be raised, in the same unit, while the reservation is
	// open: it says how much is to be held in all. It cannot be lowered.
	// +required
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0] + 'k') && self.split(' ')[1] == oldSelf.split(' ')[1] && quantity(self.split(' ')[0] + 'k').compareTo(quantity(oldSelf.split(' ')[0] + 'k')) >= 0",message="amount may only be raised, in the same unit; to hold less, release this reservation and create a new one"
	Amount Amount `json:"amount,omitempty"`

	// product names what the amount is held and charged for; a bucket that is for some products is used only if it lists
	// this one. Optional and immutable; absent means nothing in particular, and that such buckets are not used.
	// +optional
	Product *ProductReference `json:"product,omitempty"`

	// state is the state that the reservation is wanted in: Reserved, Accepted, Charged or Released. Optional; absent
	// means Reserved. It has no default in the object, so that the system that charges may set it without fighting the
	// manifest in git. It moves forward only: from Reserved to Accepted, and from both to Charged or Released, which
	// are final. Accepted may be left out, and does not stop the clock.
	// +optional
	State ReservationState `json:"state,omitempty"`

	// chargeAmount is how much of what is held is charged, greater than zero; the rest goes back where it came from.
	// Optional, and only with state Charged; absent means all that is held. If it is more than is held nothing is
	// charged, and it may be corrected.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	ChargeAmount Amount `json:"chargeAmount,omitempty"`

	// expiresAfter is for how long the amount is held, in hours, minutes and seconds as in 15m, 36h or 1h30m, counted
	// from the ledger's time of the reserve. More than zero and at most 720h, which is 30 days. The default is 15m.
	// Immutable; expiresAt extends it.
	// +optional
	// +kubebuilder:default="15m"
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,7}s)?$`
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,4}h)?([0-9]{1,5}m)?([0-9]{1,7}s)?$') && size(self) > 1 && duration(self) > duration('0s') && duration(self) <= duration('720h')",message="must be hours, minutes and seconds, more than 0s and at most 720h, as in 15m, 36h or 1h30m"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="expiresAfter is immutable; set expiresAt to hold for longer"
	ExpiresAfter string `json:"expiresAfter,omitempty"`

	// expiresAt is the instant at which the hold ends, to the second, instead of expiresAfter. Optional; absent means
	// that expiresAfter decides. It may be set later and put later, which extends an open reservation; it cannot be put
	// earlier or removed. An end that is earlier than the one that the ledger has changes nothing.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`

	// onExpiry says what becomes of a reservation that is still open at its end: Release, the default, gives back all
	// that is held; Charge charges all of it, whatever the account's state says by then. Immutable.
	// +optional
	// +kubebuilder:default=Release
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="onExpiry is immutable; create a new BalanceReservation"
	OnExpiry ReservationExpiry `json:"onExpiry,omitempty"`

	// channel is where the reservation was asked for, as in Retail, Web or IVR. Optional and immutable; absent means that it
	// is not said. It does not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9 ._/-]*[A-Za-z0-9])?$`
	Channel string `json:"channel,omitempty"`

	// reason says in words why the reservation was made. Optional and immutable; absent means that it is not said. It does
	// not change what moves.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Reason string `json:"reason,omitempty"`

	// requestor is who asked for the newest change of state, amount, chargeAmount or expiresAt, at first for the reservation, as the API server authenticated them. Optional; it is stamped from
	// the request's identity by the policies in config/policy: never write it. Without those policies it is absent, and
	// the manager neither trusts nor records it. It does not change what moves.
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
	// of its creation and status.committedAt; then it is deleted, which moves no money. An open reservation has not
	// finished. Optional and mutable; zero means at once, and absent means that the object is kept until somebody deletes it.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// BalanceReservationStatus is what became of the reservation. transactionID and committedAt are those of the reserve,
// impactedBuckets those of the newest step.
type BalanceReservationStatus struct {
	OneShotStatus `json:",inline"`

	// reserved is what is held now and awaits accept, in the unit of spec.amount. Absent until the amount is held.
	// +optional
	Reserved SignedAmount `json:"reserved,omitempty"`

	// accepted is what is held now and accepted, in the unit of spec.amount. Absent until the amount is held.
	// +optional
	Accepted SignedAmount `json:"accepted,omitempty"`

	// charged is what was charged in all, in the unit of spec.amount. Absent until the reservation is closed.
	// +optional
	Charged SignedAmount `json:"charged,omitempty"`

	// released is what was held in all and not charged, in the unit of spec.amount: it is back where it came from, or taken
	// away if that is over. Absent until the reservation is closed.
	// +optional
	Released SignedAmount `json:"released,omitempty"`

	// expiresAt is the end that the ledger has now for the hold, in UTC, to the microsecond. Absent until the amount is
	// held.
	// +optional
	ExpiresAt *metav1.MicroTime `json:"expiresAt,omitempty"`
}

// BalanceReservation holds an amount of an account's balance for a service that is being used, until it is charged, in
// whole or in part, or released. It is long-lived: spec.state says what is wanted of it and moves forward, and while it
// is open a finalizer keeps it. Deleting an open one releases what is held. It resolves at most once, by a charge, a
// release or its end, even if those come at the same instant; a closed one never opens again.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=bres,categories=prepay
// +kubebuilder:selectablefield:JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Amount",type=string,JSONPath=`.spec.amount`
// +kubebuilder:printcolumn:name="Charged",type=string,JSONPath=`.status.charged`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.status.expiresAt`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.transactionID) || (has(self.status) && has(self.status.transactionID) && self.status.transactionID == oldSelf.status.transactionID)",message="status.transactionID is written once"
type BalanceReservation struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. Unless spec.idempotencyKey is set, the name is the operation's name
	// in the ledger.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what is to be held, on which account, for how long, and how far it has come. Required.
	// +required
	Spec BalanceReservationSpec `json:"spec,omitzero"`

	// status is what became of the reservation. Written by the manager only; it is observedGeneration -1 and nothing else
	// until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status BalanceReservationStatus `json:"status,omitzero"`
}

// BalanceReservationList is a list of BalanceReservations.
//
// +kubebuilder:object:root=true
type BalanceReservationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BalanceReservation `json:"items"`
}
