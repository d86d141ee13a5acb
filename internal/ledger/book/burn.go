// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"cmp"
	"math"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// use is what an amount is taken for.
type use struct {
	purpose purpose
	product ledger.ID
	at      int64
}

type purpose uint8

const (
	// charging is for a product, or for nothing in particular, at once or with a hold.
	// It begins what waits for a first use.
	charging purpose = iota
	// correcting takes all that is free in a bucket that is named, whenever and for
	// whatever it may be used.
	correcting
	// passing gives what may be used already, and for anything, to another bucket.
	passing
)

// slot is a place in the burn order: a lot, and what its place follows from.
type slot struct {
	account *account
	bucket  *bucket
	lot     *lot
	end     int64 // of what is in the lot; 0 if there is none
	// shared is what the lot belongs to if it is another account's; nil otherwise.
	shared *shared
}

// burnOrder is the order in which lots are used: what is for some products first;
// then by priority; then what ends first; then the oldest. Blocks of cells are handed
// out as lots are opened.
func burnOrder(x, y slot) int {
	if x.bucket != y.bucket {
		if restricted := x.bucket.isRestricted(); restricted != y.bucket.isRestricted() {
			if restricted {
				return -1
			}
			return 1
		}
		if order := cmp.Compare(x.bucket.settings.Priority, y.bucket.settings.Priority); order != 0 {
			return order
		}
	}
	if order := cmp.Compare(orNever(x.end), orNever(y.end)); order != 0 {
		return order
	}
	return cmp.Compare(x.lot.Base, y.lot.Base)
}

// orNever puts what has no end behind everything that has one.
func orNever(end int64) int64 {
	if end == 0 {
		return math.MaxInt64
	}
	return end
}

// purse is what an amount may be taken from: lots in burn order, and last of all
// the credit line.
type purse struct {
	account *account
	use     use
	slots   []slot
	// line is the credit line, if the main bucket is among those that are taken
	// from, less what is owed. It is below zero while more is owed.
	line int64
	// shared are the buckets of others among what is taken from.
	shared []*shared
	// named is the one of them that was named, if one was.
	named *shared
}

// walk is what may be taken from all buckets of an account that have a unit, and for
// a charge or a hold from those that are shared with it.
func (p *posting) walk(a *account, unit string, u use) purse {
	from := purse{account: a, use: u, slots: make([]slot, 0, 1+len(a.others))}
	for b := range a.buckets {
		if b.settings.State != ledger.BucketStateActive || b.unit() != unit || !b.isFor(u.product) {
			continue
		}
		if from.add(a, b, nil, func(s span) bool { return s.contains(u.at) }) {
			from.line += a.line(b)
		}
	}
	if len(a.memberships) > 0 && u.purpose == charging {
		p.addShared(&from, unit)
	}
	slices.SortFunc(from.slots, burnOrder)
	from.block()
	from.measure()
	return from
}

// named is what may be taken from one bucket, which may be shared with the account.
func (p *posting) named(a *account, b *bucket, u use) purse {
	if owner := p.round.ownerOf(a, b); owner != a {
		from := purse{account: a, use: u}
		from.named = from.addBucket(owner, b)
		slices.SortFunc(from.slots, burnOrder)
		from.measure()
		return from
	}
	from := purse{account: a, use: u, line: a.line(b)}
	if b.unit() == a.settings.Currency && !a.isMain(b) {
		from.line += a.owed() // money is owed by the account, whichever bucket is asked
	}
	from.add(a, b, nil, func(s span) bool { return s.contains(u.at) || u.purpose == correcting && !s.isOver(u.at) })
	slices.SortFunc(from.slots, burnOrder)
	return from
}

// line is a bucket's credit line, less what it owes.
func (a *account) line(b *bucket) int64 {
	line := b.sum(ledger.Debt)
	if a.isMain(b) {
		line += a.settings.CreditLimit
	}
	return line
}

// add adds the lots of a bucket whose spans are admitted, and reports whether there
// is any. A bucket that waits for its first use has the spans that it would have if
// that were now, unless nothing is to begin.
func (f *purse) add(a *account, b *bucket, sh *shared, admits func(span) bool) bool {
	t, some := b.term, false
	if f.use.purpose != passing {
		t = a.asBegun(b, f.use.at)
	}
	for _, l := range b.lots {
		if s := spanOf(l, t); admits(s) {
			f.slots = append(f.slots, slot{account: a, bucket: b, lot: l, end: s.end, shared: sh})
			some = true
		}
	}
	return some
}

