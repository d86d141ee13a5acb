// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestEachReversibleKindIsUndoneAsAWhole(t *testing.T) {
	for name, do := range map[string]func(d *desk) ledger.ID{
		"a top-up":                 func(d *desk) ledger.ID { return d.done(cash(giftOfAlice, eur(9))) },
		"a transfer":               func(d *desk) ledger.ID { return d.done(transfer(mainOfAlice, mainOfBob, eur(30))) },
		"a transfer between her":   func(d *desk) ledger.ID { return d.done(transfer(mainOfAlice, giftOfAlice, eur(3))) },
		"a goodwill credit":        func(d *desk) ledger.ID { return d.done(adjust(ledger.GoodwillCredit, giftOfAlice, eur(9))) },
		"a general credit":         func(d *desk) ledger.ID { return d.done(adjust(ledger.GeneralCredit, giftOfAlice, eur(9))) },
		"a general debit":          func(d *desk) ledger.ID { return d.done(adjust(ledger.GeneralDebit, everywhere(alice), eur(60))) },
		"a one-time charge":        func(d *desk) ledger.ID { return d.done(adjust(ledger.OneTimeCharge, everywhere(alice), eur(60))) },
		"a recurring charge":       func(d *desk) ledger.ID { return d.done(adjust(ledger.RecurringCharge, giftOfAlice, eur(22))) },
		"a charged hold":           func(d *desk) ledger.ID { return d.held(chargeAll("h")) },
		"a partly charged hold":    func(d *desk) ledger.ID { return d.held(charge("h", eur(37))) },
		"an accepted hold's":       func(d *desk) ledger.ID { d.held(acceptHold("h")); return d.done(charge("h", eur(37))) },
		"a hold charged at an end": func(d *desk) ledger.ID { return d.ended(ledger.ExpiryCharges) },
	} {
		t.Run(name, func(t *testing.T) {
			d, as := mixed(t), mixed(t)
			of := do(d)
			d.must(d.reverse(of, ledger.ShortfallRefuses))
			for _, place := range []ledger.Place{mainOfAlice, giftOfAlice, purseOfAlice, mainOfBob} {
				for _, kind := range []ledger.CellKind{ledger.Available, ledger.Reserved, ledger.AcceptedHold, ledger.Debt} {
					d.wantCells(place, kind, as.cells(place, kind)...)
				}
			}
			for _, outside := range []string{"funding:cash", "revenue:usage", "adjustments"} {
				d.wantOutside(outside, map[string]map[string]int64{"funding:cash": {"EUR": -22}}[outside])
			}
			undone := ledger.Figures{Other: d.recordedReversal(of)}
			d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.AlreadyReversed, undone)
			d.wantRefused(d.reverse(of, ledger.ShortfallOwes), ledger.AlreadyReversed, undone)
			d.wantNotTaken(d.reverse(undone.Other, ledger.ShortfallOwes), ledger.NotReversible, none)
		})
	}
}

// held reserves 60 of all of alice's buckets, and ends that.
func (d *desk) held(by ledger.Operation) ledger.ID {
	d.Helper()
	d.must(reserve("h", everywhere(alice), eur(60)))
	return d.done(by)
}

// ended is the end of a hold of 60 of all of alice's buckets.
func (d *desk) ended(onExpiry ledger.OnExpiry) ledger.ID {
	d.Helper()
	op := reserve("h", everywhere(alice), eur(60))
	op.OnExpiry = onExpiry
	d.must(op)
	d.now = d.now.Add(time.Hour)
	return d.done(expire("h"))
}

// recordedReversal is what undid a transaction.
func (d *desk) recordedReversal(of ledger.ID) ledger.ID {
	d.Helper()
	var by ledger.Reversal
	d.fact(ledger.ReversalSubject(of), &by)
	return by.Transaction
}

