// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Originals implements [ledger.Store].
func (r *Reader) Originals(ctx context.Context, transactions []ledger.ID) (originals map[ledger.ID]ledger.Original, err error) {
	err = r.reading(ctx, func(l *loading) error {
		found, err := l.load(ledger.Request{Transactions: transactions})
		if err == nil {
			originals, err = ledger.OriginalsOf(found.Transactions, l.owners)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what transactions did: %w", err)
	}
	return originals, nil
}

// owners are the accounts, buckets and lots that cells belong to.
func (l *loading) owners(cells []int64) (map[int64]ledger.Cell, error) {
	args := make([]any, len(cells))
	for i, cell := range cells {
		args[i] = cell
	}
	of := make(map[int64]ledger.Cell, len(cells))
	err := l.each(&selectOwners, args, func(rows *sql.Rows) error {
		var cell ledger.Cell
		var account, bucket []byte
		if err := rows.Scan(&cell.ID, &account, &bucket, &cell.Lot); err != nil {
			return err
		}
		copy(cell.Account[:], account)
		copy(cell.Bucket[:], bucket)
		of[cell.ID] = cell
		return nil
	})
	return of, err
}

// Due implements [ledger.Store].
func (r *Reader) Due(ctx context.Context, until int64, limit int) (due []ledger.Due, err error) {
	err = r.reading(ctx, func(l *loading) error {
		return l.query(selectDue, []any{until, limit}, func(rows *sql.Rows) error {
			var row ledger.Due
			var subject, account []byte
			if err := rows.Scan(&row.At, &subject, &account); err != nil {
				return err
			}
			copy(row.Subject[:], subject)
			copy(row.Account[:], account)
			due = append(due, row)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return due, nil
}
