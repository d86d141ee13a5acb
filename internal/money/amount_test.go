// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestParseIsExact(t *testing.T) {
	for in, want := range map[string]struct {
		base  int64
		shown string
	}{
		"25.00 EUR":              {25_000_000, "25.00 EUR"},
		"5 EUR":                  {5_000_000, "5.00 EUR"},
		"0.5 EUR":                {500_000, "0.50 EUR"},
		"0 EUR":                  {0, "0.00 EUR"},
		"0.00 EUR":               {0, "0.00 EUR"},
		"1500 JPY":               {15_000_000, "1500 JPY"},
		"1.234 KWD":              {12_340_000, "1.234 KWD"},
		"1.2345 CLF":             {123_450_000, "1.2345 CLF"},
		"999999999999.99 EUR":    {999_999_999_999_990_000, "999999999999.99 EUR"},
		"10 GB":                  {10_000_000_000, "10 GB"},
		"1.5 GB":                 {1_500_000_000, "1.5 GB"},
		"1.0 B":                  {1, "1 B"},
		"1.000000001 GB":         {1_000_000_001, "1000000001 B"},
		"0.000000000001 TB":      {1, "1 B"},
		"0.125 KiB":              {128, "0.125 KiB"},
		"0.0625 KiB":             {64, "64 B"},
		"1 TiB":                  {1 << 40, "1 TiB"},
		"999999.000000000001 TB": {999_999_000_000_000_001, "999999.000000000001 TB"},
		"0.5 min":                {30, "0.5 min"},
		"90 s":                   {90, "90 s"},
		"1.5 h":                  {5400, "1.5 h"},
		"0.0025 h":               {9, "9 s"},
		"277777777777777.0025 h": {999_999_999_999_997_209, "277777777777777.0025 h"},
		"100 SMS":                {100, "100 SMS"},
		"1200 points":            {1200, "1200 points"},
		"3 gigapuffs":            {3, "3 gigapuffs"},
		"999999999999999 event":  {999_999_999_999_999, "999999999999999 event"},
	} {
		a, err := money.Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if a.Base() != want.base || a.String() != want.shown {
			t.Errorf("Parse(%q) = %d, shown as %q; want %d, %q", in, a.Base(), a, want.base, want.shown)
		}
		if _, code, _ := strings.Cut(in, " "); a.Unit().Code() != code {
			t.Errorf("Parse(%q) is in %s", in, a.Unit().Code())
		}
	}
}

