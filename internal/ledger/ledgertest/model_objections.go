// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// sensible says whether a top-up does not contradict itself.
func sensible(op ledger.TopUp) bool {
	v, e := op.Validity, op.Extension
	if v.IsZero() {
		return e.IsZero() || extends(op)
	}
	return e.IsZero() && !v.OnFirstUse && v.Start >= 0 && v.End >= 0 && maybe(v.Lasts) &&
		(v.End > 0) != (v.Lasts != calendar.Period{}) && (v.End == 0 || v.End > v.Start)
}

// extends says whether the extension of a top-up can be one.
func extends(op ledger.TopUp) bool {
	e := op.Extension
	return e.Policy > ledger.ExtendNone && e.Policy <= ledger.ExtendAdd && op.Into != ledger.Main(op.Into.Account) &&
		maybe(e.Lasts) && maybe(e.Ceiling) && e.Until >= 0 && (e.Until > 0) != (e.Lasts != calendar.Period{}) &&
		(e.Policy != ledger.ExtendAdd || e.Until == 0)
}

// maybe says whether this is a period or none at all.
func maybe(p calendar.Period) bool { return p == calendar.Period{} || p.IsValid() }

// coherent says whether settings that a bucket may have at any time do not contradict
// themselves.
func coherent(s ledger.BucketSettings) bool {
	if s.Priority < -1000 || s.Priority > 1000 || s.Refill < 0 || s.Refill > largest || len(s.Products) > 64 {
		return false
	}
	for i, product := range s.Products {
		if product == (ledger.ID{}) || i > 0 && bytes.Compare(s.Products[i-1][:], product[:]) >= 0 {
			return false
		}
	}
	if contradicts(s) {
		return false
	}
	r := s.Rollover
	if s.Cycle.IsZero() && (s.Refill > 0 || !r.IsZero()) {
		return false
	}
	return r.IsZero() || r.Percentage >= 1 && r.Percentage <= 100 && r.Times >= 1 && r.Cap >= 0 && maybe(r.Lasts)
}

// openable says whether a bucket can be opened with settings that last.
func openable(s ledger.BucketSettings) bool {
	v, c := s.Validity, s.Cycle
	if v.Start < 0 || v.End < 0 || c.Anchor < 0 || !maybe(v.Lasts) || v.End > 0 && v.Lasts != (calendar.Period{}) {
		return false
	}
	if v.Start > 0 && v.End > 0 && v.End <= v.Start || v.OnFirstUse && (v.Start > 0 || v.End > 0) {
		return false
	}
	return c.IsZero() || c.Every.IsValid() && c.Every.Unit != calendar.Hours
}

// againstUsing says why nothing may be used of a bucket for a product, or of an
// account. Of one that is shared its owner's state counts too.
func (o *oracle) againstUsing(at ledger.Place, product ledger.ID) []objection {
	list := o.againstSpending(at)
	b := o.reached(at)
	if b == nil {
		return list
	}
	if b.of.id != at.Account {
		list = append(list, o.againstSpending(ledger.Place{Account: b.of.id, Bucket: b.id})...)
	}
	if !b.serves(product) {
		list = append(list, refused(ledger.ProductMismatch))
	}
	if len(o.usableOf(b)) == 0 {
		list = append(list, o.againstTerm(b, len(list) == 0)...)
	}
	return list
}

// againstSending says why nothing may be transferred out of a bucket.
func (o *oracle) againstSending(b *pretendBucket, first bool) (list []objection) {
	if len(b.settings.Products) > 0 {
		list = append(list, refused(ledger.ProductMismatch))
	}
	if len(o.started(b)) == 0 {
		list = append(list, o.againstTerm(b, first && len(list) == 0)...)
	}
	return list
}

// againstTerm says why there is nothing in a bucket that may be used now. What is
// refused for good does not wait for its start.
func (o *oracle) againstTerm(b *pretendBucket, first bool) []objection {
	begins := b.waits() || b.term.start > o.micros()
	switch {
	case !begins:
		return []objection{refused(ledger.BucketExpired)}
	case !first:
		return nil
	case b.waits():
		return []objection{cannot(ledger.BucketNotStarted)}
	default:
		return []objection{cannot(ledger.BucketNotStarted).with(ledger.Figures{
			Needed: o.secondsTo(b.term.start), Unit: "s",
		})}
	}
}

// againstEnded says why nothing may come into a bucket any more.
func (o *oracle) againstEnded(b *pretendBucket) []objection {
	if b.over(o.micros()) {
		return []objection{refused(ledger.BucketExpired)}
	}
	return nil
}

// againstLot says why amounts, each in a lot of its own making, find no room in a
// bucket.
func (o *oracle) againstLot(b *pretendBucket, parts ...pretendPart) []objection {
	owed := -b.debtor().in[inDebt]
	more := map[mold]bool{}
	for _, p := range parts {
		paid := min(owed, p.amount)
		owed -= paid
		if paid < p.amount && b.fitting(p.lot.mold, o.micros()) == nil {
			more[p.lot.mold] = true
		}
	}
	if len(more) > 0 && len(b.lots)+len(more) > mostLots {
		return []objection{refused(ledger.TooManyLots).with(ledger.Figures{Available: mostLots})}
	}
	return nil
}
