// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "slices"

// Reasons of states that pass by themselves, or when something else is put right: Ready is False and Reconciling is
// True. The operation has not been decided, and nothing is recorded for it.
const (
	// ReasonReconciling: the manager has seen the object, and the ledger does not have it yet.
	ReasonReconciling = "Reconciling"
	// ReasonAccountNotFound: there is no PrepayAccount of the name that accountRef gives.
	ReasonAccountNotFound = "AccountNotFound"
	// ReasonAccountNotReady: the account exists, and the ledger does not have its latest settings yet.
	ReasonAccountNotReady = "AccountNotReady"
	// ReasonBucketNotFound: there is no Bucket of the name that bucketRef gives.
	ReasonBucketNotFound = "BucketNotFound"
	// ReasonBucketNotReady: the bucket exists, and the ledger does not have its latest settings yet.
	ReasonBucketNotReady = "BucketNotReady"
	// ReasonBucketRetained: a bucket of the operation has no object at present, so nothing moves in or out of it.
	ReasonBucketRetained = "BucketRetained"
	// ReasonBucketNotStarted: the bucket that is named may not be used before its start.
	ReasonBucketNotStarted = "BucketNotStarted"
	// ReasonOriginalNotFound: a Reversal's of names an operation that the ledger does not have.
	ReasonOriginalNotFound = "OriginalNotFound"
	// ReasonNamespaceTerminating: the namespace is being deleted, and nothing new is begun in it.
	ReasonNamespaceTerminating = "NamespaceTerminating"
	// ReasonAdoptionRequired: the namespace was deleted and made anew; annotate it with prepay.dev/ledger.
	ReasonAdoptionRequired = "AdoptionRequired"
	// ReasonLedgerUnavailable: the ledger does not answer.
	ReasonLedgerUnavailable = "LedgerUnavailable"
	// ReasonLedgerMismatch: the ledger is another one, or older, than the one recorded; nothing is written to it.
	ReasonLedgerMismatch = "LedgerMismatch"
	// ReasonScopeHeld: another cluster, or another lease of this one, holds the ledger.
	ReasonScopeHeld = "ScopeHeld"
	// ReasonDeletionBlocked: the object is being deleted with the policy Close, and there is still a balance on it.
	ReasonDeletionBlocked = "DeletionBlocked"
)

// Reasons that an object cannot get out of unless a person changes it: Ready is False and Stalled is True. For a
// one-shot they are the end. ReasonExpired, below, is one of them too, for a charge that was asked for too late.
const (
	// ReasonInvalidSpec: spec asks for what cannot be, such as more decimals than a currency has.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonMalformed: the ledger could not store this operation; it was set aside alone, and is not recorded.
	ReasonMalformed = "Malformed"
	// ReasonInsufficientFunds: the bucket holds less than the amount, the credit limit included, or the caps of shared
	// buckets leave less.
	ReasonInsufficientFunds = "InsufficientFunds"
	// ReasonBalanceCeiling: the amount would take the account past its maximumBalance.
	ReasonBalanceCeiling = "BalanceCeiling"
	// ReasonAccountSuspended: an account of the operation is Suspended.
	ReasonAccountSuspended = "AccountSuspended"
	// ReasonAccountRechargeOnly: an account of the operation is RechargeOnly, and may not spend.
	ReasonAccountRechargeOnly = "AccountRechargeOnly"
	// ReasonAccountClosed: an account of the operation is Closed.
	ReasonAccountClosed = "AccountClosed"
	// ReasonBucketSuspended: a bucket of the operation is Suspended.
	ReasonBucketSuspended = "BucketSuspended"
	// ReasonBucketExpired: the bucket that is named has ended.
	ReasonBucketExpired = "BucketExpired"
	// ReasonValidityOver: what would be added, or the bucket with its new end, would have ended already.
	ReasonValidityOver = "ValidityOver"
	// ReasonProductMismatch: the bucket that is named is for other products than the one that is charged for.
	ReasonProductMismatch = "ProductMismatch"
	// ReasonShareExceeded: the bucket that is named is shared with the account and holds enough, and the account's cap
	// leaves less than the amount.
	ReasonShareExceeded = "ShareExceeded"
	// ReasonTooManyLots: the bucket holds as many separate grants as it may.
	ReasonTooManyLots = "TooManyLots"
	// ReasonTooManyHolds: the account has as many open reservations as it may.
	ReasonTooManyHolds = "TooManyHolds"
	// ReasonAmountOverflow: a balance would become larger than the ledger can hold.
	ReasonAmountOverflow = "AmountOverflow"
	// ReasonBucketOfOtherAccount: bucketRef names a bucket of another account than accountRef, and it is not shared with
	// that one, or not for such an operation.
	ReasonBucketOfOtherAccount = "BucketOfOtherAccount"
	// ReasonUnitMismatch: the amount's unit does not fit the bucket's.
	ReasonUnitMismatch = "UnitMismatch"
	// ReasonNotTransferable: the bucket holds enough, but too little of it was paid for, and only that may be
	// transferred.
	ReasonNotTransferable = "NotTransferable"
	// ReasonSameSourceAndDestination: a transfer's two ends are one bucket.
	ReasonSameSourceAndDestination = "SameSourceAndDestination"
	// ReasonNotReversible: a Reversal's of names what cannot be undone, such as another reversal, or a reservation that
	// charged nothing.
	ReasonNotReversible = "NotReversible"
	// ReasonAlreadyReversed: a Reversal's of names what has been undone before.
	ReasonAlreadyReversed = "AlreadyReversed"
	// ReasonAmountExceedsHold: a reservation asks to charge more than it holds; nothing is charged until chargeAmount
	// is corrected.
	ReasonAmountExceedsHold = "AmountExceedsHold"
	// ReasonReservationClosed: what a reservation asks for came after it was charged or released.
	ReasonReservationClosed = "ReservationClosed"
	// ReasonDuplicatePayment: the payment's reference has been used up by another top-up.
	ReasonDuplicatePayment = "DuplicatePayment"
	// ReasonIdempotencyConflict: the operation's name is taken by another with other content.
	ReasonIdempotencyConflict = "IdempotencyConflict"
	// ReasonAccountConflict: the ledger has an account of this name that spec contradicts, in another currency or
	// already closed.
	ReasonAccountConflict = "AccountConflict"
	// ReasonBucketConflict: the ledger has a bucket of this name that spec contradicts, of another account or unit.
	ReasonBucketConflict = "BucketConflict"
)

