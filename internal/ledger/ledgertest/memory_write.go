// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"
	"maps"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// writing is what a batch would change, so that it happens as a whole or not at
// all.
type writing struct {
	store        *Memory
	transactions map[ledger.ID]ledger.Transaction
	cells        map[int64]ledger.Cell
	entries      map[int64]ledger.CellRow
	facts        map[ledger.ID]ledger.FactRow
	live         []ledger.Live
	due          []ledger.Due
}

func newWriting(m *Memory) *writing {
	return &writing{
		store:        m,
		transactions: map[ledger.ID]ledger.Transaction{},
		cells:        map[int64]ledger.Cell{},
		entries:      map[int64]ledger.CellRow{},
		facts:        map[ledger.ID]ledger.FactRow{},
	}
}

// newest looks a key up in the draft first.
func newest[K comparable, V any](draft, store map[K]V, key K) (V, bool) {
	if v, ok := draft[key]; ok {
		return v, true
	}
	v, ok := store[key]
	return v, ok
}

func (d *writing) add(batch *ledger.Batch, position int) error {
	r := &batch.Records[position]
	if _, taken := newest(d.transactions, d.store.transactions, r.ID); taken {
		return fmt.Errorf("transaction %s exists", r.ID)
	}
	d.transactions[r.ID] = ledger.Transaction{
		ID: r.ID, Sequence: batch.Sequence, Position: position,
		Fingerprint: r.Fingerprint, PrintVersion: r.PrintVersion, Payload: batch.Payload,
	}
	for _, cell := range r.Cells {
		if _, taken := newest(d.cells, d.store.cells, cell.ID); taken {
			return fmt.Errorf("cell %d exists", cell.ID)
		}
		d.cells[cell.ID] = cell
	}
	for _, entry := range r.Entries {
		if err := d.entry(batch.Sequence, entry); err != nil {
			return err
		}
	}
	for _, fact := range r.Facts {
		if err := d.fact(batch.Sequence, fact); err != nil {
			return err
		}
	}
	d.live, d.due = append(d.live, r.Live...), append(d.due, r.Due...)
	return nil
}

func (d *writing) entry(sequence int64, e ledger.Entry) error {
	if _, ok := newest(d.cells, d.store.cells, e.Cell); !ok {
		return fmt.Errorf("cell %d does not exist", e.Cell)
	}
	if e.Amount == 0 || !counts(e.Amount) || !counts(e.Balance) {
		return fmt.Errorf("cell %d cannot take %d and have %d", e.Cell, e.Amount, e.Balance)
	}
	last, _ := newest(d.entries, d.store.entries, e.Cell)
	if e.Version != last.Version+1 {
		return fmt.Errorf("cell %d has version %d, not %d", e.Cell, last.Version, e.Version-1)
	}
	if e.Floor != nil && e.Amount < 0 && e.Balance < *e.Floor {
		return fmt.Errorf("cell %d would be under its floor", e.Cell)
	}
	d.entries[e.Cell] = ledger.CellRow{ID: e.Cell, Version: e.Version, Balance: e.Balance, Sequence: sequence}
	return nil
}

// counts says whether an amount is within what a ledger counts to.
func counts(amount int64) bool { return -largest <= amount && amount <= largest }

func (d *writing) fact(sequence int64, f ledger.Fact) error {
	last, known := newest(d.facts, d.store.facts, f.Subject)
	if f.Version != last.Version+1 {
		return fmt.Errorf("fact %s has version %d, not %d", f.Subject, last.Version, f.Version-1)
	}
	if f.Cap != nil && f.Used != nil && *f.Used > *f.Cap && !(known && last.Used != nil && *f.Used < *last.Used) {
		return fmt.Errorf("fact %s would pass its cap", f.Subject)
	}
	d.facts[f.Subject] = ledger.FactRow{Fact: f, Sequence: sequence}
	return nil
}

func (d *writing) commit() {
	m := d.store
	maps.Copy(m.transactions, d.transactions)
	maps.Copy(m.cells, d.cells)
	maps.Copy(m.entries, d.entries)
	maps.Copy(m.facts, d.facts)
	for id := range d.cells {
		m.nextCell = max(m.nextCell, ledger.LotBaseOf(id)+ledger.LotBlock)
	}
	for _, l := range d.live {
		if l.Ended {
			delete(m.live[l.Account], l.Subject)
			continue
		}
		if m.live[l.Account] == nil {
			m.live[l.Account] = map[ledger.ID]int64{}
		}
		m.live[l.Account][l.Subject] = l.Base
	}
	for _, row := range d.due {
		if key := (dueRow{row.At, row.Subject}); row.Settled {
			delete(m.due, key)
		} else {
			m.due[key] = row.Account
		}
	}
}
