// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

var _ audit.Source = (*Reader)(nil)

// Rows implements [audit.Source]. As long as they are not closed, the
// write-ahead log grows with what is committed meanwhile.
func (r *Reader) Rows(ctx context.Context) (audit.Rows, error) {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	// The first read decides which state is read.
	if _, err := tx.ExecContext(ctx, "SELECT 1 FROM batch LIMIT 1"); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return &tables{ctx: ctx, tx: tx}, nil
}

// tables are all rows as of one committed state.
type tables struct {
	ctx context.Context //nolint:containedctx // lives as long as the reading
	tx  *sql.Tx
}

func (t *tables) Close() error { return t.tx.Rollback() }

func (t *tables) Batches() iter.Seq2[audit.Batch, error] {
	return each(t, `SELECT shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload
		FROM batch ORDER BY seq`,
		func(rows *sql.Rows) (b audit.Batch, err error) {
			err = rows.Scan(&b.Shard, &b.Sequence, &b.Before, &b.Format, &b.Rules, &b.Micros,
				&b.Previous, &b.Hash, &b.Payload)
			return b, err
		})
}

func (t *tables) Transactions(order audit.Order) iter.Seq2[audit.Transaction, error] {
	return each(t, `SELECT seq, pos, id, op, status, code, fingerprint, fingerprint_version
		FROM tx ORDER BY `+keys("id", order),
		func(rows *sql.Rows) (row audit.Transaction, err error) {
			var id, fingerprint []byte
			err = rows.Scan(&row.Sequence, &row.Position, &id, &row.Operation, &row.Status, &row.Code,
				&fingerprint, &row.FingerprintVersion)
			fill(row.ID[:], id)
			fill(row.Fingerprint[:], fingerprint)
			return row, err
		})
}

func (t *tables) Cells() iter.Seq2[audit.Cell, error] {
	return each(t, `SELECT seq, pos, id, tenant, account, bucket, lot, unit, kind FROM cell ORDER BY seq, pos`,
		func(rows *sql.Rows) (row audit.Cell, err error) {
			var tenant, account, bucket []byte
			err = rows.Scan(&row.Sequence, &row.Position, &row.ID, &tenant, &account, &bucket,
				&row.Lot, &row.Unit, &row.Kind)
			fill(row.Tenant[:], tenant)
			fill(row.Account[:], account)
			fill(row.Bucket[:], bucket)
			return row, err
		})
}

func (t *tables) Entries(order audit.Order) iter.Seq2[audit.Entry, error] {
	return each(t, `SELECT seq, pos, cell_id, version, amount, balance_after, floor
		FROM entry ORDER BY `+keys("cell_id, version", order),
		func(rows *sql.Rows) (row audit.Entry, err error) {
			err = rows.Scan(&row.Sequence, &row.Position, &row.Cell, &row.Version, &row.Amount, &row.Balance, &row.Floor)
			return row, err
		})
}

func (t *tables) Facts(order audit.Order) iter.Seq2[audit.Fact, error] {
	return each(t, `SELECT seq, pos, subject, version, kind, used, cap, fell_from, coalesce(body, x'')
		FROM fact ORDER BY `+keys("subject, version", order),
		func(rows *sql.Rows) (row audit.Fact, err error) {
			var subject []byte
			err = rows.Scan(&row.Sequence, &row.Position, &subject, &row.Version, &row.Kind, &row.Used, &row.Cap,
				&row.FellFrom, &row.Body)
			fill(row.Subject[:], subject)
			return row, err
		})
}

func (t *tables) Annotations() iter.Seq2[audit.Annotation, error] {
	return each(t, `SELECT seq, pos FROM annotation ORDER BY seq, pos`,
		func(rows *sql.Rows) (row audit.Annotation, err error) {
			err = rows.Scan(&row.Sequence, &row.Position)
			return row, err
		})
}

func (t *tables) Live() iter.Seq2[ledger.Live, error] {
	return each(t, `SELECT account, subject, base FROM live`,
		func(rows *sql.Rows) (row ledger.Live, err error) {
			var account, subject []byte
			err = rows.Scan(&account, &subject, &row.Base)
			fill(row.Account[:], account)
			fill(row.Subject[:], subject)
			return row, err
		})
}

func (t *tables) Due() iter.Seq2[ledger.Due, error] {
	return each(t, `SELECT at, subject, account FROM due`,
		func(rows *sql.Rows) (row ledger.Due, err error) {
			var subject, account []byte
			err = rows.Scan(&row.At, &subject, &account)
			fill(row.Subject[:], subject)
			fill(row.Account[:], account)
			return row, err
		})
}

func keys(key string, order audit.Order) string {
	if order == audit.ByKey {
		return key
	}
	return "seq, pos"
}

// fill copies bytes of the right length. Others leave zeros, which are no ID:
// the audit shall find them, and not what they begin with.
func fill(into, from []byte) {
	if len(from) == len(into) {
		copy(into, from)
	}
}

func each[R any](t *tables, query string, scan func(*sql.Rows) (R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		rows, err := t.tx.QueryContext(t.ctx, query)
		if err != nil {
			yield(none, fmt.Errorf("%s: %w", query, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row, err := scan(rows)
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, fmt.Errorf("%s: %w", query, err))
		}
	}
}
