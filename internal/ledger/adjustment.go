// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

// Adjust moves value in or out at an operator's word: adjustments → available,
// available → adjustments, or for a charge available → revenue:usage.
type Adjust struct {
	Type AdjustmentType `cbor:"1,keyasint"`
	// At is the bucket. For a debit the zero bucket stands for all buckets of the
	// account that have the amount's unit, in burn order.
	At     Place    `cbor:"2,keyasint"`
	Amount Quantity `cbor:"3,keyasint"`
	// Product is what is charged for, see [ProductID]; the zero ID is nothing in
	// particular.
	Product ID `cbor:"4,keyasint,omitzero"`
}

// AdjustmentType is why value is moved. Values are written to the log.
type AdjustmentType uint8

const (
	// GoodwillCredit is given, not paid for.
	GoodwillCredit AdjustmentType = iota + 1
	// GeneralCredit puts a mistake right; what arrives counts as paid for.
	GeneralCredit
	// GeneralDebit puts a mistake right.
	GeneralDebit
	// OneTimeCharge is charged once, without a hold.
	OneTimeCharge
	// RecurringCharge is a period's charge.
	RecurringCharge
)

// IsCredit reports whether value comes in.
func (t AdjustmentType) IsCredit() bool { return t == GoodwillCredit || t == GeneralCredit }

// Reverse undoes a top-up, a transfer, the charge of a hold or an adjustment, as a
// whole and at most once: what its legs did to each lot is done backwards.
type Reverse struct {
	// Of is the transaction to undo.
	Of          ID          `cbor:"1,keyasint"`
	OnShortfall OnShortfall `cbor:"2,keyasint,omitempty"`
	// Original is what Of did. The committer reads it from the log; it is nil if
	// there is no such transaction.
	Original *Original `cbor:"-"`
}

// OnShortfall is what a reversal does if a lot no longer has what it has to give
// back. Values are written to the log.
type OnShortfall uint8

const (
	// ShortfallRefuses moves nothing.
	ShortfallRefuses OnShortfall = iota
	// ShortfallOwes makes what is missing a debt, which the next credit pays first.
	ShortfallOwes
)

// Original is a transaction of the log, for a reversal.
type Original struct {
	Kind Kind
	// Entries are its legs.
	Entries []Entry
	// Accounts are those whose cells the legs are in, counter-accounts included.
	Accounts []ID
	// Lots are the subjects of the lots that the legs are in; see [LotID].
	Lots []ID
	// Shares are the facts that counted it as used of a shared bucket.
	Shares []Fact
	// Instant is when it happened, in microseconds since 1970, UTC.
	Instant int64
}

// Reversal tells that a transaction was undone.
type Reversal struct {
	// Transaction is the reversal.
	Transaction ID `cbor:"1,keyasint"`
}

// Kind implements [Operation].
func (Adjust) Kind() Kind { return KindAdjust }

// Kind implements [Operation].
func (Reverse) Kind() Kind { return KindReverse }
