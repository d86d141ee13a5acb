// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// endLot moves what is free in a lot to breakage at its end, but for what rolls
// over. While something of it is held it stays at hand.
func (p *posting) endLot(s slot) {
	a, b, l := s.account, s.bucket, s.lot
	p.due = append(p.due, ledger.Due{At: l.End, Subject: l.subject, Account: a.id, Settled: true})
	isHeld := l.held() > 0
	if free := l.cells[ledger.Available].balance; free > 0 {
		room := MaxLots - len(b.lots)
		if !isHeld {
			room++ // its own place
		}
		p.move(a, l, ledger.Available, -free)
		kept := p.rollOver(a, b, l, room)
		if kept < free {
			p.impact(a, b)
			p.external(breakage, l.Unit, free-kept)
		}
	}
	if !isHeld {
		p.retire(a, b, l)
		return
	}
	next := l.Lot
	next.Ended = true
	p.setLot(a, l, next)
}

// rollOver puts what is kept of a lot that ends into one for the time that follows,
// if the bucket has room for it, and returns how much that is.
func (p *posting) rollOver(a *account, b *bucket, l *lot, room int) int64 {
	rule := b.settings.Rollover
	if !l.OfCycle || rule.IsZero() || l.Rolled >= rule.Times || b.isOver(p.at) {
		return 0
	}
	kept := percentage(l.cells[ledger.Available].balance, rule.Percentage)
	if rule.Cap > 0 {
		kept = min(kept, rule.Cap-b.rolledAt(p.at))
	}
	if kept <= 0 {
		return 0
	}
	kind := ledger.Lot{Class: l.Class, OfCycle: true, Rolled: l.Rolled + 1, Start: p.at}
	if rule.Lasts.IsZero() {
		kind.End = a.boundaryAfter(b.term.Term, b.settings.Cycle, p.at)
	} else {
		kind.End = a.after(rule.Lasts, p.at, 1)
	}
	if end := b.term.End; end != 0 {
		kind.End = min(kind.End, end)
	}
	into := b.rolled(kind)
	if into == nil {
		if room < 1 {
			return 0
		}
		into = p.newLot(a, b, kind)
	}
	p.move(a, into, ledger.Available, kept)
	return kept
}

// percentage is so much of an amount, rounded down. The product of the two could be
// too large.
func percentage(amount int64, percent int32) int64 {
	return amount/100*int64(percent) + amount%100*int64(percent)/100
}

// rolledAt is what was rolled over in the bucket at an instant.
func (b *bucket) rolledAt(at int64) int64 {
	var sum int64
	for _, l := range b.lots {
		if l.Rolled > 0 && l.Start == at {
			sum += l.total()
		}
	}
	return sum
}

// rolled finds the lot that was opened at the very same instant for the same, or nil.
func (b *bucket) rolled(kind ledger.Lot) *lot {
	for _, l := range b.lots {
		if l.Class == kind.Class && l.OfCycle && l.Rolled == kind.Rolled && l.Start == kind.Start && l.End == kind.End && !l.Ended {
			return l
		}
	}
	return nil
}

// endBucket moves what is free in a bucket to breakage at its end, but for lots with
// an end of their own.
func (p *posting) endBucket(a *account, b *bucket) {
	for _, l := range b.lots {
		if free := l.cells[ledger.Available].balance; free > 0 && l.End == 0 {
			p.impactOf(a, b)
			p.move(a, l, ledger.Available, -free)
			p.external(breakage, l.Unit, free)
		}
	}
	next := b.term.Term
	next.Ended, next.Next = true, 0
	p.setTerm(a, b.term, next)
}

// beginCycle refills a bucket for the cycle that begins. A kept bucket gets nothing
// for a cycle that nobody had it in. One of a closed account gets nothing, and its
// cycles end: the account is closed for good.
func (p *posting) beginCycle(a *account, b *bucket) {
	next := b.term.Term
	next.Cycle++
	next.Began = p.at
	next = a.scheduled(next, b.settings.Cycle, p.at)
	isClosed := a.settings.State == ledger.AccountStateClosed
	if isClosed {
		next.Next = 0
	}
	refill := b.settings.Refill
	if refill > 0 && b.settings.State != ledger.BucketStateRetained && !isClosed {
		p.external(grants, b.unit(), -refill)
		kind := ledger.Lot{Class: b.settings.Class, OfCycle: true, Start: p.at, End: endOfCycle(next)}
		if rest := p.repay(a, b, refill); rest > 0 {
			l := p.into(a, b, kind)
			if l == nil {
				l = p.newLot(a, b, kind)
			}
			p.impact(a, b)
			p.move(a, l, ledger.Available, rest)
		}
	}
	p.setTerm(a, b.term, next)
}

// notDue answers for what was not settled before it was asked for.
func (p *posting) notDue(account, key ledger.ID) verdict {
	if p.command.Key != key {
		return notTaken(ledger.Malformed)
	}
	if v := p.opened(p.round.state.accounts[account]); v != accept {
		return v
	}
	return notTaken(ledger.NotDue)
}
