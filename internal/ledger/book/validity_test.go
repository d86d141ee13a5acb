// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestABucketMayBeUsedFromItsStartAndNotAtItsEnd(t *testing.T) {
	for name, use := range map[string]ledger.Operation{
		"a hold": reserve("h", purseOfAlice, eur(1)), "a charge": spend(purseOfAlice, 1),
		"a transfer": transfer(purseOfAlice, mainOfBob, eur(1)),
	} {
		for _, c := range []struct {
			at     time.Duration
			code   ledger.Code
			needed int64
		}{
			{0, ledger.BucketNotStarted, 3600}, {time.Hour - tick, ledger.BucketNotStarted, 1},
			{time.Hour, "", 0}, {2*time.Hour - tick, "", 0}, {2 * time.Hour, ledger.BucketExpired, 0},
		} {
			d := newDesk(t)
			d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{
				Validity: ledger.Validity{Start: in(time.Hour), Lasts: hours(1)},
			}), cash(purseOfAlice, eur(10)))
			d.wantTerm(purseOfAlice, in(time.Hour), in(2*time.Hour), 0)
			d.now = start.Add(c.at)
			out := d.post(use)
			if out.Code != c.code || out.Figures.Needed != c.needed {
				t.Errorf("%s after %s, %s is %q %+v", name, c.at, name, out.Code, out.Figures)
			}
		}
	}
}

func TestTheWalkUsesALotFromItsStartAndNotAtItsEnd(t *testing.T) {
	for _, c := range []struct {
		at    time.Duration
		there int64
	}{{time.Hour - tick, 0}, {time.Hour, 10}, {2*time.Hour - tick, 10}, {2 * time.Hour, 0}} {
		d := newDesk(t)
		d.must(open(alice), valid(mainOfAlice, eur(10), ledger.Validity{Start: in(time.Hour), End: in(2 * time.Hour)}))
		d.now = start.Add(c.at)
		d.wantRefused(spend(everywhere(alice), 11), ledger.InsufficientFunds, ledger.Figures{Needed: 11, Available: c.there, Unit: "EUR"})
		d.wantRefused(spend(mainOfAlice, 11), ledger.InsufficientFunds, ledger.Figures{Needed: 11, Available: c.there, Unit: "EUR"})
		if got := d.view(alice).Available; got != c.there {
			t.Errorf("after %s, %d are available", c.at, got)
		}
	}
}

func TestWhatIsLeftAtTheEndGoesToBreakageAsOfTheEnd(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(day)), cash(purseOfAlice, eur(10)), ledger.Grant{Into: purseOfAlice, Amount: eur(3)},
		valid(mainOfAlice, eur(5), ledger.Validity{Lasts: hours(12)}), spend(purseOfAlice, 6))
	d.until(start.Add(40 * day))
	d.wantSpent(6, 12)
	d.wantMoney(alice, 0)
	d.wantLots(purseOfAlice)
	if got := d.happened(); len(got) != 2 || got[0] != (happening{ledger.KindExpireLot, in(12 * time.Hour)}) ||
		got[1] != (happening{ledger.KindExpireBucket, in(day)}) {
		t.Errorf("what happened is %+v", got)
	}
	records := d.newest().Records
	if want := (ledger.Impact{Account: alice, Bucket: mainOfAlice.Bucket, Before: 5}); len(records[0].Impacts) != 1 || records[0].Impacts[0] != want {
		t.Errorf("the end of the lot is %+v", records[0].Impacts)
	}
	if want := (ledger.Impact{Account: alice, Bucket: purseOfAlice.Bucket, Before: 7}); len(records[1].Impacts) != 1 || records[1].Impacts[0] != want {
		t.Errorf("the end of the bucket is %+v", records[1].Impacts)
	}
	if term := d.termOf(purseOfAlice); !term.Ended {
		t.Errorf("the term is %+v", term)
	}
}

func TestATopUpsOwnValidityIsNotItsBuckets(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{Validity: ledger.Validity{Start: in(2 * day), Lasts: days(3)}}),
		cash(purseOfAlice, eur(100)), valid(purseOfAlice, eur(10), ledger.Validity{Lasts: days(9)}))
	d.must(spend(purseOfAlice, 2)) // before the bucket starts
	d.wantRefused(spend(purseOfAlice, 9), ledger.InsufficientFunds, ledger.Figures{Needed: 9, Available: 8, Unit: "EUR"})
	d.until(start.Add(5 * day)) // it has ended
	d.must(spend(purseOfAlice, 2), transfer(purseOfAlice, mainOfBob, eur(1)))
	d.wantRefused(cash(purseOfAlice, eur(1)), ledger.BucketExpired, none)
	d.wantRefused(transfer(mainOfBob, purseOfAlice, eur(1)), ledger.BucketExpired, none)
	d.wantSpent(4, 100)
	d.until(start.Add(9 * day))
	d.wantRefused(spend(purseOfAlice, 1), ledger.BucketExpired, none)
	d.wantSpent(4, 105)
}

