// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// monthlyFamily is a family whose purse has a cycle.
func monthlyFamily(t tb) *desk {
	d := family(t, 30, monthly(10))
	d.must(spend(sharedPlace, 20))
	return d
}

func TestEachCycleOfASharedBucketIsCountedAnew(t *testing.T) {
	d := monthlyFamily(t)
	next := start.AddDate(0, 1, 0)
	d.now = next.Add(-tick)
	d.wantUsed(20, 80)
	d.now = next // and nobody has looked
	d.wantUsed(0, 80)
	d.must(spend(everywhere(alice), 30))
	d.wantUsed(30, 60)
	if term := d.termOf(purseOfBob); term.Began != next.UnixMicro() {
		t.Errorf("the cycle began at %s", seen(term.Began))
	}
	d.wantRefused(spend(sharedPlace, 1), ledger.ShareExceeded, ledger.Figures{Needed: 1, Unit: "EUR"})
}

func TestWhatWasHeldInAnotherCycleIsNotGivenBackToThisOne(t *testing.T) {
	d := monthlyFamily(t)
	d.now = start.AddDate(0, 1, 0).Add(-time.Hour)
	op := reserve("h", sharedPlace, eur(10))
	op.For = day.Microseconds()
	d.must(op)
	d.wantUsed(30, 70)
	d.now = d.now.Add(2 * time.Hour)
	d.must(spend(sharedPlace, 5), release("h"))
	d.wantUsed(5, 85)
}

func TestAHoldThatIsExtendedCountsInTheCycleOfTheExtension(t *testing.T) {
	for name, c := range map[string]struct {
		end  ledger.Operation
		used int64
	}{
		"released": {release("h"), 0}, "charged": {chargeAll("h"), 4}, "charged in part": {charge("h", eur(12)), 2}, "charged of before": {charge("h", eur(9)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, monthly(0)) // so that all is in one lot
			d.now = start.AddDate(0, 1, 0).Add(-time.Hour)
			op := reserve("h", sharedPlace, eur(10))
			op.For = day.Microseconds()
			d.must(op)
			d.now = d.now.Add(2 * time.Hour)
			d.must(extend("h", eur(14), d.now.Add(day)))
			d.wantUsed(4, 86)
			if origins := d.holdOf("h").Origins; len(origins) != 2 || origins[0].Owner != bob || origins[0].Since != 0 || origins[1].Since == 0 {
				t.Errorf("it is held of %+v", origins)
			}
			d.must(c.end)
			if got := d.view(bob).Buckets[purseOfBob.Bucket].Uses[alice]; got != c.used {
				t.Errorf("%d was used, not %d", got, c.used)
			}
		})
	}
}

func TestAReversalInAnotherCycleGivesNothingBackToThisOne(t *testing.T) {
	d := family(t, 30, monthly(10))
	of := d.done(spend(sharedPlace, 20))
	d.now = start.AddDate(0, 1, 0)
	d.must(spend(sharedPlace, 7), d.reverse(of, ledger.ShortfallRefuses))
	d.wantUsed(7, 103)
}

func TestTheCapMayBeLoweredBelowWhatWasUsed(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	d.must(reserve("h", sharedPlace, eur(15)), spend(sharedPlace, 10))
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = with(8, alice) })
	d.wantRefused(spend(sharedPlace, 1), ledger.ShareExceeded, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.must(charge("h", eur(4)))
	d.wantUsed(14, 86)
	use := ledger.ShareUseID(purseOfBob.Bucket, alice)
	if fact := d.kept.facts[use]; *fact.Used != 14 || fact.Cap != nil {
		t.Errorf("over its cap it is counted as %d with the cap %v", *fact.Used, fact.Cap)
	}
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = with(15, alice) })
	d.must(spend(sharedPlace, 1))
	if fact := d.kept.facts[use]; *fact.Used != 15 || fact.Cap == nil || *fact.Cap != 15 {
		t.Errorf("within its cap it is counted as %d with the cap %v", *fact.Used, fact.Cap)
	}
}

func TestWithoutACapAMemberUsesAllThereIs(t *testing.T) {
	d := family(t, 0, ledger.BucketSettings{})
	d.wantRefused(spend(sharedPlace, 101), ledger.InsufficientFunds, ledger.Figures{Needed: 101, Available: 100, Unit: "EUR"})
	d.must(spend(sharedPlace, 100))
	d.wantUsed(100, 0)
	if fact := d.kept.facts[ledger.ShareUseID(purseOfBob.Bucket, alice)]; fact.Cap != nil {
		t.Errorf("the cap is %d", *fact.Cap)
	}
}

func TestWhatAMemberUsesIsBoundedAsBalancesAre(t *testing.T) {
	d := family(t, 0, ledger.BucketSettings{})
	d.must(cash(purseOfBob, eur(money.MaxBase-100)), spend(sharedPlace, money.MaxBase-1), cash(purseOfBob, eur(10)))
	d.wantNotTaken(spend(sharedPlace, 2), ledger.AmountOverflow, none)
	d.must(spend(sharedPlace, 1))
}

// A member who is left out keeps what it holds, and the counter stays as it is.
func TestAHoldOutlivesTheSharing(t *testing.T) {
	leaveOut := func(terms *ledger.BucketSettings) { terms.SharedWith = nil }
	d := family(t, 30, ledger.BucketSettings{})
	d.must(reserve("h", sharedPlace, eur(10)), reserve("i", everywhere(alice), eur(10)))
	d.change(purseOfBob, leaveOut)
	d.wantNotTaken(extend("h", eur(11), d.now.Add(time.Hour)), ledger.WrongAccount, none)
	d.wantRefused(extend("i", eur(11), d.now.Add(time.Hour)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.must(acceptHold("i"), extend("i", eur(10), d.now.Add(time.Hour)), charge("h", eur(4)), release("i"))
	d.wantUsed(0, 96)
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = with(30, alice) })
	d.wantUsed(20, 96)
}

func TestWhatAHoldGivesToBreakageWasNotUsed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(30, alice)}),
		valid(purseOfBob, eur(50), ledger.Validity{Lasts: hours(1)}))
	op := reserve("h", sharedPlace, eur(20))
	op.For = day.Microseconds()
	d.must(op)
	d.now = d.now.Add(2 * time.Hour)
	d.must(charge("h", eur(5)))
	d.wantSpent(5, 45)
	d.wantUsed(5, 0)
}

func TestWhatAReversalGivesToBreakageWasNotUsed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(30, alice)}),
		valid(purseOfBob, eur(50), ledger.Validity{Lasts: hours(1)}))
	op := reserve("h", sharedPlace, eur(20))
	op.For = day.Microseconds()
	d.must(op)
	d.now = d.now.Add(2 * time.Hour)
	of := d.done(charge("h", eur(5)))
	before := d.view(bob)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantSpent(0, 50)
	d.wantUsed(0, 0)
	if view := d.view(bob); view.Sequence <= before.Sequence || view.Buckets[purseOfBob.Bucket].Sequence <= before.Buckets[purseOfBob.Bucket].Sequence {
		t.Errorf("the owner is as of %d, and was as of %d", view.Sequence, before.Sequence)
	}
}

func TestAReversalAfterTheEndOfALotGivesBackToTheMemberToo(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(30, alice)}),
		valid(purseOfBob, eur(50), ledger.Validity{Lasts: hours(1)}))
	of := d.done(spend(sharedPlace, 20))
	d.now = d.now.Add(2 * time.Hour)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantUsed(0, 20)
	d.must(spend(sharedPlace, 20))
}
