// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// What can be wrong with an amount or a unit, for errors.Is.
var (
	// ErrSyntax means that the text is no amount at all.
	ErrSyntax = errors.New("not an amount")
	// ErrUnit means that the unit is unknown or misspelt.
	ErrUnit = errors.New("unknown unit")
	// ErrPrecision means that the amount is finer than its unit allows.
	ErrPrecision = errors.New("too many decimals")
	// ErrOverflow means that an amount or a sum is beyond MaxBase.
	ErrOverflow = errors.New("amount out of range")
)

// Error says what is wrong with a text that was to be an amount or a unit, in
// one line of bounded length: the text, quoted; the problem; what to write
// instead. It names no field, so the caller can put its path in front.
type Error struct {
	kind    error
	value   string
	problem string
	remedy  string
}

// Error returns the sentence, for example
//
//	"10.505 EUR" has 3 decimals; EUR has 2: write 10.50 EUR or 10.51 EUR
func (e *Error) Error() string {
	return quote(e.value) + " " + e.problem + ": " + e.remedy
}

// Unwrap returns the one of ErrSyntax, ErrUnit, ErrPrecision and ErrOverflow
// that applies.
func (e *Error) Unwrap() error { return e.kind }

// quotedBytes bounds how much of a refused text an error repeats; every
// well-formed amount fits.
const quotedBytes = 64

// quote makes text from outside safe to log and to show: control characters
// and invisible ones are escaped, and length is bounded.
func quote(s string) string {
	if len(s) <= quotedBytes {
		return strconv.Quote(s)
	}
	end := quotedBytes
	for end > quotedBytes-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "…"
}
