// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Originals implements [ledger.Store]. What it reads never changes, so it need not
// be read as of one state.
func (r *Reader) Originals(ctx context.Context, transactions []ledger.ID) (originals map[ledger.ID]ledger.Original, err error) {
	loading := &loading{what: ledger.Request{Transactions: transactions}}
	err = r.with(ctx, r.pool, func(ctx context.Context, connection *pgx.Conn) error {
		if err := r.options.run(ctx, connection, loading.steps()); err != nil {
			return err
		}
		if err := loading.payloads(ctx, connection); err != nil {
			return err
		}
		originals, err = ledger.OriginalsOf(loading.into.Transactions, func(cells []int64) (map[int64]ledger.Cell, error) {
			return owners(ctx, connection, cells)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what transactions did: %w", err)
	}
	return originals, nil
}

// owners are the accounts, buckets and lots that cells belong to.
func owners(ctx context.Context, connection *pgx.Conn, cells []int64) (map[int64]ledger.Cell, error) {
	of := make(map[int64]ledger.Cell, len(cells))
	err := take(ctx, connection, step{text: selectOwners, args: []any{cells}, read: func(rows pgx.Rows) error {
		var cell ledger.Cell
		err := rows.Scan(&cell.ID, (*[16]byte)(&cell.Account), (*[16]byte)(&cell.Bucket), &cell.Lot)
		of[cell.ID] = cell
		return err
	}})
	return of, err
}

// Due implements [ledger.Store].
func (r *Reader) Due(ctx context.Context, until int64, limit int) (due []ledger.Due, err error) {
	err = r.with(ctx, r.pool, func(ctx context.Context, connection *pgx.Conn) error {
		return take(ctx, connection, step{text: selectDue, args: []any{until, limit}, read: func(rows pgx.Rows) error {
			var row ledger.Due
			err := rows.Scan(&row.At, (*[16]byte)(&row.Subject), (*[16]byte)(&row.Account))
			due = append(due, row)
			return err
		}})
	})
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return due, nil
}
