// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"database/sql"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// The types below are rows as they are stored: integers as wide as a table can
// hold them, so that a wrong one can be reported, and bytes as strings, so that
// rows can be compared.

// Batch is a row of the log.
type Batch struct {
	Shard, Sequence int64
	// Before is the sequence of the batch before, absent in batch 0.
	Before                sql.Null[int64]
	Format, Rules, Micros int64
	Previous, Hash        []byte
	Payload               []byte
}

// Place is where in the log a row was written.
type Place struct{ Sequence, Position int64 }

func (p Place) sequence() int64 { return p.Sequence }

func (p Place) String() string { return fmt.Sprintf("batch %d position %d", p.Sequence, p.Position) }

// Transaction is what was decided about one command.
type Transaction struct {
	Place
	ID                 ledger.ID
	Operation, Status  int64
	Code               string
	Fingerprint        ledger.Fingerprint
	FingerprintVersion int64
}

// Cell is a posting address.
type Cell struct {
	Place
	ID                      int64
	Tenant, Account, Bucket ledger.ID
	Lot                     int64
	Unit                    string
	Kind                    int64
}

// Entry is a leg of a transaction.
type Entry struct {
	Place
	Cell, Version, Amount, Balance int64
	Floor                          sql.Null[int64]
}

// Fact is a version of state that is not money.
type Fact struct {
	Place
	Subject       ledger.ID
	Version, Kind int64
	Used, Cap     sql.Null[int64]
	// FellFrom is what the version before had used, in the table only, and only
	// if Used is above Cap.
	FellFrom sql.Null[int64]
	Body     string
}

// Annotation is that there is something beside the log for a transaction; what
// it says is nobody's business here.
type Annotation struct{ Place }

// row is what comparing a table with the log needs to know about its rows.
type row[K comparable] interface {
	comparable
	sequence() int64
	// key tells rows apart; the others are compared.
	key() K
	String() string
	columns() []column
}

type column struct {
	name  string
	value any
}

type versioned[K comparable] struct {
	of      K
	version int64
}

func (t Transaction) key() Place         { return t.Place }
func (c Cell) key() int64                { return c.ID }
func (e Entry) key() versioned[int64]    { return versioned[int64]{e.Cell, e.Version} }
func (f Fact) key() versioned[ledger.ID] { return versioned[ledger.ID]{f.Subject, f.Version} }

func (t Transaction) String() string { return "transaction " + t.ID.String() }
func (c Cell) String() string        { return fmt.Sprintf("cell %d", c.ID) }
func (e Entry) String() string       { return fmt.Sprintf("entry cell %d version %d", e.Cell, e.Version) }
func (f Fact) String() string        { return fmt.Sprintf("fact %s version %d", f.Subject, f.Version) }
func (a Annotation) String() string  { return "annotation " + a.Place.String() }

func place(p Place) []column { return []column{{"seq", p.Sequence}, {"pos", p.Position}} }

func (t Transaction) columns() []column {
	return []column{
		{"id", t.ID}, {"op", t.Operation}, {"status", t.Status}, {"code", t.Code},
		{"fingerprint", fmt.Sprintf("%x", t.Fingerprint)}, {"fingerprint_version", t.FingerprintVersion},
	}
}

func (c Cell) columns() []column {
	return append(place(c.Place), column{"tenant", c.Tenant}, column{"account", c.Account},
		column{"bucket", c.Bucket}, column{"lot", c.Lot}, column{"unit", c.Unit}, column{"kind", c.Kind})
}

func (e Entry) columns() []column {
	return append(place(e.Place), column{"amount", e.Amount}, column{"balance_after", e.Balance},
		column{"floor", optional(e.Floor)})
}

func (f Fact) columns() []column {
	return append(place(f.Place), column{"kind", f.Kind}, column{"used", optional(f.Used)},
		column{"cap", optional(f.Cap)}, column{"body", fmt.Sprintf("%x", f.Body)})
}

func optional(value sql.Null[int64]) any {
	if !value.Valid {
		return "absent"
	}
	return value.V
}

func nullable(value *int64) sql.Null[int64] {
	if value == nil {
		return sql.Null[int64]{}
	}
	return sql.Null[int64]{V: *value, Valid: true}
}

// logged are the rows that the log says a batch wrote.
type logged struct {
	transactions []Transaction
	cells        []Cell
	entries      []Entry
	facts        []Fact
}

func loggedRows(b *ledger.Batch) logged {
	var l logged
	for i := range b.Records {
		r := &b.Records[i]
		at := Place{b.Sequence, int64(i)}
		l.transactions = append(l.transactions, Transaction{
			Place: at, ID: r.ID, Operation: int64(r.Kind), Status: int64(r.Status), Code: string(r.Code),
			Fingerprint: r.Fingerprint, FingerprintVersion: int64(r.PrintVersion),
		})
		for _, c := range r.Cells {
			l.cells = append(l.cells, Cell{
				Place: at, ID: c.ID, Tenant: c.Tenant, Account: c.Account, Bucket: c.Bucket,
				Lot: c.Lot, Unit: c.Unit, Kind: int64(c.Kind),
			})
		}
		for _, e := range r.Entries {
			l.entries = append(l.entries, Entry{
				Place: at, Cell: e.Cell, Version: e.Version, Amount: e.Amount, Balance: e.Balance,
				Floor: nullable(e.Floor),
			})
		}
		for _, f := range r.Facts {
			l.facts = append(l.facts, Fact{
				Place: at, Subject: f.Subject, Version: f.Version, Kind: int64(f.Kind),
				Used: nullable(f.Used), Cap: nullable(f.Cap), Body: string(f.Body),
			})
		}
	}
	return l
}
