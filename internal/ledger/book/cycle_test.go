// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// subscribed is a desk that opens at an instant, where alice has a purse with terms
// and ten granted into it.
func subscribed(t tb, at time.Time, terms ledger.BucketSettings) *desk {
	d := newDesk(t)
	d.now = at
	d.must(open(alice), open(bob), pursed(purseOfAlice, terms), ledger.Grant{Into: purseOfAlice, Amount: eur(10)})
	return d
}

// wantGiven compares what was granted so far.
func (d *desk) wantGiven(base int64) {
	d.Helper()
	d.wantOutside("grants", map[string]int64{"EUR": -base})
}

func granted(base int64, from, end time.Time) ledger.LotBalance {
	return ledger.LotBalance{Class: ledger.Granted, Remaining: base, Start: from.UnixMicro(), End: end.UnixMicro()}
}

func TestEachCycleRefillsOnceHoweverLate(t *testing.T) {
	asleep, awake := subscribed(t, on(2027, 1, 31), monthly(4)), subscribed(t, on(2027, 1, 31), monthly(4))
	begins := []time.Time{on(2027, 2, 28), on(2027, 3, 31), on(2027, 4, 30), on(2027, 5, 31), on(2027, 6, 30)}
	for _, begin := range begins {
		for _, at := range []time.Time{begin.Add(-tick), begin, begin, begin.Add(day)} {
			awake.until(at)
		}
	}
	asleep.until(on(2027, 7, 1))
	awake.until(on(2027, 7, 1))
	for _, d := range []*desk{asleep, awake} {
		d.wantGiven(10 + 5*4)
		d.wantSpent(0, 10+4*4)
		d.wantLots(purseOfAlice, granted(4, on(2027, 6, 30), on(2027, 7, 31)))
		d.wantTerm(purseOfAlice, on(2027, 1, 31).UnixMicro(), 0, on(2027, 7, 31).UnixMicro())
		if cycle := d.termOf(purseOfAlice).Cycle; cycle != 6 {
			t.Errorf("the next cycle is number %d", cycle)
		}
	}
	var want []happening
	for _, begin := range begins {
		want = append(want, happening{ledger.KindExpireLot, begin.UnixMicro()}, happening{ledger.KindBeginCycle, begin.UnixMicro()})
	}
	asleep = subscribed(t, on(2027, 1, 31), monthly(4))
	asleep.until(on(2027, 7, 1))
	if got := asleep.happened(); !slices.Equal(got, want) {
		t.Fatalf("what happened is %+v, not %+v", got, want)
	}
	for i, record := range asleep.newest().Records[:len(want)] {
		if i%2 == 1 && record.ID != ledger.CycleKey(purseOfAlice.Bucket, int64(i/2+1)) {
			t.Errorf("the cycle %d is recorded under %s", i/2+1, record.ID)
		}
	}
}

func TestCyclesBeginWhenTheClocksOfTheAccountSaySo(t *testing.T) {
	for _, c := range []struct {
		zone, from string
		terms      ledger.BucketSettings
		want       []string
	}{
		{"Europe/Berlin", "2027-03-27T02:30:00+01:00", ledger.BucketSettings{Cycle: ledger.Cycle{Every: days(1)}}, []string{
			"2027-03-28T03:30:00+02:00", "2027-03-29T02:30:00+02:00"}}, // 2:30 is skipped on one day only
		{"Europe/Berlin", "2027-10-30T02:30:00+02:00", ledger.BucketSettings{Cycle: ledger.Cycle{Every: days(1)}}, []string{
			"2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"}},
		{"Australia/Lord_Howe", "2027-09-03T00:00:00+10:30", ledger.BucketSettings{Cycle: ledger.Cycle{Every: months(1)}}, []string{
			"2027-10-03T00:00:00+10:30", "2027-11-03T00:00:00+11:00"}},
		{"America/New_York", "2028-01-31T23:59:59-05:00", ledger.BucketSettings{Cycle: ledger.Cycle{Every: months(1)}}, []string{
			"2028-02-29T23:59:59-05:00", "2028-03-31T23:59:59-04:00"}},
		{"Asia/Kathmandu", "2027-01-31T00:00:00+05:45", ledger.BucketSettings{Cycle: ledger.Cycle{Every: months(1)}}, []string{
			"2027-02-28T00:00:00+05:45", "2027-03-31T00:00:00+05:45"}},
	} {
		t.Run(c.zone, func(t *testing.T) {
			d := newDesk(t)
			d.now = instant(t, c.from)
			c.terms.Refill = 1
			d.must(setAccount(alice, 0, ledger.AccountSettings{TimeZone: c.zone}), pursed(purseOfAlice, c.terms))
			for i, want := range c.want {
				if next := d.termOf(purseOfAlice).Next; next != instant(t, want).UnixMicro() {
					t.Fatalf("the next cycle begins at %s, not at %s", seen(next), want)
				}
				d.until(instant(t, want))
				d.wantGiven(int64(i + 1))
			}
		})
	}
}

