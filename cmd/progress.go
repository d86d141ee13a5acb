// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// progressInterval is how often an audit says how far it is.
const progressInterval = 2 * time.Second

// progress is a ledger of which it is said, while it is audited, how much was
// read.
type progress struct {
	audit.Source
	out io.Writer
}

// Rows implements [audit.Source].
func (p *progress) Rows(ctx context.Context) (audit.Rows, error) {
	rows, err := p.Source.Rows(ctx)
	if err != nil {
		return nil, err
	}
	return &countedRows{Rows: rows, out: p.out, said: time.Now()}, nil
}

// countedRows counts the rows of the tables that grow with the log.
type countedRows struct {
	audit.Rows
	out  io.Writer
	rows int64
	// batch is the newest that was read.
	batch int64
	said  time.Time
}

// Batches implements [audit.Rows].
func (r *countedRows) Batches() iter.Seq2[audit.Batch, error] {
	return func(yield func(audit.Batch, error) bool) {
		for batch, err := range counted(r, r.Rows.Batches()) {
			r.batch = batch.Sequence
			if !yield(batch, err) {
				return
			}
		}
	}
}

// Transactions implements [audit.Rows].
func (r *countedRows) Transactions(order audit.Order) iter.Seq2[audit.Transaction, error] {
	return counted(r, r.Rows.Transactions(order))
}

// Entries implements [audit.Rows].
func (r *countedRows) Entries(order audit.Order) iter.Seq2[audit.Entry, error] {
	return counted(r, r.Rows.Entries(order))
}

// Facts implements [audit.Rows].
func (r *countedRows) Facts(order audit.Order) iter.Seq2[audit.Fact, error] {
	return counted(r, r.Rows.Facts(order))
}

// counted counts rows as they are read.
func counted[T any](r *countedRows, rows iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range rows {
			r.count()
			if !yield(row, err) {
				return
			}
		}
	}
}

func (r *countedRows) count() {
	r.rows++
	if now := time.Now(); now.Sub(r.said) >= progressInterval {
		r.said = now
		fmt.Fprintf(r.out, "audited %d rows, the log up to batch %d\n", r.rows, r.batch)
	}
}