func TestParseRefusesWithTheWayOut(t *testing.T) {
	thirty := strings.Repeat("1", 30)
	for _, c := range []struct {
		in   string
		kind error
		want string
	}{
		{"10.505 EUR", money.ErrPrecision, `"10.505 EUR" has 3 decimals; EUR has 2: write 10.50 EUR or 10.51 EUR`},
		{"5.000 EUR", money.ErrPrecision, `"5.000 EUR" has 3 decimals; EUR has 2: write 5.00 EUR`},
		{"0.001 EUR", money.ErrPrecision, `"0.001 EUR" has 3 decimals; EUR has 2: write 0.01 EUR`},
		{"1.5 JPY", money.ErrPrecision, `"1.5 JPY" has 1 decimal; JPY has none: write 1 JPY or 2 JPY`},
		{"1.2345 KWD", money.ErrPrecision, `"1.2345 KWD" has 4 decimals; KWD has 3: write 1.234 KWD or 1.235 KWD`},
		{"1.5 SMS", money.ErrPrecision, `"1.5 SMS" has 1 decimal; SMS has none: write 1 SMS or 2 SMS`},
		{"1.0 points", money.ErrPrecision, `"1.0 points" has 1 decimal; points has none: write 1 points`},
		{"2.5 gigapuffs", money.ErrPrecision, `"2.5 gigapuffs" has 1 decimal; gigapuffs has none: write 2 gigapuffs or 3 gigapuffs`},
		{"0.1 GiB", money.ErrPrecision, `"0.1 GiB" is no whole number of bytes: write 107374182 B or 107374183 B`},
		{"1.5 B", money.ErrPrecision, `"1.5 B" is no whole number of bytes: write 1 B or 2 B`},
		{"0.0001 h", money.ErrPrecision, `"0.0001 h" is no whole number of seconds: write 1 s`},

		{"1000000000000 EUR", money.ErrOverflow, `"1000000000000 EUR" is too large: write at most 999999999999 EUR`},
		{"1000000 TB", money.ErrOverflow, `"1000000 TB" is too large: write at most 999999 TB`},
		{"277777777777778 h", money.ErrOverflow, `"277777777777778 h" is too large: write at most 277777777777777 h`},

		{"5 eur", money.ErrUnit, `"5 eur" has the unit "eur", which differs from EUR in capitals only: write 5 EUR`},
		{"5 gb", money.ErrUnit, `"5 gb" has the unit "gb", which differs from GB in capitals only: write 5 GB`},
		{"1.5 Sms", money.ErrUnit, `"1.5 Sms" has the unit "Sms", which differs from SMS in capitals only: write for example 5 EUR`},
		{"5 ABC", money.ErrUnit, `"5 ABC" has the unit "ABC", which looks like a currency and is none that ISO 4217 lists as active: write for example 5 EUR`},
		{"5 Euro", money.ErrUnit, `"5 Euro" has the unit "Euro", which is no known unit; a count of its own kind is named with at most 16 lower-case letters, digits and hyphens: write for example 5 EUR`},

		{"", money.ErrSyntax, `"" is empty: write for example 5 EUR`},
		{"   ", money.ErrSyntax, `"   " is blank: write for example 5 EUR`},
		{"5", money.ErrSyntax, `"5" has no unit: write for example 5 EUR`},
		{"10.505", money.ErrSyntax, `"10.505" has no unit: write for example 5 EUR`},
		{"5 ", money.ErrSyntax, `"5 " has no unit: write for example 5 EUR`},
		{"1e3", money.ErrSyntax, `"1e3" has no unit: write for example 5 EUR`},
		{thirty, money.ErrSyntax, `"` + thirty + `" has no unit: write for example 5 EUR`},
		{"5EUR", money.ErrSyntax, `"5EUR" has no space between number and unit: write 5 EUR`},
		{"EUR", money.ErrSyntax, `"EUR" is no number with a unit: write for example 5 EUR`},
		{"NaN", money.ErrSyntax, `"NaN" is no number with a unit: write for example 5 EUR`},
		{"NaN EUR", money.ErrSyntax, `"NaN EUR" does not begin with a plain decimal number: write for example 5 EUR`},
		{"Inf EUR", money.ErrSyntax, `"Inf EUR" does not begin with a plain decimal number: write for example 5 EUR`},
		{"0x10 EUR", money.ErrSyntax, `"0x10 EUR" does not begin with a plain decimal number: write for example 5 EUR`},
		{"1.2.3 EUR", money.ErrSyntax, `"1.2.3 EUR" does not begin with a plain decimal number: write for example 5 EUR`},
		{"-5 EUR", money.ErrSyntax, `"-5 EUR" must not be negative: write 5 EUR`},
		{"-0 EUR", money.ErrSyntax, `"-0 EUR" must not be negative: write for example 5 EUR`},
		{"+5 EUR", money.ErrSyntax, `"+5 EUR" must not have a sign: write 5 EUR`},
		{"1e3 EUR", money.ErrSyntax, `"1e3 EUR" has an exponent: write 1000 EUR`},
		{"1.5E3 EUR", money.ErrSyntax, `"1.5E3 EUR" has an exponent: write 1500 EUR`},
		{"5e-1 EUR", money.ErrSyntax, `"5e-1 EUR" has an exponent: write 0.5 EUR`},
		{"1e9999 EUR", money.ErrSyntax, `"1e9999 EUR" has an exponent: write for example 5 EUR`},
		{"1e-9999 EUR", money.ErrSyntax, `"1e-9999 EUR" has an exponent: write for example 5 EUR`},
		{"1e2000000000 EUR", money.ErrSyntax, `"1e2000000000 EUR" does not begin with a plain decimal number: write for example 5 EUR`},
		{"10,50 EUR", money.ErrSyntax, `"10,50 EUR" has a comma; decimals follow a point, and thousands are not set apart: write 10.50 EUR or 1050 EUR`},
		{"1,000 EUR", money.ErrSyntax, `"1,000 EUR" has a comma; decimals follow a point, and thousands are not set apart: write 1000 EUR`},
		{"1,000.50 EUR", money.ErrSyntax, `"1,000.50 EUR" has a comma; decimals follow a point, and thousands are not set apart: write 1000.50 EUR`},
		{".5 EUR", money.ErrSyntax, `".5 EUR" has no digit before the point: write 0.5 EUR`},
		{"5. EUR", money.ErrSyntax, `"5. EUR" has no digit after the point: write 5 EUR`},
		{"007 EUR", money.ErrSyntax, `"007 EUR" has leading zeros: write 7 EUR`},
		{"00.50 EUR", money.ErrSyntax, `"00.50 EUR" has leading zeros: write 0.50 EUR`},
		{"5  EUR", money.ErrSyntax, `"5  EUR" has spaces other than the one between number and unit: write 5 EUR`},
		{" 5 EUR", money.ErrSyntax, `" 5 EUR" has spaces other than the one between number and unit: write 5 EUR`},
		{"5 EUR ", money.ErrSyntax, `"5 EUR " has spaces other than the one between number and unit: write 5 EUR`},
		{"1 000 EUR", money.ErrSyntax, `"1 000 EUR" has spaces other than the one between number and unit: write 1000 EUR`},
		{thirty + " EUR", money.ErrSyntax, `"` + thirty + ` EUR" has 30 digits before the point; an amount has at most 15: write for example 5 EUR`},
		{"0.1234567890123 GB", money.ErrSyntax, `"0.1234567890123 GB" has 13 decimals; an amount has at most 12: write for example 5 EUR`},
		{"5 EUR/day", money.ErrSyntax, `"5 EUR/day" has the unit "EUR/day", which is not a letter and at most 15 more letters, digits and hyphens: write for example 5 EUR`},
		{"5 EUR\n", money.ErrSyntax, `"5 EUR\n" has characters that no amount has: write for example 5 EUR`},
		{"5\tEUR", money.ErrSyntax, `"5\tEUR" has characters that no amount has: write for example 5 EUR`},
		{"5 E\x00R", money.ErrSyntax, `"5 E\x00R" has characters that no amount has: write for example 5 EUR`},
		{"5 €", money.ErrSyntax, `"5 €" has characters that no amount has: write for example 5 EUR`},
		{"٥ EUR", money.ErrSyntax, `"٥ EUR" has characters that no amount has: write for example 5 EUR`},
		{"\u202e5 EUR", money.ErrSyntax, `"\u202e5 EUR" has characters that no amount has: write for example 5 EUR`},
		{"\xff EUR", money.ErrSyntax, `"\xff EUR" has characters that no amount has: write for example 5 EUR`},
	} {
		a, err := money.Parse(c.in)
		if err == nil {
			t.Errorf("Parse(%q) = %s, want a refusal", c.in, a)
			continue
		}
		var typed *money.Error
		if !errors.Is(err, c.kind) || !errors.As(err, &typed) {
			t.Errorf("Parse(%q) is not an *Error that is %q: %#v", c.in, c.kind, err)
		}
		if err.Error() != c.want {
			t.Errorf("Parse(%q)\n got %s\nwant %s", c.in, err, c.want)
		}
		if a != (money.Amount{}) {
			t.Errorf("Parse(%q) refused and returned %s", c.in, a)
		}
	}
}