// Reasons of objects that are as spec asks: Ready is True.
const (
	// ReasonCompleted: the one-shot's amount has moved.
	ReasonCompleted = "Completed"
	// ReasonActive: the account or bucket can be used.
	ReasonActive = "Active"
	// ReasonDepleted: the bucket is empty.
	ReasonDepleted = "Depleted"
	// ReasonNotStarted: nothing in the bucket can be used yet, or it waits for its first use.
	ReasonNotStarted = "NotStarted"
	// ReasonRechargeOnly: the account is RechargeOnly as spec asks, or the bucket's account is.
	ReasonRechargeOnly = "RechargeOnly"
	// ReasonSuspended: the account or bucket is Suspended as spec asks, or the bucket's account is.
	ReasonSuspended = "Suspended"
	// ReasonClosed: the account is Closed as spec asks, or the bucket's account is.
	ReasonClosed = "Closed"
	// ReasonReserved: the reservation's amount is held.
	ReasonReserved = "Reserved"
	// ReasonAccepted: the reservation's amount is held and accepted.
	ReasonAccepted = "Accepted"
	// ReasonCharged: the reservation is closed, and what it asked for is charged.
	ReasonCharged = "Charged"
	// ReasonReleased: the reservation is closed, and all that it held has gone back.
	ReasonReleased = "Released"
	// ReasonExpired: the reservation was closed by its end, or the bucket has ended and nothing in it can be used. Ready
	// is True, but False beside Stalled if a reservation's spec asks for what came too late.
	ReasonExpired = "Expired"
	// ReasonServing: the ledger is the recorded one, and is being written to.
	ReasonServing = "Serving"
)

var (
	waitingReasons = []string{
		ReasonReconciling, ReasonAccountNotFound, ReasonAccountNotReady, ReasonBucketNotFound, ReasonBucketNotReady,
		ReasonBucketRetained, ReasonBucketNotStarted, ReasonOriginalNotFound, ReasonNamespaceTerminating, ReasonAdoptionRequired,
		ReasonLedgerUnavailable, ReasonLedgerMismatch, ReasonScopeHeld, ReasonDeletionBlocked,
	}
	stalledReasons = []string{
		ReasonInvalidSpec, ReasonMalformed, ReasonInsufficientFunds, ReasonBalanceCeiling, ReasonAccountSuspended,
		ReasonAccountRechargeOnly, ReasonAccountClosed, ReasonBucketSuspended, ReasonBucketExpired, ReasonValidityOver,
		ReasonProductMismatch, ReasonShareExceeded, ReasonTooManyLots, ReasonTooManyHolds,
		ReasonAmountOverflow, ReasonBucketOfOtherAccount, ReasonUnitMismatch, ReasonNotTransferable,
		ReasonSameSourceAndDestination, ReasonNotReversible, ReasonAlreadyReversed, ReasonAmountExceedsHold,
		ReasonReservationClosed, ReasonDuplicatePayment, ReasonIdempotencyConflict, ReasonAccountConflict,
		ReasonBucketConflict, ReasonExpired,
	}
	readyReasons = []string{
		ReasonCompleted, ReasonActive, ReasonDepleted, ReasonNotStarted, ReasonRechargeOnly, ReasonSuspended, ReasonClosed,
		ReasonReserved, ReasonAccepted, ReasonCharged, ReasonReleased, ReasonExpired, ReasonServing,
	}
)

// WaitingReasons returns every reason that goes with Ready=False and Reconciling=True.
func WaitingReasons() []string { return slices.Clone(waitingReasons) }

// StalledReasons returns every reason that goes with Ready=False and Stalled=True.
func StalledReasons() []string { return slices.Clone(stalledReasons) }

// ReadyReasons returns every reason that goes with Ready=True.
func ReadyReasons() []string { return slices.Clone(readyReasons) }