func TestWhatWouldArriveTooLateIsRefused(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(9*day)))
	d.now = d.now.Add(day)
	for _, over := range []ledger.Operation{
		valid(purseOfAlice, eur(1), ledger.Validity{End: in(day)}),
		valid(mainOfAlice, eur(1), ledger.Validity{Start: in(0), Lasts: days(1)}),
		extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: in(day)}),
		extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: in(0)}),
	} {
		d.wantRefused(over, ledger.ValidityOver, none)
	}
	d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: in(day + tick)}),
		extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendReplace, Until: in(day + tick)}))
	d.wantTerm(purseOfAlice, in(0), in(day+tick), 0)
}

func TestWhatComesInJoinsTheLotThatIsLikeIt(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{}), cash(purseOfAlice, eur(1)))
	end := ledger.Validity{End: in(9 * day)}
	d.must(valid(purseOfAlice, eur(2), end), cash(purseOfAlice, eur(4)), adjust(ledger.GoodwillCredit, purseOfAlice, eur(8)))
	d.now = d.now.Add(day)
	d.must(valid(purseOfAlice, eur(16), end)) // the other has started, and so has this one
	later := ledger.Validity{Start: in(2 * day), End: in(9 * day)}
	d.must(valid(purseOfAlice, eur(32), later), valid(purseOfAlice, eur(64), later), valid(purseOfAlice, eur(128), ledger.Validity{End: in(9*day + tick)}))
	d.wantCells(purseOfAlice, ledger.Available, 5, 18, 8, 96, 128)
	d.until(start.Add(2 * day)) // now it does not matter any more
	d.must(valid(purseOfAlice, eur(256), end))
	d.wantCells(purseOfAlice, ledger.Available, 5, 274, 8, 96, 128)
}

func TestABucketHasABoundedNumberOfLiveLots(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{}), pursed(otherOfAlice, ledger.BucketSettings{}), cash(mainOfBob, eur(9)))
	for i := range 63 { // beside lot 0
		d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: in(time.Duration(i+1) * day)}))
	}
	full := ledger.Figures{Available: 64}
	d.wantRefused(valid(purseOfAlice, eur(1), ledger.Validity{End: in(99 * day)}), ledger.TooManyLots, full)
	d.wantRefused(adjust(ledger.GoodwillCredit, purseOfAlice, eur(1)), ledger.TooManyLots, full)
	d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: in(63 * day)}), transfer(mainOfBob, purseOfAlice, eur(1)),
		valid(otherOfAlice, eur(1), ledger.Validity{End: in(99 * day)}))
	d.until(start.Add(day)) // one is over
	d.must(valid(purseOfAlice, eur(1), ledger.Validity{End: in(99 * day)}))
	d.wantRefused(valid(purseOfAlice, eur(1), ledger.Validity{End: in(100 * day)}), ledger.TooManyLots, full)
	d.until(start.Add(99 * day))
	if lots := d.lots(purseOfAlice); len(lots) != 1 {
		t.Errorf("%d lots are live", len(lots))
	}
}

func TestATermThatWasOverBeforeItBeganIsSettledAsAnyOther(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(-day)))
	d.wantRefused(cash(purseOfAlice, eur(1)), ledger.BucketExpired, none)
	if term := d.termOf(purseOfAlice); !term.Ended {
		t.Errorf("the term is %+v", term)
	}
}

