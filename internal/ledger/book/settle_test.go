// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestWhateverTouchesAnAccountFindsItsBucketsAsTheyAreByThen(t *testing.T) {
	for name, op := range map[string]ledger.Operation{
		"a top-up": cash(mainOfAlice, eur(1)), "a transfer from it": transfer(mainOfAlice, mainOfBob, eur(1)),
		"a transfer to it": transfer(mainOfBob, mainOfAlice, eur(1)), "settings": setAccount(alice, 1, ledger.AccountSettings{}),
		"another bucket": purse(otherOfAlice, ledger.Paid), "a charge": spend(everywhere(alice), 1), "a hold": reserve("i", mainOfAlice, eur(1)),
		"what is refused": spend(mainOfAlice, 5000), "what is not taken": cash(at(alice, "none"), eur(1)),
	} {
		t.Run(name, func(t *testing.T) {
			d := subscribed(t, on(2027, 1, 1), monthly(4))
			d.must(cash(mainOfAlice, eur(1)), cash(mainOfBob, eur(1)))
			d.now = on(2027, 3, 15)
			d.post(op)
			want := []happening{
				{ledger.KindExpireLot, on(2027, 2, 1).UnixMicro()}, {ledger.KindBeginCycle, on(2027, 2, 1).UnixMicro()},
				{ledger.KindExpireLot, on(2027, 3, 1).UnixMicro()}, {ledger.KindBeginCycle, on(2027, 3, 1).UnixMicro()},
			}
			got := d.happened()
			if len(got) != len(want) {
				t.Fatalf("what happened is %+v", got)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("what happened is %+v, not %+v", got, want)
				}
			}
			d.wantGiven(18)
		})
	}
}

func TestAReversalFindsTheBucketsOfWhatItUndoesAsTheyAreByThen(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	of := d.done(cash(mainOfAlice, eur(1)))
	d.now = on(2027, 2, 15)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantGiven(14)
}

// Of several accounts that a command touches all happens in one order.
func TestWhatIsDueOnTwoAccountsHappensInOneOrder(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(1)), pursed(purseOfAlice, until(2*day)), pursed(purseOfBob, until(day)),
		pursed(otherOfAlice, until(3*day)), pursed(at(bob, "r"), until(4*day)))
	d.now = d.now.Add(9 * day)
	d.must(transfer(mainOfAlice, mainOfBob, eur(1)))
	for i, h := range d.happened() {
		if h != (happening{ledger.KindExpireBucket, in(time.Duration(i+1) * day)}) {
			t.Errorf("what happened is %+v", d.happened())
		}
	}
	if len(d.happened()) != 4 {
		t.Errorf("what happened is %+v", d.happened())
	}
}

// A refill that has no room stays due, and does not keep the others from happening.
func TestARefillWithoutRoomComesWhenThereIsSome(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(20))
	d.must(cash(mainOfAlice, eur(money.MaxBase-10)))
	d.until(on(2027, 2, 10))
	d.wantGiven(10)
	d.wantSpent(0, 10)
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), 0, on(2027, 2, 1).UnixMicro())
	d.must(spend(mainOfAlice, 100))
	d.until(on(2027, 2, 11))
	d.wantGiven(30)
	d.wantLots(purseOfAlice, granted(20, on(2027, 2, 1), on(2027, 3, 1)))
	if got := d.happened(); len(got) != 1 || got[0] != (happening{ledger.KindBeginCycle, on(2027, 2, 1).UnixMicro()}) {
		t.Errorf("what happened is %+v", got)
	}
}

// What a command of others touches is not all that an end or a cycle needs.
func TestACommandOfAnotherScopeOrTenantBeginsAndEndsNothing(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	d.must(valid(mainOfAlice, eur(3), ledger.Validity{Lasts: days(3)}))
	d.now = on(2027, 2, 10)
	ofScope, ofTenant := d.command(cash(mainOfAlice, eur(1))), d.command(cash(mainOfAlice, eur(1)))
	ofScope.Scope, ofTenant.Tenant = "another", ledger.TenantID(scope, "wholesale", 1)
	for _, command := range []ledger.Command{ofScope, ofTenant} {
		d.state = book.NewState()
		d.batch(command)
		if got := d.happened(); len(got) != 0 {
			t.Errorf("what happened is %+v", got)
		}
	}
	d.until(d.now)
	if got := d.happened(); len(got) != 3 {
		t.Errorf("what happened is %+v", got)
	}
}

// An account is as large as what is live of it, however long its past is.
func TestWhatIsOverIsNotLoadedAnyMore(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{Cycle: ledger.Cycle{Every: days(1)}, Refill: 1}))
	d.pass(day)
	young := d.kept.account(alice)
	for range 12 {
		d.pass(30 * day)
	}
	old := d.kept.account(alice)
	if len(old.Facts) != len(young.Facts) || len(old.Cells) > len(young.Cells) {
		t.Errorf("after a year %d facts and %d cells are loaded, and %d and %d after a day",
			len(old.Facts), len(old.Cells), len(young.Facts), len(young.Cells))
	}
	d.wantGiven(361)
}

func TestABucketThatIsOverButHeldIsUsedForNothing(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.until(start.Add(day))
	d.wantRefused(adjust(ledger.GeneralDebit, purseOfAlice, eur(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.wantRefused(transfer(purseOfAlice, mainOfBob, eur(1)), ledger.BucketExpired, none)
}
