// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package money reads, writes and adds amounts exactly.
//
// An amount is written as a decimal number, one space and a unit ("25.00 EUR",
// "1.5 GB", "100 SMS"). The ledger keeps it as an integer of the unit's base
// scale: for money the currency's decimals and four more (1 EUR is 1000000),
// for data bytes, for voice seconds, for counts and points the number itself.
// Nothing is ever rounded: what is no whole number at that scale is refused.
package money

import (
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

// MaxBase is the largest amount, and -MaxBase the smallest, in base scale. It
// leaves room in an int64 for a sum of several amounts to be checked.
const MaxBase int64 = 1e18 - 1

// syntaxDigits and syntaxDecimals bound the two parts of a written number.
const (
	syntaxDigits   = 15
	syntaxDecimals = 12
)

// syntax is the pattern that the custom resources' schema has for amounts, so
// that what a schema admits is never refused as no amount at all.
var syntax = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})? [A-Za-z][A-Za-z0-9-]{0,15}$`)

// precision is how many decimals money may have beyond its currency's own.
type precision int

const (
	exactCoins precision = 0
	rated      precision = ratedDecimals
)

// Amount is an exact amount in a unit. Amounts are comparable with ==: equal
// ones have the same value and the same unit (1 GB is not == 1000 MB; compare
// Base for that). The zero Amount has no unit.
type Amount struct {
	base int64
	unit Unit
}

// Parse reads an amount that somebody put in, such as "25.00 EUR". It is never
// negative, and zero is allowed. Money has at most its currency's decimals,
// counts and points have none, data and voice must come out in whole bytes and
// seconds.
//
// Every refusal is an *Error that is ErrSyntax, ErrUnit, ErrPrecision or
// ErrOverflow.
func Parse(s string) (Amount, error) { return parse(s, exactCoins) }

// ParseRated is Parse for charges and reservations, which usage rating
// computes: money may have four more decimals than its currency. It reads
// whatever Format writes of a non-negative amount below 10^15 base units.
func ParseRated(s string) (Amount, error) { return parse(s, rated) }

// FromBase returns the amount of base integers in u's base scale, which may be
// negative. Errors: ErrOverflow beyond MaxBase, ErrUnit for the zero Unit.
func FromBase(base int64, u Unit) (Amount, error) {
	if u == (Unit{}) {
		return Amount{}, ErrUnit
	}
	if !inRange(base) {
		return Amount{}, ErrOverflow
	}
	return Amount{base: base, unit: u}, nil
}

// Base is the amount in the base scale of its unit.
func (a Amount) Base() int64 { return a.base }

// Unit is the unit the amount was given in.
func (a Amount) Unit() Unit { return a.unit }

// String is the amount as Format writes it in its own unit.
func (a Amount) String() string { return Format(a.base, a.unit) }

// Add returns a+b. It is ErrOverflow if a, b or the sum is beyond MaxBase.
func Add(a, b int64) (int64, error) {
	if !inRange(a) || !inRange(b) || !inRange(a+b) {
		return 0, ErrOverflow
	}
	return a + b, nil
}

func inRange(base int64) bool { return -MaxBase <= base && base <= MaxBase }

func parse(s string, p precision) (Amount, error) {
	a, err := read(s, p)
	if err != nil {
		return Amount{}, explain(s, p, err)
	}
	return a, nil
}

// read decides; its errors are the bare kinds. Explaining is kept apart, so
// that an explanation can ask whether the amount it is about to propose is one.
func read(s string, p precision) (Amount, error) {
	if !syntax.MatchString(s) {
		return Amount{}, ErrSyntax
	}
	number, decimals, name := split(s)
	unit, ok := lookUp(name)
	if !ok {
		return Amount{}, ErrUnit
	}
	if len(decimals) > unit.maxDecimals(p) {
		return Amount{}, ErrPrecision
	}
	value, err := decimal.NewFromString(number)
	if err != nil {
		return Amount{}, ErrSyntax
	}
	base := value.Mul(decimal.NewFromInt(unit.scale))
	if base.GreaterThan(decimal.NewFromInt(MaxBase)) {
		return Amount{}, ErrOverflow
	}
	if !base.IsInteger() {
		return Amount{}, ErrPrecision
	}
	return Amount{base: base.IntPart(), unit: unit}, nil
}

// split takes a text that matches the syntax apart; decimals are the digits
// after the point.
func split(s string) (number, decimals, unit string) {
	number, unit, _ = strings.Cut(s, " ")
	_, decimals, _ = strings.Cut(number, ".")
	return number, decimals, unit
}
