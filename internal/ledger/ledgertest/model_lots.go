// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

type pretendAccount struct {
	id       ledger.ID
	tenant   ledger.ID
	version  int64
	settings ledger.AccountSettings
	first    *pretendBucket               // the main one
	buckets  map[ledger.ID]*pretendBucket // that too
	open     map[ledger.ID]*pretendHold
}

type pretendBucket struct {
	id       ledger.ID
	termID   ledger.ID
	of       *pretendAccount
	version  int64
	settings ledger.BucketSettings
	unit     string
	term     *pretendTerm  // nil if there is none
	lots     []*pretendLot // those that are live, the oldest first
	opened   int           // how many there ever were
	uses     map[ledger.ID]pretendUse
}

type pretendLot struct {
	mold
	of     *pretendBucket
	number int // grows with creation
	nth    int // of the bucket's
	in     [pockets]int64
	// ended is whether what was left at the lot's own end is gone.
	ended bool
}

// mold is what makes one lot another than the next. One without an end has none of
// its own.
type mold struct {
	class      ledger.Class
	start, end int64
	ofCycle    bool
	rolled     int32
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
	steps  []step
	shown  []*pretendBucket
	counts []count
}

// pretendPart is an amount of a lot. What is held of another account's was counted in
// the cycle that began then.
type pretendPart struct {
	lot    *pretendLot
	amount int64
	since  int64
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
		many := len(b.lots)
		b.lots = slices.DeleteFunc(b.lots, func(l *pretendLot) bool { return l.number > lots })
		b.opened -= many - len(b.lots)
	}
}

// bounded says whether what a command has moved left everything within what can
// be counted: each pocket, and all that an account has of a unit, if it grew. The
// outside world has no bound. What a member uses has to be countable too.
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
	return o.countable()
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
func (o *oracle) open(b *pretendBucket, m mold) *pretendLot {
	o.lots++
	l := &pretendLot{mold: m, of: b, number: o.lots, nth: b.opened}
	b.opened++
	b.lots = append(b.lots, l)
	return l
}

// credit pays what is owed, and puts the rest into a lot.
func (o *oracle) credit(b *pretendBucket, m mold, amount, at int64) {
	o.put(b, m, o.repay(b, amount), at)
}

// put puts an amount into the lot that fits, or into one that it opens.
func (o *oracle) put(b *pretendBucket, m mold, amount, at int64) {
	if amount == 0 {
		return
	}
	l := b.fitting(m, at)
	if l == nil {
		l = o.open(b, m)
	}
	o.move(l, free, amount)
}

// fitting is the oldest lot that is like another and has started if that has.
func (b *pretendBucket) fitting(m mold, at int64) *pretendLot {
	for _, l := range b.lots {
		like := l.mold
		if like.start <= at && m.start <= at {
			like.start = m.start
		}
		if like == m && !l.ended {
			return l
		}
	}
	return nil
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

func (a *pretendAccount) main() *pretendBucket { return a.first }

// sum is all of a unit on the account, held parts included.
func (a *pretendAccount) sum(unit string) (sum int64) {
	for _, b := range a.buckets {
		if b.unit == unit {
			sum += b.has(free) + b.has(inReserve) + b.has(inAcceptance)
		}
	}
	return sum
}
