// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// waiting is a desk where alice has ten in a purse that waits for its first use and
// lasts a month from then, and ten beside it.
func waiting(t tb, terms ledger.BucketSettings) *desk {
	d := newDesk(t)
	terms.Validity = ledger.Validity{OnFirstUse: true, Lasts: months(1)}
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, terms), cash(purseOfAlice, eur(10)))
	d.wantTerm(purseOfAlice, 0, 0, 0)
	return d
}

func TestTheFirstUseOfABucketBeginsItsTerm(t *testing.T) {
	for name, use := range map[string]ledger.Operation{
		"a hold of it":          reserve("h", purseOfAlice, eur(1)),
		"a hold of the account": reserve("h", everywhere(alice), eur(1)),
		"a charge":              spend(everywhere(alice), 1),
		"a recurring charge":    adjust(ledger.RecurringCharge, purseOfAlice, eur(1)),
	} {
		t.Run(name, func(t *testing.T) {
			d := waiting(t, ledger.BucketSettings{})
			d.now = time.Date(2027, 1, 31, 8, 0, 0, 0, time.UTC)
			d.must(use)
			d.wantTerm(purseOfAlice, d.now.UnixMicro(), time.Date(2027, 2, 28, 8, 0, 0, 0, time.UTC).UnixMicro(), 0)
		})
	}
}

func TestAnExtensionOfAHoldMayBeTheFirstUse(t *testing.T) {
	d := waiting(t, ledger.BucketSettings{Priority: 1})
	d.must(reserve("h", everywhere(alice), eur(10)))
	d.wantTerm(purseOfAlice, 0, 0, 0)
	d.must(extend("h", eur(10), d.now.Add(time.Hour)))
	d.wantTerm(purseOfAlice, 0, 0, 0) // nothing was taken
	d.now = d.now.Add(time.Minute)
	d.must(extend("h", eur(11), d.now.Add(time.Hour)))
	d.wantTerm(purseOfAlice, in(time.Minute), time.Date(2026, 12, 21, 12, 1, 0, 0, time.UTC).UnixMicro(), 0)
}

func TestABucketThatBeganStaysBegun(t *testing.T) {
	d := waiting(t, ledger.BucketSettings{})
	d.must(reserve("h", purseOfAlice, eur(1)))
	end := d.termOf(purseOfAlice).End
	d.must(release("h"))
	d.now = d.now.Add(day)
	d.must(spend(purseOfAlice, 1))
	d.wantTerm(purseOfAlice, in(0), end, 0)
	d.until(time.UnixMicro(end).UTC())
	d.wantSpent(1, 9)
}

func TestWhatIsNoUseBeginsNothing(t *testing.T) {
	d := waiting(t, ledger.BucketSettings{})
	of := d.done(adjust(ledger.GeneralDebit, everywhere(alice), eur(15))) // it is passed over by none, and begun by none
	d.wantCells(purseOfAlice, ledger.Available, 0)
	d.must(d.reverse(of, ledger.ShortfallRefuses), adjust(ledger.GeneralDebit, purseOfAlice, eur(1)), transfer(mainOfAlice, purseOfAlice, eur(1)),
		adjust(ledger.GoodwillCredit, purseOfAlice, eur(1)), extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(1)}))
	d.wantRefused(spend(everywhere(alice), 100), ledger.InsufficientFunds, ledger.Figures{Needed: 100, Available: 21, Unit: "EUR"})
	d.wantNotTaken(transfer(purseOfAlice, mainOfBob, eur(1)), ledger.BucketNotStarted, none)
	d.until(start.Add(400 * day))
	d.wantTerm(purseOfAlice, 0, 0, 0)
	d.wantLeft(purseOfAlice, 12)
	d.must(spend(mainOfAlice, 9))
	d.wantTerm(purseOfAlice, 0, 0, 0)
}

// A lot with a validity of its own is of the bucket all the same.
func TestTheUseOfAnyLotOfABucketThatWaitsIsItsFirst(t *testing.T) {
	d := waiting(t, ledger.BucketSettings{})
	d.must(valid(purseOfAlice, eur(1), ledger.Validity{Lasts: days(1)}), spend(purseOfAlice, 1))
	if term := d.termOf(purseOfAlice); term.Start != in(0) {
		t.Errorf("the term is %+v", term)
	}
}

func TestTheGrantOfABucketThatWaitsIsForItsFirstCycle(t *testing.T) {
	d := newDesk(t)
	terms := monthly(4)
	terms.Validity = ledger.Validity{OnFirstUse: true, Lasts: months(3)}
	d.must(open(alice), pursed(purseOfAlice, terms), ledger.Grant{Into: purseOfAlice, Amount: eur(10)})
	d.wantLots(purseOfAlice, ledger.LotBalance{Class: ledger.Granted, Remaining: 10})
	d.until(on(2027, 1, 10)) // while it waits there are no cycles
	d.must(spend(purseOfAlice, 1))
	first := ledger.LotBalance{Class: ledger.Granted, Remaining: 9, Start: on(2027, 1, 10).UnixMicro(), End: on(2027, 2, 10).UnixMicro()}
	d.wantTerm(purseOfAlice, first.Start, on(2027, 4, 10).UnixMicro(), first.End)
	d.wantLots(purseOfAlice, first)
	d.until(on(2027, 2, 10))
	d.wantSpent(1, 9)
	d.wantLots(purseOfAlice, ledger.LotBalance{
		Class: ledger.Granted, Remaining: 4, Start: on(2027, 2, 10).UnixMicro(), End: on(2027, 3, 10).UnixMicro(),
	})
	d.until(on(2027, 5, 1))
	d.wantSpent(1, 9+4+4)
	if term := d.termOf(purseOfAlice); !term.Ended || term.Next != 0 {
		t.Errorf("the term is %+v", term)
	}
}

func TestAnAnchorThatIsNamedIsKeptByTheFirstUse(t *testing.T) {
	d := newDesk(t)
	terms := monthly(4)
	terms.Validity.OnFirstUse, terms.Cycle.Anchor = true, on(2026, 1, 1).UnixMicro()
	d.must(open(alice), pursed(purseOfAlice, terms), ledger.Grant{Into: purseOfAlice, Amount: eur(10)})
	d.now = on(2027, 1, 10)
	d.must(spend(purseOfAlice, 1))
	d.wantTerm(purseOfAlice, d.now.UnixMicro(), 0, on(2027, 2, 1).UnixMicro())
	if cycle := d.termOf(purseOfAlice).Cycle; cycle != 13 {
		t.Errorf("the next cycle is number %d", cycle)
	}
}
