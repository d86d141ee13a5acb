// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"maps"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// holding is what the newest versions of holds say.
type holding struct {
	// cells are what open holds have in each cell.
	cells map[int64]*sum
	// due is when the log has a hold due, by subject; made when it is needed.
	due map[ledger.ID][]int64
}

// hold takes the newest version of a hold into account, and checks that its rows
// in the work tables are those that it needs, if any.
func (r *run) hold(row Fact) {
	var hold ledger.Hold
	if err := ledger.DecodeBody([]byte(row.Body), &hold); err != nil {
		r.find(row, "its hold cannot be read: %v", err)
		return
	}
	r.origins(row, &hold)
	r.report.Holds++
	open := hold.State.IsOpen()
	if open {
		r.report.OpenHolds++
	}
	live := liveRow{hold.Account, row.Subject}
	base, there := r.live[live]
	switch {
	case open && !there:
		r.find(live, "missing: the hold is open")
	case !open && there:
		r.find(live, "the hold is closed")
	case open && base != 0:
		r.find(live, "base is %d, a hold has none", base)
	}
	r.holdDue(row.Subject, &hold)
}

// origins adds up what an open hold has in each cell.
func (r *run) origins(row Fact, hold *ledger.Hold) {
	kind := ledger.Reserved
	if hold.State == ledger.HoldAccepted {
		kind = ledger.AcceptedHold
	}
	var total sum
	for _, origin := range hold.Origins {
		total.add(origin.Amount)
		cell := ledger.CellID(ledger.LotBaseOf(origin.Base), kind)
		if r.holding.cells[cell] == nil {
			r.holding.cells[cell] = &sum{}
		}
		r.holding.cells[cell].add(origin.Amount)
	}
	var want sum
	if hold.State.IsOpen() {
		want.add(hold.Amount.Base)
	}
	if total != want {
		r.find(row, "its origins sum to %s, what it holds is %s", total.big(), want.big())
	}
}

// holdDue checks that an open hold is due at its end, and a closed one never.
func (r *run) holdDue(subject ledger.ID, hold *ledger.Hold) {
	if r.holding.due == nil {
		r.holding.due = map[ledger.ID][]int64{}
		for _, row := range slices.SortedFunc(maps.Keys(r.due), dueRow.compare) {
			r.holding.due[row.subject] = append(r.holding.due[row.subject], row.at)
		}
	}
	isDue := false
	for _, at := range r.holding.due[subject] {
		row := dueRow{at, subject}
		switch {
		case !hold.State.IsOpen():
			r.find(row, "the hold is closed")
		case at != hold.Until:
			r.find(row, "the hold ends at %d", hold.Until)
		case r.due[row] != hold.Account:
			r.find(row, "account is %s, the hold's is %s", r.due[row], hold.Account)
		}
		isDue = isDue || at == hold.Until
	}
	if hold.State.IsOpen() && !isDue {
		r.find(dueRow{hold.Until, subject}, "missing: the hold is open")
	}
}

// held compares what open holds say with what lies in the cells for it.
func (r *run) held() error {
	for cell, state := range r.cells {
		if (state.kind == ledger.Reserved || state.kind == ledger.AcceptedHold) && r.holding.cells[cell] == nil {
			r.holding.cells[cell] = &sum{}
		}
	}
	for _, cell := range slices.Sorted(maps.Keys(r.holding.cells)) {
		var balance sum
		balance.add(r.cells[cell].balance)
		if want := r.holding.cells[cell]; balance != *want {
			r.find(Cell{ID: cell}, "its balance is %s, open holds have %s in it", balance.big(), want.big())
		}
	}
	return nil
}

// reversal checks that a reversal says what it undoes, once: the versions of the
// fact make sure that no other one undoes it too.
func (r *run) reversal(record *ledger.Record) {
	said := 0
	for _, fact := range record.Facts {
		if fact.Kind != ledger.FactReversal {
			continue
		}
		said++
		row := Fact{Subject: fact.Subject, Version: fact.Version}
		var body ledger.Reversal
		switch err := ledger.DecodeBody(fact.Body, &body); {
		case err != nil:
			r.find(row, "its reversal cannot be read: %v", err)
		case body.Transaction != record.ID:
			r.find(row, "it names transaction %s, and %s wrote it", body.Transaction, record.ID)
		}
		if fact.Version > 1 {
			r.find(row, "what it stands for was undone before")
		}
	}
	if undoes := record.Kind == ledger.KindReverse && record.Status == ledger.Accepted; undoes && said != 1 {
		r.find(Transaction{ID: record.ID}, "it undoes a transaction and has %d facts that say so, not 1", said)
	}
}

// effective checks that nothing happened after the batch that recorded it.
func (r *run) effective(record *ledger.Record, instant time.Time) {
	if at := time.UnixMicro(record.Effective).UTC(); record.Effective != 0 && at.After(instant) {
		r.find(Transaction{ID: record.ID}, "it happened at %s, after its batch of %s",
			at.Format(time.RFC3339Nano), instant.Format(time.RFC3339Nano))
	}
}
