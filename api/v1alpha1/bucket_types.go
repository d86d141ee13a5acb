// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// UsageType is what a bucket is spent on.
// +kubebuilder:validation:Enum=Monetary;Voice;Data;SMS;Loyalty;Other
type UsageType string

const (
	// UsageMonetary is money; the unit is a currency.
	UsageMonetary UsageType = "Monetary"
	// UsageVoice is talking time; the unit is s, min or h.
	UsageVoice UsageType = "Voice"
	// UsageData is data volume; the unit is bytes or a multiple of them.
	UsageData UsageType = "Data"
	// UsageSMS is messages; the unit is SMS or MMS.
	UsageSMS UsageType = "SMS"
	// UsageLoyalty is loyalty points; the unit is points.
	UsageLoyalty UsageType = "Loyalty"
	// UsageOther is a count of anything else.
	UsageOther UsageType = "Other"
)

// BucketClass says whether the credit in a bucket was paid for.
// +kubebuilder:validation:Enum=Paid;Granted
type BucketClass string

const (
	// ClassPaid is credit that the customer has paid for. Only such credit can be transferred.
	ClassPaid BucketClass = "Paid"
	// ClassGranted is credit that was given: an allowance, a promotion, a goodwill.
	ClassGranted BucketClass = "Granted"
)

// BucketState is the state that a bucket is wanted in.
// +kubebuilder:validation:Enum=Active;Suspended
type BucketState string

const (
	// BucketStateActive lets the bucket be added to and used.
	BucketStateActive BucketState = "Active"
	// BucketSuspended keeps what the bucket holds: nothing goes out of it and nothing comes in, except what comes back
	// from holds and reversals.
	BucketSuspended BucketState = "Suspended"
)

// BucketDeletionPolicy says what happens to a bucket's credit when its object is deleted.
// +kubebuilder:validation:Enum=Retain;Forfeit
type BucketDeletionPolicy string

const (
	// BucketDeletionRetain keeps the credit in the ledger; it cannot be spent until an object takes the bucket up again.
	BucketDeletionRetain BucketDeletionPolicy = "Retain"
	// BucketDeletionForfeit takes the credit away from the account, to breakage.
	BucketDeletionForfeit BucketDeletionPolicy = "Forfeit"
)

