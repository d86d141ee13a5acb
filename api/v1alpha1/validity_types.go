// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CalendarDuration is a length of time on the calendar: a whole number and h, d, w, mo or y, as in 36h, 30d, 2w, 1mo
// or 1y; at most 100 years. Hours are exact. Days, weeks, months and years end at the time of day at which they began,
// as the clocks of the account's timeZone show it; a month that began on a day that its end does not have ends on the
// last day: 31 January and 1mo is 28 February, or 29 in a leap year.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=8
// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,5}(h|d|w|mo|y)$`
// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]{0,5}(h|d|w|mo|y)$') && int(self.find('^[0-9]+')) <= {'h': 876000, 'd': 36500, 'w': 5200, 'mo': 1200, 'y': 100}[self.find('[a-z]+$')]",message="must be a whole number and h, d, w, mo or y, of at most 100 years, as in 36h, 30d or 1mo"
type CalendarDuration string

// Validity is when a bucket may be used: from its start up to its end, and not at the end itself.
//
// +kubebuilder:validation:XValidation:rule="!has(self.end) || !has(self.duration)",message="end and duration both say when the bucket ends; remove one of them"
// +kubebuilder:validation:XValidation:rule="!has(self.onFirstUse) || !self.onFirstUse || (!has(self.start) && !has(self.end))",message="with onFirstUse the first use is the start; remove start, and say with duration instead of end how long the bucket lasts"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || self.end > self.start",message="end must be after start"
type Validity struct {
	// start is the instant from which the bucket may be used, to the second. Optional and immutable; absent means at
	// once, or with the first use if onFirstUse is true. What is added before it waits for it.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	Start *metav1.Time `json:"start,omitempty"`

	// end is the instant at which the bucket can no longer be used, to the second. Optional and immutable, and not
	// together with duration; absent means that duration decides, and without it that the bucket never ends. A TopUp
	// with a validityExtension moves the end that the bucket has come to have, which is in status.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	End *metav1.Time `json:"end,omitempty"`

	// duration is how long the bucket may be used from its start, as in 36h, 30d, 2w, 1mo or 1y, in the account's
	// timeZone. Optional and immutable, and not together with end; absent means that end decides, and without it that
	// the bucket never ends.
	// +optional
	Duration CalendarDuration `json:"duration,omitempty"`

	// onFirstUse starts the bucket with the first charge or reservation that takes from it; it then stays started, even
	// if that reservation is released. The default is false. Immutable, and not together with start or end.
	// +optional
	// +kubebuilder:default=false
	OnFirstUse bool `json:"onFirstUse,omitempty"`
}

// TopUpValidity is when what a top-up adds may be used: from its start up to its end, and not at the end itself.
//
// +kubebuilder:validation:XValidation:rule="has(self.end) != has(self.duration)",message="must have either end or duration, which say when what is added ends"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || self.end > self.start",message="end must be after start"
type TopUpValidity struct {
	// start is the instant from which what is added may be used, to the second. Optional and immutable; absent means
	// that it may be used at once.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	Start *metav1.Time `json:"start,omitempty"`

	// end is the instant at which what is added can no longer be used, to the second. Optional and immutable; absent
	// means that duration decides. One of the two is needed.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	End *metav1.Time `json:"end,omitempty"`

	// duration is how long what is added may be used from its start, as in 36h, 30d, 2w, 1mo or 1y, in the account's
	// timeZone. Optional and immutable; absent means that end decides. One of the two is needed.
	// +optional
	Duration CalendarDuration `json:"duration,omitempty"`
}

// ValidityPeriod is when a bucket may be used, as the ledger has it: from start up to end, and not at the end itself.
type ValidityPeriod struct {
	// start is the instant from which the bucket may be used, in UTC, cut to the second. Absent while the bucket waits
	// for its first use.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`

	// end is the instant at which the bucket can no longer be used, in UTC, cut to the second; the ledger counts it to the
	// microsecond. Absent if the bucket never ends, and while it waits for its first use.
	// +optional
	End *metav1.Time `json:"end,omitempty"`
}

// ExtensionPolicy says what a top-up does to the end of its bucket.
// +kubebuilder:validation:Enum=None;Replace;Max;Add
type ExtensionPolicy string

const (
	// ExtendNone leaves the end as it is.
	ExtendNone ExtensionPolicy = "None"
	// ExtendReplace sets the end, be that earlier or later.
	ExtendReplace ExtensionPolicy = "Replace"
	// ExtendMax sets the end if that is later.
	ExtendMax ExtensionPolicy = "Max"
	// ExtendAdd adds to the end, or to now if the end has passed.
	ExtendAdd ExtensionPolicy = "Add"
)

// ValidityExtension says what a top-up does to the end of its bucket. A bucket that never ends, and one that waits for
// its first use, stays as it is.
//
// +kubebuilder:validation:XValidation:rule="self.policy != 'None' || (!has(self.duration) && !has(self.end) && !has(self.ceiling))",message="policy None leaves the end as it is; remove duration, end and ceiling, or choose Replace, Max or Add"
// +kubebuilder:validation:XValidation:rule="self.policy != 'Add' || !has(self.end)",message="policy Add adds a duration; remove end and set duration, or choose Replace or Max"
// +kubebuilder:validation:XValidation:rule="self.policy == 'None' || has(self.duration) != has(self.end)",message="must have either duration or end, unless policy is None"
type ValidityExtension struct {
	// policy says how the bucket's new end comes about. None leaves the end as it is; Replace sets it to what duration
	// or end says, be that earlier or later; Max does so if that is later; Add adds duration to the end, or to now if
	// the end has passed. Required and immutable.
	// +required
	Policy ExtensionPolicy `json:"policy,omitempty"`

	// duration is how long from now the new end is, or with Add from the present end, as in 36h, 30d, 2w, 1mo or 1y, in
	// the account's timeZone. Optional and immutable; absent means that end decides. Add needs it; None takes neither.
	// +optional
	Duration CalendarDuration `json:"duration,omitempty"`

	// end is the new end itself, to the second. Optional and immutable; absent means that duration decides. Only with
	// Replace and Max.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Format=date-time
	// +kubebuilder:validation:Pattern=`^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == timestamp(int(self)) && self >= timestamp('1999-12-31T09:00:00Z') && self < timestamp('3000-01-01T15:00:00Z')",message="must be an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z or 2026-12-01T00:00:00+02:00"
	End *metav1.Time `json:"end,omitempty"`

	// ceiling is how far from now the new end may come to lie, as in 365d; an end beyond it is cut to it. With Max and
	// Add, an end that lies further already stays. Optional and immutable; absent means no ceiling. Not with None.
	// +optional
	Ceiling CalendarDuration `json:"ceiling,omitempty"`
}
