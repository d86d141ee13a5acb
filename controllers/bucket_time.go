// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// farthestZone is more than any clock on Earth is ahead of UTC, or behind it.
const farthestZone = 15 * time.Hour

// The years that a spec may name, wherever on Earth they are.
var (
	firstInstant = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).Add(-farthestZone)
	lastInstant  = time.Date(3000, time.January, 1, 0, 0, 0, 0, time.UTC).Add(farthestZone)
)

// checkInstant reads an instant, in microseconds since 1970, UTC; 0 if there is none.
func checkInstant(field string, at *metav1.Time) (int64, error) {
	if at == nil {
		return 0, nil
	}
	if at.Time.Before(firstInstant) || !at.Time.Before(lastInstant) || at.Nanosecond() != 0 {
		return 0, invalid(field, "%s: write an instant of the years 2000 to 2999, to the second, as in 2026-12-01T00:00:00Z",
			at.UTC().Format(time.RFC3339Nano))
	}
	return at.UnixMicro(), nil
}

// checkPeriod reads a duration; the zero Period if there is none.
func checkPeriod(field string, value v1alpha1.CalendarDuration) (calendar.Period, error) {
	if value == "" {
		return calendar.Period{}, nil
	}
	period, err := calendar.Parse(string(value))
	if err != nil {
		return calendar.Period{}, invalid(field, "%s", err)
	}
	return period, nil
}

// checkSpan reads when something may be used.
func checkSpan(field string, start, end *metav1.Time, duration v1alpha1.CalendarDuration) (ledger.Validity, error) {
	var span ledger.Validity
	var errs [3]error
	span.Start, errs[0] = checkInstant(field+".start", start)
	span.End, errs[1] = checkInstant(field+".end", end)
	span.Lasts, errs[2] = checkPeriod(field+".duration", duration)
	if err := firstOf(errs[:]...); err != nil {
		return ledger.Validity{}, err
	}
	switch {
	case end != nil && duration != "":
		return ledger.Validity{}, invalid(field, "end and duration both say when it ends: remove one of them")
	case start != nil && end != nil && span.End <= span.Start:
		return ledger.Validity{}, invalid(field+".end", "%s is not after start: write a later instant", writeInstant(span.End))
	}
	return span, nil
}

// checkValidity reads when a bucket may be used.
func checkValidity(spec *v1alpha1.Validity) (ledger.Validity, error) {
	const field = "spec.validFor"
	if spec == nil {
		return ledger.Validity{}, nil
	}
	validity, err := checkSpan(field, spec.Start, spec.End, spec.Duration)
	if err != nil {
		return validity, err
	}
	if spec.OnFirstUse && (spec.Start != nil || spec.End != nil) {
		return validity, invalid(field+".onFirstUse",
			"the first use is the start then: remove start and end, and say with duration how long the bucket lasts")
	}
	validity.OnFirstUse = spec.OnFirstUse
	return validity, nil
}

// checkTopUpValidity reads when what a top-up adds may be used.
func checkTopUpValidity(spec *v1alpha1.TopUpValidity) (ledger.Validity, error) {
	const field = "spec.validFor"
	if spec == nil {
		return ledger.Validity{}, nil
	}
	if spec.End == nil && spec.Duration == "" {
		return ledger.Validity{}, invalid(field, "has neither end nor duration: say with one of them when what is added ends")
	}
	return checkSpan(field, spec.Start, spec.End, spec.Duration)
}

var extensionPolicies = map[v1alpha1.ExtensionPolicy]ledger.ExtensionPolicy{
	v1alpha1.ExtendNone: ledger.ExtendNone, v1alpha1.ExtendReplace: ledger.ExtendReplace,
	v1alpha1.ExtendMax: ledger.ExtendMax, v1alpha1.ExtendAdd: ledger.ExtendAdd,
}

// checkExtension reads what a top-up does to the end of its bucket.
func checkExtension(spec *v1alpha1.TopUpSpec) (ledger.Extension, error) {
	const field = "spec.validityExtension"
	wanted := spec.ValidityExtension
	if wanted == nil {
		return ledger.Extension{}, nil
	}
	policy, known := extensionPolicies[wanted.Policy]
	hasLength, hasEnd, hasCeiling := wanted.Duration != "", wanted.End != nil, wanted.Ceiling != ""
	switch {
	case spec.ValidFor != nil:
		return ledger.Extension{}, invalid(field,
			"moves the end of the bucket, and spec.validFor ends what is added: remove one of them")
	case spec.BucketRef == nil:
		return ledger.Extension{}, invalid(field, "needs spec.bucketRef, as the main bucket never ends: name a Bucket, or remove it")
	case !known:
		return ledger.Extension{}, invalid(field+".policy", "%q is no policy: write %s, %s, %s or %s", clip(string(wanted.Policy)),
			v1alpha1.ExtendNone, v1alpha1.ExtendReplace, v1alpha1.ExtendMax, v1alpha1.ExtendAdd)
	case policy == ledger.ExtendNone && (hasLength || hasEnd || hasCeiling):
		return ledger.Extension{}, invalid(field+".policy", "%s leaves the end as it is: remove duration, end and ceiling, or write %s, %s or %s",
			v1alpha1.ExtendNone, v1alpha1.ExtendReplace, v1alpha1.ExtendMax, v1alpha1.ExtendAdd)
	case policy == ledger.ExtendAdd && hasEnd:
		return ledger.Extension{}, invalid(field+".end", "does not go with %s, which adds a duration: remove it and write duration",
			v1alpha1.ExtendAdd)
	case policy != ledger.ExtendNone && hasLength == hasEnd:
		return ledger.Extension{}, invalid(field, "has to have either duration or end: write one of them")
	}
	extension := ledger.Extension{Policy: policy}
	var errs [3]error
	extension.Lasts, errs[0] = checkPeriod(field+".duration", wanted.Duration)
	extension.Until, errs[1] = checkInstant(field+".end", wanted.End)
	extension.Ceiling, errs[2] = checkPeriod(field+".ceiling", wanted.Ceiling)
	return extension, firstOf(errs[:]...)
}