func TestWhatMovedNothingOnBalanceCannotBeUndone(t *testing.T) {
	for name, do := range map[string]func(d *desk) ledger.ID{
		"settings":              func(d *desk) ledger.ID { return d.done(setAccount(alice, 1, ledger.AccountSettings{})) },
		"a grant":               func(d *desk) ledger.ID { return d.done(ledger.Grant{Into: giftOfAlice, Amount: eur(1)}) },
		"a reserved hold":       func(d *desk) ledger.ID { return d.done(reserve("h", everywhere(alice), eur(9))) },
		"an accepted hold":      func(d *desk) ledger.ID { return d.held(acceptHold("h")) },
		"a released hold":       func(d *desk) ledger.ID { return d.held(release("h")) },
		"an extension":          func(d *desk) ledger.ID { return d.held(extend("h", eur(61), d.now.Add(time.Hour))) },
		"a hold that was ended": func(d *desk) ledger.ID { return d.ended(ledger.ExpiryReleases) },
	} {
		t.Run(name, func(t *testing.T) {
			d := mixed(t)
			d.wantNotTaken(d.reverse(do(d), ledger.ShortfallOwes), ledger.NotReversible, none)
		})
	}
}

func TestAReversalWaitsForWhatItUndoes(t *testing.T) {
	d := withMoney(t, 100)
	refused := d.post(transfer(mainOfAlice, mainOfBob, eur(101)))
	for name, of := range map[string]ledger.ID{"what is not there yet": {1}, "what was refused": refused.Transaction} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(d.reverse(of, ledger.ShortfallRefuses), ledger.OriginalUnknown, none)
		})
	}
	d.wantNotTaken(ledger.Reverse{}, ledger.Malformed, none)
	d.wantNotTaken(ledger.Reverse{Of: ledger.ID{1}, OnShortfall: ledger.ShortfallOwes + 1}, ledger.Malformed, none)
}

func TestAReversalOfWhatBelongsToAnotherIsMalformed(t *testing.T) {
	d := withMoney(t, 100)
	op := d.reverse(d.done(cash(mainOfAlice, eur(10))), ledger.ShortfallRefuses)
	spent := d.done(transfer(mainOfAlice, mainOfBob, eur(10)))
	d.must(adjust(ledger.OneTimeCharge, mainOfBob, eur(10)))
	foreign := d.command(d.reverse(spent, ledger.ShortfallRefuses)) // for its tenant it would be refused
	foreign.Tenant = ledger.TenantID(scope, "wholesale", 1)
	elsewhere := d.command(op)
	elsewhere.Scope = "another"
	for _, command := range []ledger.Command{foreign, elsewhere} {
		if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
			t.Errorf("it is %d %s", out.Status, out.Code)
		}
	}
	d.must(op)
}

func TestTellingWhatAReversalTouchesLeavesItAsItWas(t *testing.T) {
	d := withMoney(t, 100)
	op := d.reverse(d.done(cash(mainOfAlice, eur(10))), ledger.ShortfallRefuses)
	op.Original.Accounts = append(make([]ledger.ID, 0, 8), op.Original.Accounts...) // as the log's reader may make it
	ours, theirs := d.command(op), d.command(op)
	theirs.Scope = "another"
	touched := slices.Clone(book.Touches(ours).Accounts)
	first := book.Touches(ours).Accounts
	book.Touches(theirs)
	if !slices.Equal(first, touched) {
		t.Errorf("what it touches went from %v to %v", touched, first)
	}
}

