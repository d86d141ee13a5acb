// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import "time"

// Status is how a command ended.
type Status uint8

const (
	// Accepted: it happened and is recorded under its key.
	Accepted Status = iota + 1
	// Refused: it was well formed and was decided against, on money or state.
	// Recorded under key and fingerprint.
	Refused
	// NotTaken: it could not be decided yet, or not at all. Never recorded.
	NotTaken
)

// Outcome is the ledger's answer to a command.
type Outcome struct {
	Status Status
	// Code says why a command was refused or not taken; "" when accepted.
	Code Code
	// Figures are the numbers behind Code.
	Figures Figures
	// Transaction is the recorded ID; zero when not taken.
	Transaction ID
	// CommittedAt is the instant of the batch that recorded the outcome.
	CommittedAt time.Time
	// Sequence is the number of that batch.
	Sequence int64
	// Impacts are the buckets that changed, in the order money moved; with
	// [IdempotencyConflict], those that the recorded operation changed.
	Impacts []Impact
	// Replayed is true when the outcome was recorded by an earlier request and
	// nothing moved now.
	Replayed bool
}

// Figures are the numbers behind a refusal, in base units of Unit.
type Figures struct {
	// Needed is what the operation asked for, or would have made.
	Needed int64 `cbor:"1,keyasint,omitempty"`
	// Available is what there was, or the bound that Needed passed.
	Available int64 `cbor:"2,keyasint,omitempty"`
	// Unit is the base unit of both.
	Unit string `cbor:"3,keyasint,omitempty"`
	// Other is the transaction that stands in the way, if one does.
	Other ID `cbor:"4,keyasint,omitzero"`
}

// Impact is what an operation did to one bucket.
type Impact struct {
	Account ID `cbor:"1,keyasint"`
	Bucket  ID `cbor:"2,keyasint"`
	// Before and After are what remained in the bucket, in base units.
	Before int64 `cbor:"3,keyasint,omitempty"`
	After  int64 `cbor:"4,keyasint,omitempty"`
}

// Code says why a command was refused or not taken. Codes are written to the
// log: a value keeps its meaning for ever.
type Code string

// Refusals: decided on money or state, recorded.
const (
	// InsufficientFunds: Needed is more than Available.
	InsufficientFunds Code = "InsufficientFunds"
	// NotTransferable: the bucket has enough, but of Needed only Available is
	// paid for, and only that may be transferred.
	NotTransferable Code = "NotTransferable"
	// AccountSuspended: the account may neither give nor receive.
	AccountSuspended Code = "AccountSuspended"
	// AccountRechargeOnly: the account may receive and not spend.
	AccountRechargeOnly Code = "AccountRechargeOnly"
	// BucketSuspended: the bucket may neither give nor receive.
	BucketSuspended Code = "BucketSuspended"
	// BucketExpired: the bucket has ended.
	BucketExpired Code = "BucketExpired"
	// ValidityOver: what would arrive, or the bucket with its new end, would have
	// ended already.
	ValidityOver Code = "ValidityOver"
	// ProductMismatch: the bucket is for other products than the one that is charged
	// for.
	ProductMismatch Code = "ProductMismatch"
	// ShareExceeded: of Needed the account may use only Available more of the bucket
	// that is shared with it, until the bucket's next cycle.
	ShareExceeded Code = "ShareExceeded"
	// AccountClosed: the account is closed for good.
	AccountClosed Code = "AccountClosed"
	// BalanceCeiling: the credit would become Needed, the account's maximum is
	// Available.
	BalanceCeiling Code = "BalanceCeiling"
	// DuplicatePayment: Other already used the payment's reference up.
	DuplicatePayment Code = "DuplicatePayment"
	// TooManyLots: the bucket has Available live lots and takes no further one.
	TooManyLots Code = "TooManyLots"
	// TooManyHolds: the account has Available open holds and takes no further one.
	TooManyHolds Code = "TooManyHolds"
	// HoldClosed: Other resolved the hold before.
	HoldClosed Code = "HoldClosed"
	// AlreadyReversed: Other undid the transaction before.
	AlreadyReversed Code = "AlreadyReversed"
)

// Not taken, may be taken later: the requester waits.
const (
	// AccountUnknown: the account is not in the ledger yet.
	AccountUnknown Code = "AccountUnknown"
	// BucketUnknown: the bucket is not in the ledger yet.
	BucketUnknown Code = "BucketUnknown"
	// BucketRetained: the bucket has no object at present, so nothing moves.
	BucketRetained Code = "BucketRetained"
	// BucketNotStarted: the bucket cannot be used before its start, in Needed
	// seconds.
	BucketNotStarted Code = "BucketNotStarted"
	// VersionMismatch: the settings changed since they were read.
	VersionMismatch Code = "VersionMismatch"
	// BalanceNotZero: Available is still on the account, or owed if negative.
	BalanceNotZero Code = "BalanceNotZero"
	// AdoptionRequired: the namespace was deleted and made anew, and nobody has
	// said whether it may have what it had.
	AdoptionRequired Code = "AdoptionRequired"
	// ScopeHeld: another cluster or lease holds the ledger, and the log moved Available
	// seconds ago, which is less than Needed, or [TakeOverAfter].
	ScopeHeld Code = "ScopeHeld"
	// HoldUnknown: the hold is not in the ledger yet.
	HoldUnknown Code = "HoldUnknown"
	// HoldNotDue: the hold has not reached its end.
	HoldNotDue Code = "HoldNotDue"
	// NotDue: what would happen by itself is not due, or is over.
	NotDue Code = "NotDue"
	// OriginalUnknown: the transaction to undo is not in the ledger yet.
	OriginalUnknown Code = "OriginalUnknown"
)

// Not taken and never will be as it stands: the requester has to correct it.
const (
	// IdempotencyConflict: the key was used for something else.
	IdempotencyConflict Code = "IdempotencyConflict"
	// Malformed: the command contradicts itself, or the store refuses it.
	Malformed Code = "Malformed"
	// UnitMismatch: the amount's dimension is not the bucket's, which is in
	// Unit.
	UnitMismatch Code = "UnitMismatch"
	// WrongAccount: the bucket belongs to another account.
	WrongAccount Code = "WrongAccount"
	// SameBucket: source and destination are one.
	SameBucket Code = "SameBucket"
	// AccountConflict: the account is in the ledger with another currency.
	AccountConflict Code = "AccountConflict"
	// BucketConflict: the bucket is in the ledger with another account, unit,
	// usage type or class.
	BucketConflict Code = "BucketConflict"
	// AmountOverflow: a balance would reach 10^18 base units.
	AmountOverflow Code = "AmountOverflow"
	// AmountExceedsHold: of Needed only Available is held.
	AmountExceedsHold Code = "AmountExceedsHold"
	// HoldNotLower: the hold has Available already, or ends in Available seconds,
	// and is to have Needed.
	HoldNotLower Code = "HoldNotLower"
	// EndOutOfRange: the end of a hold is Needed seconds away, which is past or more
	// than Available, or [MaxHold].
	EndOutOfRange Code = "EndOutOfRange"
	// NotReversible: a transaction of this kind cannot be undone.
	NotReversible Code = "NotReversible"
)

// Waits reports whether a command that was not taken with this code may be
// taken later without being changed.
func (c Code) Waits() bool {
	switch c {
	case AccountUnknown, BucketUnknown, BucketRetained, VersionMismatch, BalanceNotZero, AdoptionRequired, ScopeHeld,
		HoldUnknown, HoldNotDue, NotDue, OriginalUnknown, BucketNotStarted:
		return true
	default:
		return false
	}
}
