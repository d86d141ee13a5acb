// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

var _ audit.Source = (*Reader)(nil)

// Rows implements [audit.Source]. As long as they are not closed, the server
// keeps what is deleted meanwhile.
func (r *Reader) Rows(ctx context.Context) (audit.Rows, error) {
	connection, err := r.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	t := &tables{ctx: ctx, connection: connection}
	if _, err := connection.Exec(ctx, beginReading); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// tables are all rows as of one committed state.
type tables struct {
	ctx        context.Context //nolint:containedctx // lives as long as the reading
	connection *pgxpool.Conn
	cursors    int
}

// Close ends the reading. The transaction goes with its connection.
func (t *tables) Close() error {
	err := t.connection.Conn().Close(t.ctx)
	t.connection.Release()
	return err
}

func (t *tables) Batches() iter.Seq2[audit.Batch, error] {
	return each(t, "audit_batches", func(rows pgx.Rows) (b audit.Batch, err error) {
		err = rows.Scan(&b.Shard, &b.Sequence, &b.Before, &b.Format, &b.Rules, &b.Micros, &b.Previous, &b.Hash, &b.Payload)
		return b, err
	})
}

func (t *tables) Transactions(order audit.Order) iter.Seq2[audit.Transaction, error] {
	return each(t, "audit_transactions"+in(order), func(rows pgx.Rows) (row audit.Transaction, err error) {
		var fingerprint []byte
		err = rows.Scan(&row.Sequence, &row.Position, (*[16]byte)(&row.ID), &row.Operation, &row.Status, &row.Code,
			&fingerprint, &row.FingerprintVersion)
		if len(fingerprint) == len(row.Fingerprint) { // others leave zeros, which are none
			copy(row.Fingerprint[:], fingerprint)
		}
		return row, err
	})
}

func (t *tables) Cells() iter.Seq2[audit.Cell, error] {
	return each(t, "audit_cells", func(rows pgx.Rows) (row audit.Cell, err error) {
		err = rows.Scan(&row.Sequence, &row.Position, &row.ID, (*[16]byte)(&row.Tenant), (*[16]byte)(&row.Account),
			(*[16]byte)(&row.Bucket), &row.Lot, &row.Unit, &row.Kind)
		return row, err
	})
}

func (t *tables) Entries(order audit.Order) iter.Seq2[audit.Entry, error] {
	return each(t, "audit_entries"+in(order), func(rows pgx.Rows) (row audit.Entry, err error) {
		err = rows.Scan(&row.Sequence, &row.Position, &row.Cell, &row.Version, &row.Amount, &row.Balance, &row.Floor)
		return row, err
	})
}

func (t *tables) Facts(order audit.Order) iter.Seq2[audit.Fact, error] {
	return each(t, "audit_facts"+in(order), func(rows pgx.Rows) (row audit.Fact, err error) {
		var body []byte
		err = rows.Scan(&row.Sequence, &row.Position, (*[16]byte)(&row.Subject), &row.Version, &row.Kind, &row.Used,
			&row.Cap, &row.FellFrom, &body)
		row.Body = string(body)
		return row, err
	})
}

func (t *tables) Annotations() iter.Seq2[audit.Annotation, error] {
	return each(t, "audit_annotations", func(rows pgx.Rows) (row audit.Annotation, err error) {
		err = rows.Scan(&row.Sequence, &row.Position)
		return row, err
	})
}

func (t *tables) Live() iter.Seq2[ledger.Live, error] {
	return each(t, "audit_live", func(rows pgx.Rows) (row ledger.Live, err error) {
		err = rows.Scan((*[16]byte)(&row.Account), (*[16]byte)(&row.Subject), &row.Base)
		return row, err
	})
}

func (t *tables) Due() iter.Seq2[ledger.Due, error] {
	return each(t, "audit_due", func(rows pgx.Rows) (row ledger.Due, err error) {
		err = rows.Scan(&row.At, (*[16]byte)(&row.Subject), (*[16]byte)(&row.Account))
		return row, err
	})
}

func in(order audit.Order) string {
	if order == audit.ByKey {
		return "_by_key"
	}
	return "_in_log"
}

// rowsAtOnce is how many rows are fetched from a cursor in one round trip; of
// batches, which are long, fewer.
const (
	rowsAtOnce    = 4096
	batchesAtOnce = 16
)

// each reads a table through a cursor, so that several can be read in turn on
// one connection.
func each[R any](t *tables, name string, scan func(pgx.Rows) (R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		t.cursors++
		cursor := name + strconv.Itoa(t.cursors)
		if _, err := t.connection.Exec(t.ctx, "DECLARE "+cursor+" NO SCROLL CURSOR FOR "+statement(name)); err != nil {
			yield(none, fmt.Errorf("%s: %w", name, err))
			return
		}
		atOnce := rowsAtOnce
		if name == "audit_batches" {
			atOnce = batchesAtOnce
		}
		fetch := fmt.Sprintf("FETCH %d FROM %s", atOnce, cursor)
		for {
			rows, err := t.connection.Query(t.ctx, fetch)
			var chunk []R
			if err == nil {
				chunk, err = pgx.CollectRows(rows, func(pgx.CollectableRow) (R, error) { return scan(rows) })
			}
			if err != nil {
				yield(none, fmt.Errorf("%s: %w", name, err))
				return
			}
			for _, row := range chunk {
				if !yield(row, nil) {
					return
				}
			}
			if len(chunk) < atOnce {
				return
			}
		}
	}
}
