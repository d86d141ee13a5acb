// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestATopUpMovesTheEndOfItsBucketAsItsPolicySays(t *testing.T) {
	const none, replace, later, add = ledger.ExtendNone, ledger.ExtendReplace, ledger.ExtendMax, ledger.ExtendAdd
	for name, c := range map[string]struct {
		extension ledger.Extension
		want      time.Duration // the end was ten days after the start, of which five are over
	}{
		"not at all":                          {ledger.Extension{Policy: none}, 10 * day},
		"to a later one":                      {ledger.Extension{Policy: replace, Lasts: days(20)}, 25 * day},
		"to an earlier one":                   {ledger.Extension{Policy: replace, Lasts: days(2)}, 7 * day},
		"to an instant":                       {ledger.Extension{Policy: replace, Until: in(6 * day)}, 6 * day},
		"to the later of two":                 {ledger.Extension{Policy: later, Lasts: days(20)}, 25 * day},
		"to the later of two, as it is":       {ledger.Extension{Policy: later, Lasts: days(2)}, 10 * day},
		"to the later of two instants":        {ledger.Extension{Policy: later, Until: in(11 * day)}, 11 * day},
		"by a length":                         {ledger.Extension{Policy: add, Lasts: days(20)}, 30 * day},
		"below a ceiling":                     {ledger.Extension{Policy: add, Lasts: days(20), Ceiling: days(30)}, 30 * day},
		"up to a ceiling":                     {ledger.Extension{Policy: add, Lasts: days(20), Ceiling: days(15)}, 20 * day},
		"not below what it had":               {ledger.Extension{Policy: add, Lasts: days(20), Ceiling: days(2)}, 10 * day},
		"to the later of two up to a ceiling": {ledger.Extension{Policy: later, Lasts: days(20), Ceiling: days(15)}, 20 * day},
		"not below the later of two":          {ledger.Extension{Policy: later, Lasts: days(20), Ceiling: days(2)}, 10 * day},
		"to one up to a ceiling":              {ledger.Extension{Policy: replace, Lasts: days(20), Ceiling: days(15)}, 20 * day},
		"to one below what it had":            {ledger.Extension{Policy: replace, Lasts: days(20), Ceiling: days(2)}, 7 * day},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), pursed(purseOfAlice, until(10*day)), cash(purseOfAlice, eur(1)))
			d.now = d.now.Add(5 * day)
			d.must(extending(purseOfAlice, eur(2), c.extension))
			d.wantTerm(purseOfAlice, in(0), in(c.want), 0)
			d.wantLots(purseOfAlice, ledger.LotBalance{Remaining: 3, Start: in(0), End: in(c.want)})
			d.until(start.Add(c.want - tick))
			d.wantLeft(purseOfAlice, 3)
			d.until(start.Add(c.want))
			d.wantSpent(0, 3)
		})
	}
}

func TestABucketThatEndedIsOpenedAgainByATopUp(t *testing.T) {
	for name, c := range map[string]struct {
		extension ledger.Extension
		want      time.Duration // the end was ten days after the start, and twelve are over
	}{
		"replaced":                {ledger.Extension{Policy: ledger.ExtendReplace, Lasts: days(20)}, 32 * day},
		"the later":               {ledger.Extension{Policy: ledger.ExtendMax, Lasts: days(20)}, 32 * day},
		"added to now":            {ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(20)}, 32 * day},
		"added, up to a ceiling":  {ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(20), Ceiling: days(3)}, 15 * day},
		"replaced, up to another": {ledger.Extension{Policy: ledger.ExtendReplace, Until: in(99 * day), Ceiling: days(3)}, 15 * day},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), pursed(purseOfAlice, until(10*day)), cash(purseOfAlice, eur(1)))
			d.now = d.now.Add(12 * day)
			d.wantRefused(extending(purseOfAlice, eur(2), ledger.Extension{Policy: ledger.ExtendNone}), ledger.BucketExpired, none)
			d.must(extending(purseOfAlice, eur(2), c.extension))
			d.wantTerm(purseOfAlice, in(0), in(c.want), 0)
			d.wantSpent(0, 1) // what was in it is not back
			d.wantLeft(purseOfAlice, 2)
			d.must(cash(purseOfAlice, eur(4)), spend(purseOfAlice, 3))
			d.until(start.Add(c.want)) // it ends once more, under another key
			d.wantSpent(3, 4)
			d.wantRefused(spend(purseOfAlice, 1), ledger.BucketExpired, none)
		})
	}
}

