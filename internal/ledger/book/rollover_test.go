// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// rolling is a desk with a purse that rolls over, opened in the new year with ten
// granted into it, refilled with four each month.
func rolling(t tb, rollover ledger.Rollover) *desk {
	terms := monthly(4)
	terms.Rollover = rollover
	return subscribed(t, on(2027, 1, 1), terms)
}

func TestAPartOfWhatIsLeftRollsOver(t *testing.T) {
	feb, march := on(2027, 2, 1), on(2027, 3, 1)
	for name, c := range map[string]struct {
		rollover ledger.Rollover
		kept     int64
		until    time.Time
	}{
		"all":                       {ledger.Rollover{Percentage: 100, Times: 1}, 7, march},
		"half, rounded down":        {ledger.Rollover{Percentage: 50, Times: 1}, 3, march},
		"so little that it is none": {ledger.Rollover{Percentage: 14, Times: 1}, 0, march},
		"just one":                  {ledger.Rollover{Percentage: 15, Times: 1}, 1, march},
		"up to a cap":               {ledger.Rollover{Percentage: 100, Times: 1, Cap: 5}, 5, march},
		"below a cap":               {ledger.Rollover{Percentage: 50, Times: 1, Cap: 5}, 3, march},
		"for less than a cycle":     {ledger.Rollover{Percentage: 100, Times: 1, Lasts: days(10)}, 7, on(2027, 2, 11)},
		"for more than a cycle":     {ledger.Rollover{Percentage: 100, Times: 1, Lasts: months(3)}, 7, on(2027, 5, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			d := rolling(t, c.rollover)
			d.must(spend(purseOfAlice, 3))
			d.until(feb)
			d.wantSpent(3, 7-c.kept)
			want := []ledger.LotBalance{rolled(c.kept, 1, feb, c.until), granted(4, feb, march)}
			switch {
			case c.kept == 0:
				want = want[1:]
			case c.until.After(march): // what ends first burns first
				want[0], want[1] = want[1], want[0]
			}
			d.wantLots(purseOfAlice, want...)
			d.wantLeft(purseOfAlice, 4+c.kept)
		})
	}
}

func TestTheSameIsKeptAsOftenAsTheTermsSay(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 50, Times: 2})
	feb, march, april := on(2027, 2, 1), on(2027, 3, 1), on(2027, 4, 1)
	d.until(feb)
	d.wantLots(purseOfAlice, rolled(5, 1, feb, march), granted(4, feb, march))
	d.until(march)
	d.wantSpent(0, 5+3+2)
	got := map[ledger.LotBalance]bool{}
	for _, l := range d.view(alice).Buckets[purseOfAlice.Bucket].Lots {
		l.Number = 0
		got[l] = true
	}
	for _, want := range []ledger.LotBalance{rolled(2, 2, march, april), rolled(2, 1, march, april), granted(4, march, april)} {
		if !got[want] {
			t.Errorf("%+v is not among %+v", want, got)
		}
	}
	d.until(april)
	d.wantSpent(0, 5+3+2+2+1+2) // what was kept twice is not kept again
}

// The cap is of all that one end of a cycle keeps, in however many lots it was.
func TestTheCapBoundsAllThatOneEndOfACycleKeeps(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 5, Cap: 6})
	for i, month := range []time.Month{2, 3, 4, 5} {
		d.until(on(2027, month, 1))
		var kept int64
		for _, l := range d.view(alice).Buckets[purseOfAlice.Bucket].Lots {
			if l.Rolled > 0 {
				kept += l.Remaining
			}
		}
		if kept != 6 {
			t.Errorf("the end of cycle %d keeps %d", i, kept)
		}
		d.wantLeft(purseOfAlice, 10)
	}
	d.wantSpent(0, 10+4*4-10)
}

// The cap is of one end of a cycle: what an earlier one kept does not count.
func TestWhatIsKeptLaterIsALotOfItsOwn(t *testing.T) {
	feb, march, end := on(2027, 2, 1), on(2027, 3, 1), on(2027, 3, 20)
	terms := monthly(4)
	terms.Validity.End = end.UnixMicro()
	terms.Rollover = ledger.Rollover{Percentage: 100, Times: 1, Cap: 6, Lasts: months(6)}
	d := subscribed(t, on(2027, 1, 1), terms)
	d.until(march)
	d.wantLots(purseOfAlice, rolled(6, 1, feb, end), rolled(4, 1, march, end), granted(4, march, end))
}

