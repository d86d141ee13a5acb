// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

type tb interface {
	Helper()
	Fatal(arguments ...any)
}

func zone(t tb, name string) *time.Location {
	t.Helper()
	found, err := calendar.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func instant(t tb, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func period(t tb, text string) calendar.Period {
	t.Helper()
	p, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each line is a period, where it is counted, from when, and when it ends for the
// first time, the second, and so on.
func TestAPeriodEndsAsContractsSay(t *testing.T) {
	for name, c := range map[string]struct {
		period, zone, from string
		ends               []string
	}{
		"31 January and a month": {"1mo", "UTC", "2026-01-31T10:00:00Z", []string{
			"2026-02-28T10:00:00Z", "2026-03-31T10:00:00Z", "2026-04-30T10:00:00Z", "2026-05-31T10:00:00Z"}},
		"the end of February stays the 28th": {"1mo", "UTC", "2026-02-28T10:00:00Z", []string{"2026-03-28T10:00:00Z"}},
		"a leap February":                    {"1mo", "UTC", "2028-01-31T00:00:00Z", []string{"2028-02-29T00:00:00Z", "2028-03-31T00:00:00Z"}},
		"two months":                         {"2mo", "UTC", "2026-12-31T00:00:00Z", []string{"2027-02-28T00:00:00Z", "2027-04-30T00:00:00Z"}},
		"a year from a leap day": {"1y", "UTC", "2028-02-29T00:00:00Z", []string{
			"2029-02-28T00:00:00Z", "2030-02-28T00:00:00Z", "2031-02-28T00:00:00Z", "2032-02-29T00:00:00Z"}},
		"2100 is no leap year":       {"100y", "UTC", "2000-02-29T00:00:00Z", []string{"2100-02-28T00:00:00Z", "2200-02-28T00:00:00Z"}},
		"weeks":                      {"2w", "UTC", "2026-12-25T10:00:00Z", []string{"2027-01-08T10:00:00Z"}},
		"a part of a second":         {"1mo", "Europe/Berlin", "2026-01-31T10:00:00.000001+01:00", []string{"2026-02-28T10:00:00.000001+01:00"}},
		"hours are exact":            {"36h", "Europe/Berlin", "2026-03-28T12:00:00+01:00", []string{"2026-03-30T01:00:00+02:00"}},
		"a day of 23 hours":          {"1d", "Europe/Berlin", "2026-03-28T12:00:00+01:00", []string{"2026-03-29T12:00:00+02:00"}},
		"a day of 25 hours":          {"1d", "Europe/Berlin", "2026-10-24T12:00:00+02:00", []string{"2026-10-25T12:00:00+01:00"}},
		"a skipped half past two":    {"1d", "Europe/Berlin", "2026-03-28T02:30:00+01:00", []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"}},
		"the first of two":           {"1d", "Europe/Berlin", "2026-10-24T02:30:00+02:00", []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		"from the second of two":     {"1d", "Europe/Berlin", "2026-10-25T02:30:00+01:00", []string{"2026-10-26T02:30:00+01:00"}},
		"from the second to another": {"1mo", "Europe/Berlin", "2026-10-25T02:59:59+01:00", []string{"2026-11-25T02:59:59+01:00"}},
		"skipped in New York":        {"1d", "America/New_York", "2026-03-07T02:30:00-05:00", []string{"2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"}},
		"twice in New York":          {"1w", "America/New_York", "2026-10-25T01:30:00-04:00", []string{"2026-11-01T01:30:00-04:00", "2026-11-08T01:30:00-05:00"}},
		"half an hour skipped":       {"1d", "Australia/Lord_Howe", "2026-10-03T02:15:00+10:30", []string{"2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"}},
		"half an hour twice":         {"1d", "Australia/Lord_Howe", "2026-04-04T01:45:00+11:00", []string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
		"skipped in Nicosia":         {"2mo", "Asia/Nicosia", "2026-01-29T03:30:00+02:00", []string{"2026-03-29T04:30:00+03:00", "2026-05-29T03:30:00+03:00"}},
		"a skipped day":              {"1d", "Pacific/Apia", "2011-12-29T10:00:00-10:00", []string{"2011-12-31T10:00:00+14:00", "2011-12-31T10:00:00+14:00", "2012-01-01T10:00:00+14:00"}},
		"a month to a skipped day":   {"1mo", "Pacific/Apia", "2011-11-30T10:00:00-10:00", []string{"2011-12-31T10:00:00+14:00", "2012-01-30T10:00:00+14:00"}},
		"a month over a skipped day": {"1mo", "Pacific/Apia", "2011-12-15T10:00:00-10:00", []string{"2012-01-15T10:00:00+14:00"}},
		"a quarter of an hour off":   {"1mo", "Asia/Kathmandu", "2026-01-31T00:00:00+05:45", []string{"2026-02-28T00:00:00+05:45", "2026-03-31T00:00:00+05:45"}},
		"it is January yet in the west": {"1mo", "America/New_York", "2026-01-31T23:30:00-05:00", []string{
			"2026-02-28T23:30:00-05:00", "2026-03-31T23:30:00-04:00"}},
		"it is February in the east": {"1mo", "Pacific/Kiritimati", "2026-02-01T00:30:00+14:00", []string{"2026-03-01T00:30:00+14:00"}},
		"it is January in between":   {"1mo", "UTC", "2026-01-31T10:30:00Z", []string{"2026-02-28T10:30:00Z"}},
		"backwards from the year":    {"1y", "Asia/Kathmandu", "2025-12-31T23:59:59+05:45", []string{"2026-12-31T23:59:59+05:45"}},
	} {
		t.Run(name, func(t *testing.T) {
			from, in := instant(t, c.from), zone(t, c.zone)
			p := period(t, c.period)
			if at := p.After(from, 0, in); !at.Equal(from) {
				t.Errorf("after none it is %s", at.In(in))
			}
			for i, end := range c.ends {
				if at := p.After(from, int64(i+1), in); !at.Equal(instant(t, end)) {
					t.Errorf("after %d it is %s, not %s", i+1, at.In(in), end)
				}
			}
		})
	}
}

func TestTheNextOfWhatComesAgainIsTheFirstAfterAnInstant(t *testing.T) {
	for _, c := range []struct {
		every, zone, anchor, after string
		number                     int64
		next                       string
	}{
		{"1mo", "UTC", "2026-01-31T00:00:00Z", "2026-01-30T23:59:59.999999Z", 0, "2026-01-31T00:00:00Z"},
		{"1mo", "UTC", "2026-01-31T00:00:00Z", "2020-01-01T00:00:00Z", 0, "2026-01-31T00:00:00Z"},
		{"1mo", "UTC", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", 1, "2026-02-28T00:00:00Z"},
		{"1mo", "UTC", "2026-01-31T00:00:00Z", "2026-02-27T23:59:59.999999Z", 1, "2026-02-28T00:00:00Z"},
		{"1mo", "UTC", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", 2, "2026-03-31T00:00:00Z"},
		{"1d", "Europe/Berlin", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", 1, "2026-03-29T03:30:00+02:00"},
		{"1d", "Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00", 0, "2026-10-25T02:30:00+01:00"},
		{"1d", "Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00", 1, "2026-10-26T02:30:00+01:00"},
		{"1d", "Pacific/Apia", "2011-12-28T10:00:00-10:00", "2011-12-29T10:00:00-10:00", 2, "2011-12-31T10:00:00+14:00"},
		{"1d", "Pacific/Apia", "2011-12-28T10:00:00-10:00", "2011-12-31T10:00:00+14:00", 4, "2012-01-01T10:00:00+14:00"},
		{"1y", "America/New_York", "2028-02-29T12:00:00-05:00", "2127-06-01T00:00:00-04:00", 100, "2128-02-29T12:00:00-05:00"},
	} {
		t.Run(fmt.Sprint(c.every, " from ", c.anchor, " after ", c.after), func(t *testing.T) {
			in := zone(t, c.zone)
			number, next := period(t, c.every).Next(instant(t, c.anchor), instant(t, c.after), in)
			if number != c.number || !next.Equal(instant(t, c.next)) {
				t.Errorf("it is number %d at %s, not %d at %s", number, next.In(in), c.number, c.next)
			}
		})
	}
}

func TestNoPeriodComesAgain(t *testing.T) {
	at := instant(t, "2026-01-31T00:00:00Z")
	for _, p := range []calendar.Period{{}, {Unit: calendar.Days}, {Count: 1}, {Count: -1, Unit: calendar.Days}, {Count: 1, Unit: calendar.Months + 1}} {
		if number, next := p.Next(at, at.Add(time.Hour), time.UTC); p.IsValid() || number != 0 || !next.Equal(at) {
			t.Errorf("%+v is valid: %t; its next is number %d at %s", p, p.IsValid(), number, next)
		}
	}
}
