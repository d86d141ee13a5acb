// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// shownDecimals is how many decimals status shows of data and voice before it
// turns to the base unit.
const shownDecimals = 3

// Format writes base integers of u's base scale in u. Every int64 is written
// exactly, negative ones with a leading "-".
//
// Money has its currency's decimals and up to four more where they are not
// zero ("25.00 EUR", "1500 JPY", "0.123456 EUR"). Everything else is written
// in u where three decimals are enough ("9.5 GB"), otherwise in the base unit
// ("1234567891 B"). Only where the base unit would need more digits than an
// amount may be written with does u get up to twelve decimals, so that what
// was parsed can always be parsed again.
func Format(base int64, u Unit) string {
	switch {
	case u == Unit{}:
		return strconv.FormatInt(base, 10)
	case u.IsCurrency():
		return formatMoney(base, u) + " " + u.code
	}
	if s, ok := quotient(base, u, shownDecimals); ok {
		return s + " " + u.code
	}
	if digits := decimal.NewFromInt(base).NumDigits(); digits > syntaxDigits {
		if s, ok := quotient(base, u, syntaxDecimals); ok {
			return s + " " + u.code
		}
	}
	return strconv.FormatInt(base, 10) + " " + u.base
}

func formatMoney(base int64, u Unit) string {
	value := decimal.New(base, -(u.exponent + ratedDecimals))
	places := u.exponent
	for !value.Equal(value.Truncate(places)) {
		places++
	}
	return value.StringFixed(places)
}

// quotient is base in u, if that takes at most places decimals.
func quotient(base int64, u Unit, places int32) (string, bool) {
	q, rest := decimal.NewFromInt(base).QuoRem(decimal.NewFromInt(u.scale), places)
	return q.String(), rest.IsZero()
}
