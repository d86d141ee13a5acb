// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

type pretendAccount struct {
	id       ledger.ID
	tenant   ledger.ID
	version  int64
	settings ledger.AccountSettings
	buckets  map[ledger.ID]*pretendBucket // the main one too
	open     map[ledger.ID]*pretendHold
}

type pretendBucket struct {
	id       ledger.ID
	of       *pretendAccount
	version  int64
	settings ledger.BucketSettings
	unit     string
	lots     []*pretendLot // the oldest first
}

type pretendLot struct {
	of     *pretendBucket
	number int // grows with creation
	class  ledger.Class
	in     [pockets]int64
}

// pocket is what the money of a lot is there for.
type pocket int

const (
	free pocket = iota
	inReserve
	inAcceptance
	// inDebt is what is owed, below zero, in the lot a bucket was opened with.
	inDebt
	pockets
)

type outsider struct {
	tenant     ledger.ID
	name, unit string
}

// step is money that a command moves: on a lot, or outside.
type step struct {
	lot     *pretendLot
	pocket  pocket
	outside outsider
	amount  int64
}

// posting is what one command does.
type posting struct {
	steps []step
	shown []*pretendBucket
}

// pretendPart is an amount of a lot.
type pretendPart struct {
	lot    *pretendLot
	amount int64
}

func (o *oracle) move(l *pretendLot, in pocket, amount int64) {
	if amount != 0 {
		l.in[in] += amount
		o.steps = append(o.steps, step{lot: l, pocket: in, amount: amount})
	}
}

func (o *oracle) moveOutside(tenant ledger.ID, name, unit string, amount int64) {
	who := outsider{tenant, name, unit}
	o.outside[who] += amount
	o.steps = append(o.steps, step{outside: who, amount: amount})
}

// show has a bucket in the answer, once.
func (o *oracle) show(b *pretendBucket) {
	if !slices.Contains(o.shown, b) {
		o.shown = append(o.shown, b)
	}
}

// undo takes back what a command has moved, and the lots that it opened.
func (o *oracle) undo(lots int) {
	for _, s := range o.steps {
		if s.lot == nil {
			o.outside[s.outside] -= s.amount
			continue
		}
		s.lot.in[s.pocket] -= s.amount
		b := s.lot.of
		b.lots = slices.DeleteFunc(b.lots, func(l *pretendLot) bool { return l.number > lots })
	}
}

// bounded says whether what a command has moved left everything within what can
// be counted: each pocket, and all that an account has of a unit, if it grew. The
// outside world has no bound.
func (o *oracle) bounded() bool {
	for _, s := range o.steps {
		if s.lot == nil {
			continue
		}
		if is := s.lot.in[s.pocket]; is > largest || is < -largest {
			return false
		}
		var gain int64
		for _, other := range o.steps {
			if other.lot != nil && other.pocket != inDebt && other.lot.of.of == s.lot.of.of && other.lot.of.unit == s.lot.of.unit {
				gain += other.amount
			}
		}
		if sum := s.lot.of.of.sum(s.lot.of.unit); gain > 0 && (sum > largest || sum < -largest) {
			return false
		}
	}
	return true
}

// impacts are what remained in the buckets before and after.
func (o *oracle) impacts() []ledger.Impact {
	var list []ledger.Impact
	for _, b := range o.shown {
		after := b.has(free)
		before := after
		for _, s := range o.steps {
			if s.lot != nil && s.lot.of == b && s.pocket == free {
				before -= s.amount
			}
		}
		list = append(list, ledger.Impact{Account: b.of.id, Bucket: b.id, Before: before, After: after})
	}
	return list
}

// open adds a lot to a bucket.
func (o *oracle) open(b *pretendBucket, class ledger.Class) *pretendLot {
	o.lots++
	l := &pretendLot{of: b, number: o.lots, class: class}
	b.lots = append(b.lots, l)
	return l
}

// credit pays what is owed, and puts the rest into the bucket's lot of the class.
func (o *oracle) credit(b *pretendBucket, class ledger.Class, amount int64) {
	rest := o.repay(b, amount)
	if rest == 0 {
		return
	}
	at := slices.IndexFunc(b.lots, func(l *pretendLot) bool { return l.class == class })
	if at < 0 {
		o.move(o.open(b, class), free, rest)
		return
	}
	o.move(b.lots[at], free, rest)
}

// repay pays what is owed of a bucket's kind, and returns what is left.
func (o *oracle) repay(b *pretendBucket, amount int64) int64 {
	debtor := b.debtor()
	paid := min(amount, -debtor.in[inDebt])
	o.move(debtor, inDebt, paid)
	return amount - paid
}

// debtor keeps what is owed: money is owed by the account, anything else by the
// bucket.
func (b *pretendBucket) debtor() *pretendLot {
	if b.unit == b.of.settings.Currency {
		return b.of.main().lots[0]
	}
	return b.lots[0]
}

func (b *pretendBucket) has(in pocket) (sum int64) {
	for _, l := range b.lots {
		sum += l.in[in]
	}
	return sum
}

func (a *pretendAccount) main() *pretendBucket { return a.buckets[ledger.MainBucketID(a.id)] }

// sum is all of a unit on the account, held parts included.
func (a *pretendAccount) sum(unit string) (sum int64) {
	for _, b := range a.buckets {
		if b.unit == unit {
			sum += b.has(free) + b.has(inReserve) + b.has(inAcceptance)
		}
	}
	return sum
}

// sources are the lots that an amount is taken from, the oldest first, and the
// credit line, less what is owed. A place without a bucket stands for all
// active buckets of the unit.
func (o *oracle) sources(at ledger.Place, unit string) (lots []*pretendLot, line int64) {
	a := o.accounts[at.Account]
	for id, b := range a.buckets {
		if at.Bucket != id && (at.Bucket != ledger.ID{} || b.settings.State != ledger.BucketStateActive) || b.unit != unit {
			continue
		}
		lots = append(lots, b.lots...)
		line += b.has(inDebt)
		if b == a.main() {
			line += a.settings.CreditLimit
		}
	}
	if main := ledger.MainBucketID(at.Account); at.Bucket != (ledger.ID{}) && at.Bucket != main && unit == a.settings.Currency {
		line += a.main().has(inDebt)
	}
	slices.SortFunc(lots, older)
	return lots, line
}

func older(x, y *pretendLot) int { return cmp.Compare(x.number, y.number) }

// paidFor are the lots with value that somebody paid for.
func paidFor(lots []*pretendLot) []*pretendLot {
	return slices.DeleteFunc(slices.Clone(lots), func(l *pretendLot) bool { return l.class != ledger.Paid })
}

func funds(lots []*pretendLot, line int64) int64 {
	for _, l := range lots {
		line += l.in[free]
	}
	return line
}

// take takes an amount from lots, and what they do not have from the credit line.
func (o *oracle) take(a *pretendAccount, lots []*pretendLot, amount int64) []pretendPart {
	var parts []pretendPart
	for _, l := range lots {
		if has := min(amount, l.in[free]); has > 0 {
			parts = join(parts, pretendPart{l, has})
			amount -= has
		}
	}
	if amount > 0 {
		parts = join(parts, pretendPart{a.main().lots[0], amount})
	}
	for _, p := range parts {
		o.move(p.lot, free, -p.amount)
		o.show(p.lot.of)
	}
	return parts
}

// join adds a part to others, or to the one of its lot.
func join(parts []pretendPart, more pretendPart) []pretendPart {
	parts = slices.Clone(parts)
	for i := range parts {
		if parts[i].lot == more.lot {
			parts[i].amount += more.amount
			return parts
		}
	}
	return append(parts, more)
}
