// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// The names in metadata that this API gives a meaning to.
const (
	// Finalizer is on an account, a bucket or an open reservation while the ledger has something to do when the object
	// is deleted. True one-shot kinds never have it: there is nothing to undo.
	Finalizer = "prepay.dev/ledger"

	// RequestedAtAnnotation on any object asks for a reconcile now, when its value changes.
	RequestedAtAnnotation = "prepay.dev/requested-at"

	// LedgerAnnotation on a Namespace that was deleted and made anew says what becomes of the balances that the ledger
	// kept under its name: LedgerAdopt or LedgerFresh. Until it is set, everything in the namespace waits with
	// AdoptionRequired.
	LedgerAnnotation = "prepay.dev/ledger"

	// LedgerAdopt binds the namespace to the tenant that had its name: the same accounts, balances and used names.
	LedgerAdopt = "adopt"

	// LedgerFresh binds the namespace to a new tenant: no balances, and every name may be used again.
	LedgerFresh = "fresh"
)
