// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// against is how an object stands whose command the ledger refused or did not
// take. Figures are shown in unit, the one the person wrote, where it fits.
func against(code ledger.Code, figures ledger.Figures, unit money.Unit) standing {
	if code.Waits() {
		return pending(code)
	}
	return ended(code, figures, unit)
}

// pending is for codes after which the same command may be taken later. Where
// the object is ready and the ledger does not know it, as after another ledger
// was accepted, no watch will tell when it does.
func pending(code ledger.Code) standing {
	switch code {
	case ledger.AccountUnknown:
		return waiting(v1alpha1.ReasonAccountNotReady, "The ledger does not have the account yet").within(soon)
	case ledger.BucketUnknown:
		return waiting(v1alpha1.ReasonBucketNotReady, "The ledger does not have the bucket yet").within(soon)
	case ledger.BucketRetained:
		return waiting(v1alpha1.ReasonBucketRetained,
			"A bucket of this operation has no object at present, so nothing moves in or out of it; apply the Bucket again")
	case ledger.AdoptionRequired:
		return waiting(v1alpha1.ReasonAdoptionRequired,
			"The namespace was deleted and made anew; annotate it with %s", v1alpha1.LedgerAnnotation)
	case ledger.ScopeHeld:
		return scopeHeld()
	case ledger.BalanceNotZero:
		return waiting(v1alpha1.ReasonDeletionBlocked, "There is still a balance")
	default:
		return waiting(v1alpha1.ReasonReconciling, "The settings in the ledger changed meanwhile").within(soon)
	}
}

func scopeHeld() standing {
	return waiting(v1alpha1.ReasonScopeHeld,
		"Another cluster, or a manager with another lease, holds the ledger; stop it, or start this one with --take-over").within(calmly)
}

// ended is for refusals, and for what was not taken and never will be as it is.
func ended(code ledger.Code, figures ledger.Figures, unit money.Unit) standing {
	needed, available := show(figures.Needed, figures.Unit, unit), show(figures.Available, figures.Unit, unit)
	switch code {
	case ledger.InsufficientFunds:
		return stalled(v1alpha1.ReasonInsufficientFunds, "%s needed, %s available", needed, available)
	case ledger.NotTransferable:
		return stalled(v1alpha1.ReasonNotTransferable,
			"%s needed, %s transferable: only what was paid for can be transferred", needed, available)
	case ledger.BalanceCeiling:
		return stalled(v1alpha1.ReasonBalanceCeiling,
			"The account would hold %s, its maximumBalance is %s", needed, available)
	case ledger.AccountSuspended:
		return stalled(v1alpha1.ReasonAccountSuspended,
			"An account of this operation is suspended; once it is Active, ask again under a new name")
	case ledger.AccountClosed:
		return stalled(v1alpha1.ReasonAccountClosed, "An account of this operation is closed, for good; use another account")
	case ledger.DuplicatePayment:
		return stalled(v1alpha1.ReasonDuplicatePayment,
			"spec.payment.reference was used up by transaction %s; one receipt pays for one top-up", figures.Other)
	case ledger.TooManyLots:
		return stalled(v1alpha1.ReasonTooManyLots, "The bucket holds %d separate grants and takes no further one", figures.Available)
	case ledger.IdempotencyConflict:
		return stalled(v1alpha1.ReasonIdempotencyConflict,
			"The name was used before for an operation with other content, transaction %s; use a new name or a new spec.idempotencyKey",
			figures.Other)
	case ledger.UnitMismatch:
		return stalled(v1alpha1.ReasonUnitMismatch, "spec asks for %s, and the ledger keeps %s there; use a unit that converts to it",
			unit.Code(), figures.Unit)
	case ledger.WrongAccount:
		return stalled(v1alpha1.ReasonBucketOfOtherAccount,
			"bucketRef names a bucket of another account than accountRef; name one of the account's own")
	case ledger.SameBucket:
		return stalled(v1alpha1.ReasonSameSourceAndDestination, "source and destination are one bucket; name two")
	case ledger.AmountOverflow:
		return stalled(v1alpha1.ReasonAmountOverflow, "The balance would become larger than the ledger can hold")
	case ledger.AccountConflict:
		return stalled(v1alpha1.ReasonAccountConflict,
			"The ledger has this account in %s; ask for that currency, or use another name", figures.Unit)
	case ledger.BucketConflict:
		return stalled(v1alpha1.ReasonBucketConflict,
			"The ledger has this bucket with another account, unit, usage type or class; use another name")
	default:
		return stalled(v1alpha1.ReasonMalformed, "The ledger could not store this operation; nothing moved")
	}
}

// show writes an amount of a base unit in the unit that a person used, if that
// is of its dimension.
func show(base int64, baseUnit string, unit money.Unit) string {
	if baseUnit != unit.BaseCode() {
		// What the ledger keeps has a unit that parses; the zero unit shows the
		// bare number.
		unit, _ = money.ParseUnit(baseUnit)
	}
	return money.Format(base, unit)
}
