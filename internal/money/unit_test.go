// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestParseUnitKnowsEveryUnitOfTheSpecification(t *testing.T) {
	for _, c := range []struct {
		codes     string
		dimension money.Dimension
		base      string // empty: the code itself
	}{
		{"EUR USD GBP JPY KWD CLF UYW", money.Currency, ""},
		{"B kB MB GB TB KiB MiB GiB TiB", money.Data, "B"},
		{"s min h", money.Voice, "s"},
		{"SMS MMS message event", money.Count, ""},
		{"points", money.Loyalty, ""},
		{"gigapuffs a x-1 abcdefghijklmnop", money.Count, ""},
	} {
		for _, code := range strings.Fields(c.codes) {
			u, err := money.ParseUnit(code)
			if err != nil {
				t.Errorf("ParseUnit(%q): %v", code, err)
				continue
			}
			base := c.base
			if base == "" {
				base = code
			}
			if u.Code() != code || u.Dimension() != c.dimension || u.BaseCode() != base {
				t.Errorf("ParseUnit(%q) = %s, %s, base %s; want %s, base %s",
					code, u.Code(), u.Dimension(), u.BaseCode(), c.dimension, base)
			}
			if u.IsCurrency() != (c.dimension == money.Currency) {
				t.Errorf("%s: IsCurrency() = %t", code, u.IsCurrency())
			}
			if b := mustUnit(t, u.BaseCode()); !b.SameDimension(u) || b.BaseCode() != base {
				t.Errorf("the base unit %s of %s is of another dimension", base, code)
			}
		}
	}
}

func TestParseUnitRefusesWithTheWayOut(t *testing.T) {
	const other = "is no known unit; a count of its own kind is named with at most 16 lower-case letters, digits and hyphens: write for example EUR"
	const notISO = "looks like a currency and is none that ISO 4217 lists as active: write for example EUR"
	for in, want := range map[string]string{
		"eur":               `"eur" differs from EUR in capitals only: write EUR`,
		"Eur":               `"Eur" differs from EUR in capitals only: write EUR`,
		"gb":                `"gb" differs from GB in capitals only: write GB`,
		"KB":                `"KB" differs from kB in capitals only: write kB`,
		"gib":               `"gib" differs from GiB in capitals only: write GiB`,
		"b":                 `"b" differs from B in capitals only: write B`,
		"Sms":               `"Sms" differs from SMS in capitals only: write SMS`,
		"sms":               `"sms" differs from SMS in capitals only: write SMS`,
		"MIN":               `"MIN" differs from min in capitals only: write min`,
		"H":                 `"H" differs from h in capitals only: write h`,
		"Points":            `"Points" differs from points in capitals only: write points`,
		"ABC":               `"ABC" ` + notISO,
		"XXX":               `"XXX" ` + notISO,
		"XAU":               `"XAU" ` + notISO,
		"XTS":               `"XTS" ` + notISO,
		"CHE":               `"CHE" ` + notISO,
		"DEM":               `"DEM" ` + notISO,
		"Foo":               `"Foo" ` + other,
		"FOUR":              `"FOUR" ` + other,
		"1up":               `"1up" ` + other,
		"a_b":               `"a_b" ` + other,
		"-a":                `"-a" ` + other,
		"a\x00b":            `"a\x00b" ` + other,
		"puffs\n":           `"puffs\n" ` + other,
		"é":                 `"é" ` + other,
		"abcdefghijklmnopq": `"abcdefghijklmnopq" ` + other,
		"":                  `"" is empty: write for example EUR`,
	} {
		_, err := money.ParseUnit(in)
		if !errors.Is(err, money.ErrUnit) || err.Error() != want {
			t.Errorf("ParseUnit(%q)\n got %v\nwant %s", in, err, want)
		}
	}
}

func TestSameDimension(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"EUR", "EUR", true},
		{"EUR", "USD", false},
		{"GB", "KiB", true},
		{"min", "h", true},
		{"min", "MB", false},
		{"SMS", "SMS", true},
		{"SMS", "MMS", false},
		{"gigapuffs", "gigapuffs", true},
		{"gigapuffs", "event", false},
		{"points", "points", true},
		{"points", "event", false},
	} {
		a, b := mustUnit(t, c.a), mustUnit(t, c.b)
		if a.SameDimension(b) != c.want || b.SameDimension(a) != c.want {
			t.Errorf("SameDimension(%s, %s) is not %t", c.a, c.b, c.want)
		}
	}
	if (money.Unit{}).SameDimension(money.Unit{}) {
		t.Error("the zero Unit has no dimension to share")
	}
}

func mustUnit(t testing.TB, code string) money.Unit {
	t.Helper()
	u, err := money.ParseUnit(code)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