// What has a validity of its own, or none, is of no cycle.
func TestOnlyWhatWasGrantedForACycleRollsOver(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 1})
	d.must(cash(purseOfAlice, eur(20)), adjust(ledger.GoodwillCredit, purseOfAlice, eur(30)),
		valid(purseOfAlice, eur(40), ledger.Validity{End: on(2027, 2, 1).UnixMicro()}))
	d.until(on(2027, 2, 1))
	d.wantSpent(0, 40)
	d.wantLeft(purseOfAlice, 10+20+30+4)
	d.until(on(2027, 3, 1))
	d.wantSpent(0, 50)
	d.wantLeft(purseOfAlice, 4+20+30+4)
}

func TestWithoutARolloverNothingIsKept(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 1})
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.Rollover = ledger.Rollover{} })
	d.until(on(2027, 2, 1))
	d.wantSpent(0, 10)
}

// Each end of a cycle finds what the one before has kept, however late it is noticed.
func TestMonthsOfDowntimeRollOverInTheirOrder(t *testing.T) {
	for _, rollover := range []ledger.Rollover{
		{Percentage: 100, Times: 12}, {Percentage: 50, Times: 3, Cap: 6}, {Percentage: 75, Times: 2, Lasts: days(45)},
		{Percentage: 90, Times: 4, Lasts: days(3)},
	} {
		asleep, awake := rolling(t, rollover), rolling(t, rollover)
		for day := on(2027, 1, 2); day.Before(on(2027, 9, 15)); day = day.AddDate(0, 0, 1) {
			awake.until(day)
		}
		asleep.until(awake.now)
		for _, kind := range []ledger.CellKind{ledger.Available, ledger.Reserved} {
			asleep.wantCells(purseOfAlice, kind, awake.cells(purseOfAlice, kind)...)
		}
		asleep.wantLots(purseOfAlice, unnumbered(awake.view(alice).Buckets[purseOfAlice.Bucket].Lots)...)
		asleep.wantGiven(10 + 8*4)
		awake.wantGiven(10 + 8*4)
	}
}

func unnumbered(lots []ledger.LotBalance) []ledger.LotBalance {
	for i := range lots {
		lots[i].Number = 0
	}
	return lots
}

// At one instant holds end first, then lots, then the bucket, then cycles begin.
func TestWhatAHoldGivesBackAtTheEndOfACycleRollsOver(t *testing.T) {
	feb := on(2027, 2, 1)
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 1})
	d.now = feb.Add(-time.Hour)
	for _, onExpiry := range []ledger.OnExpiry{ledger.ExpiryReleases, ledger.ExpiryCharges} {
		op := reserve(map[ledger.OnExpiry]string{ledger.ExpiryReleases: "released", ledger.ExpiryCharges: "charged"}[onExpiry], purseOfAlice, eur(3))
		op.For, op.Until, op.OnExpiry = 0, feb.UnixMicro(), onExpiry
		d.must(op)
	}
	d.until(feb)
	d.wantLots(purseOfAlice, rolled(7, 1, feb, on(2027, 3, 1)), granted(4, feb, on(2027, 3, 1)))
	d.wantSpent(3, 0)
	var kinds []ledger.Kind
	for _, h := range d.happened() {
		kinds = append(kinds, h.kind)
	}
	want := []ledger.Kind{ledger.KindExpireHold, ledger.KindExpireHold, ledger.KindExpireLot, ledger.KindBeginCycle}
	if len(kinds) != len(want) {
		t.Fatalf("what happened is %v", kinds)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("what happened is %v, not %v", kinds, want)
		}
	}
}

func TestRefillsAreNotBoundByTheNumberOfLotsAndRolloversAre(t *testing.T) {
	for _, c := range []struct {
		lots   int
		broken int64
	}{{62, 2}, {63, 4}} {
		terms := monthly(4)
		terms.Rollover = ledger.Rollover{Percentage: 50, Times: 1}
		d := newDesk(t)
		d.now = on(2027, 1, 1)
		d.must(open(alice), pursed(purseOfAlice, terms))
		for i := range c.lots { // beside lot 0
			d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: on(2028, 1, i+1).UnixMicro()}))
		}
		d.until(on(2027, 2, 1))
		d.until(on(2027, 3, 1))
		d.wantGiven(8)
		d.wantSpent(0, c.broken)
		if lots := d.lots(purseOfAlice); len(lots) != 65 {
			t.Errorf("of %d beside the first, there are %d lots", c.lots, len(lots))
		}
	}
}