// instant reads an instant.
func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// Only what is counted from then on is counted in the new zone.
func TestANewTimeZoneMovesNothingThatWasCounted(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), ledger.BucketSettings{
		Validity: ledger.Validity{Lasts: months(12)}, Cycle: ledger.Cycle{Every: months(1)}, Refill: 1,
	})
	d.must(setAccount(alice, 1, ledger.AccountSettings{TimeZone: "America/New_York"}))
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2028, 1, 1).UnixMicro(), on(2027, 2, 1).UnixMicro())
	d.until(on(2027, 4, 1))
	// In New York it began on 31 December at 19:00: in April that is an hour earlier.
	d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), on(2028, 1, 1).UnixMicro(), instant(t, "2027-04-30T19:00:00-04:00").UnixMicro())
}

// In the new zone, the cycle that began this morning would begin tomorrow.
func TestNoCycleBeginsAgainInANewTimeZone(t *testing.T) {
	terms := monthly(4)
	terms.Validity.End = on(2027, 3, 5).UnixMicro()
	d := subscribed(t, on(2027, 1, 31), terms)
	d.until(on(2027, 2, 28))
	d.must(setAccount(alice, 1, ledger.AccountSettings{TimeZone: "America/New_York"}),
		extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: on(2027, 9, 1).UnixMicro()}))
	d.wantTerm(purseOfAlice, on(2027, 1, 31).UnixMicro(), on(2027, 9, 1).UnixMicro(), instant(t, "2027-03-30T19:00:00-04:00").UnixMicro())
	d.until(on(2027, 3, 30))
	d.wantGiven(14)
	d.until(on(2027, 3, 31))
	d.wantGiven(18)
}

func TestTheAnchorSaysWhenCyclesBegin(t *testing.T) {
	for name, c := range map[string]struct {
		anchor, opened, from time.Time
		next                 time.Time
		cycle                int64
	}{
		"none: the opening":            {time.Time{}, on(2027, 3, 5), time.Time{}, on(2027, 4, 5), 1},
		"none: the start":              {time.Time{}, on(2027, 3, 5), on(2027, 3, 9), on(2027, 4, 9), 1},
		"past":                         {on(2026, 12, 31), on(2027, 3, 5), time.Time{}, on(2027, 3, 31), 3},
		"just now":                     {on(2027, 3, 5), on(2027, 3, 5), time.Time{}, on(2027, 4, 5), 1},
		"to come":                      {on(2027, 3, 6), on(2027, 3, 5), time.Time{}, on(2027, 3, 6), 0},
		"to come, far away":            {on(2029, 3, 6), on(2027, 3, 5), time.Time{}, on(2029, 3, 6), 0},
		"past, before a start to come": {on(2026, 12, 31), on(2027, 3, 5), on(2027, 5, 10), on(2027, 5, 31), 5},
		"past, and so is the start":    {on(2026, 12, 31), on(2027, 3, 5), on(2026, 5, 10), on(2027, 3, 31), 3},
	} {
		t.Run(name, func(t *testing.T) {
			terms := monthly(4)
			if !c.anchor.IsZero() {
				terms.Cycle.Anchor = c.anchor.UnixMicro()
			}
			from := c.opened
			if !c.from.IsZero() {
				from = c.from
				terms.Validity.Start = from.UnixMicro()
			}
			d := subscribed(t, c.opened, terms)
			d.wantTerm(purseOfAlice, from.UnixMicro(), 0, c.next.UnixMicro())
			d.wantLots(purseOfAlice, granted(10, from, c.next))
			if cycle := d.termOf(purseOfAlice).Cycle; cycle != c.cycle {
				t.Errorf("the next cycle is number %d, not %d", cycle, c.cycle)
			}
			d.until(c.next)
			d.wantGiven(14)
		})
	}
}

