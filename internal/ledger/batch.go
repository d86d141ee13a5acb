// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import "time"

// CellKind is what the money in a cell is there for. Values are written to the
// log and are the low bits of cell IDs.
type CellKind uint8

// The kinds of cell.
const (
	// Available may be spent.
	Available CellKind = iota
	// Reserved is held and not yet accepted.
	Reserved
	// AcceptedHold is held and accepted, awaiting its charge.
	AcceptedHold
	// Debt is owed after a reversal; its balance is zero or negative.
	Debt
	// External is the world outside the accounts.
	External

	kindBits = 3
)

// CellID is the address of the given kind in the lot whose block starts at
// base. Blocks are handed out by the writer, in order.
func CellID(base int64, kind CellKind) int64 { return base + int64(kind) }

// CellKindOf is the kind of cell an ID stands for.
func CellKindOf(id int64) CellKind { return CellKind(id & (1<<kindBits - 1)) } //nolint:gosec // three bits

// LotBaseOf is the first ID of the block a cell belongs to.
func LotBaseOf(id int64) int64 { return id &^ (1<<kindBits - 1) }

// LotBlock is how many cell IDs one lot takes.
const LotBlock = 1 << kindBits

// Cell is one posting address, written once. Opening a lot writes its first cell
// (available, or external), so that the cells tell which blocks are taken; the
// others are written when they are first used.
type Cell struct {
	ID      int64    `cbor:"1,keyasint"`
	Account ID       `cbor:"2,keyasint"`
	Bucket  ID       `cbor:"3,keyasint"`
	Lot     int64    `cbor:"4,keyasint,omitempty"`
	Unit    string   `cbor:"5,keyasint"`
	Kind    CellKind `cbor:"6,keyasint,omitempty"`
	// Tenant owns the cell; legs sum to zero per tenant and unit.
	Tenant ID `cbor:"7,keyasint"`
}

// Entry is one leg of a transaction. The newest entry of a cell is its balance.
type Entry struct {
	Cell int64 `cbor:"1,keyasint"`
	// Version counts the entries of the cell, from 1, without gaps.
	Version int64 `cbor:"2,keyasint"`
	// Amount is added to the balance; never zero.
	Amount int64 `cbor:"3,keyasint"`
	// Balance is the cell's balance after this entry.
	Balance int64 `cbor:"4,keyasint,omitempty"`
	// Floor is the least balance a debit may leave; nil for debt and external
	// cells, which have none.
	Floor *int64 `cbor:"5,keyasint,omitempty"`
}

// FactKind is what a fact is about. Values are written to the log.
type FactKind uint8

// The kinds of fact, with the type of their body.
const (
	FactAccount    FactKind = iota + 1 // [AccountSettings]
	FactBucket                         // [BucketSettings]
	FactLot                            // [Lot]
	FactBinding                        // [Binding]
	FactScope                          // [Claim]
	FactEpoch                          // [AcceptHead]
	FactReceipt                        // [Receipt]
	FactHold                           // [Hold]
	FactReversal                       // [Reversal]
	FactTerm                           // [Term]
	FactMembership                     // [Membership]
	FactShareUse                       // [ShareUse]
)

// Fact is state that is not money. The newest version of a subject counts.
type Fact struct {
	Subject ID `cbor:"1,keyasint"`
	// Version counts the facts of the subject, from 1, without gaps.
	Version int64    `cbor:"2,keyasint"`
	Kind    FactKind `cbor:"3,keyasint"`
	// Used and Cap are a counter and its bound; Used may pass Cap only by
	// falling. Absent for facts that count nothing.
	Used *int64 `cbor:"4,keyasint,omitempty"`
	Cap  *int64 `cbor:"5,keyasint,omitempty"`
	// Body is the CBOR of the kind's type.
	Body []byte `cbor:"6,keyasint,omitempty"`
}

// Live says that a subject (a bucket, an open lot, a hold, a window) has to be
// loaded with its account. Rows of Live come and go; the log can rebuild them. A
// row that is there is ended before it is written anew.
type Live struct {
	Account ID `cbor:"1,keyasint"`
	Subject ID `cbor:"2,keyasint"`
	// Base is the block of cells to load with a lot; 0 for other subjects.
	Base int64 `cbor:"3,keyasint,omitempty"`
	// Ended removes the row.
	Ended bool `cbor:"4,keyasint,omitempty"`
}

// Due says that an account has something to settle at an instant. Rows of Due
// come and go, as those of [Live] do; the log can rebuild them.
type Due struct {
	At      int64 `cbor:"1,keyasint"` // microseconds since 1970, UTC
	Subject ID    `cbor:"2,keyasint"`
	Account ID    `cbor:"3,keyasint"`
	// Settled removes the row.
	Settled bool `cbor:"4,keyasint,omitempty"`
}

