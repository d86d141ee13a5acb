// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// latest is the end of the year 9999, after which no date can be written. What is
// computed ends there at the latest.
const latest int64 = 253_402_300_799_999_999

// zone is where the account's days begin. Its name was asked for when it was set.
func (a *account) zone() *time.Location {
	zone, err := calendar.Zone(a.settings.TimeZone)
	if err != nil {
		return time.UTC // a zone that was given up since must not freeze the account
	}
	return zone
}

// after is the instant so many periods after another one.
func (a *account) after(period calendar.Period, start, times int64) int64 {
	return min(period.After(time.UnixMicro(start), times, a.zone()).UnixMicro(), latest)
}

// anchor is when cycle 0 of a bucket begins.
func anchor(t ledger.Term, cycle ledger.Cycle) int64 {
	if cycle.Anchor != 0 {
		return cycle.Anchor
	}
	return t.Start
}

// begun is a term that starts at an instant, be it past or to come.
func (a *account) begun(t ledger.Term, settings ledger.BucketSettings, start, now int64) ledger.Term {
	t.Start, t.End = start, settings.Validity.End
	if lasts := settings.Validity.Lasts; !lasts.IsZero() {
		t.End = a.after(lasts, start, 1)
	}
	return a.scheduled(t, settings.Cycle, now)
}

// scheduled is a term whose next cycle is the first that begins after its start and
// after now, and before its end. No cycle begins twice, though another time zone may
// move it.
func (a *account) scheduled(t ledger.Term, cycle ledger.Cycle, now int64) ledger.Term {
	if cycle.IsZero() {
		return t
	}
	t.Cycle, t.Next = a.cycleAfter(t, cycle, max(t.Start, now), t.Cycle)
	if t.End != 0 && t.Next >= t.End {
		t.Next = 0
	}
	return t
}

// cycleAfter is the first cycle, from a number on, that begins after an instant, and
// when it does.
func (a *account) cycleAfter(t ledger.Term, cycle ledger.Cycle, at, least int64) (number, begins int64) {
	from := anchor(t, cycle)
	number, _ = cycle.Every.Next(time.UnixMicro(from), time.UnixMicro(at), a.zone())
	number = max(number, least)
	return number, a.after(cycle.Every, from, number)
}

// boundaryAfter is when the first cycle begins after an instant, be it after the
// bucket's end. Where that is written already, it counts.
func (a *account) boundaryAfter(t ledger.Term, cycle ledger.Cycle, at int64) int64 {
	if t.Next > at {
		return t.Next
	}
	least := int64(0)
	if t.Next == at {
		least = t.Cycle + 1
	}
	_, begins := a.cycleAfter(t, cycle, at, least)
	return begins
}

// openTerm gives a new bucket its term, if its settings ask for one.
func (p *posting) openTerm(a *account, bucket ledger.ID, settings ledger.BucketSettings) {
	if settings.Validity.IsZero() && settings.Cycle.IsZero() {
		return
	}
	next := ledger.Term{Account: a.id, Bucket: bucket, Scope: p.command.Scope, Tenant: p.command.Tenant}
	if !settings.Validity.OnFirstUse {
		start := settings.Validity.Start
		if start == 0 {
			start = p.at
		}
		next = a.begun(next, settings, start, p.at)
	}
	subject := ledger.TermID(bucket)
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: subject})
	p.setTerm(a, &term{subject: subject}, next)
}

// begin starts the term of a bucket with its first use.
func (p *posting) begin(a *account, b *bucket) {
	next := a.begun(b.term.Term, b.settings, p.at, p.at)
	p.setTerm(a, b.term, next)
	for _, l := range b.lots {
		if l.OfCycle && l.End == 0 {
			of := l.Lot
			of.Start, of.End = next.Start, endOfCycle(next)
			p.setLot(a, l, of)
			p.due = append(p.due, ledger.Due{At: of.End, Subject: l.subject, Account: a.id})
		}
	}
}

// setTerm writes the next version of a bucket's term, and when it is due.
func (p *posting) setTerm(a *account, was *term, next ledger.Term) {
	now := &term{Term: next, subject: was.subject, version: was.version + 1}
	p.fact(now.subject, now.version, ledger.FactTerm, next)
	if before, due := dueOf(was.Term), dueOf(next); before != due {
		if before != 0 {
			p.due = append(p.due, ledger.Due{At: before, Subject: now.subject, Account: a.id, Settled: true})
		}
		if due != 0 {
			p.due = append(p.due, ledger.Due{At: due, Subject: now.subject, Account: a.id})
		}
	}
	p.changes = append(p.changes, func() {
		a.bucket(next.Bucket).term = now
		p.round.touchedAccounts[a.id] = struct{}{}
	})
}

// extended is the term that a bucket has after an extension; nil if it stays as it
// is.
func (p *posting) extended(a *account, b *bucket, by ledger.Extension) (*ledger.Term, verdict) {
	if by.Policy == ledger.ExtendNone || b.term == nil || b.term.End == 0 {
		return nil, accept
	}
	next := b.term.Term
	next.End = a.newEnd(by, b.term.End, p.at)
	switch {
	case next.End <= p.at, next.End <= next.Start:
		return nil, refuse(ledger.ValidityOver, ledger.Figures{})
	case next.End == b.term.End:
		return nil, accept
	}
	next.Ended = false
	if next.Next == 0 {
		next = a.scheduled(next, b.settings.Cycle, p.at)
	} else if next.Next >= next.End {
		next.Next = 0
	}
	return &next, accept
}

// newEnd is the end that an extension makes of another one.
func (a *account) newEnd(by ledger.Extension, end, now int64) int64 {
	next := by.Until
	if by.Policy == ledger.ExtendAdd {
		next = a.after(by.Lasts, max(end, now), 1)
	} else if !by.Lasts.IsZero() {
		next = a.after(by.Lasts, now, 1)
	}
	if by.Policy == ledger.ExtendMax {
		next = max(next, end)
	}
	if by.Ceiling.IsZero() {
		return next
	}
	ceiling := a.after(by.Ceiling, now, 1)
	if by.Policy != ledger.ExtendReplace && end > now {
		ceiling = max(ceiling, end)
	}
	return min(next, ceiling)
}
