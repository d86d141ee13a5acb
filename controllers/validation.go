// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"unicode"
	"unicode/utf8"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// The checks here are the whole validation of a spec, whatever admission did: a
// client may have turned validation off, or the CRD may be another version's.
// Each returns nil or a standing that names the field, the value unless it may
// be personal, and the way out.

const (
	maxName      = 63
	maxKey       = 253
	maxRequestor = 512
)

func invalid(field, format string, args ...any) standing {
	return stalled(v1alpha1.ReasonInvalidSpec, field+": "+format, args...)
}

// firstOf returns the first error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkAmount reads an amount that is greater than zero.
func checkAmount(field string, value v1alpha1.Amount) (money.Amount, error) {
	return checkParsed(field, value, money.Parse)
}

// checkRatedAmount reads what usage may come to: money may be finer than its coins.
func checkRatedAmount(field string, value v1alpha1.Amount) (money.Amount, error) {
	return checkParsed(field, value, money.ParseRated)
}

func checkParsed(field string, value v1alpha1.Amount, parse func(string) (money.Amount, error)) (money.Amount, error) {
	amount, err := parse(string(value))
	if err != nil {
		return money.Amount{}, invalid(field, "%s", err)
	}
	if amount.Base() == 0 {
		return money.Amount{}, invalid(field, "%q is nothing: write an amount greater than zero", string(value))
	}
	return amount, nil
}

// checkObjectName checks the name of an account or a bucket, which is part of
// other objects' references.
func checkObjectName(name string) error {
	if len(name) > maxName {
		return invalid("metadata.name", "has %d characters; at most %d: create it under a shorter name", len(name), maxName)
	}
	return nil
}

// checkReference checks a reference to an account or a bucket.
func checkReference(field, name, namespace string) error {
	switch {
	case namespace != "":
		return invalid(field+".namespace", "%q: a reference never leaves its namespace: remove namespace", clip(namespace))
	case name == "":
		return invalid(field+".name", "is empty: write a name")
	case len(name) > maxName || !isName(name):
		return invalid(field+".name",
			"%q is no name: write at most %d lower-case letters, digits, hyphens and points", clip(name), maxName)
	}
	return nil
}

// checkText checks words that people write. They may be personal, so that the
// message does not repeat them.
func checkText(field, value string, longest int) error {
	switch {
	case !utf8.ValidString(value):
		return invalid(field, "is not UTF-8: write it again")
	case hasControls(value):
		return invalid(field, "has a control character: remove it")
	case len(value) > longest && utf8.RuneCountInString(value) > longest:
		return invalid(field, "is longer than %d characters: shorten it", longest)
	}
	return nil
}

// checkKey checks an idempotency key, if there is one.
func checkKey(value string) error { return checkKeyAt("spec.idempotencyKey", value) }

func checkKeyAt(field, value string) error {
	for i := range len(value) {
		if value[i] < '!' || value[i] > '~' {
			return invalid(field, "%q has a blank or a character beyond ASCII: use '!' to '~'", clip(value))
		}
	}
	if len(value) > maxKey {
		return invalid(field, "has %d characters: use at most %d", len(value), maxKey)
	}
	return nil
}

// checkTTL checks for how many seconds an object is kept, if it says.
func checkTTL(seconds *int32) error {
	if seconds != nil && *seconds < 0 {
		return invalid("spec.ttlSecondsAfterFinished", "%d is negative: write 0 or more, or leave it out", *seconds)
	}
	return nil
}

func hasControls(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

func isName(s string) bool {
	for i := range len(s) {
		alphanumeric := s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9'
		inner := i > 0 && i < len(s)-1 && (s[i] == '-' || s[i] == '.')
		if !alphanumeric && !inner {
			return false
		}
	}
	return s != ""
}

// clip bounds how much of a refused value a message repeats.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
