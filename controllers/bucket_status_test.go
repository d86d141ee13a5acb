// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

var (
	past, now, later = micros("2026-11-01T00:00:00Z"), micros("2026-12-01T00:00:00Z"), micros("2027-01-01T00:00:00Z")
	bucketID         = ledger.ID{1}
)

// viewed is a bucket as it is now.
func viewed(term ledger.Term, lots ...ledger.LotBalance) *bucketView {
	v := &bucketView{asOf: time.UnixMicro(now).UTC()}
	v.Settings.Unit, v.Term, v.Lots = "GB", term, lots
	for _, lot := range lots {
		if lot.End == 0 || now < lot.End {
			v.Remaining += lot.Remaining
		}
		v.Reserved += lot.Held
	}
	return v
}

func TestABucketStandsByItsTimeAndByWhatIsInIt(t *testing.T) {
	term := func(start, end int64) ledger.Term { return ledger.Term{Bucket: bucketID, Start: start, End: end} }
	lot := func(start, end, remaining, held int64) ledger.LotBalance {
		return ledger.LotBalance{Start: start, End: end, Remaining: remaining, Held: held}
	}
	for name, test := range map[string]struct {
		view *bucketView
		want string
	}{
		"for ever":                        {viewed(ledger.Term{}, lot(0, 0, 5, 0)), v1alpha1.ReasonActive},
		"for ever and empty":              {viewed(ledger.Term{}), v1alpha1.ReasonDepleted},
		"for ever and held":               {viewed(ledger.Term{}, lot(0, 0, 0, 5)), v1alpha1.ReasonDepleted},
		"started":                         {viewed(term(past, later), lot(past, later, 5, 0)), v1alpha1.ReasonActive},
		"started now":                     {viewed(term(now, later), lot(now, later, 5, 0)), v1alpha1.ReasonActive},
		"started and empty":               {viewed(term(past, later)), v1alpha1.ReasonDepleted},
		"later":                           {viewed(term(later, 0), lot(later, 0, 5, 0)), v1alpha1.ReasonNotStarted},
		"later and empty":                 {viewed(term(later, 0)), v1alpha1.ReasonNotStarted},
		"later, with something for now":   {viewed(term(later, 0), lot(past, later, 5, 0)), v1alpha1.ReasonActive},
		"on first use":                    {viewed(term(0, 0), lot(0, 0, 5, 0)), v1alpha1.ReasonNotStarted},
		"on first use and empty":          {viewed(term(0, 0)), v1alpha1.ReasonNotStarted},
		"on first use, with some for now": {viewed(term(0, 0), lot(0, 0, 5, 0), lot(past, later, 5, 0)), v1alpha1.ReasonActive},
		"all of it later":                 {viewed(ledger.Term{}, lot(later, 0, 5, 0)), v1alpha1.ReasonNotStarted},
		"ended now":                       {viewed(term(past, now), lot(past, now, 5, 0)), v1alpha1.ReasonExpired},
		"ended and held":                  {viewed(term(past, now), lot(past, now, 0, 5)), v1alpha1.ReasonExpired},
		"ended, with something for now":   {viewed(term(past, now), lot(past, later, 5, 0)), v1alpha1.ReasonActive},
		"ended, with something for later": {viewed(term(past, now), lot(later, 0, 5, 0)), v1alpha1.ReasonNotStarted},
		"ended before it starts":          {viewed(term(later, now)), v1alpha1.ReasonExpired},
		"what is in it has ended":         {viewed(term(past, later), lot(past, now, 5, 0)), v1alpha1.ReasonDepleted},
	} {
		is, err := bucketStanding(test.view, nil)
		if err != nil || is.class != asWanted || is.reason != test.want || is.message == "" {
			t.Errorf("%s: %+v, %v, want %s", name, is, err, test.want)
		}
	}
	over := viewed(term(past, now))
	for reason, change := range map[string]func(*bucketView){
		v1alpha1.ReasonSuspended:    func(v *bucketView) { v.account = ledger.AccountStateSuspended },
		v1alpha1.ReasonClosed:       func(v *bucketView) { v.account = ledger.AccountStateClosed },
		v1alpha1.ReasonRechargeOnly: func(v *bucketView) { v.account = ledger.AccountStateRechargeOnly },
	} {
		view := *over
		change(&view)
		if is, _ := bucketStanding(&view, nil); is.reason != reason {
			t.Errorf("the account's state comes before the bucket's end: %s, want %s", is.reason, reason)
		}
	}
	over.Settings.State = ledger.BucketStateSuspended
	if is, _ := bucketStanding(over, nil); is.reason != v1alpha1.ReasonSuspended {
		t.Errorf("the bucket's state comes before its end: %s", is.reason)
	}
}

