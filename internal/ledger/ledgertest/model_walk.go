// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"math"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// rank is a lot's place in the burn order.
type rank struct {
	lot       *pretendLot
	forAll    bool
	priority  int32
	end       int64
	usableNow bool
}

// ranks are lots in burn order now.
func (o *oracle) ranks(lots []*pretendLot) []rank { return o.ranksAt(lots, o.micros()) }

// ranksAt are lots in the burn order of an instant.
func (o *oracle) ranksAt(lots []*pretendLot, now int64) []rank {
	list := make([]rank, 0, len(lots))
	for _, l := range lots {
		start, end := o.span(l, now)
		r := rank{
			lot: l, forAll: len(l.of.settings.Products) == 0, priority: l.of.settings.Priority, end: end,
			usableNow: start <= now && (end == 0 || now < end),
		}
		if end == 0 {
			r.end = math.MaxInt64
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(x, y rank) int {
		if x.forAll != y.forAll {
			if y.forAll {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x.priority, y.priority), cmp.Compare(x.end, y.end), older(x.lot, y.lot))
	})
	return list
}

// inBurnOrder are lots in burn order, whether they may be used or not.
func (o *oracle) inBurnOrder(lots []*pretendLot) []*pretendLot {
	var list []*pretendLot
	for _, r := range o.ranks(lots) {
		list = append(list, r.lot)
	}
	return list
}

// usableOf are those of a bucket's lots that may be used now, in burn order.
func (o *oracle) usableOf(b *pretendBucket) (list []*pretendLot) {
	for _, r := range o.ranks(b.lots) {
		if r.usableNow {
			list = append(list, r.lot)
		}
	}
	return list
}

// started are those that may be used now and need no first use for it.
func (o *oracle) started(b *pretendBucket) []*pretendLot {
	return slices.DeleteFunc(o.usableOf(b), func(l *pretendLot) bool { return l.end == 0 && b.waits() })
}

// sources are the lots that a use takes an amount from, in burn order, and the
// credit line, less what is owed. A place without a bucket stands for a walk over
// all that may be used.
func (o *oracle) sources(at ledger.Place, unit string, product ledger.ID) (lots []*pretendLot, line int64) {
	a := o.accounts[at.Account]
	if at.Bucket == (ledger.ID{}) {
		return o.walk(a, o.shared[a.id], unit, product)
	}
	b := o.reached(at)
	if b == nil || b.unit != unit {
		return nil, 0
	}
	if b.of != a {
		return o.usableOf(b), 0
	}
	return o.usableOf(b), b.line()
}

// line is the credit line of a bucket, less what is owed.
func (b *pretendBucket) line() int64 {
	line := b.debtor().in[inDebt]
	if b == b.of.main() {
		line += b.of.settings.CreditLimit
	}
	return line
}

// walk goes over all lots of a unit that a product may use now, an account's own and
// those of buckets that are shared with it, as far as the first blocker.
func (o *oracle) walk(a *pretendAccount, shared []*pretendBucket, unit string, product ledger.ID) (lots []*pretendLot, line int64) {
	admit := func(b *pretendBucket) {
		if b.unit == unit && b.settings.State == ledger.BucketStateActive && b.serves(product) {
			lots = append(lots, b.lots...)
		}
	}
	for _, b := range a.buckets {
		admit(b)
	}
	for _, b := range shared {
		if b.of.settings.State == ledger.AccountStateActive && b.of.tenant == a.tenant {
			admit(b)
		}
	}
	var list []*pretendLot
	for _, r := range o.ranks(lots) {
		if r.usableNow {
			list = append(list, r.lot)
		}
	}
	last, blocked := lastBeforeBlock(list)
	list = list[:last]
	owing := map[*pretendLot]bool{}
	for _, l := range list {
		if l.of.of != a {
			continue
		}
		owing[l.of.debtor()] = true
		if blocked && l == a.main().lots[0] {
			line += max(-l.in[free], 0) // what is used of the credit line takes nothing from others
		}
	}
	if unit == a.settings.Currency {
		owing[a.main().lots[0]] = true
		if !blocked {
			line += a.settings.CreditLimit
		}
	}
	for l := range owing {
		line += l.in[inDebt]
	}
	return list, line
}

// lastBeforeBlock is how many lots, in burn order, there are up to the last one of the
// first blocker. One that may not be used itself, but for lots that last on their own,
// does not block.
func lastBeforeBlock(list []*pretendLot) (many int, blocked bool) {
	many = len(list)
	last := map[*pretendBucket]int{}
	for i, l := range list {
		last[l.of] = i + 1
	}
	for b, end := range last {
		if b.settings.Blocker && slices.Contains(list, b.lots[0]) {
			many, blocked = min(many, end), true
		}
	}
	return many, blocked
}

// serves says whether a bucket is for a product.
func (b *pretendBucket) serves(product ledger.ID) bool {
	return len(b.settings.Products) == 0 || slices.Contains(b.settings.Products, product)
}

func older(x, y *pretendLot) int { return cmp.Compare(x.number, y.number) }

// paidFor are the lots with value that somebody paid for.
func paidFor(lots []*pretendLot) []*pretendLot {
	return slices.DeleteFunc(slices.Clone(lots), func(l *pretendLot) bool { return l.class != ledger.Paid })
}

// funds are what an account may take from lots and the credit line: of others' buckets
// no more than an amount can be.
func funds(a *pretendAccount, lots []*pretendLot, line int64) int64 {
	for _, l := range lots {
		if l.of.of == a {
			line += l.in[free]
		}
	}
	for _, room := range rooms(a, lots) {
		line = min(line+room, largest)
	}
	return line
}

// taken is what an amount is made of: what the lots have, in their order, and for
// the rest the credit line.
func taken(lots []*pretendLot, a *pretendAccount, amount int64) (parts []pretendPart) {
	room := rooms(a, lots)
	for _, l := range lots {
		has, since := min(amount, l.in[free]), int64(0)
		if l.of.of != a {
			has, since = min(has, room[l.of]), l.of.began()
			room[l.of] -= has
		}
		if has > 0 {
			parts = join(parts, pretendPart{l, has, since})
			amount -= has
		}
	}
	if amount > 0 {
		parts = join(parts, pretendPart{lot: a.main().lots[0], amount: amount})
	}
	return parts
}

// take takes an amount from lots and the credit line.
func (o *oracle) take(a *pretendAccount, lots []*pretendLot, amount int64) []pretendPart {
	parts := taken(lots, a, amount)
	for _, p := range parts {
		o.move(p.lot, free, -p.amount)
		o.show(p.lot.of)
		o.count(a, p.lot.of, p.amount, 0)
	}
	return parts
}

// beginUsed begins the buckets that waited for what a command has just taken.
func (o *oracle) beginUsed() {
	for _, s := range o.steps {
		if s.lot != nil && s.pocket == free && s.amount < 0 && s.lot.of.waits() {
			o.begin(s.lot.of)
		}
	}
}

// join adds a part to others, or to the one of its lot and cycle.
func join(parts []pretendPart, more pretendPart) []pretendPart {
	parts = slices.Clone(parts)
	for i := range parts {
		if parts[i].lot == more.lot && parts[i].since == more.since {
			parts[i].amount += more.amount
			return parts
		}
	}
	return append(parts, more)
}
