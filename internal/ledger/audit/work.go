// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// liveRow and dueRow are the keys of the two tables that the log can rebuild.
type liveRow struct{ account, subject ledger.ID }

type dueRow struct {
	at      int64
	subject ledger.ID
}

func (l liveRow) String() string { return fmt.Sprintf("live %s of account %s", l.subject, l.account) }
func (d dueRow) String() string  { return fmt.Sprintf("due %s at %d", d.subject, d.at) }

func (d dueRow) compare(other dueRow) int {
	return cmp.Or(cmp.Compare(d.at, other.at), bytes.Compare(d.subject[:], other.subject[:]))
}

// replayWork does to r.live and r.due what a record did to their tables.
func (r *run) replayWork(record *ledger.Record) {
	for _, row := range record.Live {
		if row.Ended {
			delete(r.live, liveRow{row.Account, row.Subject})
		} else {
			r.live[liveRow{row.Account, row.Subject}] = row.Base
		}
	}
	for _, row := range record.Due {
		if row.Settled {
			delete(r.due, dueRow{row.At, row.Subject})
		} else {
			r.due[dueRow{row.At, row.Subject}] = row.Account
		}
	}
}

// duty is what is said of when something is due: whose account it is, why it is
// never due, when it would be right, and why it may not be missing.
type duty struct{ whose, never, at, missing string }

// dueAt checks that a subject is due once, at an instant, and never if that is 0.
func (r *run) dueAt(subject, account ledger.ID, at int64, says duty) {
	if r.scheduled == nil {
		r.scheduled = map[ledger.ID][]int64{}
		for _, row := range slices.SortedFunc(maps.Keys(r.due), dueRow.compare) {
			r.scheduled[row.subject] = append(r.scheduled[row.subject], row.at)
		}
	}
	isDue := false
	for _, scheduled := range r.scheduled[subject] {
		row := dueRow{scheduled, subject}
		switch {
		case at == 0:
			r.find(row, "%s", says.never)
		case scheduled != at:
			r.find(row, "%s %d", says.at, at)
		case r.due[row] != account:
			r.find(row, "account is %s, %s is %s", r.due[row], says.whose, account)
		}
		isDue = isDue || scheduled == at
	}
	if at != 0 && !isDue {
		r.find(dueRow{at, subject}, "missing: %s", says.missing)
	}
}

// work compares the two tables with what the log makes of them.
func (r *run) work() error {
	for row, err := range r.rows.Live() {
		if err != nil {
			return err
		}
		r.report.Live++
		compareWork(r, r.live, liveRow{row.Account, row.Subject}, row.Base, "base")
	}
	for row, err := range r.rows.Due() {
		if err != nil {
			return err
		}
		r.report.Due++
		compareWork(r, r.due, dueRow{row.At, row.Subject}, row.Account, "account")
	}
	missingWork(r, r.live)
	missingWork(r, r.due)
	return nil
}

type workRow interface {
	comparable
	fmt.Stringer
}

func compareWork[K workRow, V comparable](r *run, log map[K]V, row K, value V, column string) {
	want, known := log[row]
	delete(log, row)
	if !known {
		r.find(row, "the log makes no such row")
	} else if value != want {
		r.find(row, "%s is %v, the log says %v", column, value, want)
	}
}

// missingWork reports what the log left and the table does not have.
func missingWork[K workRow, V any](r *run, log map[K]V) {
	for _, row := range slices.SortedFunc(maps.Keys(log), func(a, b K) int { return cmp.Compare(a.String(), b.String()) }) {
		r.find(row, "missing: the log says that it is there")
	}
}
