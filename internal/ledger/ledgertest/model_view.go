// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// seen is an instant at which accounts are looked at: now, or later without anything
// having been settled meanwhile, such as the very instant at which something is due.
func (m *model) seen(t *rapid.T) time.Time {
	const due = -1
	after := rapid.SampledFrom([]time.Duration{0, 0, time.Microsecond, day, 3 * month, due, due}).Draw(t, "seen after")
	if after != due {
		return m.oracle.instant().Add(after)
	}
	at := m.oracle.micros()
	if events := m.oracle.events(everywhere, math.MaxInt64); len(events) > 0 {
		at = max(at, events[0].at)
	}
	return time.UnixMicro(at).UTC()
}

// withoutNumbers is a view without the numbers of batches, and with the lots of a
// bucket numbered from 0: which numbers they get is no rule.
func (m *model) withoutNumbers(view ledger.Account) ledger.Account {
	view.Sequence = 0
	for id, b := range view.Buckets {
		b.Sequence = 0
		b.Lots = slices.Clone(b.Lots)
		for i := range b.Lots {
			b.Lots[i].Number = int64(slices.Index(m.oracle.names[id], ledger.LotID(id, b.Lots[i].Number)))
		}
		view.Buckets[id] = b
	}
	return view
}

// live checks that the lots that are loaded with an account are those that may still
// be used, and those of which something is held; and that with it are loaded what is
// shared with it, and what its members used.
func (o *oracle) live(a *pretendAccount, rows ledger.AccountRows) error {
	found := map[ledger.ID]bool{}
	for _, row := range rows.Facts {
		if slices.Contains([]ledger.FactKind{ledger.FactLot, ledger.FactMembership, ledger.FactShareUse}, row.Kind) {
			found[row.Subject] = true
		}
	}
	want := map[ledger.ID]bool{}
	for _, b := range a.buckets {
		for _, l := range b.lots {
			want[o.subject(l)] = true
		}
		for _, share := range b.settings.SharedWith {
			if _, counted := b.uses[share.Account]; counted {
				want[ledger.ShareUseID(b.id, share.Account)] = true
			}
		}
	}
	for _, b := range o.shared[a.id] {
		want[ledger.MembershipID(b.id, a.id)] = true
	}
	if !maps.Equal(found, want) {
		return fmt.Errorf("with account %s are loaded\n%v\nand should be\n%v", a.id, found, want)
	}
	return nil
}

// sound checks that the figures of an account add up.
func sound(view ledger.Account) error {
	unheld := view.Credit - view.Reserved - view.Accepted
	usable := view.Available - view.Settings.CreditLimit + view.Debt
	if view.Settings.State == ledger.AccountStateActive && unheld != usable+view.Restricted {
		return fmt.Errorf("%d are not held, %d can be used and %d are restricted: %+v", unheld, usable, view.Restricted, view)
	}
	for id, b := range view.Buckets {
		var remaining, held int64
		for _, l := range b.Lots {
			remaining, held = remaining+l.Remaining, held+l.Held
		}
		if remaining != b.Remaining || held != b.Reserved+b.Accepted {
			return fmt.Errorf("the lots of bucket %s have %d and hold %d: %+v", id, remaining, held, b)
		}
	}
	return nil
}

// view is an account as the ledger should show it at an instant, if nothing is
// settled until then.
func (o *oracle) view(a *pretendAccount, at int64) ledger.Account {
	owed := -a.main().has(inDebt)
	view := ledger.Account{
		ID: a.id, Version: a.version, Settings: a.settings, Debt: owed, Buckets: map[ledger.ID]ledger.Bucket{},
	}
	isActive := a.settings.State == ledger.AccountStateActive
	if isActive {
		view.Available = a.settings.CreditLimit - owed
	}
	for id, b := range a.buckets {
		if b != a.main() {
			view.Buckets[id] = o.viewOf(b, at)
		}
		if b.unit != a.settings.Currency {
			continue
		}
		view.Reserved += b.has(inReserve)
		view.Accepted += b.has(inAcceptance)
		for _, l := range b.lots {
			left := o.left(l, at)
			view.Credit += left + l.in[inReserve] + l.in[inAcceptance]
			anyUse := b.settings.State == ledger.BucketStateActive && len(b.settings.Products) == 0
			switch {
			case !anyUse || b.waits() && l.end == 0 || !o.usable(l, at):
				view.Restricted += left
			case isActive:
				view.Available += left
			}
			start, end := o.span(l, at)
			for _, instant := range []int64{start, end} {
				if l.holds(left) && instant > at && !(b.waits() && l.end == 0) {
					view.ChangesAt = min(cmp.Or(view.ChangesAt, instant), instant)
				}
			}
		}
	}
	return view
}

// viewOf is a bucket as the ledger should show it.
func (o *oracle) viewOf(b *pretendBucket, at int64) ledger.Bucket {
	view := ledger.Bucket{
		Version: b.version, Settings: b.settings, Reserved: b.has(inReserve), Accepted: b.has(inAcceptance),
		Uses: b.usesAt(at),
	}
	if t := b.term; t != nil {
		view.Term = ledger.Term{
			Account: b.of.id, Bucket: b.id, Start: t.start, End: t.end, Cycle: t.cycle, Next: t.next, Ended: t.ended,
			Began: t.began, Scope: modelScope, Tenant: b.of.tenant,
		}
	}
	for _, r := range o.ranksAt(b.lots, at) {
		l := r.lot
		left := o.left(l, at)
		view.Remaining += left
		if !l.holds(left) && (l.end == 0 || l.end <= at) {
			continue
		}
		shown := ledger.LotBalance{
			Number: int64(l.nth), Class: l.class, Remaining: left, Held: l.in[inReserve] + l.in[inAcceptance], Rolled: l.rolled,
		}
		if !b.waits() || l.end != 0 {
			shown.Start, shown.End = o.span(l, at)
		}
		view.Lots = append(view.Lots, shown)
	}
	return view
}

// left is what is free in a lot at an instant: nothing when it is over.
func (o *oracle) left(l *pretendLot, at int64) int64 {
	if o.over(l, at) {
		return 0
	}
	return l.in[free]
}

// holds says whether there is anything in a lot, of what is left at an instant.
func (l *pretendLot) holds(left int64) bool {
	return left != 0 || l.in[inReserve]+l.in[inAcceptance] != 0
}