// BucketSpec says which bucket is wanted on an account, and what it starts with.
//
// +kubebuilder:validation:XValidation:rule="has(self.initialAmount) == has(oldSelf.initialAmount) && (!has(self.initialAmount) || self.initialAmount == oldSelf.initialAmount)",message="initialAmount is immutable; create a TopUp to add to the bucket"
// +kubebuilder:validation:XValidation:rule="has(self.validFor) == has(oldSelf.validFor) && (!has(self.validFor) || self.validFor == oldSelf.validFor)",message="validFor is immutable; create a TopUp with a validityExtension to move the bucket's end, or a new Bucket"
// +kubebuilder:validation:XValidation:rule="has(self.cycle) == has(oldSelf.cycle) && (!has(self.cycle) || self.cycle == oldSelf.cycle)",message="cycle is immutable; create a new Bucket"
// +kubebuilder:validation:XValidation:rule="!has(self.refill) || has(self.cycle)",message="refill needs cycle, which says when a bucket is refilled; create the Bucket with a cycle, or remove refill"
// +kubebuilder:validation:XValidation:rule="!has(self.rollover) || has(self.cycle)",message="rollover needs cycle, at whose end something is kept; create the Bucket with a cycle, or remove rollover"
// +kubebuilder:validation:XValidation:rule="!has(self.sharedWith) || self.sharedWith.all(share, share.accountRef.name != self.accountRef.name)",message="sharedWith must not have the bucket's own account, which may use the bucket already; remove its entry"
type BucketSpec struct {
	// accountRef names the PrepayAccount that the bucket belongs to. Required and immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="accountRef is immutable; create a new Bucket on the other account"
	AccountRef AccountReference `json:"accountRef,omitzero"`

	// usageType is what the bucket is spent on: Monetary, Voice, Data, SMS, Loyalty or Other. It must fit the unit.
	// Required and immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="usageType is immutable; create a new Bucket"
	UsageType UsageType `json:"usageType,omitempty"`

	// unit is what the bucket counts in, as in EUR, GB, min, SMS or points; status shows the bucket in it. Amounts in
	// other units of the same dimension are converted if that is exact, and refused if not. Required and immutable.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9-]{0,15}$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="unit is immutable; create a new Bucket"
	Unit string `json:"unit,omitempty"`

	// initialAmount is what the bucket starts with. It is granted once under this bucket's name: deleting the object
	// and applying it again grants nothing. Optional and immutable; greater than zero; absent means that the bucket
	// starts empty.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	InitialAmount Amount `json:"initialAmount,omitempty"`

	// class says whether initialAmount was paid for (Paid) or given (Granted). The two stay apart in the ledger, and
	// only what was paid for can be transferred; what a TopUp adds is always paid for. Immutable. The default is
	// Granted, because most buckets are allowances, and because a mistake in that direction cannot turn a promotion
	// into money that a friend may spend.
	// +optional
	// +kubebuilder:default=Granted
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="class is immutable; create a new Bucket"
	Class BucketClass `json:"class,omitempty"`

	// state is the state that the bucket is wanted in: Active or Suspended. Optional and mutable; absent means Active.
	// While it is Suspended nothing is charged, reserved or transferred out of it and nothing is added, except what
	// comes back from holds and reversals, and what its cycles bring. It has no default in the object, so that support staff may set it without
	// fighting the manifest in git.
	// +optional
	State BucketState `json:"state,omitempty"`

	// priority is the bucket's place in the burn order, from -1000 to 1000: of the buckets that a charge may use, those
	// that are for some products burn first, then those with the lower number, then what ends sooner, then what is
	// older. Mutable. The default is 0, which is the main bucket's too.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=-1000
	// +kubebuilder:validation:Maximum=1000
	Priority int32 `json:"priority,omitempty"`

	// blocker ends the burn order with this bucket: what burns after it, the credit limit included, is not used beside
	// it, even when it is empty, while it may be used itself. The default is false. Mutable.
	// +optional
	// +kubebuilder:default=false
	Blocker bool `json:"blocker,omitempty"`

	// products lists those whose charges and reservations may use the bucket, at most 64; a restricted bucket cannot be
	// transferred from. Optional and mutable; absent means that any may.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Products []ProductReference `json:"products,omitempty"`

	// validFor is when the bucket may be used; what is left at its end is taken away, to breakage. Optional and
	// immutable; absent means at once and for ever. status.validFor is what became of it.
	// +optional
	ValidFor *Validity `json:"validFor,omitempty"`

	// cycle is a period that comes again and again. initialAmount and each refill are for one cycle: at its end what is
	// left rolls over, as rollover says, or is taken away. Optional and immutable; absent means no cycle.
	// +optional
	Cycle *BucketCycle `json:"cycle,omitempty"`

	// refill is what the bucket is given at each beginning of a cycle after its start, exactly once each. Optional and
	// mutable, and only with cycle; absent means nothing.
	// +optional
	Refill *BucketRefill `json:"refill,omitempty"`

	// rollover is what is kept of a cycle's grant when the cycle ends. Optional and mutable, and only with cycle; absent
	// means nothing. An empty one keeps all, once, until the next end of a cycle.
	// +optional
	Rollover *BucketRollover `json:"rollover,omitempty"`

	// sharedWith lists other accounts of the namespace that may use the bucket, each once, at most 100: for charges and
	// reservations, in burn order with their own buckets, and for nothing else. Optional and mutable; absent means
	// none. Put only accounts on it that may spend what another one pays for.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:XValidation:rule="self.all(share, self.exists_one(other, other.accountRef.name == share.accountRef.name))",message="must have each account once; remove all but one of its entries"
	SharedWith []BucketShare `json:"sharedWith,omitempty"`

	// deletionPolicy says what happens to what is left when this object is deleted. Retain, the default, keeps it,
	// unspendable until an object of the same name takes the bucket up again. Forfeit takes it away for good. Mutable.
	// +optional
	// +kubebuilder:default=Retain
	DeletionPolicy BucketDeletionPolicy `json:"deletionPolicy,omitempty"`
}

// BucketBalance is what a bucket holds, in its unit.
type BucketBalance struct {
	// remaining is what is left in the bucket to use, now or when it starts, less what is held, in its unit if that is
	// exact within three decimals, else in the unit's base. Always present.
	// +required
	Remaining SignedAmount `json:"remaining,omitempty"`

	// reserved is what is held of the bucket by reservations and awaits accept, in the same unit. Always present.
	// +required
	Reserved SignedAmount `json:"reserved,omitempty"`

	// accepted is what is held of the bucket by accepted reservations and awaits its charge, in the same unit. Always
	// present.
	// +required
	Accepted SignedAmount `json:"accepted,omitempty"`
}

// BucketStatus is what the ledger holds for the bucket.
type BucketStatus struct {
	ProjectionStatus `json:",inline"`

	// balance is what the bucket holds, as of asOf and ledgerSequence. Absent until the ledger has the bucket.
	// +optional
	Balance *BucketBalance `json:"balance,omitempty"`

	// validFor is when the bucket may be used, as of asOf and ledgerSequence. Absent if that is at once and for ever,
	// while the bucket waits for its first use, and until the ledger has the bucket.
	// +optional
	ValidFor *ValidityPeriod `json:"validFor,omitempty"`

	// nextCycleAt is the instant at which the next cycle begins, in UTC, cut to the second. Absent if none does: the
	// bucket has no cycle, ends before, or waits for its first use.
	// +optional
	NextCycleAt *metav1.Time `json:"nextCycleAt,omitempty"`

	// lots lists the parts of what the bucket holds that are not over or still held, in the order in which they burn;
	// the first 100 of them if there are more. Absent if there are none.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Lots []BucketLot `json:"lots,omitempty"`

	// sharedWith lists what each of the accounts that may use the bucket has used of it, in the order of spec, as of
	// asOf and ledgerSequence. Absent if the bucket is not shared.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	SharedWith []BucketShareUse `json:"sharedWith,omitempty"`
}

// Bucket is a balance with a unit of its own on a PrepayAccount: data, talking time, messages, points, or money kept
// apart. Fulfilment creates one when a product starts. What is left is in status; to add to it, create a TopUp that
// names it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=pbkt,categories=prepay
// +kubebuilder:selectablefield:JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountRef.name`
// +kubebuilder:printcolumn:name="Remaining",type=string,JSONPath=`.status.balance.remaining`
// +kubebuilder:printcolumn:name="Ends",type=string,JSONPath=`.status.validFor.end`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="name must be at most 63 characters"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.ledgerSequence) || (has(self.status) && ((has(self.status.ledgerSequence) && self.status.ledgerSequence >= oldSelf.status.ledgerSequence) || (has(self.status.ledgerID) && (!has(oldSelf.status.ledgerID) || self.status.ledgerID != oldSelf.status.ledgerID))))",message="status.ledgerSequence may fall only when status.ledgerID changes"
type Bucket struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. The name is the bucket's name in the ledger, at most 63 characters.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says which bucket is wanted on an account, and what it starts with. Required.
	// +required
	Spec BucketSpec `json:"spec,omitzero"`

	// status is what the ledger holds for the bucket. Written by the manager only; it is observedGeneration -1 and
	// nothing else until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status BucketStatus `json:"status,omitzero"`
}

// BucketList is a list of Buckets.
//
// +kubebuilder:object:root=true
type BucketList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Bucket `json:"items"`
}
