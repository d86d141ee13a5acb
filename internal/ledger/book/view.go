// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// View reads an account's rows as people see them at an instant, which is not before
// that of the batch the rows are as of: what is over by then counts no more, settled
// or not. It returns [ledger.ErrUnknown] if the rows hold no settings. AsOf is left
// to the caller.
func View(id ledger.ID, rows ledger.AccountRows, at time.Time) (ledger.Account, error) {
	a, err := newAccount(id, rows)
	if err != nil {
		return ledger.Account{}, err
	}
	if a.version == 0 {
		return ledger.Account{}, ledger.ErrUnknown
	}
	now := at.UnixMicro()
	newest := newestOf(a, rows)
	view := ledger.Account{
		ID: id, Version: a.version, Settings: a.settings, Sequence: newest[id],
		Reserved: a.sum(ledger.Reserved, a.settings.Currency),
		Accepted: a.sum(ledger.AcceptedHold, a.settings.Currency),
		Debt:     -a.owed(), ChangesAt: a.changesAt(now),
		Buckets: make(map[ledger.ID]ledger.Bucket, len(a.others)),
	}
	view.Available, view.Restricted = a.free(now)
	view.Credit = view.Available + view.Restricted + view.Reserved + view.Accepted
	view.Available += a.settings.CreditLimit - view.Debt
	if a.settings.State != ledger.AccountStateActive {
		view.Available = 0
	}
	for b := range a.buckets {
		view.Sequence = max(view.Sequence, newest[b.id])
		if !a.isMain(b) {
			view.Buckets[b.id] = a.view(b, newest[b.id], now)
		}
	}
	return view, nil
}

// free is the free money that is not over: what can be used for anything now, and
// the rest.
func (a *account) free(now int64) (open, restricted int64) {
	for b := range a.buckets {
		isOpen := b.settings.State == ledger.BucketStateActive && !b.isRestricted()
		for _, l := range b.lots {
			span, free := b.span(l), l.cells[ledger.Available].balance
			switch {
			case l.Unit != a.settings.Currency || span.isOver(now):
			case isOpen && span.contains(now):
				open += free
			default:
				restricted += free
			}
		}
	}
	return open, restricted
}

// changesAt is when the first money of the account starts or ends to be usable; 0 if
// none does.
func (a *account) changesAt(now int64) int64 {
	var first int64
	for b := range a.buckets {
		for _, l := range b.lots {
			span := b.span(l)
			if l.Unit != a.settings.Currency || l.total() == 0 || span.isOver(now) {
				continue
			}
			for _, at := range []int64{span.start, span.end} {
				if at > now && (first == 0 || at < first) {
					first = at
				}
			}
		}
	}
	return first
}

// view is a bucket as people see it.
func (a *account) view(b *bucket, sequence, now int64) ledger.Bucket {
	view := ledger.Bucket{
		Version: b.version, Settings: b.settings, Sequence: sequence,
		Reserved: b.sum(ledger.Reserved), Accepted: b.sum(ledger.AcceptedHold),
	}
	if b.term != nil {
		view.Term = b.term.Term
	}
	if !b.isNextCycle(now) {
		view.Uses = b.shownUses()
	}
	order := make([]slot, 0, len(b.lots))
	for _, l := range b.lots {
		order = append(order, slot{account: a, bucket: b, lot: l, end: spanOf(l, a.asBegun(b, now)).end})
	}
	slices.SortFunc(order, burnOrder)
	for _, s := range order {
		span := b.span(s.lot)
		shown := ledger.LotBalance{
			Number: s.lot.Number, Class: s.lot.Class, Held: s.lot.held(),
			Start: span.start, End: span.end, Rolled: s.lot.Rolled,
		}
		if !span.isOver(now) {
			shown.Remaining = s.lot.cells[ledger.Available].balance
		}
		view.Remaining += shown.Remaining
		if shown.Remaining != 0 || shown.Held != 0 || s.lot.End != 0 && !span.isOver(now) {
			view.Lots = append(view.Lots, shown)
		}
	}
	return view
}

// newestOf is the newest batch that changed the account and each bucket.
func newestOf(a *account, rows ledger.AccountRows) map[ledger.ID]int64 {
	lots, homes := map[int64]ledger.ID{}, map[ledger.ID]ledger.ID{}
	newest := map[ledger.ID]int64{}
	for b := range a.buckets {
		if b.term != nil {
			homes[b.term.subject] = b.id
		}
		for _, u := range b.uses {
			homes[u.subject] = b.id
		}
		for _, l := range b.lots {
			lots[l.Base] = b.id
			homes[l.subject] = b.id
		}
	}
	for _, row := range rows.Facts {
		subject := row.Subject
		switch row.Kind {
		case ledger.FactLot, ledger.FactTerm, ledger.FactShareUse:
			subject = homes[row.Subject]
		case ledger.FactAccount, ledger.FactBucket:
		default:
			continue
		}
		newest[subject] = max(newest[subject], row.Sequence)
	}
	for _, row := range rows.Cells {
		bucket := lots[ledger.LotBaseOf(row.ID)]
		newest[bucket] = max(newest[bucket], row.Sequence)
	}
	return newest
}