func TestAnErrorNeverRepeatsALongTextInFull(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("9", 1<<20) + " EUR",
		strings.Repeat("\x00", 1<<20),
		strings.Repeat("\U0010ffff", 1<<18),
		strings.Repeat("€", 1<<18),
	} {
		_, err := money.Parse(in)
		if err == nil || len(err.Error()) > longestError || !strings.Contains(err.Error(), `"…`) {
			t.Errorf("Parse of %d bytes: %v", len(in), err)
		}
		if _, err := money.ParseUnit(in); err == nil || len(err.Error()) > longestError {
			t.Errorf("ParseUnit of %d bytes: %v", len(in), err)
		}
	}
}

func TestRatedMoneyHasFourMoreDecimals(t *testing.T) {
	for in, want := range map[string]int64{
		"0.123456 EUR":  123_456,
		"0.0001 JPY":    1,
		"1.5 JPY":       15_000,
		"1.2345678 BHD": 12_345_678,
		"5 EUR":         5_000_000,
		"1.5 GB":        1_500_000_000,
	} {
		if a, err := money.ParseRated(in); err != nil || a.Base() != want {
			t.Errorf("ParseRated(%q) = %d, %v; want %d", in, a.Base(), err, want)
		}
	}
	for in, want := range map[string]string{
		"0.1234567 EUR": `"0.1234567 EUR" has 7 decimals; EUR has 6: write 0.123456 EUR or 0.123457 EUR`,
		"1.5 SMS":       `"1.5 SMS" has 1 decimal; SMS has none: write 1 SMS or 2 SMS`,
		"0.1 GiB":       `"0.1 GiB" is no whole number of bytes: write 107374182 B or 107374183 B`,
	} {
		if _, err := money.ParseRated(in); !errors.Is(err, money.ErrPrecision) || err.Error() != want {
			t.Errorf("ParseRated(%q)\n got %v\nwant %s", in, err, want)
		}
	}
}

