// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// against is how an object stands whose command the ledger refused or did not
// take. Figures are shown in unit, the one the person wrote, where it fits.
func against(code ledger.Code, figures ledger.Figures, unit money.Unit) standing {
	if code.Waits() {
		return pending(code, figures)
	}
	return ended(code, figures, unit)
}

// pending is for codes after which the same command may be taken later. Where
// the object is ready and the ledger does not know it, as after another ledger
// was accepted, no watch will tell when it does.
func pending(code ledger.Code, figures ledger.Figures) standing {
	switch code {
	case ledger.AccountUnknown:
		return waiting(v1alpha1.ReasonAccountNotReady, "The ledger does not have the account yet").within(soon)
	case ledger.BucketUnknown:
		return waiting(v1alpha1.ReasonBucketNotReady, "The ledger does not have the bucket yet").within(soon)
	case ledger.BucketRetained:
		return waiting(v1alpha1.ReasonBucketRetained,
			"A bucket of this operation has no object at present, so nothing moves in or out of it; apply the Bucket again")
	case ledger.BucketNotStarted:
		return notStarted(figures.Needed)
	case ledger.AdoptionRequired:
		return waiting(v1alpha1.ReasonAdoptionRequired,
			"The namespace was deleted and made anew; annotate it with %s", v1alpha1.LedgerAnnotation)
	case ledger.ScopeHeld:
		return scopeHeld()
	case ledger.HoldUnknown:
		return waiting(v1alpha1.ReasonReconciling, "The ledger does not have the reservation yet").within(soon)
	case ledger.NotDue:
		return waiting(v1alpha1.ReasonReconciling, "It has not come to that by the ledger's clock").within(soon)
	case ledger.HoldNotDue:
		return waiting(v1alpha1.ReasonReconciling, "The reservation has not come to its end by the ledger's clock").within(soon)
	case ledger.OriginalUnknown:
		return waiting(v1alpha1.ReasonOriginalNotFound, "The ledger has no accepted operation of the kind and name in spec.of; "+
			"once it has, this goes on by itself").within(calmly)
	case ledger.BalanceNotZero:
		return waiting(v1alpha1.ReasonDeletionBlocked, "There is still a balance")
	default:
		return waiting(v1alpha1.ReasonReconciling, "The settings in the ledger changed meanwhile").within(soon)
	}
}

// notStarted is for a bucket that starts in so many seconds; 0 is with its first use,
// which changes the bucket's object and so wakes what waits for it.
func notStarted(seconds int64) standing {
	is := waiting(v1alpha1.ReasonBucketNotStarted, "bucketRef names a bucket that may not be used before its start; "+
		"once it has started, this goes on by itself")
	if 0 < seconds && seconds < int64(slowly/time.Second) {
		is.again = time.Duration(seconds) * time.Second
	}
	return is
}

func scopeHeld() standing {
	return waiting(v1alpha1.ReasonScopeHeld,
		"Another cluster, or a manager with another lease, holds the ledger; stop it, or start this one with --take-over").within(calmly)
}

// ended is for refusals, and for what was not taken and never will be as it is.
func ended(code ledger.Code, figures ledger.Figures, unit money.Unit) standing {
	for _, about := range []func(ledger.Code, ledger.Figures, money.Unit) (standing, bool){
		endedByFigures, endedByState, endedByTerms, endedAboutHold,
	} {
		if is, ok := about(code, figures, unit); ok {
			return is
		}
	}
	switch code {
	case ledger.DuplicatePayment:
		return stalled(v1alpha1.ReasonDuplicatePayment,
			"spec.payment.reference was used up by transaction %s; one receipt pays for one top-up", figures.Other)
	case ledger.AlreadyReversed:
		return stalled(v1alpha1.ReasonAlreadyReversed,
			"spec.of was undone before by transaction %s; an operation is undone at most once", figures.Other)
	case ledger.NotReversible:
		return stalled(v1alpha1.ReasonNotReversible, "spec.of names what cannot be undone: a reversal, "+
			"or a reservation that charged nothing; make the correction with a %s or a %s",
			v1alpha1.AdjustmentGeneralCredit, v1alpha1.AdjustmentGeneralDebit)
	case ledger.IdempotencyConflict:
		return stalled(v1alpha1.ReasonIdempotencyConflict,
			"The name was used before for an operation with other content, transaction %s; use a new name or a new spec.idempotencyKey",
			figures.Other)
	case ledger.UnitMismatch:
		return stalled(v1alpha1.ReasonUnitMismatch, "spec asks for %s, and the ledger keeps %s there; use a unit that converts to it",
			unit.Code(), figures.Unit)
	case ledger.WrongAccount:
		return stalled(v1alpha1.ReasonBucketOfOtherAccount,
			"bucketRef names a bucket of another account than accountRef, and it is not shared with that one for this; "+
				"name one of the account's own")
	case ledger.SameBucket:
		return stalled(v1alpha1.ReasonSameSourceAndDestination, "source and destination are one bucket; name two")
	case ledger.AccountConflict:
		return stalled(v1alpha1.ReasonAccountConflict,
			"The ledger has this account in %s; ask for that currency, or use another name", figures.Unit)
	case ledger.BucketConflict:
		return stalled(v1alpha1.ReasonBucketConflict,
			"The ledger has this bucket with another account, unit, usageType, class, validFor or cycle; use another name")
	default:
		return stalled(v1alpha1.ReasonMalformed, "The ledger could not store this operation; nothing moved")
	}
}

