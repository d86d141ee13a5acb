// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// row is a bucket of ten, and its place among others.
type row struct {
	name  string
	terms ledger.BucketSettings
}

func forVideo(terms ledger.BucketSettings) ledger.BucketSettings {
	terms.Products = []ledger.ID{video}
	return terms
}

func until(end time.Duration) ledger.BucketSettings {
	return ledger.BucketSettings{Validity: ledger.Validity{End: in(end)}}
}

func firstUse(count int32) ledger.BucketSettings {
	return ledger.BucketSettings{Validity: ledger.Validity{OnFirstUse: true, Lasts: days(count)}}
}

// inOrder opens buckets of alice with ten in each, the last one first.
func inOrder(t *testing.T, all []row) *desk {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 10}), open(bob))
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].name == "main" {
			d.must(cash(mainOfAlice, eur(10)))
			continue
		}
		place := at(alice, all[i].name)
		d.must(pursed(place, all[i].terms), cash(place, eur(10)))
	}
	return d
}

// freeIn is what is free in a bucket.
func (d *desk) freeIn(place ledger.Place) (sum int64) {
	d.Helper()
	for _, free := range d.cells(place, ledger.Available) {
		sum += free
	}
	return sum
}

func placeOf(name string) ledger.Place {
	if name == "main" {
		return mainOfAlice
	}
	return at(alice, name)
}

func TestEveryLotHasItsPlaceInTheBurnOrder(t *testing.T) {
	priority := func(n int32, terms ledger.BucketSettings) ledger.BucketSettings {
		terms.Priority = n
		return terms
	}
	for name, all := range map[string][]row{
		"for some products, the lowest priority, the earliest end": {
			{"products, high, ending", forVideo(priority(5, until(day)))},
			{"products, high", forVideo(priority(5, ledger.BucketSettings{}))},
			{"low", priority(-1, ledger.BucketSettings{})},
			{"ending", until(day)},
			{"ending later", until(day + tick)},
			{"main", ledger.BucketSettings{}},
			{"high, ending", priority(1, until(day))},
		},
		"what waits for its first use by the end that it would have": {
			{"ending", until(3*day - tick)}, {"would end", firstUse(3)}, {"ending later", until(3*day + tick)},
			{"main", ledger.BucketSettings{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := inOrder(t, all)
			for i, one := range all {
				d.must(charging(everywhere(alice), eur(10), video))
				for j, other := range all {
					if free := d.freeIn(placeOf(other.name)); (free == 0) != (j <= i) {
						t.Errorf("when %q burns, %d are left of %q", one.name, free, other.name)
					}
				}
			}
			d.must(charging(everywhere(alice), eur(10), video)) // the credit line is last
			d.wantCells(mainOfAlice, ledger.Available, -10)
		})
	}
}

func TestOfLotsThatAreAlikeTheOldestBurnsFirst(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(day)), pursed(otherOfAlice, until(day)), cash(otherOfAlice, eur(10)), cash(purseOfAlice, eur(10)),
		spend(everywhere(alice), 10))
	d.wantCells(purseOfAlice, ledger.Available, 0)
	d.wantCells(otherOfAlice, ledger.Available, 10)
}

// Lots of one bucket have ends of their own.
func TestInOneBucketTheLotThatEndsFirstBurnsFirst(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{}), cash(purseOfAlice, eur(10)),
		valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(9)}), valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(3)}),
		valid(mainOfAlice, eur(10), ledger.Validity{Lasts: days(5)}))
	d.must(spend(purseOfAlice, 15))
	d.wantCells(purseOfAlice, ledger.Available, 10, 5, 0)
	d.must(spend(everywhere(alice), 12))
	d.wantCells(purseOfAlice, ledger.Available, 10, 3, 0)
	d.wantCells(mainOfAlice, ledger.Available, 0, 0)
	d.wantLots(purseOfAlice, ledger.LotBalance{Start: in(0), End: in(3 * day)},
		ledger.LotBalance{Remaining: 3, Start: in(0), End: in(9 * day)}, ledger.LotBalance{Remaining: 10})
}

func TestNothingBehindABlockerIsUsed(t *testing.T) {
	blocking := func(terms ledger.BucketSettings) ledger.BucketSettings {
		terms.Blocker = true
		return terms
	}
	for name, c := range map[string]struct {
		all   []row
		there int64
	}{
		"and with it itself": {[]row{{"first", blocking(until(day))}, {"main", ledger.BucketSettings{}}}, 10},
		"but what is before": {[]row{{"first", until(day)}, {"second", blocking(until(2 * day))}, {"main", ledger.BucketSettings{}}}, 20},
		"nor the credit line": {[]row{{"first", until(day)}, {"main", ledger.BucketSettings{}},
			{"last", blocking(ledger.BucketSettings{Priority: 1})}}, 30},
		"the first of two": {[]row{{"first", blocking(until(day))}, {"second", blocking(until(2 * day))}, {"main", ledger.BucketSettings{}}}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			d := inOrder(t, c.all)
			short := ledger.Figures{Needed: c.there + 1, Available: c.there, Unit: "EUR"}
			d.wantRefused(spend(everywhere(alice), c.there+1), ledger.InsufficientFunds, short)
			d.wantRefused(reserve("h", everywhere(alice), eur(c.there+1)), ledger.InsufficientFunds, short)
			d.wantRefused(adjust(ledger.GeneralDebit, everywhere(alice), eur(c.there+1)), ledger.InsufficientFunds, short)
			d.must(spend(everywhere(alice), c.there))
			d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"}) // empty, too
			d.must(spend(mainOfAlice, 10))                                                                               // who names a bucket does not walk
		})
	}
}

