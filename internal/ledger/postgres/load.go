// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Load implements [ledger.Store]: everything in one round trip, and a second one
// for the payloads of the transactions that were found, which is rare.
func (r *Reader) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	loading := &loading{what: what}
	err := r.with(ctx, r.pool, func(ctx context.Context, connection *pgx.Conn) error {
		if err := r.options.run(ctx, connection, loading.steps()); err != nil {
			return err
		}
		return loading.payloads(ctx, connection)
	})
	if err != nil {
		return nil, fmt.Errorf("load from the ledger: %w", err)
	}
	return &loading.into, nil
}

// loading is one [Reader.Load].
type loading struct {
	what ledger.Request
	into ledger.Loaded
}

func (l *loading) steps() []step {
	l.into.Transactions = make(map[ledger.ID]ledger.Transaction)
	l.into.Accounts = make(map[ledger.ID]ledger.AccountRows, len(l.what.Accounts))
	l.into.Facts = make(map[ledger.ID]ledger.Fact, len(l.what.Facts))
	steps := make([]step, 0, 8)
	steps = append(steps, step{text: beginReading},
		step{text: selectHead, read: l.head}, step{text: selectHighestCell, read: l.nextCell})
	for _, part := range [...]struct {
		text string
		ids  []ledger.ID
		read func(pgx.Rows) error
	}{
		{selectTransactions, l.what.Transactions, l.transaction},
		{selectRefusals, l.what.Refusals, l.transaction},
		{selectFacts, l.what.Facts, l.fact},
		{selectAccountFacts, l.what.Accounts, l.accountFact},
		{selectAccountCells, l.what.Accounts, l.accountCell},
	} {
		if len(part.ids) > 0 {
			steps = append(steps, step{text: part.text, args: []any{distinct(part.ids)}, read: part.read})
		}
	}
	return append(steps, step{text: commit})
}

// payloads gives the transactions that were found the payloads of their batches.
// The log never changes, so they need not be read as of the same state.
func (l *loading) payloads(ctx context.Context, connection *pgx.Conn) error {
	if len(l.into.Transactions) == 0 {
		return nil
	}
	of := make(map[int64][]byte)
	var sequences []int64
	for _, t := range l.into.Transactions {
		if _, ok := of[t.Sequence]; !ok {
			of[t.Sequence] = nil
			sequences = append(sequences, t.Sequence)
		}
	}
	err := take(ctx, connection, step{text: selectPayloadsOf, args: []any{sequences}, read: func(rows pgx.Rows) error {
		var sequence int64
		var payload []byte
		err := rows.Scan(&sequence, &payload)
		of[sequence] = payload
		return err
	}})
	if err != nil {
		return err
	}
	for id, t := range l.into.Transactions {
		if t.Payload = of[t.Sequence]; t.Payload == nil {
			return fmt.Errorf("transaction %s is in batch %d, which is missing", id, t.Sequence)
		}
		l.into.Transactions[id] = t
	}
	return nil
}

func distinct(ids []ledger.ID) [][16]byte {
	keys := make([][16]byte, 0, len(ids))
	seen := make(map[ledger.ID]struct{}, len(ids))
	for _, id := range ids {
		if _, again := seen[id]; !again {
			seen[id] = struct{}{}
			keys = append(keys, id)
		}
	}
	return keys
}

func (l *loading) head(rows pgx.Rows) (err error) {
	l.into.Head, l.into.Clock, err = scanHead(rows)
	return err
}

func (l *loading) nextCell(rows pgx.Rows) error {
	var highest int64
	err := rows.Scan(&highest)
	l.into.NextCell = ledger.LotBaseOf(highest) + ledger.LotBlock
	return err
}

func (l *loading) transaction(rows pgx.Rows) error {
	var t ledger.Transaction
	var fingerprint []byte
	err := rows.Scan((*[16]byte)(&t.ID), &t.Sequence, &t.Position, &fingerprint, &t.PrintVersion)
	copy(t.Fingerprint[:], fingerprint)
	l.into.Transactions[t.ID] = t
	return err
}

func (l *loading) fact(rows pgx.Rows) error {
	row, _, err := scanFact(rows)
	l.into.Facts[row.Subject] = row.Fact
	return err
}

func (l *loading) accountFact(rows pgx.Rows) error {
	row, account, err := scanFact(rows)
	of := l.into.Accounts[account]
	of.Facts = append(of.Facts, row)
	l.into.Accounts[account] = of
	return err
}

func (l *loading) accountCell(rows pgx.Rows) error {
	var account ledger.ID
	var cell ledger.CellRow
	err := rows.Scan((*[16]byte)(&account), &cell.ID, &cell.Version, &cell.Balance, &cell.Sequence)
	of := l.into.Accounts[account]
	of.Cells = append(of.Cells, cell)
	l.into.Accounts[account] = of
	return err
}

func scanFact(rows pgx.Rows) (row ledger.FactRow, of ledger.ID, err error) {
	err = rows.Scan((*[16]byte)(&row.Subject), &row.Version, &row.Kind, &row.Used, &row.Cap, &row.Body, &row.Sequence,
		(*[16]byte)(&of))
	return row, of, err
}