func TestNoCycleBeginsAtTheEndOfABucket(t *testing.T) {
	for name, c := range map[string]struct {
		end    time.Time
		given  int64
		broken int64
	}{
		"at it": {on(2027, 3, 1), 14, 14}, "after it": {on(2027, 3, 1).Add(-tick), 14, 14}, "before it": {on(2027, 3, 1).Add(tick), 18, 18},
	} {
		t.Run(name, func(t *testing.T) {
			terms := monthly(4)
			terms.Validity.End = c.end.UnixMicro()
			terms.Rollover = ledger.Rollover{Percentage: 50, Times: 9}
			d := subscribed(t, on(2027, 1, 1), terms)
			d.until(on(2027, 2, 1))
			next := earlier(on(2027, 3, 1), c.end)
			d.wantLots(purseOfAlice, rolled(5, 1, on(2027, 2, 1), next), granted(4, on(2027, 2, 1), next))
			d.until(on(2027, 9, 1))
			d.wantGiven(c.given)
			d.wantSpent(0, c.broken)
			d.wantLots(purseOfAlice)
			// Nothing rolls over into no time at all, and lots end before their bucket.
			end := c.end.UnixMicro()
			want := []happening{{ledger.KindExpireLot, end}, {ledger.KindExpireLot, end}, {ledger.KindExpireBucket, end}}
			if got := d.happened(); name != "before it" && !slices.Equal(got, want) {
				t.Errorf("what happened is %+v, not %+v", got, want)
			}
		})
	}
}

func earlier(x, y time.Time) time.Time {
	if x.Before(y) {
		return x
	}
	return y
}

// rolled is what was rolled over so often.
func rolled(base int64, times int32, from, end time.Time) ledger.LotBalance {
	l := granted(base, from, end)
	l.Rolled = times
	return l
}

// A kept bucket and a closed account have nobody to refill for. A kept one may be taken
// up again; a closed one has no further cycle.
func TestNobodysBucketIsNotRefilled(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *desk)
		next   int64
	}{
		"kept": {func(d *desk) {
			d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateRetained })
		}, on(2027, 3, 1).UnixMicro()},
		"closed": {func(d *desk) {
			d.must(setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			terms := monthly(4)
			terms.Rollover = ledger.Rollover{Percentage: 50, Times: 1}
			d := subscribed(t, on(2027, 1, 1), terms)
			c.change(d)
			d.until(on(2027, 2, 2))
			d.wantGiven(10)
			d.wantSpent(0, 5)
			d.wantLots(purseOfAlice, rolled(5, 1, on(2027, 2, 1), on(2027, 3, 1))) // it rolls over all the same
			d.wantTerm(purseOfAlice, on(2027, 1, 1).UnixMicro(), 0, c.next)
		})
	}
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateRetained })
	d.until(on(2027, 3, 10))
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateActive })
	d.until(on(2027, 4, 2)) // what was missed is not made up for
	d.wantGiven(14)
}

func TestASuspendedBucketOrAccountIsRefilled(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateSuspended })
	d.must(setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateSuspended, MaximumBalance: 1}))
	d.until(on(2027, 2, 1))
	d.wantGiven(14)
}

func TestARefillIsWhatTheTermsSayWhenItsCycleBegins(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	d.now = on(2027, 2, 1).Add(-tick)
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.Refill = 7 })
	d.now = on(2027, 3, 1) // late: the change comes after what is due
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.Refill = 0 })
	d.wantGiven(10 + 7 + 7)
	d.until(on(2027, 4, 1))
	d.wantGiven(10 + 7 + 7)
	d.wantSpent(0, 10+7+7)
}

func TestARefillPaysWhatIsOwed(t *testing.T) {
	d := subscribed(t, on(2027, 1, 1), monthly(4))
	d.owe(3)
	d.until(on(2027, 2, 1))
	d.wantLots(purseOfAlice, granted(1, on(2027, 2, 1), on(2027, 3, 1)))
	d.until(on(2027, 3, 1))
	if view := d.view(alice); view.Debt != 0 || view.Credit != 4 {
		t.Errorf("it is %+v", view)
	}
}
