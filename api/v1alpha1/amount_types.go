// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Amount is a quantity with its unit: a decimal number, one space, and the unit, as in "25.00 EUR", "10 GB",
// "300 min" or "1200 points". It has at most 15 digits before the point and 12 after it, no sign and no exponent.
// Money takes an ISO 4217 code and at most that currency's own decimals; what has more is refused, never rounded.
// The schema checks the syntax; whether the unit exists and the decimals fit it is checked by the controller.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=45
// +kubebuilder:validation:Pattern=`^(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})? [A-Za-z][A-Za-z0-9-]{0,15}$`
// +kubebuilder:validation:XValidation:rule="self.matches('^[0-9.]+ [A-Za-z][A-Za-z0-9-]*$')",message="must be a decimal number without sign or exponent, one space and a unit, as in 25.00 EUR"
type Amount string

// SignedAmount is an Amount that the ledger reports. It may be below zero, where a credit limit is in use, and it may
// have more digits than a person may write: money up to four decimals beyond the currency's own.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=50
// +kubebuilder:validation:Pattern=`^-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,12})? [A-Za-z][A-Za-z0-9-]{0,15}$`
type SignedAmount string
