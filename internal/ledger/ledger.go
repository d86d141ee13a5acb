// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"time"
)

// Ledger is the face shown to those who post and read.
type Ledger interface {
	// Post asks for one command and returns when its outcome is durable. An
	// error means that the outcome is not known: post the same command again.
	Post(ctx context.Context, command Command) (Outcome, error)
	// Recorded looks a command up and does nothing else: the outcome that was
	// recorded for it, as a replay, or [ErrUnknown].
	Recorded(ctx context.Context, command Command) (Outcome, error)
	// Account reads an account as of the newest committed batch. It returns
	// [ErrUnknown] if the account is not in the ledger.
	Account(ctx context.Context, account ID) (Account, error)
	// Fact reads the newest version of a fact, its zero value if there is none.
	Fact(ctx context.Context, subject ID) (Fact, error)
}

// Account is what the ledger says about an account at Sequence.
type Account struct {
	ID       ID
	Version  int64
	Settings AccountSettings
	// Available is what may be spent now, the credit line included; 0 unless
	// the account is active.
	Available int64
	// Credit is all the money on the account, held parts included.
	Credit int64
	// Reserved and Accepted are the parts of it that are held.
	Reserved, Accepted int64
	// Restricted is free money that cannot be used for anything and now: its bucket
	// is for some products, suspended or kept, or it has not started.
	Restricted int64
	// Debt is what is owed after a reversal; never negative.
	Debt int64
	// Sequence is the newest batch that changed the account.
	Sequence int64
	// AsOf is the instant that the figures are for: when this was read, by the
	// committer's clock.
	AsOf time.Time
	// ChangesAt is the first instant after AsOf at which a figure changes although
	// nothing is recorded, as money starts or ends; in microseconds since 1970, UTC, 0
	// if there is none.
	ChangesAt int64
	// Buckets are the account's buckets but the main one, by ID.
	Buckets map[ID]Bucket
}

// Bucket is what the ledger says about a bucket.
type Bucket struct {
	Version  int64
	Settings BucketSettings
	// Remaining is what is left to use, now or later; Reserved and Accepted are held.
	Remaining, Reserved, Accepted int64
	// Term is when it may be used; zero for a bucket without validity and cycle.
	Term Term
	// Lots are the live ones, in the order in which they burn.
	Lots []LotBalance
	// Uses is what the accounts that share it have used in its cycle, held parts
	// included, by account; those that used nothing are not in it.
	Uses map[ID]int64
	// Sequence is the newest batch that changed the bucket.
	Sequence int64
}

// LotBalance is what the ledger says about a lot.
type LotBalance struct {
	// Number tells the lots of a bucket apart; it grows with creation.
	Number int64
	Class  Class
	// Remaining is what is left to use; Held is reserved or accepted.
	Remaining, Held int64
	// Start and End are when it may be used, in microseconds since 1970, UTC; Start
	// is 0 while the bucket waits for its first use, and End if there is none.
	Start, End int64
	// Rolled is how often it was rolled over.
	Rolled int32
}

// Errors of [Ledger].
var (
	// ErrUnknown: there is no such account, or no such command was recorded.
	ErrUnknown = errors.New("not in the ledger")
	// ErrClosed: the ledger takes no commands now; the wrapped text says why.
	ErrClosed = errors.New("the ledger takes no commands")
	// ErrFenced: another writer has written to this log. This process must
	// stop writing for good.
	ErrFenced = errors.New("another writer has taken the ledger over")
	// ErrMismatch: the log is not the one this process knew.
	ErrMismatch = errors.New("the log is not the one that was recorded")
	// ErrNewer: a newer program wrote to this log, by rules that this one does
	// not know.
	ErrNewer = errors.New("a newer program has written to this log")
	// ErrClockBehind: the newest batch is from the future by this clock.
	ErrClockBehind = errors.New("this clock is behind the ledger")
	// ErrClockSkew: the store has a clock of its own, and the two differ.
	ErrClockSkew = errors.New("this clock is not the store's")
)

// Store is the face of those who keep the log. Stores are dumb: they load rows
// and append what was decided; a store that knows a rule about money is wrong.
type Store interface {
	// Identity is the ledger's ID, made when the log was made.
	Identity() string
	// Head is the newest batch. It is as durable as a batch whose Append
	// returned nil: what Head tells is answered for.
	Head(ctx context.Context) (Head, error)
	// Load reads rows as of one committed state, which is in Loaded.Head.
	Load(ctx context.Context, what Request) (*Loaded, error)
	// Originals reads what transactions did. What is not in the store is not in the
	// map.
	Originals(ctx context.Context, transactions []ID) (map[ID]Original, error)
	// Due lists what is to be settled up to an instant, in microseconds since
	// 1970, UTC: the earliest first, at most limit.
	Due(ctx context.Context, until int64, limit int) ([]Due, error)
	// Append writes a sealed batch and all its rows, in one transaction. It
	// returns [ErrRejected] if the store refuses the content of the batch, so
	// that nothing was written; after any other error it is not known whether
	// the batch was written: ask Head.
	Append(ctx context.Context, batch *Batch) error
	// Payloads calls each with the payloads after a sequence, in order, until
	// each fails or there is no further one.
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// Preparer is a [Store] that can do a part of an append ahead, while the batch
// before is being appended. That batch may fail: then what was prepared is of no
// use, and does no harm.
type Preparer interface {
	// Prepare is called for a sealed batch, which must not change any more,
	// before its Append. One batch is prepared at a time.
	Prepare(batch *Batch)
}

// ErrRejected tells that a store refuses the content of a batch.
var ErrRejected = errors.New("the store refuses the content of the batch")

// Request is what to load.
type Request struct {
	// Transactions are looked up by ID.
	Transactions []ID
	// Refusals are looked up by ID as well, among refused transactions only. Of
	// every command it is asked whether it was refused before, and few were: a
	// store can tell at less cost than among all.
	Refusals []ID
	// Accounts are loaded whole: their settings, everything live, and the
	// newest entry of each cell of their live lots.
	Accounts []ID
	// Facts are loaded by subject, the newest version.
	Facts []ID
}

// Loaded is what was found. What is not in the maps is not in the store.
type Loaded struct {
	Head Head
	// Clock is the store's own clock when this was read; zero if it has none.
	Clock time.Time
	// NextCell is the first ID after the block of the highest cell.
	NextCell     int64
	Transactions map[ID]Transaction
	Accounts     map[ID]AccountRows
	Facts        map[ID]Fact
}

// Transaction is where a recorded command is.
type Transaction struct {
	ID           ID
	Sequence     int64
	Position     int
	Fingerprint  Fingerprint
	PrintVersion uint8
	// Payload is the payload of the batch it is in; the transactions of one
	// batch share it.
	Payload []byte
}

// AccountRows are the rows of one account.
type AccountRows struct {
	// Facts are the newest facts of the account itself and of all that is live
	// in it, each with the sequence that wrote it.
	Facts []FactRow
	// Cells are the newest entries of the cells of its live lots.
	Cells []CellRow
}

// FactRow is a fact and the batch that wrote it.
type FactRow struct {
	Fact
	Sequence int64
}

// CellRow is a cell's newest entry, in short.
type CellRow struct {
	ID       int64
	Version  int64
	Balance  int64
	Sequence int64
}