func TestWhatAReversalCannotTakeBackIsRefusedOrOwed(t *testing.T) {
	d := withMoney(t, 100)
	of := d.done(cash(mainOfAlice, eur(50)))
	d.must(adjust(ledger.OneTimeCharge, mainOfAlice, eur(120)))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 50, Available: 30, Unit: "EUR"})
	d.wantBalances(30, 0, 0, 0)
	out := d.post(d.reverse(of, ledger.ShortfallOwes))
	if want := (ledger.Impact{Account: alice, Bucket: mainOfAlice.Bucket, Before: 30}); len(out.Impacts) != 1 || out.Impacts[0] != want {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
	d.wantBalances(-20, 0, 0, 20)
	d.wantOutside("funding:cash", map[string]int64{"EUR": -100})
	d.wantRefused(reserve("h", mainOfAlice, eur(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Available: -20, Unit: "EUR"})
}

func TestAReversalUsesNoCreditLineAndNoOtherLot(t *testing.T) {
	d := mixed(t)
	of := d.done(cash(mainOfAlice, eur(30)))
	d.must(reserve("h", mainOfAlice, eur(35)))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 30, Available: 5, Unit: "EUR"})
	d.must(extend("h", eur(45), d.now.Add(time.Hour)))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 30, Unit: "EUR"})
	d.must(d.reverse(of, ledger.ShortfallOwes))
	d.wantFree(-5, 20, 5, 7)
	d.wantBalances(47, 45, 0, 30) // 50 of a line and 32 in other buckets, less 5 used and 30 owed
}

func TestAReversalIsNotBoundByTheCeiling(t *testing.T) {
	d := withMoney(t, 100)
	of := d.done(adjust(ledger.OneTimeCharge, mainOfAlice, eur(60)))
	d.must(setAccount(alice, 1, ledger.AccountSettings{MaximumBalance: 50}), d.reverse(of, ledger.ShortfallRefuses))
	d.wantMoney(alice, 100)
}

func TestEachEndOfAReversedTransferHasToBeUnclosed(t *testing.T) {
	closed := ledger.AccountSettings{State: ledger.AccountStateClosed}
	for _, end := range []ledger.ID{alice, bob} {
		d := withMoney(t, 100)
		of := d.done(transfer(mainOfAlice, mainOfBob, eur(10)))
		d.must(setAccount(end, 1, closed))
		d.wantRefused(d.reverse(of, ledger.ShortfallOwes), ledger.AccountClosed, none)
	}
}

func TestATransferThatWasSpentIsUndoneAgainstADebtOfItsReceiver(t *testing.T) {
	d := withMoney(t, 100)
	of := d.done(transfer(mainOfAlice, mainOfBob, eur(40)))
	d.must(adjust(ledger.OneTimeCharge, mainOfBob, eur(25)))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 40, Available: 15, Unit: "EUR"})
	d.must(d.reverse(of, ledger.ShortfallOwes))
	d.wantMoney(alice, 100)
	if view := d.view(bob); view.Credit != 0 || view.Debt != 25 || view.Available != -25 {
		t.Errorf("bob's account is %+v", view)
	}
}

// What comes back pays what was missing: nobody owes what they have.
func TestATransferBetweenBucketsOfOneAccountIsUndoneWithoutADebt(t *testing.T) {
	d := withMoney(t, 100)
	d.must(purse(purseOfAlice, ledger.Paid))
	of := d.done(transfer(mainOfAlice, purseOfAlice, eur(40)))
	d.must(adjust(ledger.OneTimeCharge, purseOfAlice, eur(30)))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 40, Available: 10, Unit: "EUR"})
	d.must(d.reverse(of, ledger.ShortfallOwes))
	d.wantCells(purseOfAlice, ledger.Available, 0)
	d.wantBalances(70, 0, 0, 0)
}

func TestAReversalThatWouldPassTheBoundIsNotTaken(t *testing.T) {
	d := withMoney(t, 100)
	of := d.done(adjust(ledger.OneTimeCharge, mainOfAlice, eur(60)))
	d.must(cash(mainOfAlice, eur(money.MaxBase-40)))
	d.wantNotTaken(d.reverse(of, ledger.ShortfallRefuses), ledger.AmountOverflow, none)
}

func TestTwoReversalsOfOneBatchCannotUndoOneTransaction(t *testing.T) {
	d := withMoney(t, 100)
	op := d.reverse(d.done(cash(mainOfAlice, eur(10))), ledger.ShortfallRefuses)
	outs := d.batch(d.command(op), d.command(op))
	if outs[0].Status != ledger.Accepted || outs[1].Code != ledger.AlreadyReversed || outs[1].Figures.Other != outs[0].Transaction {
		t.Errorf("they are %+v", outs)
	}
	d.wantMoney(alice, 100)
}
