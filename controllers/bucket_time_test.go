// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// on is an instant as a spec has it.
func on(text string) *metav1.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return &metav1.Time{Time: at}
}

// micros is an instant as the ledger has it.
func micros(text string) int64 { return on(text).UnixMicro() }

func monthly(change func(*v1alpha1.BucketSpec)) *v1alpha1.Bucket {
	bucket := &v1alpha1.Bucket{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: v1alpha1.BucketSpec{
			AccountRef: v1alpha1.AccountReference{Name: "alice"}, UsageType: v1alpha1.UsageData, Unit: "GB",
			ValidFor: &v1alpha1.Validity{Start: on("2026-12-01T00:00:00Z"), End: on("2028-01-01T00:00:00Z")},
			Cycle:    &v1alpha1.BucketCycle{Every: "1mo"},
			Refill:   &v1alpha1.BucketRefill{Amount: "10 GB"}, Rollover: &v1alpha1.BucketRollover{},
		},
	}
	change(&bucket.Spec)
	return bucket
}

func TestTheGuardOfABucketInTime(t *testing.T) {
	type spec = v1alpha1.BucketSpec
	for name, test := range map[string]struct {
		change func(*spec)
		want   string
	}{
		"an end before its start": {func(s *spec) { s.ValidFor.End = s.ValidFor.Start }, "spec.validFor.end: 2026-12-01T00:00:00Z is not after start"},
		"two ends":                {func(s *spec) { s.ValidFor.Duration = "30d" }, "spec.validFor: end and duration both say when it ends"},
		"no duration":             {func(s *spec) { s.ValidFor.End, s.ValidFor.Duration = nil, "30" }, `spec.validFor.duration: "30" is no duration`},
		"a long duration":         {func(s *spec) { s.ValidFor.End, s.ValidFor.Duration = nil, "101y" }, `"101y" is longer than 100 years`},
		"a start on first use":    {func(s *spec) { s.ValidFor.OnFirstUse, s.ValidFor.End = true, nil }, "spec.validFor.onFirstUse: the first use is the start"},
		"an end on first use":     {func(s *spec) { s.ValidFor.OnFirstUse, s.ValidFor.Start = true, nil }, "spec.validFor.onFirstUse"},
		"an early start":          {func(s *spec) { s.ValidFor.Start = on("1970-01-01T00:00:00Z") }, "spec.validFor.start: 1970-01-01T00:00:00Z: write an instant of the years 2000 to 2999"},
		"a late end":              {func(s *spec) { s.ValidFor.End = on("3001-01-01T00:00:00Z") }, "spec.validFor.end: 3001-01-01T00:00:00Z"},
		"half a second":           {func(s *spec) { s.ValidFor.Start.Time = s.ValidFor.Start.Add(time.Second / 2) }, "spec.validFor.start: 2026-12-01T00:00:00.5Z"},
		"a cycle of hours":        {func(s *spec) { s.Cycle.Every = "24h" }, `spec.cycle.every: "24h" is in hours`},
		"a cycle of nothing":      {func(s *spec) { s.Cycle.Every = "" }, "spec.cycle.every: is missing"},
		"a cycle of zero days":    {func(s *spec) { s.Cycle.Every = "0d" }, `spec.cycle.every: "0d" is no duration`},
		"an early anchor":         {func(s *spec) { s.Cycle.Anchor = on("1999-01-01T00:00:00Z") }, "spec.cycle.anchor"},
		"a refill without cycle":  {func(s *spec) { s.Cycle = nil }, "spec.refill: needs spec.cycle"},
		"a refill of talk":        {func(s *spec) { s.Refill.Amount = "5 min" }, `spec.refill.amount: "5 min" does not convert to spec.unit: write it in GB`},
		"a refill of nothing":     {func(s *spec) { s.Refill.Amount = "0 GB" }, "spec.refill.amount"},
		"a refill of no bytes":    {func(s *spec) { s.Refill.Amount = "0.1 GiB" }, "no whole number of bytes"},
		"a rollover for ever":     {func(s *spec) { s.Refill, s.Cycle = nil, nil }, "spec.rollover: needs spec.cycle"},
		"too much of it":          {func(s *spec) { s.Rollover.Percentage = 101 }, "spec.rollover.percentage: 101: write 1 to 100"},
		"less than nothing of it": {func(s *spec) { s.Rollover.Percentage = -1 }, "spec.rollover.percentage"},
		"too often":               {func(s *spec) { s.Rollover.Cycles = 1001 }, "spec.rollover.cycles: 1001: write 1 to 1000"},
		"a cap in talk":           {func(s *spec) { s.Rollover.Cap = "5 min" }, "spec.rollover.cap"},
		"a cap of zero":           {func(s *spec) { s.Rollover.Cap = "0 GB" }, "spec.rollover.cap"},
		"a rollover of a moon":    {func(s *spec) { s.Rollover.Duration = "1moon" }, "spec.rollover.duration"},
		"too low a priority":      {func(s *spec) { s.Priority = -1001 }, "spec.priority: -1001: write -1000 to 1000"},
		"too high a priority":     {func(s *spec) { s.Priority = 1001 }, "spec.priority"},
		"a product without id":    {func(s *spec) { s.Products = []v1alpha1.ProductReference{{ID: "a"}, {}} }, "spec.products[1].id: is empty"},
		"a product with a blank":  {func(s *spec) { s.Products = []v1alpha1.ProductReference{{ID: "a b"}} }, `spec.products[0].id: "a b" has a blank`},
		"a long product":          {func(s *spec) { s.Products = []v1alpha1.ProductReference{{ID: strings.Repeat("a", 129)}} }, "longer than 128"},
		"too many products":       {func(s *spec) { s.Products = make([]v1alpha1.ProductReference, 65) }, "spec.products: has 65 entries: at most 64"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readBucket(monthly(test.change))
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
}

func TestABucketInTimeBecomesItsSettings(t *testing.T) {
	r := &BucketReconciler{environment{scope: "specs"}}
	tenant := ledger.ID{7}
	read := func(change func(*v1alpha1.BucketSpec)) ledger.BucketSettings {
		bucket := monthly(change)
		terms, err := readBucket(bucket)
		if err != nil {
			t.Fatal(err)
		}
		return r.wanted(bucket, terms, tenant).settings
	}
	plain := ledger.BucketSettings{
		Account: ledger.AccountID("specs", tenant, "alice"), Unit: "GB", UsageType: "Data", Class: ledger.Granted,
	}
	month := calendar.Period{Count: 1, Unit: calendar.Months}
	whole := plain
	whole.Validity = ledger.Validity{Start: micros("2026-12-01T00:00:00Z"), End: micros("2028-01-01T00:00:00Z")}
	whole.Cycle, whole.Refill = ledger.Cycle{Every: month}, 10_000_000_000
	whole.Rollover = ledger.Rollover{Percentage: 100, Times: 1}
	if diff := cmp.Diff(whole, read(func(*v1alpha1.BucketSpec) {})); diff != "" {
		t.Error(diff)
	}

	a, b := ledger.ProductID("specs", tenant, "a"), ledger.ProductID("specs", tenant, "b")
	if a.String() > b.String() {
		a, b = b, a
	}
	full := plain
	full.Priority, full.Blocker, full.Products = -1000, true, []ledger.ID{a, b}
	full.Validity = ledger.Validity{Lasts: calendar.Period{Count: 14, Unit: calendar.Days}, OnFirstUse: true}
	full.Cycle = ledger.Cycle{Every: month, Anchor: micros("2026-12-01T00:00:00+02:00")}
	full.Refill = 512_000_000
	full.Rollover = ledger.Rollover{Percentage: 50, Cap: 5_000_000_000, Times: 1000, Lasts: month}
	if diff := cmp.Diff(full, read(func(s *v1alpha1.BucketSpec) {
		s.Priority, s.Blocker = -1000, true
		s.Products = []v1alpha1.ProductReference{{ID: "b"}, {ID: "a"}, {ID: "b"}}
		s.ValidFor = &v1alpha1.Validity{Duration: "2w", OnFirstUse: true}
		s.Cycle.Anchor = on("2026-12-01T00:00:00+02:00")
		s.Refill.Amount = "512 MB"
		s.Rollover = &v1alpha1.BucketRollover{Percentage: 50, Cap: "5 GB", Cycles: 1000, Duration: "1mo"}
	})); diff != "" {
		t.Error(diff)
	}

	if got := read(func(s *v1alpha1.BucketSpec) {
		*s = v1alpha1.BucketSpec{AccountRef: s.AccountRef, UsageType: s.UsageType, Unit: s.Unit, Products: []v1alpha1.ProductReference{}}
	}); !got.Equal(plain) {
		t.Errorf("without any of it: %+v", got)
	}
}

func TestABucketWhoseUseIsInvalidKeepsItsTerms(t *testing.T) {
	bucket := monthly(func(s *v1alpha1.BucketSpec) {
		s.Refill.Amount, s.State, s.Priority = "5 min", "Asleep", 5000
	})
	if _, err := readBucket(bucket); err == nil {
		t.Fatal("the use is valid")
	}
	if terms, err := readFixedTerms(bucket); err != nil || terms.settings.Cycle.IsZero() || terms.settings.Validity.IsZero() {
		t.Errorf("%+v, %v", terms, err)
	}
}

func TestAConflictNamesTheTermsThatDiffer(t *testing.T) {
	month := calendar.Period{Count: 12, Unit: calendar.Months}
	has := ledger.BucketSettings{
		Account: ledger.ID{1}, Unit: "GB", UsageType: "Data", Class: ledger.Granted,
		Validity: ledger.Validity{Start: micros("2026-12-01T00:00:00Z"), Lasts: month},
		Cycle:    ledger.Cycle{Every: month, Anchor: micros("2026-12-01T00:00:00Z")},
	}
	for want, change := range map[string]func(*ledger.BucketSettings){
		"with another account; ask": func(s *ledger.BucketSettings) { s.Account = ledger.ID{2} },
		"with the unit GB, the usageType Data, the class Granted; ask": func(s *ledger.BucketSettings) {
			s.Unit, s.UsageType, s.Class = "min", "Voice", ledger.Paid
		},
		"with the validFor {start: 2026-12-01T00:00:00Z, duration: 12mo}; ask": func(s *ledger.BucketSettings) { s.Validity.OnFirstUse = true },
		"with the cycle {every: 12mo, anchor: 2026-12-01T00:00:00Z}; ask":      func(s *ledger.BucketSettings) { s.Cycle = ledger.Cycle{} },
	} {
		wanted := has
		change(&wanted)
		if got := otherTerms(has, wanted); got.reason != v1alpha1.ReasonBucketConflict || !strings.Contains(got.message, want) {
			t.Errorf("%q has not %q", got.message, want)
		}
	}
	for want, there := range map[string]ledger.BucketSettings{
		"no validFor, no cycle": {},
		"the validFor {onFirstUse: true, duration: 12mo}, the cycle {every: 12mo}": {
			Validity: ledger.Validity{OnFirstUse: true, Lasts: month}, Cycle: ledger.Cycle{Every: month},
		},
		"the validFor {end: 2026-12-01T00:00:00Z}": {
			Validity: ledger.Validity{End: micros("2026-12-01T00:00:00Z")}, Cycle: has.Cycle,
		},
	} {
		there.Account, there.Unit, there.UsageType, there.Class = has.Account, has.Unit, has.UsageType, has.Class
		if got := otherTerms(there, has).message; !strings.Contains(got, want) {
			t.Errorf("%q has not %q", got, want)
		}
	}
	use := has
	use.State, use.Priority, use.Blocker, use.Products = ledger.BucketStateSuspended, 7, true, []ledger.ID{{1}}
	use.Refill, use.Rollover = 7, ledger.Rollover{Percentage: 1, Times: 1}
	if others := contradictions(has, use); len(others) > 0 {
		t.Errorf("what may change contradicts: %v", others)
	}
}

func TestTheGuardOfATopUpInTime(t *testing.T) {
	validity := func(v v1alpha1.TopUpValidity) func(*v1alpha1.TopUp) {
		return func(o *v1alpha1.TopUp) { o.Spec.ValidFor = &v }
	}
	extension := func(e v1alpha1.ValidityExtension) func(*v1alpha1.TopUp) {
		return func(o *v1alpha1.TopUp) {
			o.Spec.BucketRef, o.Spec.ValidityExtension = &v1alpha1.BucketReference{Name: "data"}, &e
		}
	}
	start, end := on("2026-12-01T00:00:00Z"), on("2027-01-01T00:00:00Z")
	for name, test := range map[string]struct {
		change func(*v1alpha1.TopUp)
		want   string
	}{
		"no end":              {validity(v1alpha1.TopUpValidity{Start: start}), "spec.validFor: has neither end nor duration"},
		"two ends":            {validity(v1alpha1.TopUpValidity{End: end, Duration: "30d"}), "spec.validFor: end and duration both"},
		"an end at its start": {validity(v1alpha1.TopUpValidity{Start: end, End: end}), "spec.validFor.end: 2027-01-01T00:00:00Z is not after start"},
		"no duration":         {validity(v1alpha1.TopUpValidity{Duration: "x"}), `spec.validFor.duration: "x" is no duration`},
		"both": {func(o *v1alpha1.TopUp) {
			extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone})(o)
			validity(v1alpha1.TopUpValidity{End: end})(o)
		}, "spec.validityExtension: moves the end of the bucket, and spec.validFor ends what is added"},
		"the main bucket": {func(o *v1alpha1.TopUp) {
			o.Spec.ValidityExtension = &v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone}
		}, "spec.validityExtension: needs spec.bucketRef"},
		"no policy":          {extension(v1alpha1.ValidityExtension{Duration: "30d"}), `spec.validityExtension.policy: "" is no policy: write None, Replace, Max or Add`},
		"none for a while":   {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone, Duration: "30d"}), "spec.validityExtension.policy: None leaves"},
		"none until":         {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone, End: end}), "spec.validityExtension.policy"},
		"none below":         {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone, Ceiling: "1y"}), "spec.validityExtension.policy"},
		"an instant to add":  {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendAdd, End: end}), "spec.validityExtension.end: does not go with Add"},
		"nothing to add":     {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendAdd}), "has to have either duration or end"},
		"neither":            {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendMax}), "has to have either duration or end"},
		"both in one":        {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendMax, Duration: "1d", End: end}), "has to have either duration or end"},
		"no ceiling":         {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendMax, Duration: "1d", Ceiling: "high"}), "spec.validityExtension.ceiling"},
		"a duration of zero": {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendMax, Duration: "0d"}), "spec.validityExtension.duration"},
		"an early end": {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendReplace, End: on("1971-01-01T00:00:00Z")}),
			"spec.validityExtension.end: 1971-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readTopUp(topUp(test.change))
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
	month := calendar.Period{Count: 1, Unit: calendar.Months}
	for name, test := range map[string]struct {
		change    func(*v1alpha1.TopUp)
		validity  ledger.Validity
		extension ledger.Extension
	}{
		"nothing":     {func(*v1alpha1.TopUp) {}, ledger.Validity{}, ledger.Extension{}},
		"a validity":  {validity(v1alpha1.TopUpValidity{Start: start, Duration: "1mo"}), ledger.Validity{Start: start.UnixMicro(), Lasts: month}, ledger.Extension{}},
		"an end":      {validity(v1alpha1.TopUpValidity{End: end}), ledger.Validity{End: end.UnixMicro()}, ledger.Extension{}},
		"leaving":     {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendNone}), ledger.Validity{}, ledger.Extension{}},
		"adding":      {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendAdd, Duration: "1mo"}), ledger.Validity{}, ledger.Extension{Policy: ledger.ExtendAdd, Lasts: month}},
		"replacing":   {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendReplace, End: end}), ledger.Validity{}, ledger.Extension{Policy: ledger.ExtendReplace, Until: end.UnixMicro()}},
		"at the most": {extension(v1alpha1.ValidityExtension{Policy: v1alpha1.ExtendMax, Duration: "1mo", Ceiling: "1mo"}), ledger.Validity{}, ledger.Extension{Policy: ledger.ExtendMax, Lasts: month, Ceiling: month}},
	} {
		asked, err := readTopUp(topUp(test.change))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := asked.operation(resolved{places: make([]ledger.Place, 1)}).(ledger.TopUp)
		if got.Validity != test.validity || got.Extension != test.extension {
			t.Errorf("%s: %+v, %+v", name, got.Validity, got.Extension)
		}
	}
}
