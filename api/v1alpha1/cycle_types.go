// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// BucketCycle is a period that comes again and again, in the account's timeZone.
type BucketCycle struct {
	// every is how long a cycle is, as in 1d, 2w, 1mo or 1y: at least a day, and so not in h. Required and immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="!self.endsWith('h')",message="a cycle is in d, w, mo or y, not in h; for 24h write 1d"
	Every CalendarDuration `json:"every,omitempty"`

	// anchor is an instant at which a cycle begins, to the second; the others begin whole cycles after it, and what the
	// bucket starts with before it lasts until it. Optional and immutable; absent means the start of the bucket. Cycles
	// that began before the bucket's start are not made up for.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	Anchor *metav1.Time `json:"anchor,omitempty"`
}

// BucketRefill is what a bucket is given when a cycle begins.
type BucketRefill struct {
	// amount is what is given at each beginning of a cycle after the bucket's start, greater than zero, in a unit that
	// converts exactly to the bucket's. It is valid until the cycle ends. Required and mutable; a change counts from
	// the next cycle.
	// +required
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Amount Amount `json:"amount,omitempty"`
}

// BucketRollover is what is kept of a cycle's grant when the cycle ends; the rest is lost.
type BucketRollover struct {
	// percentage is how much of what is free of the cycle's grant is kept, rounded down to the ledger's base unit, from
	// 1 to 100. The default is 100. Mutable.
	// +optional
	// +kubebuilder:default=100
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Percentage int32 `json:"percentage,omitempty"`

	// cap is the most that one end of a cycle keeps, greater than zero, in a unit that converts exactly to the bucket's.
	// Optional and mutable; absent means no cap.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Cap Amount `json:"cap,omitempty"`

	// cycles is how often the same may be kept, from 1 to 1000. The default is 1: what was kept once is lost at its
	// next end. Mutable.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Cycles int32 `json:"cycles,omitempty"`

	// duration is how long what is kept may be used from the end of its cycle, as in 36h, 30d, 2w, 1mo or 1y, in the
	// account's timeZone; never past the bucket's end. Optional and mutable; absent means until the next end of a cycle.
	// +optional
	Duration CalendarDuration `json:"duration,omitempty"`
}

// BucketLot is a part of what a bucket holds: what came in together, with a class and an end of its own.
type BucketLot struct {
	// number tells the lots of a bucket apart; it grows with creation. Always present.
	// +required
	// +kubebuilder:validation:Minimum=0
	Number int64 `json:"number"`

	// class says whether the lot was paid for (Paid) or given (Granted). Always present.
	// +required
	Class BucketClass `json:"class,omitempty"`

	// remaining is what is left in the lot, less what is held, in the unit of status.balance. Always present.
	// +required
	Remaining SignedAmount `json:"remaining,omitempty"`

	// held is what reservations hold of the lot, accepted or not, in the same unit. Always present.
	// +required
	Held SignedAmount `json:"held,omitempty"`

	// start is the instant from which the lot may be used, in UTC, cut to the second. Absent while the bucket waits for
	// its first use, and if the bucket may be used at once and for ever.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`

	// end is the instant at which the lot can no longer be used, in UTC, cut to the second. Absent if it never ends, and
	// while the bucket waits for its first use.
	// +optional
	End *metav1.Time `json:"end,omitempty"`

	// rolledOver is how often what is in the lot has been kept at the end of a cycle. Absent means never.
	// +optional
	// +kubebuilder:validation:Minimum=0
	RolledOver int32 `json:"rolledOver,omitempty"`
}