// Of a bucket that ended before it began, nothing could ever be used.
func TestNoBucketEndsBeforeItStarts(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{Validity: ledger.Validity{Start: in(5 * day), End: in(10 * day)}}))
	d.must(cash(purseOfAlice, eur(1)))
	for _, by := range []ledger.Extension{
		{Policy: ledger.ExtendReplace, Lasts: days(2)}, {Policy: ledger.ExtendReplace, Until: in(5 * day)},
		{Policy: ledger.ExtendReplace, Lasts: days(20), Ceiling: days(4)},
	} {
		d.wantRefused(extending(purseOfAlice, eur(2), by), ledger.ValidityOver, none)
		d.wantTerm(purseOfAlice, in(5*day), in(10*day), 0)
	}
	d.must(extending(purseOfAlice, eur(2), ledger.Extension{Policy: ledger.ExtendReplace, Until: in(5*day) + 1}))
	d.wantTerm(purseOfAlice, in(5*day), in(5*day)+1, 0)
}

func TestWhatHasNoEndIsNotExtended(t *testing.T) {
	for name, terms := range map[string]ledger.BucketSettings{
		"a bucket without a term": {}, "one that started": {Validity: ledger.Validity{Start: in(-day)}},
		"one that waits for its first use": firstUse(3),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), pursed(purseOfAlice, terms))
			before := d.view(alice).Buckets[purseOfAlice.Bucket].Term
			for _, extension := range []ledger.Extension{
				{Policy: ledger.ExtendReplace, Lasts: days(20)}, {Policy: ledger.ExtendMax, Until: in(day)},
				{Policy: ledger.ExtendAdd, Lasts: days(20), Ceiling: days(9)}, {Policy: ledger.ExtendReplace, Until: in(-day)},
			} {
				d.must(extending(purseOfAlice, eur(1), extension))
			}
			if after := d.view(alice).Buckets[purseOfAlice.Bucket].Term; after != before {
				t.Errorf("the term goes from %+v to %+v", before, after)
			}
			d.wantLeft(purseOfAlice, 4)
		})
	}
}

func TestARefusedTopUpExtendsNothing(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: 5}), pursed(purseOfAlice, until(10*day)))
	add := ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(20)}
	d.wantRefused(extending(purseOfAlice, eur(6), add), ledger.BalanceCeiling, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	d.wantTerm(purseOfAlice, in(0), in(10*day), 0)
	d.until(start.Add(10 * day))
	d.wantRefused(extending(purseOfAlice, eur(6), add), ledger.BalanceCeiling, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	if term := d.termOf(purseOfAlice); !term.Ended {
		t.Errorf("the term is %+v", term)
	}
}

func TestAnExtensionBringsCyclesBackFromThenOn(t *testing.T) {
	terms := monthly(4)
	terms.Validity.Lasts = months(2)
	d := subscribed(t, on(2027, 1, 1), terms)
	add := ledger.Extension{Policy: ledger.ExtendAdd, Lasts: months(2)}
	d.now = on(2027, 2, 10)
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 3, 1).UnixMicro(), on(2027, 2, 1).UnixMicro())
	d.must(extending(purseOfAlice, eur(1), add)) // the cycle at the old end begins now too
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 5, 1).UnixMicro(), on(2027, 3, 1).UnixMicro())
	d.until(on(2027, 6, 10))
	d.wantGiven(10 + 3*4)
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 5, 1).UnixMicro(), 0)
	d.must(extending(purseOfAlice, eur(1), add)) // those that were missed are not made up for
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 8, 10).UnixMicro(), on(2027, 7, 1).UnixMicro())
	if cycle := d.termOf(purseOfAlice).Cycle; cycle != 6 {
		t.Errorf("the next cycle is number %d", cycle)
	}
	d.until(on(2027, 9, 1))
	d.wantGiven(10 + 5*4)
	d.must(extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: on(2027, 9, 2).UnixMicro()}))
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 9, 2).UnixMicro(), 0)
}

func TestAnEndThatIsBroughtForwardTakesCyclesAway(t *testing.T) {
	terms := monthly(4)
	terms.Validity.Lasts = months(12)
	d := subscribed(t, on(2027, 1, 1), terms)
	d.must(extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: on(2027, 1, 20).UnixMicro()}))
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2027, 1, 20).UnixMicro(), 0)
	d.until(on(2027, 1, 20))
	d.wantSpent(0, 1) // the grant has an end of its own
	d.must(spend(purseOfAlice, 2))
	d.until(on(2027, 3, 1))
	d.wantSpent(2, 9)
	d.wantGiven(10)
}
