// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"iter"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// rows are the rows of one batch, as values to bind, table by table. They are
// filled again for each batch.
type rows struct {
	batch, tx, cell, entry, fact, annotation []any
	live, ended, due, settled                []any
	// overCap holds each of its rows apart; see [overCapTable].
	overCap [][]any
}

// all yields the tables that are written to, in the order of writing.
func (r *rows) all() iter.Seq2[*table, []any] {
	return func(yield func(*table, []any) bool) {
		parts := [...]struct {
			table *table
			args  []any
		}{
			{&batchTable, r.batch}, {&txTable, r.tx}, {&cellTable, r.cell}, {&entryTable, r.entry},
			{&factTable, r.fact}, {&endedTable, r.ended}, {&liveTable, r.live},
			{&settledTable, r.settled}, {&dueTable, r.due}, {&annotationTable, r.annotation},
		}
		for _, part := range parts {
			if len(part.args) > 0 && !yield(part.table, part.args) {
				return
			}
		}
		for _, args := range r.overCap {
			if !yield(&overCapTable, args) {
				return
			}
		}
	}
}

func (r *rows) set(b *ledger.Batch) {
	r.batch = batchRow(r.batch[:0], b)
	r.tx, r.cell, r.entry, r.fact = r.tx[:0], r.cell[:0], r.entry[:0], r.fact[:0]
	r.annotation, r.overCap = r.annotation[:0], nil
	for pos := range b.Records {
		r.record(b.Sequence, int64(pos), &b.Records[pos])
	}
	r.setLive(b)
	r.setDue(b)
}

func (r *rows) record(seq, pos int64, record *ledger.Record) {
	r.tx = txRow(r.tx, seq, pos, record)
	for i := range record.Cells {
		r.cell = cellRow(r.cell, seq, pos, &record.Cells[i])
	}
	for i := range record.Entries {
		r.entry = entryRow(r.entry, seq, pos, &record.Entries[i])
	}
	for i := range record.Facts {
		fact := &record.Facts[i]
		if fact.Cap != nil && fact.Used != nil && *fact.Used > *fact.Cap {
			r.overCap = append(r.overCap, overCapRow(nil, seq, pos, fact))
		} else {
			r.fact = factRow(r.fact, seq, pos, fact)
		}
	}
	if a := &record.Annotation; !a.IsZero() {
		r.annotation = append(r.annotation, seq, pos, a.Channel, a.Reason, a.Requestor)
	}
}

func (r *rows) setLive(b *ledger.Batch) {
	r.live, r.ended = r.live[:0], r.ended[:0]
	for _, row := range b.LastLive() {
		if row.Ended {
			r.ended = append(r.ended, row.Account[:], row.Subject[:])
		} else {
			r.live = append(r.live, row.Account[:], row.Subject[:], row.Base)
		}
	}
}

func (r *rows) setDue(b *ledger.Batch) {
	r.due, r.settled = r.due[:0], r.settled[:0]
	for _, row := range b.LastDue() {
		if row.Settled {
			r.settled = append(r.settled, row.At, row.Subject[:])
		} else {
			r.due = append(r.due, row.At, row.Subject[:], row.Account[:])
		}
	}
}
