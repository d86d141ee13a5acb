// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"maps"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

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
	at := int64(0)
	if open {
		at = hold.Until
	}
	r.dueAt(row.Subject, hold.Account, at, duty{
		whose: "the hold's", never: "the hold is closed", at: "the hold ends at", missing: "the hold is open",
	})
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
		if r.holding[cell] == nil {
			r.holding[cell] = &sum{}
		}
		r.holding[cell].add(origin.Amount)
		owner := origin.Owner
		if owner == (ledger.ID{}) {
			owner = hold.Account
		}
		r.drawn = append(r.drawn, drawn{row: Fact{Subject: row.Subject, Version: row.Version}, base: ledger.LotBaseOf(origin.Base), owner: owner})
	}
	var want sum
	if hold.State.IsOpen() {
		want.add(hold.Amount.Base)
	}
	if total != want {
		r.find(row, "its origins sum to %s, what it holds is %s", total.big(), want.big())
	}
}

// drawn is a part of a hold: the lot it came from, by its first cell, and whose that
// is.
type drawn struct {
	row   Fact
	base  int64
	owner ledger.ID
}

// held compares what open holds say, whosever they are, with what lies in the cells
// for it, and whose lots these are.
func (r *run) held() error {
	for _, part := range r.drawn {
		if of, known := r.lots[part.base]; known && of.row.account != part.owner {
			r.find(part.row, "it has a part of account %s in the lot at %d, which is of account %s",
				part.owner, part.base, of.row.account)
		}
	}
	for cell, state := range r.cells {
		if (state.kind == ledger.Reserved || state.kind == ledger.AcceptedHold) && r.holding[cell] == nil {
			r.holding[cell] = &sum{}
		}
	}
	for _, cell := range slices.Sorted(maps.Keys(r.holding)) {
		var balance sum
		balance.add(r.cells[cell].balance)
		if want := r.holding[cell]; balance != *want {
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
