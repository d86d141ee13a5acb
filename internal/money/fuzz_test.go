// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

// schemaPattern is what the custom resources' schema accepts.
var schemaPattern = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})? [A-Za-z][A-Za-z0-9-]{0,15}$`)

// longestError is well below what a condition's message may hold.
const longestError = 512

var seeds = []string{
	"25.00 EUR", "0 EUR", "10.505 EUR", "1.5 JPY", "1500 JPY", "1.234 KWD", "0.123456 EUR", "-5 EUR", "1e3 EUR", "5", "5 eur",
	"1.5 GB", "0.1 GiB", "0.0625 KiB", "999999.000000000001 TB", "0.5 min", "277777777777777.0025 h", "1.5 SMS", "100 SMS",
	"1200 points", "3 gigapuffs", "NaN", "111111111111111111111111111111 EUR", "1e2000000000 EUR", "10,50 EUR", "1 000 EUR",
	"007 EUR", ".5 EUR", "5. EUR", "5EUR", " 5 EUR", "5 EUR\n", "a\x00b", "5 \u202eEUR", "\xff", "",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkParse(t, s, money.Parse)
		checkParse(t, s, money.ParseRated)
	})
}

func checkParse(t *testing.T, s string, parse func(string) (money.Amount, error)) {
	a, err := parse(s)
	if err != nil {
		checkError(t, err)
		if errors.Is(err, money.ErrSyntax) == schemaPattern.MatchString(s) {
			t.Errorf("the schema and Parse differ on the syntax of %q: %v", s, err)
		}
		for _, proposed := range proposals(err) {
			if _, err := parse(proposed); err != nil {
				t.Errorf("the refusal of %q proposes %q: %v", s, proposed, err)
			}
		}
		return
	}
	if !schemaPattern.MatchString(s) {
		t.Fatalf("%q is taken and no schema would", s)
	}
	if a.Base() < 0 || a.Base() > money.MaxBase {
		t.Fatalf("%q is %d", s, a.Base())
	}
	again, err := parse(a.String())
	if err != nil || again.Base() != a.Base() || !again.Unit().SameDimension(a.Unit()) {
		t.Fatalf("%q is written %q, which is %d, %v; want %d", s, a, again.Base(), err, a.Base())
	}
	// The value itself, by other arithmetic: the number over what one unit is.
	number, unit, _ := strings.Cut(s, " ")
	one, err := parse("1 " + unit)
	if err != nil {
		t.Fatalf("%q is taken and 1 %s is not: %v", s, unit, err)
	}
	want, _ := new(big.Rat).SetString(number)
	want.Mul(want, new(big.Rat).SetInt64(one.Base()))
	if want.Cmp(new(big.Rat).SetInt64(a.Base())) != 0 {
		t.Fatalf("%q is %d, want %s", s, a.Base(), want.RatString())
	}
}

func FuzzParseUnit(f *testing.F) {
	for _, s := range append(strings.Fields("EUR eur XXX ABC GB gb KiB Sms MIN points gigapuffs Foo a-1 1a -"), "", "a\x00", "é", "\xff") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := money.ParseUnit(s)
		amount := "1 " + s
		if _, amountErr := money.Parse(amount); (err == nil) != (amountErr == nil) {
			t.Fatalf("ParseUnit(%q): %v; Parse(%q): %v", s, err, amount, amountErr)
		}
		if err != nil {
			checkError(t, err)
			for _, proposed := range proposals(err) {
				if _, err := money.ParseUnit(proposed); err != nil {
					t.Errorf("the refusal of %q proposes %q: %v", s, proposed, err)
				}
			}
			return
		}
		if u.Code() != s || !schemaPattern.MatchString(amount) {
			t.Fatalf("ParseUnit(%q) has the code %q", s, u.Code())
		}
		base, err := money.ParseUnit(u.BaseCode())
		if err != nil || !base.SameDimension(u) {
			t.Fatalf("the base unit %q of %q: %v", u.BaseCode(), s, err)
		}
	})
}

// proposals are what a refusal says to write.
func proposals(err error) []string {
	text := err.Error()
	_, remedy, _ := strings.Cut(text[strings.LastIndex(text, ": "):], "write ")
	remedy = strings.TrimPrefix(remedy, "for example ")
	remedy = strings.TrimPrefix(remedy, "at most ")
	return strings.Split(remedy, " or ")
}

func checkError(t *testing.T, err error) {
	text := err.Error()
	if len(text) > longestError || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("unfit to be shown: %q", text)
	}
}