// endedByFigures is for what is too much, or too little.
func endedByFigures(code ledger.Code, figures ledger.Figures, unit money.Unit) (standing, bool) {
	needed, available := show(figures.Needed, figures.Unit, unit), show(figures.Available, figures.Unit, unit)
	switch code {
	case ledger.InsufficientFunds:
		return stalled(v1alpha1.ReasonInsufficientFunds, "%s needed, %s available", needed, available), true
	case ledger.NotTransferable:
		return stalled(v1alpha1.ReasonNotTransferable,
			"%s needed, %s transferable: only what was paid for can be transferred", needed, available), true
	case ledger.ShareExceeded:
		return stalled(v1alpha1.ReasonShareExceeded, "%s needed, the account may use %s more of the bucket by its cap there in spec.sharedWith; "+
			"once that is raised, or a new cycle has begun if the bucket has cycles, ask again under a new name", needed, available), true
	case ledger.BalanceCeiling:
		return stalled(v1alpha1.ReasonBalanceCeiling,
			"The account would hold %s, its maximumBalance is %s", needed, available), true
	case ledger.TooManyLots:
		return stalled(v1alpha1.ReasonTooManyLots, "The bucket holds %d parts with ends or classes of their own, and takes no further one; once one has ended, ask again under a new name",
			figures.Available), true
	case ledger.AmountOverflow:
		return stalled(v1alpha1.ReasonAmountOverflow, "The balance would become larger than the ledger can hold"), true
	default:
		return standing{}, false
	}
}

// endedByState is for refusals by the state of an account or a bucket.
func endedByState(code ledger.Code, _ ledger.Figures, _ money.Unit) (standing, bool) {
	switch code {
	case ledger.AccountSuspended:
		return stalled(v1alpha1.ReasonAccountSuspended,
			"An account of this operation is suspended; once it is Active, ask again under a new name"), true
	case ledger.AccountRechargeOnly:
		return stalled(v1alpha1.ReasonAccountRechargeOnly,
			"An account of this operation is RechargeOnly: it may receive and not spend; once it is Active, ask again under a new name"), true
	case ledger.AccountClosed:
		return stalled(v1alpha1.ReasonAccountClosed, "An account of this operation is closed, for good; use another account"), true
	case ledger.BucketSuspended:
		return stalled(v1alpha1.ReasonBucketSuspended,
			"A bucket of this operation is suspended; once it is Active, ask again under a new name"), true
	default:
		return standing{}, false
	}
}

// endedByTerms is for refusals by what a bucket is for, and until when.
func endedByTerms(code ledger.Code, _ ledger.Figures, _ money.Unit) (standing, bool) {
	switch code {
	case ledger.BucketExpired:
		return stalled(v1alpha1.ReasonBucketExpired, "A bucket of this operation has ended, as its status.validFor says; "+
			"a TopUp with a validityExtension opens it again, then ask again under a new name"), true
	case ledger.ValidityOver:
		return stalled(v1alpha1.ReasonValidityOver, "The end would be past already, or before the start; "+
			"ask for a later one under a new name"), true
	case ledger.ProductMismatch:
		return stalled(v1alpha1.ReasonProductMismatch, "bucketRef names a bucket that only charges and reservations "+
			"for one of its spec.products may use; name that as spec.product, or another bucket, under a new name"), true
	default:
		return standing{}, false
	}
}

// endedAboutHold is for what a reservation may not ask of its hold.
func endedAboutHold(code ledger.Code, figures ledger.Figures, unit money.Unit) (standing, bool) {
	switch code {
	case ledger.TooManyHolds:
		return stalled(v1alpha1.ReasonTooManyHolds,
			"The account has %d open reservations and takes no further one; charge or release some, then ask again under a new name",
			figures.Available), true
	case ledger.HoldClosed:
		return stalled(v1alpha1.ReasonReservationClosed,
			"The reservation was charged, released or at its end before; ask for more with a new one"), true
	case ledger.AmountExceedsHold:
		return stalled(v1alpha1.ReasonAmountExceedsHold, "%s to charge, %s held; lower spec.chargeAmount, and this goes on",
			show(figures.Needed, figures.Unit, unit), show(figures.Available, figures.Unit, unit)), true
	case ledger.HoldNotLower:
		return invalid("spec.amount", "the ledger holds more, or for longer, than spec asks for; "+
			"raise spec.amount and spec.expiresAt to that, or release this reservation"), true
	case ledger.EndOutOfRange:
		return invalid("spec.expiresAt", "is past, or more than %d days away; write an instant between", maxHoldDays), true
	default:
		return standing{}, false
	}
}

// maxHoldDays is [ledger.MaxHold] in days.
const maxHoldDays = int(ledger.MaxHold / (24 * time.Hour))

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
