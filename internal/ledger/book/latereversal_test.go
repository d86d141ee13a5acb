// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestATransferKeepsTheEndOfWhatIsPassedOn(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, until(9*day)), pursed(purseOfBob, ledger.BucketSettings{}),
		cash(purseOfAlice, eur(10)), valid(purseOfAlice, eur(5), ledger.Validity{Lasts: days(3)}), cash(mainOfAlice, eur(7)))
	d.now = d.now.Add(day)
	d.must(transfer(purseOfAlice, purseOfBob, eur(12)), transfer(mainOfAlice, purseOfBob, eur(7)))
	d.wantLots(purseOfBob, ledger.LotBalance{Remaining: 5, Start: in(day), End: in(3 * day)},
		ledger.LotBalance{Remaining: 7, Start: in(day), End: in(9 * day)}, ledger.LotBalance{Remaining: 7})
	d.must(transfer(purseOfAlice, mainOfAlice, eur(3)))
	d.until(start.Add(9 * day))
	d.wantMoney(alice, 0)
}

// A part that pays a debt arrives nowhere.
func TestWhatPaysADebtOfATransferIsWhatEndsFirst(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(10)), valid(mainOfAlice, eur(5), ledger.Validity{Lasts: days(3)}),
		pursed(purseOfBob, ledger.BucketSettings{}))
	of := d.done(cash(mainOfBob, eur(4)))
	d.must(spend(mainOfBob, 4), d.reverse(of, ledger.ShortfallOwes), transfer(mainOfAlice, purseOfBob, eur(12)))
	d.wantLots(purseOfBob, ledger.LotBalance{Remaining: 1, Start: in(0), End: in(3 * day)}, ledger.LotBalance{Remaining: 7})
}

func TestOnlyWhatMayBeUsedAndWasPaidForIsPassedOn(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{}), cash(purseOfAlice, eur(5)),
		valid(purseOfAlice, eur(10), ledger.Validity{Start: in(day), Lasts: days(3)}), adjust(ledger.GoodwillCredit, purseOfAlice, eur(20)))
	d.wantRefused(transfer(purseOfAlice, mainOfBob, eur(6)), ledger.NotTransferable, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	d.wantRefused(transfer(purseOfAlice, mainOfBob, eur(26)), ledger.InsufficientFunds, ledger.Figures{Needed: 26, Available: 25, Unit: "EUR"})
	d.now = d.now.Add(day)
	d.must(transfer(purseOfAlice, mainOfBob, eur(15)))
	d.wantLeft(purseOfAlice, 20)
}

func TestAReversalToALotThatIsOverGivesTheValidityThatWasLeft(t *testing.T) {
	for name, c := range map[string]struct {
		into   ledger.Operation
		length time.Duration // from the start
	}{
		"of a bucket that ended":    {cash(purseOfAlice, eur(10)), 10 * day},
		"with an end of its own":    {valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(8)}), 8 * day},
		"that began after its sale": {valid(purseOfAlice, eur(10), ledger.Validity{Start: in(day), Lasts: days(8)}), 9 * day},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), open(bob), pursed(purseOfAlice, until(10*day)), c.into)
			d.now = d.now.Add(2 * day)
			of := d.done(spend(purseOfAlice, 6))
			d.until(start.Add(30 * day))
			d.wantSpent(6, 4)
			d.must(d.reverse(of, ledger.ShortfallRefuses))
			end := 30*day + c.length - 2*day
			d.wantSpent(0, 4)
			d.wantLots(purseOfAlice, ledger.LotBalance{Remaining: 6, Start: in(30 * day), End: in(end)})
			d.must(spend(purseOfAlice, 1), transfer(purseOfAlice, mainOfBob, eur(1)))
			d.wantRefused(cash(purseOfAlice, eur(1)), ledger.BucketExpired, none)
			d.until(start.Add(end - tick))
			d.wantLeft(purseOfAlice, 4)
			d.until(start.Add(end))
			d.wantSpent(1, 8)
		})
	}
}