func TestFromBase(t *testing.T) {
	eur := mustUnit(t, "EUR")
	for _, base := range []int64{0, 1, -1, money.MaxBase, -money.MaxBase} {
		a, err := money.FromBase(base, eur)
		if err != nil || a.Base() != base || a.Unit() != eur {
			t.Errorf("FromBase(%d) = %d %s, %v", base, a.Base(), a.Unit().Code(), err)
		}
	}
	for _, base := range []int64{money.MaxBase + 1, -money.MaxBase - 1, math.MaxInt64, math.MinInt64} {
		if _, err := money.FromBase(base, eur); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("FromBase(%d): %v, want ErrOverflow", base, err)
		}
	}
	if _, err := money.FromBase(1, money.Unit{}); !errors.Is(err, money.ErrUnit) {
		t.Errorf("FromBase without a unit: %v, want ErrUnit", err)
	}
}

func TestEqualAmountsAreComparable(t *testing.T) {
	parsed, err := money.Parse("5 EUR")
	if err != nil {
		t.Fatal(err)
	}
	made, err := money.FromBase(5_000_000, mustUnit(t, "EUR"))
	if err != nil || parsed != made {
		t.Errorf("%v != %v (%v)", parsed, made, err)
	}
}

func TestAddNeverWraps(t *testing.T) {
	const limit = money.MaxBase
	for _, c := range []struct {
		a, b, want int64
		err        error
	}{
		{a: 2, b: 3, want: 5},
		{a: 2, b: -3, want: -1},
		{a: limit, b: 0, want: limit},
		{a: limit - 1, b: 1, want: limit},
		{a: limit, b: -limit, want: 0},
		{a: -limit, b: 0, want: -limit},
		{a: limit, b: 1, err: money.ErrOverflow},
		{a: -limit, b: -1, err: money.ErrOverflow},
		{a: limit, b: limit, err: money.ErrOverflow},
		{a: limit + 1, b: -1, err: money.ErrOverflow},
		{a: -1, b: limit + 1, err: money.ErrOverflow},
		{a: math.MaxInt64, b: 1, err: money.ErrOverflow},
		{a: math.MaxInt64, b: math.MinInt64, err: money.ErrOverflow},
		{a: math.MinInt64, b: math.MinInt64, err: money.ErrOverflow},
		{a: math.MinInt64, b: math.MaxInt64, err: money.ErrOverflow},
	} {
		if got, err := money.Add(c.a, c.b); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Add(%d, %d) = %d, %v; want %d, %v", c.a, c.b, got, err, c.want, c.err)
		}
	}
}
