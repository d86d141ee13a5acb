// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

func TestPeriodsAreWrittenAsANumberAndAUnit(t *testing.T) {
	for text, want := range map[string]calendar.Period{
		"1h": {Count: 1, Unit: calendar.Hours}, "36h": {Count: 36, Unit: calendar.Hours}, "876000h": {Count: 876000, Unit: calendar.Hours},
		"30d": {Count: 30, Unit: calendar.Days}, "36500d": {Count: 36500, Unit: calendar.Days},
		"2w": {Count: 14, Unit: calendar.Days}, "5200w": {Count: 36400, Unit: calendar.Days},
		"1mo": {Count: 1, Unit: calendar.Months}, "1200mo": {Count: 1200, Unit: calendar.Months},
		"1y": {Count: 12, Unit: calendar.Months}, "100y": {Count: 1200, Unit: calendar.Months},
	} {
		if got, err := calendar.Parse(text); err != nil || got != want || !got.IsValid() || got.IsZero() {
			t.Errorf("%s is %+v, valid: %t, and the error %v", text, got, got.IsValid(), err)
		}
	}
}

func TestWhatIsNoPeriodIsToldWithTheWayOut(t *testing.T) {
	for _, text := range []string{
		"", "1", "d", "0d", "01d", "-1d", "+1d", "1.5d", "1 d", " 1d", "1d ", "1D", "1m", "1M", "1min", "1s", "1mo1d", "P1M", "1000000h", "1d\n", "١d",
		strings.Repeat("9", 70) + "d",
	} {
		if got, err := calendar.Parse(text); err == nil || !got.IsZero() || !strings.Contains(err.Error(), "h, d, w, mo or y") {
			t.Errorf("%q is %+v, with the error %v", text, got, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("the error has %d characters", len(err.Error()))
		}
	}
	for _, text := range []string{"876001h", "36501d", "5201w", "1201mo", "101y", "999999y"} {
		if got, err := calendar.Parse(text); err == nil || !got.IsZero() || !strings.Contains(err.Error(), "100 years") {
			t.Errorf("%q is %+v, with the error %v", text, got, err)
		}
	}
}

func TestAPeriodLongerThanAnyIsNotValid(t *testing.T) {
	for _, p := range []calendar.Period{
		{}, {Count: 1}, {Unit: calendar.Days}, {Count: -1, Unit: calendar.Days}, {Count: 876001, Unit: calendar.Hours},
		{Count: 36501, Unit: calendar.Days}, {Count: 1201, Unit: calendar.Months}, {Count: 1, Unit: calendar.Months + 1},
	} {
		if p.IsValid() {
			t.Errorf("%+v is valid", p)
		}
	}
	if !(calendar.Period{}).IsZero() || (calendar.Period{Count: 1}).IsZero() || (calendar.Period{Unit: calendar.Days}).IsZero() {
		t.Error("the zero period, and no other, is none")
	}
}

// What is read can be written as it was, in one unit or the other.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "1d", "30d", "36h", "2w", "1mo", "100y", "101y", "0d", "999999h", "1x", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := calendar.Parse(text)
		if err != nil {
			if !p.IsZero() {
				t.Errorf("%q is %+v, with the error %v", text, p, err)
			}
			return
		}
		var writings []string
		for unit, of := range map[string]struct {
			calendar.Unit
			times int32
		}{"h": {calendar.Hours, 1}, "d": {calendar.Days, 1}, "w": {calendar.Days, 7}, "mo": {calendar.Months, 1}, "y": {calendar.Months, 12}} {
			if of.Unit == p.Unit && p.Count%of.times == 0 {
				writings = append(writings, fmt.Sprintf("%d%s", p.Count/of.times, unit))
			}
		}
		isWriting := false
		for _, writing := range writings {
			isWriting = isWriting || writing == text
			if again, err := calendar.Parse(writing); err != nil || again != p {
				t.Errorf("%q is %+v and could be written as %q, which is %+v with the error %v", text, p, writing, again, err)
			}
		}
		if !isWriting || !p.IsValid() {
			t.Errorf("%q is %+v", text, p)
		}
		if again, err := calendar.Parse(p.String()); err != nil || again != p {
			t.Errorf("%q is %+v and is written as %q, which is %+v with the error %v", text, p, p, again, err)
		}
	})
}