// Before its end, it is as though nothing had been taken.
func TestAReversalToALotThatIsNotOverIsAsBefore(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(10*day)), cash(purseOfAlice, eur(10)), valid(purseOfAlice, eur(5), ledger.Validity{Lasts: days(8)}))
	of := d.done(spend(purseOfAlice, 12))
	d.now = start.Add(8*day - tick)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantCells(purseOfAlice, ledger.Available, 10, 5)
	d.until(start.Add(10 * day))
	d.wantSpent(0, 15)
}

func TestWhatWasGrantedForACycleComesBackForWhatWasLeftOfIt(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 3})
	d.now = on(2027, 1, 21)
	of := d.done(spend(purseOfAlice, 6))
	d.until(on(2027, 2, 10))
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	want := granted(6, on(2027, 2, 10), on(2027, 2, 21))
	if lots := unnumbered(d.view(alice).Buckets[purseOfAlice.Bucket].Lots); len(lots) != 3 || lots[0] != want {
		t.Errorf("the lots are %+v", lots)
	}
	d.until(on(2027, 2, 21)) // it is of no cycle any more
	d.wantSpent(0, 6)
}

// Of the end of a bucket that was moved since, the one that it has now counts.
func TestAReversalGoesByTheEndThatTheBucketHasNow(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(10*day)), cash(purseOfAlice, eur(10)))
	of := d.done(spend(purseOfAlice, 6))
	d.must(extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: in(4 * day)}))
	d.until(start.Add(5 * day))
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantLots(purseOfAlice, ledger.LotBalance{Remaining: 6, Start: in(5 * day), End: in(9 * day)})
}

func TestWhatWasChargedAfterTheEndGoesToBreakageInAReversal(t *testing.T) {
	for name, ended := range map[string]func(d *desk) ledger.ID{
		"a charge":  func(d *desk) ledger.ID { return d.done(chargeAll("h")) },
		"an expiry": func(d *desk) ledger.ID { d.now = start.Add(2 * day); return d.done(expire("h")) },
	} {
		t.Run(name, func(t *testing.T) {
			d := heldOver(t, ledger.ExpiryCharges)
			d.until(start.Add(day))
			of := ended(d)
			d.wantSpent(9, 1)
			d.must(d.reverse(of, ledger.ShortfallRefuses))
			d.wantSpent(0, 10)
			d.wantMoney(alice, 0)
			d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.AlreadyReversed, ledger.Figures{Other: d.recordedReversal(of)})
		})
	}
}

func TestWhatAReversalGivesBackLatePaysADebtFirst(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(10*day)), cash(purseOfAlice, eur(10)))
	of := d.done(spend(purseOfAlice, 6))
	d.until(start.Add(10 * day))
	d.owe(4)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantLots(purseOfAlice, ledger.LotBalance{Remaining: 2, Start: in(10 * day), End: in(20 * day)})
	if view := d.view(alice); view.Debt != 0 || view.Credit != 2 {
		t.Errorf("it is %+v", view)
	}
}

func TestAReversalToALotThatIsOverNeedsRoomForAnother(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{}), valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(5)}))
	of := d.done(spend(purseOfAlice, 6))
	d.until(start.Add(5 * day))
	for i := range 63 { // beside lot 0
		d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: in(time.Duration(i+20) * day)}))
	}
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.TooManyLots, ledger.Figures{Available: 64})
	d.until(start.Add(20 * day))
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantLeft(purseOfAlice, 62+6)
}

// What it would take of a lot that is gone is missing.
func TestAReversalFindsNothingInALotThatIsOver(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{}), cash(purseOfAlice, eur(50)))
	of := d.done(valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(1)}))
	d.until(start.Add(day))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 10, Unit: "EUR"})
	d.must(d.reverse(of, ledger.ShortfallOwes))
	d.wantBalances(40, 0, 0, 10)
	d.wantOutside("funding:cash", map[string]int64{"EUR": -50})
}
