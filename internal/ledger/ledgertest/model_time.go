// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// pretendTerm is when a bucket may be used, and where its cycle stands. Instants are
// in microseconds, and 0 for none.
type pretendTerm struct {
	start, end int64
	// next is when the cycle of that number begins.
	next, cycle int64
	// began is when the one before it did, if that has been settled.
	began int64
	// ended is whether what was left at the end is gone.
	ended bool
}

// rhythm is a period that comes again and again.
type rhythm struct {
	anchor int64
	every  calendar.Period
	zone   string
}

// micros is the instant of a batch decided now, in microseconds.
func (o *oracle) micros() int64 { return o.instant().UnixMicro() }

// later is so many periods after an instant, by the clocks of an account.
func (a *pretendAccount) later(at int64, p calendar.Period, times int64) int64 {
	zone, err := calendar.Zone(a.settings.TimeZone)
	if err != nil {
		panic(err) // no account has it
	}
	return p.After(time.UnixMicro(at), times, zone).UnixMicro()
}

// boundary is the first beginning of a bucket's cycle that comes after an instant,
// from a number on. All before it are counted, one by one.
func (o *oracle) boundary(b *pretendBucket, start, from, after int64) (number, at int64) {
	cycle := b.settings.Cycle
	r := rhythm{cmp.Or(cycle.Anchor, start), cycle.Every, b.of.settings.TimeZone}
	for number = range int64(1 << 62) {
		if number == int64(len(o.rhythms[r])) {
			o.rhythms[r] = append(o.rhythms[r], b.of.later(r.anchor, r.every, number))
		}
		if at = o.rhythms[r][number]; number >= from && at > after {
			break
		}
	}
	return number, at
}

// schedule finds the next beginning of a cycle after an instant. None begins twice,
// and none at the bucket's end.
func (o *oracle) schedule(b *pretendBucket, t *pretendTerm, after int64) {
	t.next = 0
	if b.settings.Cycle.IsZero() {
		return
	}
	number, at := o.boundary(b, t.start, t.cycle, max(t.start, after))
	t.cycle = number
	if t.end == 0 || at < t.end {
		t.next = at
	}
}

// term is that of a bucket that is opened now; nil if it has none.
func (o *oracle) term(b *pretendBucket) *pretendTerm {
	validity := b.settings.Validity
	if validity.IsZero() && b.settings.Cycle.IsZero() {
		return nil
	}
	if validity.OnFirstUse {
		return &pretendTerm{}
	}
	t := o.begun(b, cmp.Or(validity.Start, o.micros()))
	return &t
}

// begun is the term of a bucket that starts at an instant.
func (o *oracle) begun(b *pretendBucket, start int64) pretendTerm {
	validity := b.settings.Validity
	t := pretendTerm{start: start, end: validity.End}
	if validity.Lasts != (calendar.Period{}) {
		t.end = b.of.later(start, validity.Lasts, 1)
	}
	o.schedule(b, &t, max(start, o.micros()))
	return t
}

// waits says whether the bucket waits for its first use.
func (b *pretendBucket) waits() bool { return b.term != nil && b.term.start == 0 }

// begin is the first use of a bucket.
func (o *oracle) begin(b *pretendBucket) {
	*b.term = o.begun(b, o.micros())
	for _, l := range b.lots {
		if l.ofCycle && l.end == 0 {
			l.start, l.end = b.term.start, cmp.Or(b.term.next, b.term.end)
		}
	}
}

// span is when a lot may be used: from its start up to its end. Of one that waits
// for the first use of its bucket it is what it would be if that were now.
func (o *oracle) span(l *pretendLot, now int64) (start, end int64) {
	b := l.of
	switch {
	case l.end != 0:
		return l.start, l.end
	case b.term == nil:
		return 0, 0
	case !b.waits():
		return b.term.start, b.term.end
	}
	t := o.begun(b, now)
	if l.ofCycle {
		return now, cmp.Or(t.next, t.end)
	}
	return now, t.end
}

// usable says whether a lot may be used at an instant.
func (o *oracle) usable(l *pretendLot, at int64) bool {
	start, end := o.span(l, at)
	return start <= at && (end == 0 || at < end)
}

// over says whether the end of a lot has come.
func (o *oracle) over(l *pretendLot, at int64) bool {
	_, end := o.span(l, at)
	return end != 0 && end <= at
}

// over says whether the end of a bucket has come.
func (b *pretendBucket) over(at int64) bool {
	return b.term != nil && b.term.end != 0 && b.term.end <= at
}

// settled says whether what was left in a lot at its end is gone.
func (l *pretendLot) settled() bool {
	if l.end != 0 {
		return l.ended
	}
	return l.of.term != nil && l.of.term.ended
}

// moldOf is the lot that a top-up goes into.
func (o *oracle) moldOf(op ledger.TopUp) mold {
	v := op.Validity
	if v.IsZero() {
		return mold{class: ledger.Paid}
	}
	m := mold{class: ledger.Paid, start: cmp.Or(v.Start, o.micros()), end: v.End}
	if m.end == 0 {
		m.end = o.accounts[op.Into.Account].later(m.start, v.Lasts, 1)
	}
	return m
}

// granted is the lot that a grant goes into: of the present cycle, if there are any.
func (b *pretendBucket) granted() mold {
	m := mold{class: b.settings.Class}
	if !b.settings.Cycle.IsZero() {
		m.ofCycle = true
		if !b.waits() {
			m.start, m.end = b.term.start, cmp.Or(b.term.next, b.term.end)
		}
	}
	return m
}

// extended is the end that a top-up gives to a bucket, unless that stays as it is.
func (o *oracle) extended(b *pretendBucket, by ledger.Extension) (end int64, moves bool) {
	if by.IsZero() || b.term == nil || b.term.end == 0 {
		return 0, false
	}
	now, had := o.micros(), b.term.end
	switch by.Policy {
	case ledger.ExtendAdd:
		end = b.of.later(max(had, now), by.Lasts, 1)
	default:
		end = by.Until
		if end == 0 {
			end = b.of.later(now, by.Lasts, 1)
		}
		if by.Policy == ledger.ExtendMax {
			end = max(end, had)
		}
	}
	if by.Ceiling == (calendar.Period{}) {
		return end, true
	}
	ceiling := b.of.later(now, by.Ceiling, 1)
	if had > now && by.Policy != ledger.ExtendReplace {
		ceiling = max(ceiling, had)
	}
	return min(end, ceiling), true
}

// extend gives a bucket the end that a top-up asks for.
func (o *oracle) extend(b *pretendBucket, by ledger.Extension) {
	end, moves := o.extended(b, by)
	if !moves || end == b.term.end && !b.term.ended {
		return
	}
	t := b.term
	t.end, t.ended = end, false
	if t.next == 0 {
		o.schedule(b, t, o.micros())
	} else if t.next >= end {
		t.next = 0
	}
}
