// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		base int64
		unit string
		want string
	}{
		{25_000_000, "EUR", "25.00 EUR"},
		{25_500_000, "EUR", "25.50 EUR"},
		{123_456, "EUR", "0.123456 EUR"},
		{120_000, "EUR", "0.12 EUR"},
		{123_400, "EUR", "0.1234 EUR"},
		{0, "EUR", "0.00 EUR"},
		{1, "EUR", "0.000001 EUR"},
		{-1, "EUR", "-0.000001 EUR"},
		{-12_500_000, "EUR", "-12.50 EUR"},
		{15_000_000, "JPY", "1500 JPY"},
		{1, "JPY", "0.0001 JPY"},
		{12_340_000, "KWD", "1.234 KWD"},
		{10_000_000, "KWD", "1.000 KWD"},
		{100_000_000, "CLF", "1.0000 CLF"},
		{9_500_000_000, "GB", "9.5 GB"},
		{9_500_000_000, "MB", "9500 MB"},
		{9_500_000_000, "B", "9500000000 B"},
		{1_234_000_000, "GB", "1.234 GB"},
		{1_234_500_000, "GB", "1234500000 B"},
		{-9_500_000_000, "GB", "-9.5 GB"},
		{-1, "GB", "-1 B"},
		{0, "GB", "0 GB"},
		{1536, "KiB", "1.5 KiB"},
		{1, "KiB", "1 B"},
		{30, "min", "0.5 min"},
		{20, "min", "20 s"},
		{5400, "h", "1.5 h"},
		{100, "SMS", "100 SMS"},
		{-100, "SMS", "-100 SMS"},
		{1200, "points", "1200 points"},
		{math.MinInt64, "EUR", "-9223372036854.775808 EUR"},
		{math.MaxInt64, "EUR", "9223372036854.775807 EUR"},
		{math.MinInt64, "SMS", "-9223372036854775808 SMS"},
		{math.MinInt64, "GB", "-9223372036.854775808 GB"},
		{math.MinInt64, "h", "-9223372036854775808 s"},
	} {
		if got := money.Format(c.base, mustUnit(t, c.unit)); got != c.want {
			t.Errorf("Format(%d, %s) = %q, want %q", c.base, c.unit, got, c.want)
		}
	}
	if got := money.Format(-5, money.Unit{}); got != "-5" {
		t.Errorf("Format without a unit = %q", got)
	}
}

// Whatever the ledger holds below 10^15 base units, and all money, can be read
// back from what status shows, in every unit and down to the last base unit.
func TestWhatFormatWritesIsReadBackExactly(t *testing.T) {
	const seed = 20260101
	random := rand.New(rand.NewPCG(seed, seed))
	for _, code := range strings.Fields("EUR JPY KWD CLF B kB GB TB KiB TiB s min h SMS points gigapuffs") {
		u := mustUnit(t, code)
		limit := int64(1e15)
		if u.IsCurrency() {
			limit = money.MaxBase
		}
		for range 2000 {
			base := random.Int64N(limit) >> random.IntN(60)
			text := money.Format(base, u)
			a, err := money.ParseRated(text)
			if err != nil || a.Base() != base || !a.Unit().SameDimension(u) {
				t.Fatalf("%d of %s is written %q, read as %d %s, %v", base, code, text, a.Base(), a.Unit().Code(), err)
			}
			if negative := money.Format(-base, u); base != 0 && negative != "-"+text {
				t.Fatalf("%d of %s is written %q, its negative %q", base, code, text, negative)
			}
		}
	}
}
