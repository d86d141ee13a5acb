// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Scribe writes batches to a store by hand, without a book: it numbers versions
// and adds balances up, and decides nothing. Its clock ticks a second a batch.
type Scribe struct {
	Store    ledger.Store
	Head     ledger.Head
	Tenant   ledger.ID
	nextCell int64
	cells    map[int64]ledger.CellRow
	facts    map[ledger.ID]int64
	lots     map[int64]ledger.Lot // by base
	opened   map[int64]bool       // the cells that are there
	holds    map[ledger.ID]ledger.Hold
	terms    map[ledger.ID]ledger.Term // by bucket
	shared   map[ledger.ID][]ledger.ID // with whom, by bucket
}

// NewScribe writes to a store that nobody wrote to before.
func NewScribe(ctx context.Context, store ledger.Store) (*Scribe, error) {
	head, err := store.Head(ctx)
	return &Scribe{
		Store: store, Head: head, Tenant: ledger.TenantID("test", "shop", 1), nextCell: ledger.LotBlock,
		cells: map[int64]ledger.CellRow{}, facts: map[ledger.ID]int64{},
		lots: map[int64]ledger.Lot{}, opened: map[int64]bool{}, holds: map[ledger.ID]ledger.Hold{},
		terms: map[ledger.ID]ledger.Term{}, shared: map[ledger.ID][]ledger.ID{},
	}, err
}

// Account is the ID of an account of the scribe's tenant.
func (s *Scribe) Account(name string) ledger.ID { return ledger.AccountID("test", s.Tenant, name) }

// Record is an accepted operation with the ID of its name.
func (s *Scribe) Record(name string) ledger.Record {
	return ledger.Record{
		ID: s.Key(name), Kind: ledger.KindTopUp, Status: ledger.Accepted,
		Fingerprint: ledger.Fingerprint{1, 2, 3}, PrintVersion: ledger.PrintVersion,
	}
}

// Key is the key of the operation of that name.
func (s *Scribe) Key(name string) ledger.ID {
	return ledger.OperationKey("test", s.Tenant, "TopUp", name, "")
}

// Refusal is a refused operation.
func (s *Scribe) Refusal(name string, code ledger.Code) ledger.Record {
	record := s.Record(name)
	record.Status, record.Code, record.Key = ledger.Refused, code, record.ID
	record.ID = ledger.RefusalID(record.Key, record.Fingerprint)
	return record
}

// Cell writes a further cell of a lot.
func (s *Scribe) Cell(r *ledger.Record, lot ledger.Lot, kind ledger.CellKind) {
	s.opened[ledger.CellID(lot.Base, kind)] = true
	r.Cells = append(r.Cells, ledger.Cell{
		ID: ledger.CellID(lot.Base, kind), Account: lot.Account, Bucket: lot.Bucket, Lot: lot.Number,
		Unit: lot.Unit, Kind: kind, Tenant: s.Tenant,
	})
}

// Fact writes the next version of a fact.
func (s *Scribe) Fact(r *ledger.Record, subject ledger.ID, kind ledger.FactKind, body any) *ledger.Fact {
	s.facts[subject]++
	r.Facts = append(r.Facts, ledger.Fact{
		Subject: subject, Version: s.facts[subject], Kind: kind, Body: ledger.EncodeBody(body),
	})
	return &r.Facts[len(r.Facts)-1]
}

// Counter writes the next version of a counter.
func (s *Scribe) Counter(r *ledger.Record, subject ledger.ID, used, bound int64) {
	fact := s.Fact(r, subject, ledger.FactReceipt, ledger.Receipt{Transaction: r.ID})
	fact.Used, fact.Cap = &used, &bound
}

// Entry writes the next entry of a cell.
func (s *Scribe) Entry(r *ledger.Record, cell, amount int64, floor *int64) {
	row := s.cells[cell]
	row.ID, row.Version, row.Balance = cell, row.Version+1, row.Balance+amount
	s.cells[cell] = row
	r.Entries = append(r.Entries, ledger.Entry{
		Cell: cell, Version: row.Version, Amount: amount, Balance: row.Balance, Floor: floor,
	})
}

// Balance is what is in a cell.
func (s *Scribe) Balance(cell int64) int64 { return s.cells[cell].Balance }

// Seal makes the next batch.
func (s *Scribe) Seal(records ...ledger.Record) *ledger.Batch {
	batch := &ledger.Batch{
		Sequence: s.Head.Sequence + 1, Previous: s.Head.Hash, Instant: s.Head.Instant.Add(time.Second),
		Rules: 1, Records: records,
	}
	if err := batch.Seal(); err != nil {
		panic(err) // plain rows always encode
	}
	return batch
}

// Append makes the next batch and appends it.
func (s *Scribe) Append(ctx context.Context, records ...ledger.Record) (*ledger.Batch, error) {
	batch := s.Seal(records...)
	if err := s.Store.Append(ctx, batch); err != nil {
		return batch, err
	}
	s.Head = batch.Head()
	return batch, nil
}

// Settings is a record that posts an account's settings and opens its lot 0,
// whose base it returns.
func (s *Scribe) Settings(account ledger.ID, kind ledger.CellKind, unit string) (ledger.Record, int64) {
	record := s.Record("settings of " + account.String())
	record.Kind = ledger.KindSetAccount
	if kind != ledger.External {
		s.Fact(&record, account, ledger.FactAccount, ledger.AccountSettings{Currency: unit})
	}
	base := s.Lot(&record, account, 0, kind, unit)
	return record, base
}

// Name is a different name for each number.
func Name(prefix string, number int) string { return prefix + "-" + strconv.Itoa(number) }

// Floor is a floor for an entry.
func Floor(least int64) *int64 { return &least }

// Clone is a scribe who knows what this one knows now: to go back to when a
// batch is not taken, or to go on with a copy of the ledger.
func (s *Scribe) Clone() *Scribe {
	twin := *s
	twin.cells, twin.facts = maps.Clone(s.cells), maps.Clone(s.facts)
	twin.lots, twin.opened, twin.holds = maps.Clone(s.lots), maps.Clone(s.opened), maps.Clone(s.holds)
	twin.terms, twin.shared = maps.Clone(s.terms), maps.Clone(s.shared)
	return &twin
}
