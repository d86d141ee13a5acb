// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import "time"

// MaxHold is how long after an instant a hold may be made to last from then on.
const MaxHold = 30 * 24 * time.Hour

// Reserve holds an amount, so that nothing else can use it: available →
// reserved, over lots in burn order.
type Reserve struct {
	// Hold names the hold; see [HoldKey] for the keys of what is done with it.
	Hold ID `cbor:"1,keyasint"`
	// From is where the amount is taken. The zero bucket stands for all buckets of
	// the account that have the amount's unit.
	From   Place    `cbor:"2,keyasint"`
	Amount Quantity `cbor:"3,keyasint"`
	// For is how long the hold lasts, in microseconds from the instant of its
	// batch, if Until is 0.
	For int64 `cbor:"4,keyasint,omitempty"`
	// Until is the hold's end, in microseconds since 1970, UTC. At its end a hold
	// is over: what comes at that very instant comes too late.
	Until    int64    `cbor:"5,keyasint,omitempty"`
	OnExpiry OnExpiry `cbor:"6,keyasint,omitempty"`
	// Product is what the amount is held for, see [ProductID]; the zero ID is nothing
	// in particular.
	Product ID `cbor:"7,keyasint,omitzero"`
}

// OnExpiry is what happens to a hold that nobody resolved when it ends. Values
// are written to the log.
type OnExpiry uint8

const (
	// ExpiryReleases gives back what is held.
	ExpiryReleases OnExpiry = iota
	// ExpiryCharges charges all that is held, whatever state or limit says.
	ExpiryCharges
)

// AcceptHold says that what was reserved is going to be used: reserved →
// accepted.
type AcceptHold struct {
	Account ID `cbor:"1,keyasint"`
	Hold    ID `cbor:"2,keyasint"`
	// Until is a new, later end; 0 leaves the one there is.
	Until int64 `cbor:"3,keyasint,omitempty"`
}

// ExtendHold makes a hold larger, longer or both. It states what the hold is to
// be, not the difference, and makes nothing smaller or shorter.
type ExtendHold struct {
	Account ID       `cbor:"1,keyasint"`
	Hold    ID       `cbor:"2,keyasint"`
	Amount  Quantity `cbor:"3,keyasint"`
	// Until is the hold's end, in microseconds since 1970, UTC.
	Until int64 `cbor:"4,keyasint"`
}

// ChargeHold takes a part of what is held, or all of it, and gives the rest back:
// accepted or reserved → revenue:usage. It resolves the hold.
type ChargeHold struct {
	Account ID `cbor:"1,keyasint"`
	Hold    ID `cbor:"2,keyasint"`
	// Amount is what to charge; the zero Quantity stands for all that is held.
	Amount Quantity `cbor:"3,keyasint,omitzero"`
}

// ReleaseHold gives back all that is held. It resolves the hold.
type ReleaseHold struct {
	Account ID `cbor:"1,keyasint"`
	Hold    ID `cbor:"2,keyasint"`
}

// ExpireHold resolves a hold that has reached its end, as it was told to. The book
// does that by itself before it touches the account again; who posts this only
// brings it forward.
type ExpireHold struct {
	Account ID `cbor:"1,keyasint"`
	Hold    ID `cbor:"2,keyasint"`
}

// HoldState is what became of a hold. Values are written to the log.
type HoldState uint8

const (
	// HoldReserved is open and not yet accepted.
	HoldReserved HoldState = iota
	// HoldAccepted is open and accepted.
	HoldAccepted
	// HoldCharged was charged by request.
	HoldCharged
	// HoldReleased was released by request.
	HoldReleased
	// HoldExpired came to its end, and was released or charged as it was told to.
	HoldExpired
)

// IsOpen reports whether something is still held.
func (s HoldState) IsOpen() bool { return s <= HoldAccepted }

// Hold is an amount that is set aside, and in the end what became of it.
type Hold struct {
	Account ID        `cbor:"1,keyasint"`
	State   HoldState `cbor:"2,keyasint,omitempty"`
	// Amount is what is held or, once resolved, was held last.
	Amount Quantity `cbor:"3,keyasint"`
	// Origins are the lots it was taken from, in burn order; empty once resolved.
	Origins []Origin `cbor:"4,keyasint,omitempty"`
	// Until is its end, in microseconds since 1970, UTC.
	Until    int64    `cbor:"5,keyasint"`
	OnExpiry OnExpiry `cbor:"6,keyasint,omitempty"`
	// Charged is what was taken in the end; the rest of Amount was given back.
	Charged int64 `cbor:"7,keyasint,omitempty"`
	// Bucket is the one that was named, if one was; an extension takes from it too.
	Bucket ID `cbor:"8,keyasint,omitzero"`
	// Scope and Tenant are those of the command that made it: it may resolve itself.
	Scope  string `cbor:"9,keyasint"`
	Tenant ID     `cbor:"10,keyasint"`
	// ClosedAt is when it was resolved, in microseconds since 1970, UTC; for what
	// expired that is its end, however late it was noticed.
	ClosedAt int64 `cbor:"11,keyasint,omitempty"`
	// OpenedAt is when it was made, in microseconds since 1970, UTC.
	OpenedAt int64 `cbor:"12,keyasint"`
	// Product is what it is held for; an extension takes for the same.
	Product ID `cbor:"13,keyasint,omitzero"`
}

// Origin is a part of a hold: the lot it came from, by its first cell, and how
// much.
type Origin struct {
	Base   int64 `cbor:"1,keyasint"`
	Amount int64 `cbor:"2,keyasint"`
	// Owner is the account of the lot if it is not the hold's own.
	Owner ID `cbor:"3,keyasint,omitzero"`
	// Since is when the cycle began in which the amount was counted as used of a
	// shared bucket; see [ShareUse].
	Since int64 `cbor:"4,keyasint,omitempty"`
}

// Kind implements [Operation].
func (Reserve) Kind() Kind { return KindReserve }

// Kind implements [Operation].
func (AcceptHold) Kind() Kind { return KindAcceptHold }

// Kind implements [Operation].
func (ExtendHold) Kind() Kind { return KindExtendHold }

// Kind implements [Operation].
func (ChargeHold) Kind() Kind { return KindChargeHold }

// Kind implements [Operation].
func (ReleaseHold) Kind() Kind { return KindReleaseHold }

// Kind implements [Operation].
func (ExpireHold) Kind() Kind { return KindExpireHold }