func TestABucketIsLookedAtWhenItsTimeChangesIt(t *testing.T) {
	term := func(start, end, next int64) ledger.Term {
		return ledger.Term{Bucket: bucketID, Start: start, End: end, Next: next}
	}
	for name, test := range map[string]struct {
		view *bucketView
		want int64
	}{
		"for ever":               {viewed(ledger.Term{}, ledger.LotBalance{Remaining: 5}), 0},
		"it starts":              {viewed(term(later, later+1, 0)), later},
		"it ends":                {viewed(term(past, later, 0)), later},
		"it ended":               {viewed(term(past, now, 0)), 0},
		"its next cycle":         {viewed(term(past, 0, later)), later},
		"a cycle that is late":   {viewed(term(past, 0, past)), 0},
		"a lot starts":           {viewed(term(past, later+2, 0), ledger.LotBalance{Start: later + 1}), later + 1},
		"a lot ends":             {viewed(term(past, 0, later), ledger.LotBalance{Start: past, End: later - 1}), later - 1},
		"ended before it starts": {viewed(term(later, now, 0), ledger.LotBalance{Start: later, End: past}), 0},
		"of several, the first":  {viewed(ledger.Term{}, ledger.LotBalance{End: later}, ledger.LotBalance{End: now + 1}), now + 1},
	} {
		if got := test.view.changesAt(); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	e := &environment{clock: clocktesting.NewFakePassiveClock(time.UnixMicro(now))}
	for instant, want := range map[int64]time.Duration{
		0: 0, now - 1: lagging, now: lagging, now + 1: lagging, now + 5_000_000: 5 * time.Second, later: longest,
		micros("2999-12-31T23:59:59Z"): longest,
	} {
		if got := e.left(instant); got != want {
			t.Errorf("%d: wait %s, want %s", instant-now, got, want)
		}
	}
}

func TestABucketShowsItsTimeToTheSecondAndAHundredLots(t *testing.T) {
	view := viewed(ledger.Term{Bucket: bucketID, Start: past + 999_999, End: later + 1, Next: later - 1},
		ledger.LotBalance{Number: 3, Class: ledger.Granted, Remaining: 1_500_000_000, Held: 500_000_000, Start: past + 999_999, End: later + 1, Rolled: 2},
		ledger.LotBalance{Number: 1, Class: ledger.Paid, Remaining: 1})
	var status v1alpha1.BucketStatus
	view.show(&status)
	want := v1alpha1.BucketStatus{
		Balance: &v1alpha1.BucketBalance{Remaining: "1500000001 B", Reserved: "0.5 GB", Accepted: "0 GB"},
		ValidFor: &v1alpha1.ValidityPeriod{
			Start: on("2026-11-01T00:00:00Z"), End: on("2027-01-01T00:00:00Z"),
		},
		NextCycleAt: on("2026-12-31T23:59:59Z"),
		Lots: []v1alpha1.BucketLot{
			{
				Number: 3, Class: v1alpha1.ClassGranted, Remaining: "1.5 GB", Held: "0.5 GB", RolledOver: 2,
				Start: on("2026-11-01T00:00:00Z"), End: on("2027-01-01T00:00:00Z"),
			},
			{Number: 1, Class: v1alpha1.ClassPaid, Remaining: "1 B", Held: "0 GB"},
		},
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
	stored, err := json.Marshal(status)
	if err != nil {
		t.Fatal(err)
	}
	var read v1alpha1.BucketStatus
	if err := json.Unmarshal(stored, &read); err != nil || !sameBucketStatus(read, status) {
		t.Errorf("what the API server has differs from what was written: %s, %v", stored, err)
	}

	asOf := status
	asOf.AsOf = on("2026-12-01T00:00:00Z")
	if !sameBucketStatus(asOf, status) {
		t.Error("statuses that differ by asOf alone are not the same")
	}
	asOf.NextCycleAt = nil
	if sameBucketStatus(asOf, status) {
		t.Error("the next cycle makes no difference")
	}

	viewed(ledger.Term{}).show(&status)
	if status.ValidFor != nil || status.NextCycleAt != nil || len(status.Lots) != 0 {
		t.Errorf("what was shown before is still there: %+v", status)
	}
	viewed(ledger.Term{Bucket: bucketID}).show(&status)
	if status.ValidFor != nil {
		t.Errorf("a bucket that waits for its first use is valid from %+v", status.ValidFor)
	}
	viewed(ledger.Term{}, make([]ledger.LotBalance, 150)...).show(&status)
	if len(status.Lots) != mostShownLots {
		t.Errorf("%d lots are shown", len(status.Lots))
	}
}

func TestWhatWaitsForABucketsStartIsLookedAtThen(t *testing.T) {
	for seconds, want := range map[int64]time.Duration{0: slowly, 1: time.Second, 59: 59 * time.Second, 60: slowly, 1 << 40: slowly} {
		is := against(ledger.BucketNotStarted, ledger.Figures{Needed: seconds}, money.Unit{})
		if is.class != passing || is.reason != v1alpha1.ReasonBucketNotStarted || is.again != want {
			t.Errorf("in %d s: %+v", seconds, is)
		}
	}
}