// The place of a blocker is that of the last of its lots that may be used.
func TestABlockerStandsWhereItsLastLotDoes(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{Blocker: true, Validity: ledger.Validity{Lasts: days(9)}}),
		valid(purseOfAlice, eur(1), ledger.Validity{Lasts: days(1)}),
		valid(mainOfAlice, eur(20), ledger.Validity{Lasts: days(5)}), valid(mainOfAlice, eur(300), ledger.Validity{Lasts: days(30)}))
	d.wantRefused(spend(everywhere(alice), 22), ledger.InsufficientFunds, ledger.Figures{Needed: 22, Available: 21, Unit: "EUR"})
	d.must(spend(everywhere(alice), 21))
}

// The line is not walked to, and so what is used of it is not either. What is owed is.
func TestWhatIsUsedOfTheCreditLineTakesNothingFromWhatIsBeforeABlocker(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), open(bob), spend(mainOfAlice, 30), pursed(purseOfAlice, until(day)),
		cash(purseOfAlice, eur(100)), pursed(otherOfAlice, ledger.BucketSettings{Blocker: true, Priority: 1}), cash(otherOfAlice, eur(7)))
	d.wantRefused(spend(everywhere(alice), 108), ledger.InsufficientFunds, ledger.Figures{Needed: 108, Available: 107, Unit: "EUR"})
	of := d.done(cash(purseOfAlice, eur(20)))
	d.must(spend(purseOfAlice, 105), d.reverse(of, ledger.ShortfallOwes))
	d.wantBalances(50-30+7-5, 0, 0, 5)
	d.wantRefused(spend(everywhere(alice), 3), ledger.InsufficientFunds, ledger.Figures{Needed: 3, Available: 2, Unit: "EUR"})
	d.must(spend(everywhere(alice), 2))
}

func TestABlockerThatCannotBeUsedBlocksNothing(t *testing.T) {
	for name, change := range map[string]func(terms *ledger.BucketSettings){
		"suspended":          func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateSuspended },
		"kept":               func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateRetained },
		"for other products": func(terms *ledger.BucketSettings) { terms.Products = []ledger.ID{video} },
		"a blocker no more":  func(terms *ledger.BucketSettings) { terms.Blocker = false },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, ledger.BucketSettings{Blocker: true, Priority: -1}))
			d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
			d.change(purseOfAlice, change)
			d.must(spend(everywhere(alice), 10))
		})
	}
	for name, validity := range map[string]ledger.Validity{
		"not started": {Start: in(2 * day)}, "ended": {End: in(day)},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), cash(mainOfAlice, eur(10)),
				pursed(purseOfAlice, ledger.BucketSettings{Blocker: true, Priority: -1, Validity: validity}),
				valid(purseOfAlice, eur(5), ledger.Validity{Lasts: days(9)})) // be there a lot that may be used
			d.now = d.now.Add(day)
			d.must(spend(everywhere(alice), 15))
		})
	}
	t.Run("but while it waits for its first use", func(t *testing.T) {
		d := newDesk(t)
		terms := firstUse(1)
		terms.Blocker = true
		d.must(open(alice), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, terms))
		d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	})
}

func TestABucketForSomeProductsIsForNoOthers(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, forVideo(ledger.BucketSettings{})), cash(purseOfAlice, eur(10)))
	for _, product := range []ledger.ID{{}, music} {
		short := ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"}
		d.wantRefused(charging(everywhere(alice), eur(11), product), ledger.InsufficientFunds, short)
		d.wantRefused(charging(purseOfAlice, eur(1), product), ledger.ProductMismatch, none)
		debit := adjust(ledger.GeneralDebit, everywhere(alice), eur(11))
		debit.Product = product
		d.wantRefused(debit, ledger.InsufficientFunds, short)
	}
	d.wantRefused(transfer(purseOfAlice, mainOfBob, eur(1)), ledger.ProductMismatch, none)
	d.must(adjust(ledger.GeneralDebit, purseOfAlice, eur(1)), charging(purseOfAlice, eur(2), video))
	named := reserve("h", everywhere(alice), eur(9))
	named.Product = video
	d.must(named)
	d.wantCells(purseOfAlice, ledger.Reserved, 7)
	d.wantCells(mainOfAlice, ledger.Reserved, 2)
	if h := d.holdOf("h"); h.Product != video {
		t.Errorf("it is held for %s", h.Product)
	}
}

func TestAnExtensionTakesForWhatTheHoldIsFor(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, forVideo(ledger.BucketSettings{})))
	for name, product := range map[string]ledger.ID{"film": video, "song": music} {
		op := reserve(name, everywhere(alice), eur(1))
		op.Product = product
		d.must(op)
	}
	d.must(cash(purseOfAlice, eur(10)), extend("song", eur(2), d.now.Add(time.Hour)), extend("film", eur(2), d.now.Add(time.Hour)))
	d.wantCells(purseOfAlice, ledger.Reserved, 1)
	d.wantCells(mainOfAlice, ledger.Reserved, 3)
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.Products = []ledger.ID{music} })
	d.must(extend("film", eur(3), d.now.Add(time.Hour)), charge("film", eur(3))) // what is held stays
	d.wantCells(purseOfAlice, ledger.Available, 9)
	d.wantCells(mainOfAlice, ledger.Available, 6)
}
