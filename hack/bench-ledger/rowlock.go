// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const rowLockName = "rowlock"

// rowLockTables are what a service keeps that changes balances in place.
const rowLockTables = `
CREATE TABLE account (
    id      integer PRIMARY KEY,
    balance bigint  NOT NULL CHECK (balance >= 0)
);
CREATE TABLE transfer (
    id     uuid        PRIMARY KEY,
    debit  integer     NOT NULL,
    credit integer     NOT NULL,
    amount bigint      NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO account (id, balance) SELECT id, %d FROM generate_series(0, %d) AS id;
ANALYZE;`

// rowLock has workers make one transaction per transfer: both balances are
// locked, always in the same order, read, checked and updated, and the transfer
// is logged under its key.
func (b *bench) rowLock(ctx context.Context, r row) (measured result, err error) {
	if err := b.prepareRowLock(ctx); err != nil {
		return result{}, err
	}
	choose := pair
	if r.load == loadHot {
		choose = hotPair
	}
	series := uint64(time.Now().UnixNano())
	m := newMeter()
	group, ctx := errgroup.WithContext(ctx)
	for caller := range r.callers {
		group.Go(func() error {
			connection, err := pgx.Connect(ctx, b.server.URL(rowLockName))
			if err != nil {
				return err
			}
			defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what counts was committed
			for n := uint64(caller) << 32; !m.over.Load(); n++ {
				began := time.Now()
				from, to := choose(series, n)
				if err := transferWithLocks(ctx, connection, keyOf(series, n), from, to); err != nil {
					return err
				}
				if m.measuring.Load() {
					m.latencies.record(caller, time.Since(began))
				}
			}
			return nil
		})
	}
	group.Go(func() (err error) {
		measured, err = b.measure(ctx, r, m, nil)
		return err
	})
	if err := group.Wait(); err != nil {
		return result{}, err
	}
	return measured, nil
}

func (b *bench) prepareRowLock(ctx context.Context) error {
	made, err := b.server.ensure(ctx, rowLockName)
	if err != nil || !made {
		return err
	}
	err = b.server.on(ctx, rowLockName, fmt.Sprintf(rowLockTables, int64(opening), accounts-1))
	if err != nil {
		err = errors.Join(err, b.server.drop(context.WithoutCancel(ctx), rowLockName))
	}
	return err
}

// transferWithLocks moves 1 from one account to another.
func transferWithLocks(ctx context.Context, connection *pgx.Conn, key ledger.ID, from, to int) error {
	const amount = 1
	return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id, balance FROM account WHERE id = $1 OR id = $2 ORDER BY id FOR UPDATE", from, to)
		if err != nil {
			return err
		}
		var id int
		var balance int64
		balances := map[int]int64{}
		if _, err := pgx.ForEachRow(rows, []any{&id, &balance}, func() error {
			balances[id] = balance
			return nil
		}); err != nil {
			return err
		}
		if balances[from] < amount {
			return fmt.Errorf("account %d has %d", from, balances[from])
		}
		const update = "UPDATE account SET balance = balance + $2 WHERE id = $1"
		if _, err := tx.Exec(ctx, update, from, -amount); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, update, to, amount); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO transfer (id, debit, credit, amount) VALUES ($1, $2, $3, $4)", key, from, to, amount)
		return err
	})
}