// Record is what the log keeps of one command: the decision and its rows.
type Record struct {
	// ID is the command's key if it was accepted, and an ID of key and
	// fingerprint if it was refused.
	ID          ID          `cbor:"1,keyasint"`
	Kind        Kind        `cbor:"2,keyasint,omitempty"`
	Status      Status      `cbor:"3,keyasint"`
	Code        Code        `cbor:"4,keyasint,omitempty"`
	Fingerprint Fingerprint `cbor:"5,keyasint"`
	// PrintVersion is the version of the fingerprint's encoding.
	PrintVersion uint8    `cbor:"6,keyasint"`
	Figures      Figures  `cbor:"7,keyasint,omitzero"`
	Impacts      []Impact `cbor:"8,keyasint,omitempty"`
	Cells        []Cell   `cbor:"9,keyasint,omitempty"`
	Entries      []Entry  `cbor:"10,keyasint,omitempty"`
	Facts        []Fact   `cbor:"11,keyasint,omitempty"`
	Live         []Live   `cbor:"12,keyasint,omitempty"`
	Due          []Due    `cbor:"13,keyasint,omitempty"`
	// Key is the command's key where ID is not: in a refusal.
	Key ID `cbor:"14,keyasint,omitzero"`
	// Effective is when this happened, in microseconds since 1970, UTC, if it
	// happened by itself, at the batch's instant or before; 0 otherwise.
	Effective int64 `cbor:"15,keyasint,omitempty"`
	// Annotation is kept beside the log and never in its payload.
	Annotation Annotation `cbor:"-"`
}

// Outcome is what the record says, as the answer to the request that made it.
func (r *Record) Outcome(b *Batch) Outcome {
	return Outcome{
		Status: r.Status, Code: r.Code, Figures: r.Figures, Transaction: r.ID,
		CommittedAt: b.Instant, Sequence: b.Sequence, Impacts: r.Impacts,
	}
}

// Hash is a SHA-256.
type Hash [32]byte

// Head is the newest batch of a log.
type Head struct {
	Sequence int64
	Hash     Hash
	Instant  time.Time
}

// Batch is one step of the log: what was decided at one instant.
type Batch struct {
	// Shard is which log this is; 0 while there is one.
	Shard int32
	// Sequence counts the batches from 0, without gaps.
	Sequence int64
	// Previous is the hash of the batch before; zero for batch 0.
	Previous Hash
	// Instant is never earlier than that of the batch before.
	Instant time.Time
	// Rules is the version of the book that decided.
	Rules   uint16
	Records []Record
	// Ledger names the ledger, in batch 0 only.
	Ledger string

	// Payload is the exact bytes that were hashed, and Hash their hash; both
	// are set by [Batch.Seal] and [Open].
	Payload []byte
	Hash    Hash
}

// Head is the batch as the head of its log.
func (b *Batch) Head() Head {
	return Head{Sequence: b.Sequence, Hash: b.Hash, Instant: b.Instant}
}

// LastLive is what remains to be said about live rows after a batch: of rows
// with the same account and subject only the last, as one batch may both open
// and end a lot. If that one is live, and one before it was ended, that one comes
// first: the row may be there from before the batch.
func (b *Batch) LastLive() []*Live {
	type key struct{ account, subject ID }
	return lastWords(b.Records, func(r *Record) []Live { return r.Live },
		func(row *Live) key { return key{row.Account, row.Subject} }, func(row *Live) bool { return row.Ended })
}

// LastDue is what remains to be said about due rows after a batch: of rows with
// the same instant and subject only the last, and one that is settled before it, as
// [Batch.LastLive] does.
func (b *Batch) LastDue() []*Due {
	type key struct {
		at      int64
		subject ID
	}
	return lastWords(b.Records, func(r *Record) []Due { return r.Due },
		func(row *Due) key { return key{row.At, row.Subject} }, func(row *Due) bool { return row.Settled })
}

// lastWords are the rows of the records, and of rows with the same key only the
// last, after one that removes it if it does not.
func lastWords[R any, K comparable](
	records []Record, of func(*Record) []R, key func(*R) K, removes func(*R) bool,
) []*R {
	var order []K
	last, removed := map[K]*R{}, map[K]*R{}
	for i := range records {
		rows := of(&records[i])
		for j := range rows {
			row := &rows[j]
			k := key(row)
			if last[k] == nil {
				order = append(order, k)
			}
			if last[k] = row; removes(row) {
				removed[k] = row
			}
		}
	}
	words := make([]*R, 0, len(order))
	for _, k := range order {
		if row := removed[k]; row != nil && row != last[k] {
			words = append(words, row)
		}
		words = append(words, last[k])
	}
	return words
}
