// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// credit pays with an amount what is owed, and puts the rest into a lot of the
// bucket: see [posting.into].
func (p *posting) credit(a *account, b *bucket, kind ledger.Lot, amount int64) verdict {
	rest := p.repay(a, b, amount)
	if rest == 0 {
		return accept
	}
	l := p.into(a, b, kind)
	if l == nil {
		if p.liveLots(a, b) >= MaxLots {
			return refuse(ledger.TooManyLots, ledger.Figures{Available: MaxLots})
		}
		l = p.newLot(a, b, kind)
	}
	p.move(a, l, ledger.Available, rest)
	return accept
}

// into finds the oldest lot of a bucket that what comes in may join, or nil: paid
// and given value stay apart, and so does what ends at another instant or has not
// started yet.
func (p *posting) into(a *account, b *bucket, kind ledger.Lot) *lot {
	fits := func(l *lot) bool {
		return l.Class == kind.Class && l.End == kind.End && l.OfCycle == kind.OfCycle && l.Rolled == kind.Rolled &&
			(l.Start == kind.Start || l.Start <= p.at && kind.Start <= p.at) && !l.Ended
	}
	if i := slices.IndexFunc(b.lots, fits); i >= 0 {
		return b.lots[i]
	}
	for _, l := range p.legs {
		if p.opens(l, a, b) && fits(l.lot) {
			return l.lot
		}
	}
	return nil
}

// opens reports whether a leg opens a lot in a bucket.
func (p *posting) opens(l leg, a *account, b *bucket) bool {
	return l.lot.Base == 0 && l.account == a && l.lot.Bucket == b.id
}

// liveLots is how many lots a bucket has, those included that this posting opens.
func (p *posting) liveLots(a *account, b *bucket) int {
	count := len(b.lots)
	for _, l := range p.legs {
		if p.opens(l, a, b) {
			count++ // its first leg is its only one: it is new
		}
	}
	return count
}

// newLot is a further lot for a bucket; the first leg opens it.
func (p *posting) newLot(a *account, b *bucket, kind ledger.Lot) *lot {
	kind.Account, kind.Bucket, kind.Unit = a.id, b.id, b.unit()
	if kind.End != 0 || kind.OfCycle {
		kind.Scope = p.command.Scope
	}
	return p.lot(kind)
}

// lot is one that the command's tenant is to have; the first leg opens it.
func (p *posting) lot(terms ledger.Lot) *lot {
	terms.Tenant = p.command.Tenant
	return &lot{Lot: terms}
}

// open gives a new lot its block of cells and makes it live.
func (p *posting) open(l leg, record *ledger.Record) {
	if l.lot.Base != 0 {
		return
	}
	s := p.round.state
	l.lot.Base = max(s.nextCell, ledger.LotBlock)
	s.nextCell = l.lot.Base + ledger.LotBlock
	b := l.account.bucket(l.lot.Bucket)
	if len(b.lots) > 0 {
		l.lot.Number = l.lot.Base / ledger.LotBlock
	}
	b.lots = append(b.lots, l.lot)

	l.lot.subject, l.lot.version = ledger.LotID(l.lot.Bucket, l.lot.Number), 1
	record.Facts = append(record.Facts, ledger.Fact{
		Subject: l.lot.subject, Version: 1, Kind: ledger.FactLot, Body: ledger.EncodeBody(l.lot.Lot),
	})
	record.Live = append(record.Live, ledger.Live{Account: l.account.id, Subject: l.lot.subject, Base: l.lot.Base})
	if l.lot.End != 0 {
		record.Due = append(record.Due, ledger.Due{At: l.lot.End, Subject: l.lot.subject, Account: l.account.id})
	}
	record.Cells = append(record.Cells, p.cell(l, l.first()))
	p.round.touchedAccounts[l.account.id] = struct{}{}
}

// setLot writes the next version of a lot.
func (p *posting) setLot(a *account, l *lot, next ledger.Lot) {
	p.fact(l.subject, l.version+1, ledger.FactLot, next)
	p.changes = append(p.changes, func() {
		l.Lot = next
		l.version++
		p.round.touchedAccounts[a.id] = struct{}{}
	})
}

// retire takes a lot that is over, and of which nothing is held any more, out of what
// is loaded with its account. Nothing that is left of the bucket would tell that it
// changed: lot 0 is written once more for that.
func (p *posting) retire(a *account, b *bucket, l *lot) {
	if first := b.lots[0]; !slices.ContainsFunc(p.facts, func(f ledger.Fact) bool { return f.Subject == first.subject }) {
		p.setLot(a, first, first.Lot)
	}
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: l.subject, Ended: true})
	p.changes = append(p.changes, func() {
		b.lots = slices.DeleteFunc(b.lots, func(other *lot) bool { return other == l })
		p.round.touchedAccounts[a.id] = struct{}{}
		p.round.final = append(p.round.final, l.subject)
	})
}

// isSettled reports whether the lot is over and what was free in it is gone, so that
// it takes nothing back. What a hold gives back at the very end of a lot is in time.
func (s slot) isSettled() bool {
	return s.lot.Ended || s.lot.End == 0 && s.bucket.term != nil && s.bucket.term.Ended
}

// held is what is held of the lot.
func (l *lot) held() int64 {
	return l.cells[ledger.Reserved].balance + l.cells[ledger.AcceptedHold].balance
}
