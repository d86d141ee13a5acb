// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"strings"
	"testing"
)

// specifiedExponents are the lists of the API's specification. Every other
// currency has two decimals.
var specifiedExponents = map[int32]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

func TestISOTableHasTheSpecifiedExponents(t *testing.T) {
	want := map[string]int32{}
	for exponent, codes := range specifiedExponents {
		for _, code := range strings.Fields(codes) {
			want[code] = exponent
		}
	}
	got := map[int32]int{}
	for _, u := range currencies() {
		exponent, special := want[u.code]
		if !special {
			exponent = 2
		}
		if u.exponent != exponent {
			t.Errorf("%s has exponent %d, want %d", u.code, u.exponent, exponent)
		}
		got[u.exponent]++
	}
	for exponent, codes := range specifiedExponents {
		if n := len(strings.Fields(codes)); got[exponent] != n {
			t.Errorf("%d currencies have exponent %d, want %d", got[exponent], exponent, n)
		}
	}
}

func TestISOTableListsEachCodeOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range currencies() {
		if seen[u.code] {
			t.Errorf("%s is listed twice", u.code)
		}
		seen[u.code] = true
		if !currencyShape.MatchString(u.code) {
			t.Errorf("%q is no currency code", u.code)
		}
	}
	for _, never := range strings.Fields("XXX XTS XAU XAG XPT XPD XDR XSU XUA XBA BOV CHE CHW COU MXV USN") {
		if seen[never] {
			t.Errorf("%s is no money that anybody holds", never)
		}
	}
}

func TestMoneyScaleIsFourDecimalsBeyondTheCurrency(t *testing.T) {
	for code, want := range map[string]int64{"JPY": 1e4, "EUR": 1e6, "KWD": 1e7, "CLF": 1e8} {
		if got := units[code].scale; got != want {
			t.Errorf("1 %s is %d base units, want %d", code, got, want)
		}
	}
}

// Two known units that differ in capitals only would make the right spelling
// of a third one a matter of map order.
func TestKnownUnitsDifferInMoreThanCapitals(t *testing.T) {
	if len(spellings) != len(units) {
		t.Errorf("%d units share %d spellings", len(units), len(spellings))
	}
	if n := len(currencies()) + 9 + 3 + 4 + 1; len(units) != n {
		t.Errorf("%d units are known, %d were listed: a name is used twice", len(units), n)
	}
}

func TestLengthBoundAdmitsTheLongestAmount(t *testing.T) {
	longest := strings.Repeat("9", 15) + "." + strings.Repeat("9", 12) + " " + strings.Repeat("a", 16)
	if !syntax.MatchString(longest) || len(longest) != syntaxLength {
		t.Errorf("the longest amount has %d characters, the bound is %d", len(longest), syntaxLength)
	}
}
