// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"database/sql"
	"iter"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// tables are the tables that are compared with the log as it is walked.
type tables struct {
	transactions *table[Transaction, Place]
	cells        *table[Cell, int64]
	entries      *table[Entry, versioned[int64]]
	facts        *table[Fact, versioned[ledger.ID]]
	annotations  *inLog[Annotation]
}

func (r *run) open() *tables {
	return &tables{
		transactions: newTable(r, r.rows.Transactions(InLog)),
		cells:        newTable(r, r.rows.Cells()),
		entries:      newTable(r, r.rows.Entries(InLog)),
		facts:        newTable(r, withoutFellFrom(r.rows.Facts(InLog))),
		annotations:  newInLog(r.rows.Annotations()),
	}
}

// withoutFellFrom takes off what the log does not have; see [run.fellFrom].
func withoutFellFrom(facts iter.Seq2[Fact, error]) iter.Seq2[Fact, error] {
	return func(yield func(Fact, error) bool) {
		for fact, err := range facts {
			fact.FellFrom = sql.Null[int64]{}
			if !yield(fact, err) {
				return
			}
		}
	}
}

func (t *tables) stop() {
	t.transactions.stop()
	t.cells.stop()
	t.entries.stop()
	t.facts.stop()
	t.annotations.stop()
}

// compare compares the rows of a batch; without the batch they are passed over.
func (t *tables) compare(sequence int64, batch *ledger.Batch) error {
	var rows logged
	if batch != nil {
		rows = loggedRows(batch)
	}
	readable := batch != nil
	if err := t.transactions.compare(sequence, rows.transactions, readable); err != nil {
		return err
	}
	if err := t.cells.compare(sequence, rows.cells, readable); err != nil {
		return err
	}
	if err := t.entries.compare(sequence, rows.entries, readable); err != nil {
		return err
	}
	if err := t.facts.compare(sequence, rows.facts, readable); err != nil {
		return err
	}
	return t.annotated(sequence, int64(len(rows.transactions)), readable)
}

// annotated checks that what lies beside the log lies beside something.
func (t *tables) annotated(sequence, transactions int64, readable bool) error {
	run := t.transactions.run
	for row, err := range t.annotations.until(sequence) {
		if err != nil {
			return err
		}
		run.report.Annotations++
		if readable && (row.Sequence != sequence || row.Position >= transactions) {
			run.find(row, "there is no transaction that it is for")
		}
	}
	return nil
}

// rest reports the rows of batches that the log does not have.
func (t *tables) rest() error {
	const past = 1<<63 - 1
	return t.compare(past, &ledger.Batch{})
}

// table is one table that is compared with the log.
type table[R row[K], K comparable] struct {
	*inLog[R]
	run *run
}

func newTable[R row[K], K comparable](r *run, rows iter.Seq2[R, error]) *table[R, K] {
	return &table[R, K]{inLog: newInLog(rows), run: r}
}

// compare reads the rows of a batch and reports what differs from the log.
func (t *table[R, K]) compare(sequence int64, log []R, readable bool) error {
	wanted := make(map[K]R, len(log))
	for _, row := range log {
		if _, twice := wanted[row.key()]; twice {
			t.run.find(row, "batch %d has it twice", sequence)
		}
		wanted[row.key()] = row
	}
	for stored, err := range t.until(sequence) {
		row, known := wanted[stored.key()]
		switch {
		case err != nil:
			return err
		case stored.sequence() < sequence:
			t.run.find(stored, "not in the log, which has no batch %d", stored.sequence())
			continue
		case !readable:
			continue
		case !known:
			t.run.find(stored, "not in the log: batch %d has no such row", sequence)
		case stored != row:
			t.differs(stored, row)
		}
		delete(wanted, stored.key())
	}
	// In the order of the log, so that two audits report the same.
	for _, row := range log {
		if wanted, missing := wanted[row.key()]; missing && wanted == row {
			t.run.find(row, "missing: batch %d of the log has it, the table has not", sequence)
		}
	}
	return nil
}

func (t *table[R, K]) differs(stored, log R) {
	want := log.columns()
	for i, column := range stored.columns() {
		if column.value != want[i].value {
			t.run.find(log, "%s is %v, the log says %v", column.name, column.value, want[i].value)
		}
	}
}

// inLog reads rows in the order of the log, as far as the log was walked.
type inLog[R interface{ sequence() int64 }] struct {
	next func() (R, error, bool)
	stop func()
	// head is the row that was read and not yet asked for.
	head  R
	ahead bool
}

func newInLog[R interface{ sequence() int64 }](rows iter.Seq2[R, error]) *inLog[R] {
	next, stop := iter.Pull2(rows)
	return &inLog[R]{next: next, stop: stop}
}

// until yields the rows that are left up to and including a batch.
func (l *inLog[R]) until(sequence int64) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for {
			if !l.ahead {
				row, err, more := l.next()
				if err != nil {
					yield(row, err)
					return
				}
				if !more {
					return
				}
				l.head, l.ahead = row, true
			}
			if l.head.sequence() > sequence {
				return
			}
			l.ahead = false
			if !yield(l.head, nil) {
				return
			}
		}
	}
}
