// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Memory is a store that keeps everything in maps. It holds batches to the same
// constraints as the stores that last, and any number of writers may share it.
type Memory struct {
	identity string

	mu           sync.RWMutex
	log          []*ledger.Batch
	transactions map[ledger.ID]ledger.Transaction
	cells        map[int64]ledger.Cell
	entries      map[int64]ledger.CellRow
	facts        map[ledger.ID]ledger.FactRow
	live         map[ledger.ID]map[ledger.ID]int64 // account → subject → base
	nextCell     int64
}

// errOutOfSequence is what a second writer meets.
var errOutOfSequence = errors.New("the log already has a batch with this sequence")

// NewMemory is an empty log with its batch 0.
func NewMemory() *Memory {
	const identity = "memory"
	genesis, err := ledger.Genesis(identity, time.UnixMicro(0))
	if err != nil {
		panic(err)
	}
	return &Memory{
		identity:     identity,
		log:          []*ledger.Batch{genesis},
		transactions: map[ledger.ID]ledger.Transaction{},
		cells:        map[int64]ledger.Cell{},
		entries:      map[int64]ledger.CellRow{},
		facts:        map[ledger.ID]ledger.FactRow{},
		live:         map[ledger.ID]map[ledger.ID]int64{},
		nextCell:     ledger.LotBlock,
	}
}

// Identity implements [ledger.Store].
func (m *Memory) Identity() string { return m.identity }

// Head implements [ledger.Store].
func (m *Memory) Head(ctx context.Context) (ledger.Head, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head(), ctx.Err()
}

func (m *Memory) head() ledger.Head { return m.log[len(m.log)-1].Head() }

// Load implements [ledger.Store].
func (m *Memory) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := &ledger.Loaded{
		Head:         m.head(),
		NextCell:     m.nextCell,
		Transactions: map[ledger.ID]ledger.Transaction{},
		Accounts:     map[ledger.ID]ledger.AccountRows{},
		Facts:        map[ledger.ID]ledger.Fact{},
	}
	for _, id := range what.Transactions {
		if tx, ok := m.transactions[id]; ok {
			found.Transactions[id] = tx
		}
	}
	for _, id := range what.Refusals {
		if tx, ok := m.transactions[id]; ok && m.log[tx.Sequence].Records[tx.Position].Status == ledger.Refused {
			found.Transactions[id] = tx
		}
	}
	for _, id := range what.Accounts {
		if rows := m.account(id); len(rows.Facts) > 0 {
			found.Accounts[id] = rows
		}
	}
	for _, subject := range what.Facts {
		if row, ok := m.facts[subject]; ok {
			found.Facts[subject] = row.Fact
		}
	}
	return found, nil
}

func (m *Memory) account(id ledger.ID) ledger.AccountRows {
	var rows ledger.AccountRows
	if row, ok := m.facts[id]; ok {
		rows.Facts = append(rows.Facts, row)
	}
	for subject, base := range m.live[id] {
		if row, ok := m.facts[subject]; ok {
			rows.Facts = append(rows.Facts, row)
		}
		if base == 0 {
			continue
		}
		for cell := base; cell < base+ledger.LotBlock; cell++ {
			if row, ok := m.entries[cell]; ok {
				rows.Cells = append(rows.Cells, row)
			}
		}
	}
	slices.SortFunc(rows.Facts, func(a, b ledger.FactRow) int { return bytes.Compare(a.Subject[:], b.Subject[:]) })
	slices.SortFunc(rows.Cells, func(a, b ledger.CellRow) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}

// Append implements [ledger.Store].
func (m *Memory) Append(_ context.Context, batch *ledger.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if head := m.head(); batch.Sequence != head.Sequence+1 || batch.Previous != head.Hash {
		return fmt.Errorf("%w: %d after %d", errOutOfSequence, batch.Sequence, head.Sequence)
	}
	draft := newWriting(m)
	for position := range batch.Records {
		if err := draft.add(batch, position); err != nil {
			return fmt.Errorf("%w: record %d: %w", ledger.ErrRejected, position, err)
		}
	}
	draft.commit()
	m.log = append(m.log, batch)
	return nil
}

// Payloads implements [ledger.Store].
func (m *Memory) Payloads(ctx context.Context, after int64, each func([]byte) error) error {
	m.mu.RLock()
	log := m.log[min(max(after+1, 0), int64(len(m.log))):]
	m.mu.RUnlock()
	for _, batch := range log {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(batch.Payload); err != nil {
			return err
		}
	}
	return nil
}

// Rewind forgets the newest batches, as a database restored from an old backup
// has. What is left has the given sequence as its head.
func (m *Memory) Rewind(sequence int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	log := m.log[1 : sequence+1]
	fresh := NewMemory()
	fresh.log[0] = m.log[0]
	for _, batch := range log {
		if err := fresh.Append(context.Background(), batch); err != nil {
			panic(err)
		}
	}
	m.log, m.transactions, m.cells, m.entries = fresh.log, fresh.transactions, fresh.cells, fresh.entries
	m.facts, m.live, m.nextCell = fresh.facts, fresh.live, fresh.nextCell
}

// writing is what a batch would change, so that it happens as a whole or not at
// all.
type writing struct {
	store        *Memory
	transactions map[ledger.ID]ledger.Transaction
	cells        map[int64]ledger.Cell
	entries      map[int64]ledger.CellRow
	facts        map[ledger.ID]ledger.FactRow
	live         []ledger.Live
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
	d.live = append(d.live, r.Live...)
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
}