// asBegun is the term of a bucket or, while that waits for its first use, the one it
// would have if that were at an instant.
func (a *account) asBegun(b *bucket, at int64) *term {
	if !b.term.waits() {
		return b.term
	}
	return &term{Term: a.begun(b.term.Term, b.settings, at, at)}
}

// block leaves out what burns after the last lot of a blocker, the first of them in
// the burn order, and the credit line with it.
func (f *purse) block() {
	for i, s := range f.slots {
		if !s.bucket.blocks(f.use.at) || slices.ContainsFunc(f.slots[i+1:], s.sharesBucket) {
			continue
		}
		f.slots = f.slots[:i+1]
		f.line = f.blockedLine(s.lot.Unit)
		return
	}
}

// blockedLine is what is owed by those that are left of a blocked purse. What is used
// of the credit line takes nothing from them.
func (f *purse) blockedLine(unit string) (line int64) {
	if unit == f.account.settings.Currency {
		line = f.account.owed()
	}
	for i, s := range f.slots {
		if s.shared != nil {
			continue
		}
		if unit != f.account.settings.Currency && !slices.ContainsFunc(f.slots[:i], s.sharesBucket) {
			line += s.bucket.sum(ledger.Debt)
		}
		line += max(-s.lot.cells[ledger.Available].balance, 0)
	}
	return line
}

func (s slot) sharesBucket(other slot) bool { return s.bucket == other.bucket }

// paid is the part of a purse that was paid for.
func (f purse) paid() purse {
	f.slots = slices.DeleteFunc(slices.Clone(f.slots), func(s slot) bool { return s.lot.Class != ledger.Paid })
	return f
}

// funds is how much there is, the credit line included. Of what is shared no more
// counts than an amount can be.
func (f purse) funds() int64 {
	sum := f.line
	for _, s := range f.slots {
		if s.shared == nil {
			sum += s.lot.cells[ledger.Available].balance
		}
	}
	for _, sh := range f.shared {
		sum = min(sum+sh.room, money.MaxBase)
	}
	return sum
}

// part is an amount of a lot.
type part struct {
	slot
	amount int64
	// since is when the cycle began in which it was counted, if it is held of a shared
	// bucket.
	since int64
}

// take takes an amount out of the purse and tells from which lots. The caller has
// made sure that there is enough.
func (p *posting) take(from purse, amount int64) []part {
	parts := make([]part, 0, min(len(from.slots), 4))
	for _, s := range from.slots {
		free := min(amount, s.lot.cells[ledger.Available].balance)
		if s.shared != nil {
			free = min(free, s.shared.room)
		}
		if free <= 0 {
			continue
		}
		parts = append(parts, part{slot: s, amount: free})
		amount -= free
		if s.shared != nil {
			s.shared.room -= free
			p.tally(s.account, s.bucket, from.account.id).used += free
		}
	}
	if amount > 0 {
		parts = from.account.ofLine(amount).in(parts)
	}
	for i, taken := range parts {
		p.move(taken.account, taken.lot, ledger.Available, -taken.amount)
		isFirst := from.use.purpose == charging && taken.bucket.term.waits()
		if isFirst && !slices.ContainsFunc(parts[:i], func(other part) bool { return other.bucket == taken.bucket }) {
			p.begin(taken.account, taken.bucket)
		}
	}
	return parts
}

// ofLine is an amount of the credit line.
func (a *account) ofLine(amount int64) part {
	return part{slot: slot{account: a, bucket: &a.main, lot: a.main.lots[0]}, amount: amount}
}

// in adds the part to parts, or to the one of its lot.
func (t part) in(parts []part) []part {
	for i := range parts {
		if parts[i].lot == t.lot {
			parts[i].amount += t.amount
			return parts
		}
	}
	return append(parts, t)
}

// affords says whether a purse has an amount.
func (f purse) affords(amount ledger.Quantity) verdict {
	funds := f.funds()
	if funds >= amount.Base {
		return accept
	}
	if sh := f.named; sh != nil && sh.free >= amount.Base {
		return refuse(ledger.ShareExceeded, ledger.Figures{Needed: amount.Base, Available: sh.left, Unit: amount.Unit})
	}
	return refuse(ledger.InsufficientFunds, ledger.Figures{Needed: amount.Base, Available: funds, Unit: amount.Unit})
}
