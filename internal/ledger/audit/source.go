// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"iter"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Source is a ledger that can be audited.
type Source interface {
	// Rows are all rows as of one committed state. They may be read while the
	// ledger is written to, and must be closed.
	Rows(ctx context.Context) (Rows, error)
}

// Rows reads every row of a ledger, table by table, without keeping them in
// memory. Several tables may be read at the same time, by one goroutine.
type Rows interface {
	// Batches are in the order of the log.
	Batches() iter.Seq2[Batch, error]
	Transactions(Order) iter.Seq2[Transaction, error]
	// Cells are in the order of the log.
	Cells() iter.Seq2[Cell, error]
	Entries(Order) iter.Seq2[Entry, error]
	Facts(Order) iter.Seq2[Fact, error]
	// Annotations are in the order of the log.
	Annotations() iter.Seq2[Annotation, error]
	// Live and Due are in any order.
	Live() iter.Seq2[ledger.Live, error]
	Due() iter.Seq2[ledger.Due, error]
	Close() error
}

// Order is how rows are ordered.
type Order uint8

const (
	// InLog is by sequence and position.
	InLog Order = iota
	// ByKey is by ID, or by cell or subject and then version.
	ByKey
)
