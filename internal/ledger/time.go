// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import "github.com/prepay-operator/prepay-operator/internal/calendar"

// Validity is when something may be used: from its start up to its end, and not at
// it. Instants are in microseconds since 1970, UTC.
type Validity struct {
	// Start is 0 for now.
	Start int64 `cbor:"1,keyasint,omitempty"`
	// End is 0 for none, or for what Lasts says; not both.
	End int64 `cbor:"2,keyasint,omitempty"`
	// Lasts is how long it is valid from its start, in the account's time zone.
	Lasts calendar.Period `cbor:"3,keyasint,omitzero"`
	// OnFirstUse starts with the first charge or reservation that uses it. There is no
	// Start and no End then.
	OnFirstUse bool `cbor:"4,keyasint,omitempty"`
}

// IsZero reports whether it may be used at once and for ever.
func (v Validity) IsZero() bool { return v == Validity{} }

// Cycle is a period that comes again and again, in the account's time zone.
type Cycle struct {
	// Every is how long it is; the zero Period is no cycle.
	Every calendar.Period `cbor:"1,keyasint,omitzero"`
	// Anchor is when one of them begins, in microseconds since 1970, UTC; 0 is the
	// start of the bucket.
	Anchor int64 `cbor:"2,keyasint,omitempty"`
}

// IsZero reports whether there is no cycle.
func (c Cycle) IsZero() bool { return c == Cycle{} }

// Rollover is what is kept when a cycle ends; the zero Rollover keeps nothing.
type Rollover struct {
	// Percentage of what is free, rounded down; from 1 to 100.
	Percentage int32 `cbor:"1,keyasint,omitempty"`
	// Cap bounds what one end of a cycle keeps, in base units; 0 is no bound.
	Cap int64 `cbor:"2,keyasint,omitempty"`
	// Times is how often the same may be kept; at least 1.
	Times int32 `cbor:"3,keyasint,omitempty"`
	// Lasts is how long what is kept is valid; the zero Period is until the next end
	// of a cycle.
	Lasts calendar.Period `cbor:"4,keyasint,omitzero"`
}

// IsZero reports whether nothing is kept.
func (r Rollover) IsZero() bool { return r == Rollover{} }

// Term is when a bucket may be used, and where its cycle stands. Instants are in
// microseconds since 1970, UTC.
type Term struct {
	Account ID `cbor:"1,keyasint"`
	Bucket  ID `cbor:"2,keyasint"`
	// Start is 0 while the bucket waits for its first use.
	Start int64 `cbor:"3,keyasint,omitempty"`
	// End is 0 if there is none.
	End int64 `cbor:"4,keyasint,omitempty"`
	// Cycle is the number of the cycle that begins at Next; 0 is the one that begins
	// at the anchor.
	Cycle int64 `cbor:"5,keyasint,omitempty"`
	// Next is when the next cycle begins; 0 if none does before End.
	Next int64 `cbor:"6,keyasint,omitempty"`
	// Ended says that the end has been settled.
	Ended bool `cbor:"7,keyasint,omitempty"`
	// Scope and Tenant are those of the command that opened the bucket.
	Scope  string `cbor:"8,keyasint"`
	Tenant ID     `cbor:"9,keyasint"`
	// Began is when the newest cycle began that was settled; 0 before the first.
	Began int64 `cbor:"10,keyasint,omitempty"`
}

// ExtensionPolicy is what a top-up does to the end of its bucket. Values are written
// to the log.
type ExtensionPolicy uint8

const (
	// ExtendNone leaves it.
	ExtendNone ExtensionPolicy = iota
	// ExtendReplace sets it, earlier or later.
	ExtendReplace
	// ExtendMax sets it if that is later.
	ExtendMax
	// ExtendAdd adds to it, or to now if it has passed.
	ExtendAdd
)

// Extension is what a top-up does to the end of its bucket. A bucket without an end,
// and one that waits for its first use, stay as they are.
type Extension struct {
	Policy ExtensionPolicy `cbor:"1,keyasint,omitempty"`
	// Lasts is how long from now, or with [ExtendAdd] from the end. Until is the end
	// itself, in microseconds since 1970, UTC. One of them is zero.
	Lasts calendar.Period `cbor:"2,keyasint,omitzero"`
	Until int64           `cbor:"3,keyasint,omitempty"`
	// Ceiling bounds how far from now the end may come to lie; it moves no end that
	// lies further already. The zero Period is no bound.
	Ceiling calendar.Period `cbor:"4,keyasint,omitzero"`
}

// IsZero reports whether the end is left as it is.
func (e Extension) IsZero() bool { return e == Extension{} }

// ExpireLot takes what is left in a lot at its end: available → breakage, but for
// what rolls over. The book does that by itself before it touches the account again;
// who posts this only brings it forward. The same holds for [ExpireBucket] and
// [BeginCycle].
type ExpireLot struct {
	Account ID `cbor:"1,keyasint"`
	// Lot is the subject of the lot; see [LotID].
	Lot ID `cbor:"2,keyasint"`
}

// ExpireBucket takes what is left in a bucket at its end, but for lots with a
// validity of their own: available → breakage.
type ExpireBucket struct {
	Account ID    `cbor:"1,keyasint"`
	Bucket  ID    `cbor:"2,keyasint"`
	End     int64 `cbor:"3,keyasint"`
}

// BeginCycle begins a cycle of a bucket, and refills it: grants → available.
type BeginCycle struct {
	Account ID    `cbor:"1,keyasint"`
	Bucket  ID    `cbor:"2,keyasint"`
	Cycle   int64 `cbor:"3,keyasint,omitempty"`
}

// Kind implements [Operation].
func (ExpireLot) Kind() Kind { return KindExpireLot }

// Kind implements [Operation].
func (ExpireBucket) Kind() Kind { return KindExpireBucket }

// Kind implements [Operation].
func (BeginCycle) Kind() Kind { return KindBeginCycle }

// IsSettlement reports whether the book records an operation by itself, for whatever
// command touches the account next.
func IsSettlement(op Operation) bool {
	switch op.(type) {
	case ExpireHold, ExpireLot, ExpireBucket, BeginCycle:
		return true
	default:
		return false
	}
}
