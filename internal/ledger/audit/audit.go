// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Run audits a ledger. What is wrong with the ledger is in the report; an error
// means that it could not be read to the end.
func Run(ctx context.Context, source Source) (report *Report, err error) {
	rows, err := source.Rows(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	run := &run{
		rows: rows, report: &Report{Balances: []Balance{}, CounterAccounts: []CounterAccount{}, Findings: []Finding{}},
		cells: map[int64]cellState{}, names: map[int64]string{}, live: map[liveRow]int64{}, due: map[dueRow]ledger.ID{},
		holding: map[int64]*sum{}, lots: map[int64]lot{}, ended: map[ledger.ID]bool{},
		shares: map[sharing]*share{}, members: map[ledger.ID][]ledger.ID{},
	}
	for _, step := range []func() error{
		run.log, run.ids, run.entries, run.facts, run.held, run.over, run.sharedRows, run.work,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
	}
	run.trialBalance()
	return run.report, nil
}

// run is one audit.
type run struct {
	rows   Rows
	report *Report
	// cells are the cells of the log, with their balance in the tables.
	cells map[int64]cellState
	// names are those of counter-accounts, by the base of their lots.
	names map[int64]string
	// live and due are what the log leaves in the two work tables.
	live map[liveRow]int64
	due  map[dueRow]ledger.ID
	// scheduled is when the log has something due, by subject; made when it is needed.
	scheduled map[ledger.ID][]int64
	// holding is what open holds have in each cell.
	holding map[int64]*sum
	// lots are all there ever were, by their first cell.
	lots map[int64]lot
	// ended are the buckets that have.
	ended map[ledger.ID]bool
	// drawn are the parts of open holds.
	drawn []drawn
	// shares are what was ever shared; members are whom a bucket is shared with.
	shares  map[sharing]*share
	members map[ledger.ID][]ledger.ID
}

type cellState struct {
	tenant  ledger.ID
	unit    string
	kind    ledger.CellKind
	balance int64
	// unbounded is set when an entry had no floor.
	unbounded bool
}

func (r *run) find(row fmt.Stringer, problem string, arguments ...any) {
	if len(r.report.Findings) == MaxFindings {
		r.report.Omitted++
		return
	}
	r.report.Findings = append(r.report.Findings,
		Finding{Row: row.String(), Problem: fmt.Sprintf(problem, arguments...)})
}
