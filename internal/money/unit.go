// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"regexp"
	"strings"
)

// Dimension is the kind of thing a Unit measures.
type Dimension string

const (
	// Currency is money in a currency of ISO 4217. Two currencies share the
	// dimension but never mix; see Unit.SameDimension.
	Currency Dimension = "Currency"
	// Data is an amount of data, in bytes in the ledger.
	Data Dimension = "Data"
	// Voice is a duration, in seconds in the ledger.
	Voice Dimension = "Voice"
	// Count is a whole number of things of one name: messages, events, or any
	// lower-case name an operator invents.
	Count Dimension = "Count"
	// Loyalty is a whole number of loyalty points.
	Loyalty Dimension = "Loyalty"
)

// Unit is a unit that amounts are written in. Units are comparable with ==;
// equal units have the same code. The zero Unit is no unit: make one with
// ParseUnit.
type Unit struct {
	code      string
	base      string
	dimension Dimension
	exponent  int32 // decimals of a currency, 0 for everything else
	scale     int64 // how many of the ledger's integers make one of this unit
}

// Code is the unit as people write it: "EUR", "GB", "min", "SMS", "points".
func (u Unit) Code() string { return u.code }

// Dimension is the kind of thing the unit measures.
func (u Unit) Dimension() Dimension { return u.dimension }

// BaseCode is the unit that the ledger keeps such amounts under: "B" for data,
// "s" for voice, and the unit's own code for money, counts and points.
// ParseUnit accepts it.
func (u Unit) BaseCode() string { return u.base }

// IsCurrency reports whether the unit is a currency of ISO 4217.
func (u Unit) IsCurrency() bool { return u.dimension == Currency }

// SameDimension reports whether amounts in u and v can be added: both data,
// both voice, the same currency, the same count, or both points. It is false
// for the zero Unit.
func (u Unit) SameDimension(v Unit) bool {
	return u.base != "" && u.base == v.base
}

// maxDecimals is how many decimals may be written in this unit. Data and voice
// have no limit of their own: what counts is that the base unit comes out whole.
func (u Unit) maxDecimals(p precision) int {
	switch u.dimension {
	case Currency:
		return int(u.exponent) + int(p)
	case Data, Voice:
		return syntaxDecimals
	default:
		return 0
	}
}

// units are the units that have a meaning of their own, by code; spellings
// finds the code of one written in other capitals.
var units, spellings = knownUnits()

func knownUnits() (byCode map[string]Unit, byLower map[string]string) {
	known := append(currencies(),
		Unit{code: "B", base: "B", dimension: Data, scale: 1},
		Unit{code: "kB", base: "B", dimension: Data, scale: 1e3},
		Unit{code: "MB", base: "B", dimension: Data, scale: 1e6},
		Unit{code: "GB", base: "B", dimension: Data, scale: 1e9},
		Unit{code: "TB", base: "B", dimension: Data, scale: 1e12},
		Unit{code: "KiB", base: "B", dimension: Data, scale: 1 << 10},
		Unit{code: "MiB", base: "B", dimension: Data, scale: 1 << 20},
		Unit{code: "GiB", base: "B", dimension: Data, scale: 1 << 30},
		Unit{code: "TiB", base: "B", dimension: Data, scale: 1 << 40},
		Unit{code: "s", base: "s", dimension: Voice, scale: 1},
		Unit{code: "min", base: "s", dimension: Voice, scale: 60},
		Unit{code: "h", base: "s", dimension: Voice, scale: 3600},
		count("SMS"), count("MMS"), count("message"), count("event"),
		Unit{code: "points", base: "points", dimension: Loyalty, scale: 1},
	)
	byCode = make(map[string]Unit, len(known))
	byLower = make(map[string]string, len(known))
	for _, u := range known {
		byCode[u.code] = u
		byLower[strings.ToLower(u.code)] = u.code
	}
	return byCode, byLower
}

func count(name string) Unit {
	return Unit{code: name, base: name, dimension: Count, scale: 1}
}

var (
	countName     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)
	currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ParseUnit reads a unit: an active currency code of ISO 4217, a unit of data
// (B kB MB GB TB KiB MiB GiB TiB), of voice (s min h), SMS, MMS, message,
// event, points, or any other lower-case name of up to 16 letters, digits and
// hyphens, which is a count of its own kind.
//
// Refused, with an *Error that is ErrUnit: three capitals that are no currency,
// a known unit in other capitals, and every other name.
func ParseUnit(s string) (Unit, error) {
	u, ok := lookUp(s)
	if !ok {
		problem, spelling := unitProblem(s)
		return Unit{}, &Error{kind: ErrUnit, value: s, problem: problem, remedy: writeUnit(spelling)}
	}
	return u, nil
}

func lookUp(name string) (Unit, bool) {
	if u, ok := units[name]; ok {
		return u, true
	}
	if _, misspelt := spellings[strings.ToLower(name)]; misspelt || !countName.MatchString(name) {
		return Unit{}, false
	}
	return count(name), true
}

// unitProblem says why lookUp did not take name, and how name is spelt if it
// is a known unit in other capitals.
func unitProblem(name string) (problem, spelling string) {
	if right, ok := spellings[strings.ToLower(name)]; ok {
		return "differs from " + right + " in capitals only", right
	}
	if currencyShape.MatchString(name) {
		return "looks like a currency and is none that ISO 4217 lists as active", ""
	}
	if name == "" {
		return "is empty", ""
	}
	return "is no known unit; a count of its own kind is named with at most 16 lower-case letters, digits and hyphens", ""
}

func writeUnit(spelling string) string {
	if spelling == "" {
		return "write for example EUR"
	}
	return "write " + spelling
}
