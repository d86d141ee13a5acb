// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// logbook reads a log batch by batch and holds it to what is true of every log.
type logbook struct {
	head     ledger.Head
	records  map[ledger.ID]bool
	cells    map[int64]ledger.Cell
	entries  map[int64]ledger.Entry // the newest of each cell
	balances map[posted]int64
}

// posted is whose money of which unit.
type posted struct {
	account ledger.ID
	unit    string
}

// owned is which sums have to be zero.
type owned struct {
	tenant ledger.ID
	unit   string
}

func newLogbook() *logbook {
	return &logbook{
		head:    ledger.Head{Sequence: -1},
		records: map[ledger.ID]bool{}, cells: map[int64]ledger.Cell{},
		entries: map[int64]ledger.Entry{}, balances: map[posted]int64{},
	}
}

func (l *logbook) read(payload []byte) error {
	b, err := ledger.Open(payload)
	if err != nil {
		return err
	}
	if b.Sequence != l.head.Sequence+1 || b.Previous != l.head.Hash {
		return fmt.Errorf("batch %d does not follow batch %d", b.Sequence, l.head.Sequence)
	}
	if b.Instant.Before(l.head.Instant) {
		return fmt.Errorf("batch %d is older than the one before", b.Sequence)
	}
	if b.Sequence > 0 && len(b.Records) == 0 {
		return fmt.Errorf("batch %d decides nothing", b.Sequence)
	}
	for i := range b.Records {
		if err := l.record(&b.Records[i]); err != nil {
			return fmt.Errorf("batch %d, record %d: %w", b.Sequence, i, err)
		}
	}
	l.head = b.Head()
	return nil
}

func (l *logbook) record(r *ledger.Record) error {
	if l.records[r.ID] {
		return fmt.Errorf("%s was recorded before", r.ID)
	}
	l.records[r.ID] = true
	for _, cell := range r.Cells {
		l.cells[cell.ID] = cell
	}
	sums := map[owned]int64{}
	for _, entry := range r.Entries {
		cell, ok := l.cells[entry.Cell]
		last := l.entries[entry.Cell]
		switch {
		case !ok:
			return fmt.Errorf("cell %d is nobody's", entry.Cell)
		case entry.Amount == 0:
			return fmt.Errorf("nothing is moved on cell %d", entry.Cell)
		case entry.Version != last.Version+1 || entry.Balance != last.Balance+entry.Amount:
			return fmt.Errorf("%+v does not follow %+v", entry, last)
		case (entry.Floor == nil) != (cell.Kind == ledger.Debt || cell.Kind == ledger.External):
			return fmt.Errorf("cell %d of kind %d has the floor %v", cell.ID, cell.Kind, entry.Floor)
		case entry.Floor != nil && entry.Amount < 0 && entry.Balance < *entry.Floor:
			return fmt.Errorf("%+v overdraws the account", entry)
		}
		l.entries[entry.Cell] = entry
		l.balances[posted{cell.Account, cell.Unit}] += entry.Amount
		sums[owned{cell.Tenant, cell.Unit}] += entry.Amount
	}
	for of, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%d %s of tenant %s came from nowhere", sum, of.unit, of.tenant)
		}
	}
	return nil
}
