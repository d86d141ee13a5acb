// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package money

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// syntaxLength is the length of the longest amount that the syntax allows.
const syntaxLength = syntaxDigits + len(".") + syntaxDecimals + len(" ") + 16

// explain turns the kind of error that read found in s into what a person
// needs: what is wrong, and what to write. Every amount it proposes is one
// that read takes.
func explain(s string, p precision, kind error) *Error {
	e := &Error{kind: kind, value: s}
	if errors.Is(kind, ErrSyntax) {
		var candidates []string
		e.problem, candidates = syntaxProblem(s)
		e.remedy = write(p, candidates...)
		return e
	}
	number, decimals, name := split(s)
	if errors.Is(kind, ErrUnit) {
		problem, spelling := unitProblem(name)
		e.problem = fmt.Sprintf("has the unit %q, which %s", name, problem)
		e.remedy = write(p, number+" "+spelling)
		return e
	}

	unit, _ := lookUp(name)
	value, scale := decimal.RequireFromString(number), decimal.NewFromInt(unit.scale)
	switch allowed := unit.maxDecimals(p); {
	case errors.Is(kind, ErrOverflow):
		most, _ := decimal.NewFromInt(MaxBase).QuoRem(scale, 0)
		e.problem = "is too large"
		e.remedy = "write at most " + most.String() + " " + name
	case len(decimals) > allowed:
		e.problem = fmt.Sprintf("has %s; %s has %s", plural(len(decimals)), name, countOrNone(allowed))
		e.remedy = write(p, neighbours(value, int32(allowed), name)...)
	default:
		e.problem = "is no whole number of " + map[Dimension]string{Data: "bytes", Voice: "seconds"}[unit.dimension]
		e.remedy = write(p, neighbours(value.Mul(scale), 0, unit.base)...)
	}
	return e
}

// neighbours are the amounts next to value that have the given decimals.
func neighbours(value decimal.Decimal, places int32, unit string) []string {
	return []string{
		value.RoundDown(places).StringFixed(places) + " " + unit,
		value.RoundUp(places).StringFixed(places) + " " + unit,
	}
}

// write proposes those candidates that would be taken, or else an example.
// Zero is not proposed: nobody who wrote something else meant nothing.
func write(p precision, candidates ...string) string {
	var good []string
	for _, c := range candidates {
		if a, err := read(c, p); err == nil && a.base != 0 && !slices.Contains(good, c) {
			good = append(good, c)
		}
	}
	if len(good) == 0 {
		return "write for example 5 EUR"
	}
	return "write " + strings.Join(good, " or ")
}

var (
	strange     = regexp.MustCompile(`[^ -~]`)
	plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	glued       = regexp.MustCompile(`^([0-9.]+)([A-Za-z].*)$`)
)

// syntaxProblem says why s does not match the syntax, and what might have been
// meant.
func syntaxProblem(s string) (problem string, candidates []string) {
	words := strings.Fields(s)
	switch {
	case s == "":
		return "is empty", nil
	case len(s) > syntaxLength:
		return fmt.Sprintf("is longer than the %d characters of an amount", syntaxLength), nil
	case strange.MatchString(s):
		return "has characters that no amount has", nil
	case len(words) == 0:
		return "is blank", nil
	case len(words) == 1:
		return oneWordProblem(words[0])
	case strings.Join(words, " ") != s || len(words) > 2:
		last := len(words) - 1
		return "has spaces other than the one between number and unit", []string{
			strings.Join(words, " "),
			strings.Join(words[:last], "") + " " + words[last],
		}
	}
	return numberProblem(words[0], words[1])
}

func oneWordProblem(word string) (problem string, candidates []string) {
	if _, err := decimal.NewFromString(word); err == nil {
		return "has no unit", nil
	}
	if m := glued.FindStringSubmatch(word); m != nil {
		return "has no space between number and unit", []string{m[1] + " " + m[2]}
	}
	return "is no number with a unit", nil
}

func numberProblem(number, unit string) (problem string, candidates []string) {
	with := func(numbers ...string) []string {
		for i := range numbers {
			numbers[i] += " " + unit
		}
		return numbers
	}
	switch {
	case strings.HasPrefix(number, "-"):
		return "must not be negative", with(number[1:])
	case strings.HasPrefix(number, "+"):
		return "must not have a sign", with(number[1:])
	case strings.Contains(number, ","):
		return "has a comma; decimals follow a point, and thousands are not set apart",
			with(strings.Replace(number, ",", ".", 1), strings.ReplaceAll(number, ",", ""))
	case strings.HasPrefix(number, "."):
		return "has no digit before the point", with("0" + number)
	case strings.HasSuffix(number, "."):
		return "has no digit after the point", with(strings.TrimSuffix(number, "."))
	}
	if !plainNumber.MatchString(number) {
		if value, err := decimal.NewFromString(number); err == nil {
			return "has an exponent", with(value.String())
		}
		return "does not begin with a plain decimal number", nil
	}

	whole, decimals, _ := strings.Cut(number, ".")
	switch {
	case len(whole) > 1 && whole[0] == '0':
		trimmed := strings.TrimLeft(whole[:len(whole)-1], "0") + number[len(whole)-1:]
		return "has leading zeros", with(trimmed)
	case len(whole) > syntaxDigits:
		return fmt.Sprintf("has %d digits before the point; an amount has at most %d", len(whole), syntaxDigits), nil
	case len(decimals) > syntaxDecimals:
		return fmt.Sprintf("has %s; an amount has at most %d", plural(len(decimals)), syntaxDecimals), nil
	}
	return fmt.Sprintf("has the unit %q, which is not a letter and at most 15 more letters, digits and hyphens", unit), nil
}

func plural(decimals int) string {
	if decimals == 1 {
		return "1 decimal"
	}
	return fmt.Sprintf("%d decimals", decimals)
}

func countOrNone(decimals int) string {
	if decimals == 0 {
		return "none"
	}
	return fmt.Sprint(decimals)
}
