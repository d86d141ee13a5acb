// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import "reflect"

// AccountState is what an account may do. Values are written to the log.
type AccountState uint8

const (
	// AccountStateActive may give and receive.
	AccountStateActive AccountState = iota
	// AccountStateSuspended is suspended: it neither gives nor receives.
	AccountStateSuspended
	// AccountStateClosed is closed, for good.
	AccountStateClosed
	// AccountStateRechargeOnly may receive and not spend.
	AccountStateRechargeOnly
)

// AccountSettings are what an account's owner decides about it.
type AccountSettings struct {
	// Currency is the ISO 4217 code of the main bucket; it never changes.
	Currency string       `cbor:"1,keyasint"`
	State    AccountState `cbor:"2,keyasint,omitempty"`
	// CreditLimit is how far below zero the main bucket may go, in base units;
	// never negative.
	CreditLimit int64 `cbor:"3,keyasint,omitempty"`
	// MaximumBalance bounds what may come in, in base units; 0 is no bound.
	MaximumBalance int64 `cbor:"4,keyasint,omitempty"`
	// TimeZone is where the account's days and months begin: a name of the IANA
	// database; "" is UTC.
	TimeZone string `cbor:"5,keyasint,omitempty"`
}

// BucketState is whether a bucket may be used. Values are written to the log.
type BucketState uint8

const (
	// BucketStateActive may be used.
	BucketStateActive BucketState = iota
	// BucketStateRetained lost its object: what is in it stays and cannot be spent
	// until an object adopts it.
	BucketStateRetained
	// BucketStateSuspended is suspended: nothing is spent from it or put into it.
	BucketStateSuspended
)

// Class keeps paid and given value apart. Values are written to the log.
type Class uint8

const (
	// Paid was paid for by somebody.
	Paid Class = iota
	// Granted was given; it cannot be transferred.
	Granted
)

// BucketSettings are the terms of a bucket.
type BucketSettings struct {
	Account ID `cbor:"1,keyasint"`
	// Unit is the unit the bucket is kept and shown in, for example GB.
	Unit string `cbor:"2,keyasint"`
	// UsageType is what the bucket is for, for example Data.
	UsageType string `cbor:"3,keyasint"`
	// Class is the class of the bucket's lot 0.
	Class Class       `cbor:"4,keyasint,omitempty"`
	State BucketState `cbor:"5,keyasint,omitempty"`
	// Priority is the bucket's place in the burn order: lower burns first. The main
	// bucket's is 0.
	Priority int32 `cbor:"6,keyasint,omitempty"`
	// Blocker ends the walk over the buckets: nothing that burns after this one is
	// used beside it, even when it is empty.
	Blocker bool `cbor:"7,keyasint,omitempty"`
	// Products, if there are any, are those whose charges may use the bucket; see
	// [ProductID]. In ascending order.
	Products []ID `cbor:"8,keyasint,omitempty"`
	// Validity is when the bucket may be used. It never changes; see [Term] for
	// what becomes of it.
	Validity Validity `cbor:"9,keyasint,omitzero"`
	// Cycle is when the bucket is refilled and what is left rolls over. It never
	// changes.
	Cycle Cycle `cbor:"10,keyasint,omitzero"`
	// Refill is what is granted at each beginning of a cycle, in base units; 0 is
	// nothing.
	Refill int64 `cbor:"11,keyasint,omitempty"`
	// Rollover is what is kept of a cycle's grant when the cycle ends.
	Rollover Rollover `cbor:"12,keyasint,omitzero"`
	// SharedWith are the other accounts that may use the bucket, in ascending order;
	// at most [MaxShares].
	SharedWith []Share `cbor:"13,keyasint,omitempty"`
}

// Equal reports whether two buckets have the same terms.
func (s BucketSettings) Equal(other BucketSettings) bool { return reflect.DeepEqual(s, other) }

// Binding binds a namespace to a tenant.
type Binding struct {
	Tenant ID `cbor:"1,keyasint"`
	// Generation counts the tenants the namespace has had, from 1.
	Generation   int64  `cbor:"2,keyasint"`
	NamespaceUID string `cbor:"3,keyasint"`
	ClusterUID   string `cbor:"4,keyasint"`
}

// Claim tells whose managers may write to the ledger.
type Claim struct {
	ClusterUID string `cbor:"1,keyasint"`
	// Lease is the lease that tells which of the managers is the one; see
	// [ClaimScope].
	Lease string `cbor:"2,keyasint,omitempty"`
}

// Lot is one grant in a bucket.
type Lot struct {
	Account ID `cbor:"1,keyasint"`
	Bucket  ID `cbor:"2,keyasint"`
	// Number is 0 for the lot that its bucket was opened with, which never ends,
	// and the number of the block at Base for any other, so that numbers grow
	// with creation and no past lot has to be loaded to find the next.
	Number int64 `cbor:"3,keyasint,omitempty"`
	// Base is the first of the eight cell IDs that belong to the lot; see
	// [CellID].
	Base  int64 `cbor:"4,keyasint"`
	Class Class `cbor:"5,keyasint,omitempty"`
	// Unit is the base unit of everything in the lot.
	Unit string `cbor:"6,keyasint"`
	// Name is that of the counter-account, for example funding:cash, in a lot of
	// one: its ID tells nobody what it is.
	Name string `cbor:"7,keyasint,omitempty"`
	// Tenant owns the lot.
	Tenant ID `cbor:"8,keyasint,omitzero"`
	// Start and End are when what is in the lot may be used, in microseconds since
	// 1970, UTC, from Start up to End and not at it; both are 0 in a lot that has no
	// validity of its own, and may be used when its bucket may.
	Start int64 `cbor:"9,keyasint,omitempty"`
	End   int64 `cbor:"10,keyasint,omitempty"`
	// OfCycle lots were granted for one cycle, and roll over at its end. While the
	// bucket waits for its first use they have neither Start nor End.
	OfCycle bool `cbor:"11,keyasint,omitempty"`
	// Rolled is how often what is in the lot was rolled over.
	Rolled int32 `cbor:"12,keyasint,omitempty"`
	// Scope is that of the command that opened a lot which ends by itself.
	Scope string `cbor:"13,keyasint,omitempty"`
	// Ended says that the lot's end has been settled, and that something of it is
	// still held.
	Ended bool `cbor:"14,keyasint,omitempty"`
}

// Receipt tells what used the outside reference of a payment up.
type Receipt struct {
	// Transaction is the top-up that was paid for.
	Transaction ID `cbor:"1,keyasint"`
}
