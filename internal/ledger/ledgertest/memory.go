// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
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
	due          map[dueRow]ledger.ID
	nextCell     int64
}

// dueRow is the key of what is due; with it goes the account.
type dueRow struct {
	at      int64
	subject ledger.ID
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
		due:          map[dueRow]ledger.ID{},
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

// Originals implements [ledger.Store].
func (m *Memory) Originals(ctx context.Context, transactions []ledger.ID) (map[ledger.ID]ledger.Original, error) {
	found, err := m.Load(ctx, ledger.Request{Transactions: transactions})
	if err != nil {
		return nil, err
	}
	return ledger.OriginalsOf(found.Transactions, func(cells []int64) (map[int64]ledger.Cell, error) {
		m.mu.RLock()
		defer m.mu.RUnlock()
		of := make(map[int64]ledger.Cell, len(cells))
		for _, id := range cells {
			if cell, ok := m.cells[id]; ok {
				of[id] = cell
			}
		}
		return of, nil
	})
}

// Due implements [ledger.Store].
func (m *Memory) Due(ctx context.Context, until int64, limit int) ([]ledger.Due, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var due []ledger.Due
	for row, account := range m.due {
		if row.at <= until {
			due = append(due, ledger.Due{At: row.at, Subject: row.subject, Account: account})
		}
	}
	slices.SortFunc(due, func(a, b ledger.Due) int {
		return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.Subject[:], b.Subject[:]))
	})
	return due[:min(limit, len(due))], ctx.Err()
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
	m.facts, m.live, m.due, m.nextCell = fresh.facts, fresh.live, fresh.due, fresh.nextCell
}