func TestTermsInTimeThatContradictThemselvesAreMalformed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice))
	every := ledger.Cycle{Every: months(1)}
	many := make([]ledger.ID, 65)
	for i := range many {
		many[i][15] = byte(i + 1)
	}
	for name, terms := range map[string]ledger.BucketSettings{
		"both an end and a length":    {Validity: ledger.Validity{End: in(day), Lasts: days(1)}},
		"an end at the start":         {Validity: ledger.Validity{Start: in(day), End: in(day)}},
		"a first use at a time":       {Validity: ledger.Validity{OnFirstUse: true, Start: in(day)}},
		"a first use before a time":   {Validity: ledger.Validity{OnFirstUse: true, End: in(day)}},
		"a start before all time":     {Validity: ledger.Validity{Start: -1}},
		"an end before all time":      {Validity: ledger.Validity{End: -1}},
		"a length of nothing":         {Validity: ledger.Validity{Lasts: calendar.Period{Unit: calendar.Days}}},
		"a length of no unit":         {Validity: ledger.Validity{Lasts: calendar.Period{Count: 1}}},
		"a length beyond all":         {Validity: ledger.Validity{Lasts: months(1201)}},
		"a cycle of hours":            {Cycle: ledger.Cycle{Every: hours(24)}},
		"a cycle of nothing":          {Cycle: ledger.Cycle{Anchor: in(0)}},
		"a cycle before all time":     {Cycle: ledger.Cycle{Every: months(1), Anchor: -1}},
		"a refill without a cycle":    {Refill: 1},
		"a refill of less":            {Cycle: every, Refill: -1},
		"a refill beyond all":         {Cycle: every, Refill: 1e18},
		"a rollover without a cycle":  {Rollover: ledger.Rollover{Percentage: 1, Times: 1}},
		"a rollover of no part":       {Cycle: every, Rollover: ledger.Rollover{Times: 1}},
		"a rollover of more than all": {Cycle: every, Rollover: ledger.Rollover{Percentage: 101, Times: 1}},
		"a rollover at no time":       {Cycle: every, Rollover: ledger.Rollover{Percentage: 1}},
		"a rollover of less":          {Cycle: every, Rollover: ledger.Rollover{Percentage: 1, Times: 1, Cap: -1}},
		"a rollover for no time":      {Cycle: every, Rollover: ledger.Rollover{Percentage: 1, Times: 1, Lasts: days(-1)}},
		"a product twice":             {Products: []ledger.ID{{1}, {1}}},
		"products out of order":       {Products: []ledger.ID{{2}, {1}}},
		"a product without a name":    {Products: []ledger.ID{{}, {1}}},
		"too many products":           {Products: many},
		"a priority below all":        {Priority: -1001},
		"a priority above all":        {Priority: 1001},
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(pursed(purseOfAlice, terms), ledger.Malformed, none)
		})
	}
	d.wantNotTaken(setAccount(bob, 0, ledger.AccountSettings{TimeZone: "Local"}), ledger.Malformed, none)
	d.wantNotTaken(setAccount(alice, 1, ledger.AccountSettings{TimeZone: "Moon/Tranquillitatis"}), ledger.Malformed, none)
	d.must(pursed(purseOfAlice, ledger.BucketSettings{
		Priority: 1000, Products: many[:64], Validity: ledger.Validity{Lasts: months(1200)}, Cycle: every, Refill: 1e18 - 1,
		Rollover: ledger.Rollover{Percentage: 100, Times: 1, Cap: 1, Lasts: hours(1)},
	}), setAccount(alice, 1, ledger.AccountSettings{TimeZone: "Asia/Kathmandu"}))
}

func TestATopUpThatContradictsItselfIsMalformed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(9*day)))
	for name, validity := range map[string]ledger.Validity{
		"both an end and a length": {End: in(day), Lasts: days(1)},
		"neither":                  {Start: in(day)},
		"an end at the start":      {Start: in(day), End: in(day)},
		"a first use":              {OnFirstUse: true, Lasts: days(1)},
		"a length of no unit":      {Lasts: calendar.Period{Count: 1}},
		"an end before all time":   {End: -1},
		"a start before all time":  {Start: -1, Lasts: days(1)},
	} {
		t.Run("valid for "+name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(valid(purseOfAlice, eur(1), validity), ledger.Malformed, none)
		})
	}
	for name, extension := range map[string]ledger.Extension{
		"no such policy":          {Policy: ledger.ExtendAdd + 1, Lasts: days(1)},
		"no policy and a length":  {Lasts: days(1)},
		"no policy and an end":    {Until: in(day)},
		"no policy and a ceiling": {Ceiling: days(1)},
		"neither":                 {Policy: ledger.ExtendMax},
		"both":                    {Policy: ledger.ExtendMax, Lasts: days(1), Until: in(day)},
		"an end to be added":      {Policy: ledger.ExtendAdd, Until: in(day)},
		"a length of nothing":     {Policy: ledger.ExtendAdd, Lasts: days(-1)},
		"an end before all time":  {Policy: ledger.ExtendMax, Until: -1},
		"a ceiling of no unit":    {Policy: ledger.ExtendAdd, Lasts: days(1), Ceiling: calendar.Period{Count: 1}},
	} {
		t.Run("extended by "+name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(extending(purseOfAlice, eur(1), extension), ledger.Malformed, none)
		})
	}
	extension := ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(1)}
	both := valid(purseOfAlice, eur(1), ledger.Validity{Lasts: days(1)})
	both.Extension = extension
	d.wantNotTaken(both, ledger.Malformed, none)
	d.wantNotTaken(extending(mainOfAlice, eur(1), extension), ledger.Malformed, none)
}
