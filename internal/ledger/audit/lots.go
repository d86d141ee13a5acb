// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// lot is what the newest version of a lot says, as far as it is compared with its
// balances in the end.
type lot struct {
	row    liveRow
	bucket ledger.ID
	// ends is set if it has an end of its own, or else ends with its bucket; live if
	// the log leaves it live, and ended if it says that it ended.
	ends, live, ended bool
}

// lot takes the newest version of a lot into account, and checks that its rows in
// the work tables are those that it needs.
func (r *run) lot(row Fact) {
	var body ledger.Lot
	if err := ledger.DecodeBody([]byte(row.Body), &body); err != nil {
		return // the log said so, or has another body
	}
	if ledger.LotID(body.Bucket, body.Number) != row.Subject {
		r.find(row, "it is of lot %d of bucket %s, which is another subject", body.Number, body.Bucket)
	}
	live := liveRow{body.Account, row.Subject}
	base, there := r.live[live]
	r.lots[body.Base] = lot{row: live, bucket: body.Bucket, ends: body.End != 0, live: there, ended: body.Ended}
	r.report.Lots++
	switch {
	case !there && body.End == 0:
		r.find(live, "missing: the lot has no end")
	case there && base != body.Base:
		r.find(live, "base is %d, the lot's is %d", base, body.Base)
	}
	if there {
		r.report.LiveLots++
	}
	at := body.End
	if !there || body.Ended {
		at = 0
	}
	r.dueAt(row.Subject, body.Account, at, duty{
		whose: "the lot's", never: "the lot never ends, or has ended", at: "the lot ends at", missing: "the lot has an end",
	})
}

// sameLot checks that a version of a lot tells of its beginning and its end only:
// where its money is and whose it is never changes.
func (r *run) sameLot(row, before Fact) {
	if row.Kind != int64(ledger.FactLot) || row.Version == 1 || before.Body == "" {
		return
	}
	var is, was ledger.Lot
	if ledger.DecodeBody([]byte(row.Body), &is) != nil || ledger.DecodeBody([]byte(before.Body), &was) != nil {
		return // the log said so, or has other bodies
	}
	if was.End != 0 && (is.Start != was.Start || is.End != was.End) || was.Ended {
		r.find(row, "it changes a lot that had an end, or had ended")
	}
	is.Start, is.End, is.Ended, is.Scope = was.Start, was.End, was.Ended, was.Scope
	if is != was {
		r.find(row, "it changes more of the lot than its beginning and its end")
	}
}

// term takes the newest version of a term into account, and checks that its rows in
// the work tables are those that it needs.
func (r *run) term(row Fact) {
	var term ledger.Term
	if err := ledger.DecodeBody([]byte(row.Body), &term); err != nil {
		r.find(row, "its term cannot be read: %v", err)
		return
	}
	if ledger.TermID(term.Bucket) != row.Subject {
		r.find(row, "it is of bucket %s, which has another subject", term.Bucket)
	}
	r.ended[term.Bucket] = term.Ended
	live := liveRow{term.Account, row.Subject}
	switch base, there := r.live[live]; {
	case !there:
		r.find(live, "missing: a term is live as long as its account")
	case base != 0:
		r.find(live, "base is %d, a term has none", base)
	}
	at := term.Next
	if !term.Ended && term.End != 0 && (at == 0 || term.End < at) {
		at = term.End
	}
	r.dueAt(row.Subject, term.Account, at, duty{
		whose: "the term's", never: "the bucket neither ends nor begins a cycle any more",
		at: "the bucket ends or begins a cycle at", missing: "the bucket ends or begins a cycle then",
	})
}

// sameTerm checks that a version of a term is of the same bucket, opened by the same,
// and that no cycle which has begun begins again.
func (r *run) sameTerm(row, before Fact) {
	if row.Kind != int64(ledger.FactTerm) || row.Version == 1 || before.Body == "" {
		return
	}
	var is, was ledger.Term
	if ledger.DecodeBody([]byte(row.Body), &is) != nil || ledger.DecodeBody([]byte(before.Body), &was) != nil {
		return // the newest is reported, and another body than the log's
	}
	if is.Account != was.Account || is.Bucket != was.Bucket || is.Scope != was.Scope || is.Tenant != was.Tenant {
		r.find(row, "it changes whose term it is")
	}
	if is.Next != 0 && is.Cycle < was.Cycle {
		r.find(row, "cycle %d is next, and the version before was at cycle %d", is.Cycle, was.Cycle)
	}
}

// over checks that what has ended is empty but for what is held of it, and that it
// is loaded no more once nothing is.
func (r *run) over() error {
	for _, base := range slices.Sorted(maps.Keys(r.lots)) {
		lot := r.lots[base]
		var whose string
		switch {
		case lot.ended || !lot.live:
			whose = "its lot"
		case !lot.ends && r.ended[lot.bucket]:
			whose = "its bucket"
		default:
			continue
		}
		r.empty(ledger.CellID(base, ledger.Available), whose)
		held := false
		for _, kind := range []ledger.CellKind{ledger.Reserved, ledger.AcceptedHold} {
			cell := ledger.CellID(base, kind)
			held = held || r.cells[cell].balance != 0
			if !lot.live {
				r.empty(cell, whose)
			}
		}
		if lot.ended && lot.live && !held {
			r.find(lot.row, "the lot has ended, and nothing of it is held")
		}
	}
	return nil
}

// empty checks that a cell of what has ended has no balance.
func (r *run) empty(cell int64, whose string) {
	if balance := r.cells[cell].balance; balance != 0 {
		r.find(Cell{ID: cell}, "its balance is %d, and %s has ended", balance, whose)
	}
}
