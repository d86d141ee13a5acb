// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package calendar counts time as contracts do: a month is a month, whatever its
// length, and a day is from one o'clock to the same o'clock, in a time zone.
package calendar

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// Unit is what a [Period] counts. Values are written to the ledger.
type Unit uint8

const (
	// None is the unit of the zero Period.
	None Unit = iota
	// Hours are exact.
	Hours
	// Days end at the time of day at which they began.
	Days
	// Months end on the day of the month on which they began, or on the last one if
	// the month has no such day.
	Months
)

// MaxYears is the length of the longest period.
const MaxYears = 100

// Period is a length of time on the calendar. The zero Period is none. The CBOR
// tags are how the ledger writes it.
type Period struct {
	Count int32 `cbor:"1,keyasint,omitempty"`
	Unit  Unit  `cbor:"2,keyasint,omitempty"`
}

// unit is how a unit is written, and how many of what it stands for.
type unit struct {
	of    Unit
	times int64
	max   int64
}

var (
	units = map[string]unit{
		"h": {Hours, 1, MaxYears * 365 * 24}, "d": {Days, 1, MaxYears * 365}, "w": {Days, 7, MaxYears * 52},
		"mo": {Months, 1, MaxYears * 12}, "y": {Months, 12, MaxYears},
	}
	written = regexp.MustCompile(`^([1-9][0-9]{0,5})(h|d|w|mo|y)$`)
)

// Parse reads a period such as 36h, 30d, 2w, 1mo or 1y. It is at most [MaxYears]
// long.
func Parse(text string) (Period, error) {
	parts := written.FindStringSubmatch(text)
	if parts == nil {
		return Period{}, fmt.Errorf("%.32q is no duration: write a number and h, d, w, mo or y, as in 30d or 1mo", text)
	}
	count, err := strconv.ParseInt(parts[1], 10, 64)
	u := units[parts[2]]
	if err != nil || count > u.max {
		return Period{}, fmt.Errorf("%q is longer than %d years", text, MaxYears)
	}
	return Period{Count: int32(count * u.times), Unit: u.of}, nil //nolint:gosec // bounded by max
}

// String writes the period so that [Parse] reads it, in h, d or mo.
func (p Period) String() string {
	return strconv.FormatInt(int64(p.Count), 10) + map[Unit]string{Hours: "h", Days: "d", Months: "mo"}[p.Unit]
}

// IsZero reports whether this is no period at all.
func (p Period) IsZero() bool { return p == Period{} }

// IsValid reports whether this is a period, of a length that [Parse] would accept.
func (p Period) IsValid() bool {
	for _, u := range units {
		if u.of == p.Unit && p.Count > 0 && int64(p.Count) <= u.max*u.times {
			return true
		}
	}
	return false
}

// After is the instant so many periods after another one, as the clocks of a zone
// show it. It counts from the start at once and not from one to the next, so that a
// month that is too short changes nothing for those after it.
//
// A time of day that the clocks skip is taken as if they had not been put forward
// yet; of one that they show twice it is the first. No period after the
// start is the start itself, be it the second of the two.
func (p Period) After(start time.Time, times int64, zone *time.Location) time.Time {
	if times == 0 {
		return start
	}
	n := times * int64(p.Count)
	switch p.Unit {
	case Hours:
		return time.Unix(start.Unix()+n*3600, int64(start.Nanosecond())).UTC()
	case Days:
		return instant(wall(start, zone).AddDate(0, 0, int(n)), zone)
	case Months:
		from := wall(start, zone)
		first := from.AddDate(0, int(n), 1-from.Day())
		last := first.AddDate(0, 1, -1).Day()
		return instant(first.AddDate(0, 0, min(from.Day(), last)-1), zone)
	default:
		return start
	}
}

// Next finds, of the instants that follow an anchor at intervals of the period, the
// anchor among them, the first that comes after another instant. It returns its
// number, which is 0 for the anchor.
func (p Period) Next(anchor, after time.Time, zone *time.Location) (int64, time.Time) {
	if after.Before(anchor) || !p.IsValid() {
		return 0, anchor
	}
	length := map[Unit]float64{Hours: 1, Days: 24, Months: 365.2425 / 12 * 24}[p.Unit] * float64(p.Count)
	hours := float64(after.Unix()-anchor.Unix()) / 3600
	// A month is at most three days longer or shorter than all of them on average.
	n := max(int64(math.Floor(hours/length))-4, 0)
	for {
		if at := p.After(anchor, n, zone); at.After(after) {
			return n, at
		}
		n++
	}
}

// wall is what the clocks of a zone show, as though it were UTC.
func wall(at time.Time, zone *time.Location) time.Time {
	at = at.In(zone)
	_, offset := at.Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// instant is when the clocks of a zone show a time.
func instant(shown time.Time, zone *time.Location) time.Time {
	before := offset(shown.Add(-24*time.Hour), zone)
	after := offset(shown.Add(24*time.Hour), zone)
	early, late := shown.Add(-max(before, after)), shown.Add(-min(before, after))
	for _, at := range []time.Time{early, late} {
		if wall(at, zone).Equal(shown) {
			return at
		}
	}
	return shown.Add(-before)
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
