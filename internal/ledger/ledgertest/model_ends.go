// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// mostLots is how many live lots a bucket may have before it takes no further one.
const mostLots = 64

// endLot takes what is free in a lot at its end, but for what rolls over.
func (o *oracle) endLot(l *pretendLot) (done func()) {
	b, left := l.of, l.in[free]
	kept := o.rollsOver(l, left)
	o.move(l, free, -left)
	if kept > 0 {
		o.move(o.rolled(l), free, kept)
	}
	if left > kept {
		o.show(b)
		o.moveOutside(b.of.tenant, "breakage", b.unit, left-kept)
	}
	return func() {
		l.ended = true
		l.drop()
	}
}

// rolled is the lot that what is kept of another one goes into.
func (o *oracle) rolled(l *pretendLot) *pretendLot {
	m := mold{class: l.class, start: l.end, end: o.endOfRolled(l.of, l.end), ofCycle: true, rolled: l.rolled + 1}
	for _, other := range l.of.lots {
		if other.mold == m {
			return other
		}
	}
	return o.open(l.of, m)
}

// rollsOver is how much of what is left of a lot is kept.
func (o *oracle) rollsOver(l *pretendLot, left int64) int64 {
	b, at := l.of, l.end
	rule := b.settings.Rollover
	if !l.ofCycle || rule.IsZero() || l.rolled >= rule.Times || b.over(at) {
		return 0
	}
	share := int64(rule.Percentage)
	kept := left/100*share + left%100*share/100
	if rule.Cap > 0 {
		for _, other := range b.lots {
			if other.rolled > 0 && other.start == at {
				rule.Cap -= other.in[free] + other.in[inReserve] + other.in[inAcceptance]
			}
		}
		kept = min(kept, max(rule.Cap, 0))
	}
	if kept > 0 && !o.roomToRoll(l) {
		return 0
	}
	return kept
}

// roomToRoll says whether what is kept of a lot finds room in its bucket. The lot
// itself makes room, unless something of it is held.
func (o *oracle) roomToRoll(l *pretendLot) bool {
	var others int
	for _, other := range l.of.lots {
		if other.rolled == l.rolled+1 && other.class == l.class && other.start == l.end && other.end == o.endOfRolled(l.of, l.end) {
			return true
		}
		if other != l || l.in[inReserve]+l.in[inAcceptance] > 0 {
			others++
		}
	}
	return others < mostLots
}

// endOfRolled is when that ends what was kept at an instant.
func (o *oracle) endOfRolled(b *pretendBucket, at int64) int64 {
	end := b.term.next // which a new time zone does not move
	if end <= at {
		after, number := at, int64(0)
		if end == at {
			after, number = 0, b.term.cycle+1
		}
		_, end = o.boundary(b, b.term.start, number, after)
	}
	if lasts := b.settings.Rollover.Lasts; lasts != (calendar.Period{}) {
		end = b.of.later(at, lasts, 1)
	}
	if b.term.end != 0 {
		end = min(end, b.term.end)
	}
	return end
}

// drop forgets a lot that is over, when nothing of it is held any more.
func (l *pretendLot) drop() {
	if l.ended && l.in == [pockets]int64{} {
		l.of.lots = slices.DeleteFunc(l.of.lots, func(other *pretendLot) bool { return other == l })
	}
}

// endBucket takes what is free in a bucket's lots at its end, but for those with an
// end of their own.
func (o *oracle) endBucket(b *pretendBucket) (done func()) {
	for _, l := range b.lots {
		if left := l.in[free]; left > 0 && l.end == 0 {
			o.show(b)
			o.move(l, free, -left)
			o.moveOutside(b.of.tenant, "breakage", b.unit, left)
		}
	}
	return func() { b.term.ended, b.term.next = true, 0 }
}

// beginCycle begins a cycle, and refills the bucket.
func (o *oracle) beginCycle(b *pretendBucket) (done func()) {
	next := *b.term
	next.cycle, next.began = next.cycle+1, next.next
	o.schedule(b, &next, 0)
	if b.of.settings.State == ledger.AccountStateClosed {
		next.next = 0
	}
	begins := b.term.next
	fill := b.settings.Refill
	if fill > 0 && b.settings.State != ledger.BucketStateRetained && b.of.settings.State != ledger.AccountStateClosed {
		m := mold{class: b.settings.Class, start: begins, end: next.next, ofCycle: true}
		if m.end == 0 {
			m.end = b.term.end
		}
		o.moveOutside(b.of.tenant, "grants", b.unit, -fill)
		if rest := o.repay(b, fill); rest > 0 {
			o.show(b)
			o.put(b, m, rest, begins)
		}
	}
	return func() { *b.term = next }
}