// checkCycle reads a bucket's cycle.
func checkCycle(spec *v1alpha1.BucketCycle) (ledger.Cycle, error) {
	const field = "spec.cycle"
	if spec == nil {
		return ledger.Cycle{}, nil
	}
	every, err := checkPeriod(field+".every", spec.Every)
	switch {
	case err != nil:
		return ledger.Cycle{}, err
	case every.IsZero():
		return ledger.Cycle{}, invalid(field+".every", "is missing: say how long a cycle is, as in 1mo")
	case every.Unit == calendar.Hours:
		return ledger.Cycle{}, invalid(field+".every", "%q is in hours: a cycle is in d, w, mo or y; for 24h write 1d", string(spec.Every))
	}
	anchor, err := checkInstant(field+".anchor", spec.Anchor)
	return ledger.Cycle{Every: every, Anchor: anchor}, err
}

// checkRefill reads what each beginning of a cycle brings, in base units.
func checkRefill(spec *v1alpha1.BucketSpec, unit money.Unit) (int64, error) {
	const field = "spec.refill"
	switch {
	case spec.Refill == nil:
		return 0, nil
	case spec.Cycle == nil:
		return 0, invalid(field, "needs spec.cycle, which says when: create the Bucket with a cycle, or remove refill")
	}
	return checkInUnit(field+".amount", spec.Refill.Amount, unit)
}

const (
	wholePercentage = 100
	maxRollovers    = 1000
)

// checkRollover reads what is kept at the end of a cycle.
func checkRollover(spec *v1alpha1.BucketSpec, unit money.Unit) (ledger.Rollover, error) {
	const field = "spec.rollover"
	wanted := spec.Rollover
	switch {
	case wanted == nil:
		return ledger.Rollover{}, nil
	case spec.Cycle == nil:
		return ledger.Rollover{}, invalid(field, "needs spec.cycle, at whose end something is kept: create the Bucket with a cycle, or remove rollover")
	case wanted.Percentage < 0 || wanted.Percentage > wholePercentage:
		return ledger.Rollover{}, invalid(field+".percentage", "%d: write 1 to %d", wanted.Percentage, wholePercentage)
	case wanted.Cycles < 0 || wanted.Cycles > maxRollovers:
		return ledger.Rollover{}, invalid(field+".cycles", "%d: write 1 to %d", wanted.Cycles, maxRollovers)
	}
	rollover := ledger.Rollover{Percentage: wanted.Percentage, Times: wanted.Cycles}
	// What nobody has defaulted is absent.
	if rollover.Percentage == 0 {
		rollover.Percentage = wholePercentage
	}
	if rollover.Times == 0 {
		rollover.Times = 1
	}
	var err error
	if wanted.Cap != "" {
		if rollover.Cap, err = checkInUnit(field+".cap", wanted.Cap, unit); err != nil {
			return rollover, err
		}
	}
	rollover.Lasts, err = checkPeriod(field+".duration", wanted.Duration)
	return rollover, err
}

// checkInUnit reads an amount that is greater than zero and converts to a bucket's
// unit, in base units.
func checkInUnit(field string, value v1alpha1.Amount, unit money.Unit) (int64, error) {
	amount, err := checkAmount(field, value)
	if err == nil && !amount.Unit().SameDimension(unit) {
		err = invalid(field, "%q does not convert to spec.unit: write it in %s", string(value), unit.Code())
	}
	return amount.Base(), err
}

// writeValidity tells a validity in the words of a spec.
func writeValidity(v ledger.Validity) string {
	if v.IsZero() {
		return "no validFor"
	}
	var parts []string
	if v.OnFirstUse {
		parts = append(parts, "onFirstUse: true")
	}
	if v.Start != 0 {
		parts = append(parts, "start: "+writeInstant(v.Start))
	}
	if v.End != 0 {
		parts = append(parts, "end: "+writeInstant(v.End))
	}
	if !v.Lasts.IsZero() {
		parts = append(parts, "duration: "+v.Lasts.String())
	}
	return "the validFor {" + strings.Join(parts, ", ") + "}"
}

// writeCycle tells a cycle in the words of a spec.
func writeCycle(c ledger.Cycle) string {
	switch {
	case c.IsZero():
		return "no cycle"
	case c.Anchor == 0:
		return "the cycle {every: " + c.Every.String() + "}"
	default:
		return "the cycle {every: " + c.Every.String() + ", anchor: " + writeInstant(c.Anchor) + "}"
	}
}

func writeInstant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }
