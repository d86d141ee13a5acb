// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

var (
	names = rapid.SampledFrom([]string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Nicosia", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Kiritimati",
		"America/St_Johns", "Africa/Casablanca", "Antarctica/Troll", "Pacific/Pago_Pago",
	})
	texts = rapid.SampledFrom([]string{"1h", "36h", "1d", "2d", "1w", "30d", "1mo", "2mo", "1mo", "7mo", "1y", "4y", "100y"})
	// The clocks of these zones change, or changed, around midnight, around one to
	// three o'clock, by half an hour, an hour, two hours or a day.
	changes = rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC),
		time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC),
	})
)

// anyTime is an instant of this century, often near one at which clocks change.
func anyTime(t *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(t, label+" is near a change") {
		return changes.Draw(t, label).Add(time.Duration(rapid.Int64Range(-26*3600e6, 26*3600e6).Draw(t, "by")) * time.Microsecond)
	}
	return time.UnixMicro(rapid.Int64Range(946684800e6, 4102444800e6).Draw(t, label)).UTC()
}

func anyPeriod(t *rapid.T) calendar.Period { return period(t, texts.Draw(t, "period")) }

func anyZone(t *rapid.T) *time.Location { return zone(t, names.Draw(t, "zone")) }

func TestTheNextIsTheSmallestOfAllThatComeAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in, anchor := anyPeriod(t), anyZone(t), anyTime(t, "anchor")
		after := anyTime(t, "after")
		if rapid.Bool().Draw(t, "at one of them") {
			after = p.After(anchor, rapid.Int64Range(0, 9).Draw(t, "number"), in).Add(-time.Duration(rapid.IntRange(0, 1).Draw(t, "before")) * time.Microsecond)
		}
		number, next := p.Next(anchor, after, in)
		if !next.After(after) || !next.Equal(p.After(anchor, number, in)) || number < 0 {
			t.Fatalf("after %s, the next is number %d at %s", after, number, next)
		}
		for before := max(number-9, 0); before < number; before++ {
			if at := p.After(anchor, before, in); at.After(after) {
				t.Fatalf("after %s, the next is not number %d at %s but %d at %s", after, number, next, before, at)
			}
		}
	})
}

func TestWhatComesLaterIsNotEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in, from, n := anyPeriod(t), anyZone(t), anyTime(t, "from"), rapid.Int64Range(0, 400).Draw(t, "number")
		one, other := p.After(from, n, in), p.After(from, n+1, in)
		if other.Before(one) || !other.After(one) && in.String() != "Pacific/Apia" { // which skipped a day
			t.Fatalf("number %d is at %s, and the one after it at %s", n, one.In(in), other.In(in))
		}
	})
}

// It ends at the same time of day, on the day that there is, unless the clocks skip
// that: then as much later as they were put forward. Of two times it is the first.
func TestDaysAndMonthsEndAtTheTimeOfDayAtWhichTheyBegan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, from, n := anyZone(t), anyTime(t, "from"), rapid.Int64Range(1, 60).Draw(t, "number")
		shown := from.In(in)
		year, month, day := shown.Date()
		var p calendar.Period
		if rapid.Bool().Draw(t, "months") {
			p = calendar.Period{Count: 1, Unit: calendar.Months}
			first := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
			year, month, day = first.Year(), first.Month(), min(day, first.AddDate(0, 1, -1).Day())
		} else {
			p = calendar.Period{Count: 1, Unit: calendar.Days}
			year, month, day = time.Date(year, month, day+int(n), 0, 0, 0, 0, time.UTC).Date()
		}
		want := time.Date(year, month, day, shown.Hour(), shown.Minute(), shown.Second(), shown.Nanosecond(), time.UTC)
		at := p.After(from, n, in)
		if got := clock(at, in); !got.Equal(want) {
			// No instant shows what is wanted, and the clocks were put forward over it.
			for off := -15 * time.Hour; off <= 15*time.Hour; off += 15 * time.Minute {
				if clock(want.Add(off), in).Equal(want) {
					t.Fatalf("it ends when the clocks show %s, and they show %s at %s", got, want, want.Add(off))
				}
			}
			if jump := got.Sub(want); jump <= 0 || !clock(at.Add(-jump), in).Equal(want.Add(-jump)) {
				t.Fatalf("it ends when the clocks show %s, which is %s after %s", got, jump, want)
			}
			return
		}
		for earlier := 15 * time.Minute; earlier <= 3*time.Hour; earlier += 15 * time.Minute {
			if clock(at.Add(-earlier), in).Equal(want) {
				t.Fatalf("the clocks show %s at %s already", want, at.Add(-earlier))
			}
		}
	})
}

// clock is what the clocks of a zone show, as though it were UTC.
func clock(at time.Time, in *time.Location) time.Time {
	at = at.In(in)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}
