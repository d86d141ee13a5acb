// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// reversible are the kinds of transaction that can be undone.
var reversible = map[ledger.Kind]bool{
	ledger.KindTopUp: true, ledger.KindTransfer: true, ledger.KindChargeHold: true,
	ledger.KindExpireHold: true, ledger.KindAdjust: true,
}

// reverse does backwards what a transaction did to each lot, all kinds of its
// cells together: of a charged hold that is what was charged. The ceiling does
// not bind it.
func (r *Round) reverse(p *posting, op ledger.Reverse) verdict {
	if op.Of == (ledger.ID{}) || op.OnShortfall > ledger.ShortfallOwes {
		return notTaken(ledger.Malformed)
	}
	if op.Original == nil {
		return notTaken(ledger.OriginalUnknown)
	}
	if !reversible[op.Original.Kind] {
		return notTaken(ledger.NotReversible)
	}
	changes, v := r.changesOf(p, op.Original)
	if v != accept {
		return v
	}
	subject := ledger.ReversalSubject(op.Of)
	if done := r.state.facts[subject]; done.Version > 0 {
		var by ledger.Reversal
		if err := ledger.DecodeBody(done.Body, &by); err != nil {
			return notTaken(ledger.Malformed)
		}
		return refuse(ledger.AlreadyReversed, ledger.Figures{Other: by.Transaction})
	}
	for _, c := range changes {
		if v := unclosed(c.account); !c.isExternal() && v != accept {
			return v
		}
	}
	if v := p.undo(changes, op.Original.Instant, op.OnShortfall); v != accept {
		return v
	}
	if v := p.uncount(op.Original); v != accept {
		return v
	}
	p.fact(subject, 1, ledger.FactReversal, ledger.Reversal{Transaction: p.command.Key})
	return accept
}

// change is what a transaction did to a lot, all kinds of its cells together.
type change struct {
	slot
	amount int64
	// isGone says that the lot is over and not at hand any more: nothing is in it.
	isGone bool
}

func (c change) isExternal() bool { return c.lot.Bucket == c.account.id }

// changesOf are what a transaction did to each lot, in the order of the lots.
func (r *Round) changesOf(p *posting, original *ledger.Original) ([]change, verdict) {
	sums := map[int64]int64{}
	for _, e := range original.Entries {
		sums[ledger.LotBaseOf(e.Cell)] += e.Amount
	}
	var changes []change
	for _, base := range slices.Sorted(maps.Keys(sums)) {
		if sums[base] == 0 {
			continue
		}
		c, ok := r.changed(original, base)
		if c.amount = sums[base]; !ok || c.lot.Tenant != p.command.Tenant ||
			c.isExternal() && c.account.id != externalID(p.command, c.lot.Name) {
			return nil, notTaken(ledger.Malformed)
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return nil, notTaken(ledger.NotReversible)
	}
	return changes, accept
}

// changed finds a lot that a transaction changed: with its account or, if it is gone,
// by what was written about it.
func (r *Round) changed(original *ledger.Original, base int64) (change, bool) {
	for _, id := range original.Accounts {
		if a := r.state.accounts[id]; a != nil {
			if at := a.lotAt(base); at.lot != nil {
				return change{slot: at}, true
			}
		}
	}
	for _, subject := range original.Lots {
		fact := r.state.facts[subject]
		gone := &lot{subject: subject, version: fact.Version}
		if fact.Kind != ledger.FactLot || ledger.DecodeBody(fact.Body, &gone.Lot) != nil || gone.Base != base {
			continue
		}
		if a := r.state.accounts[gone.Account]; a != nil {
			if b := a.find(gone.Bucket); b != nil {
				return change{slot: slot{account: a, bucket: b, lot: gone, end: gone.End}, isGone: true}, true
			}
		}
	}
	return change{}, false
}

// undo does changes backwards. What came in is taken first, from the very lots and
// not from the credit line: what is missing is refused, or owed. What went out at an
// instant comes back then, and pays what is owed.
func (p *posting) undo(changes []change, wentAt int64, onShortfall ledger.OnShortfall) verdict {
	var short ledger.Figures
	for _, c := range changes {
		if c.isExternal() || c.amount < 0 {
			continue
		}
		free := min(max(c.lot.cells[ledger.Available].balance, 0), c.amount)
		short.Needed, short.Available, short.Unit = short.Needed+c.amount, short.Available+free, c.lot.Unit
		p.impactOf(c.account, c.bucket)
		p.move(c.account, c.lot, ledger.Available, -free)
		p.move(c.account, c.account.debtor(c.bucket), ledger.Debt, free-c.amount)
	}
	if short.Available < short.Needed && onShortfall == ledger.ShortfallRefuses {
		return refuse(ledger.InsufficientFunds, short)
	}
	for _, c := range changes {
		switch {
		case c.isExternal():
			p.external(c.lot.Name, c.lot.Unit, -c.amount)
		case c.amount < 0:
			if v := p.giveBack(c, wentAt); v != accept {
				return v
			}
		}
	}
	return accept
}

// giveBack puts back what went out of a lot. For one that is over it opens another,
// for as long as was left when it went out.
func (p *posting) giveBack(c change, wentAt int64) verdict {
	if !c.isGone && !c.isSettled() {
		p.impactOf(c.account, c.bucket)
		p.move(c.account, c.lot, ledger.Available, p.repay(c.account, c.bucket, -c.amount))
		return accept
	}
	left := c.end - wentAt
	if left <= 0 {
		p.external(breakage, c.lot.Unit, -c.amount)
		return accept
	}
	p.impactOf(c.account, c.bucket)
	kind := ledger.Lot{Class: c.lot.Class, Start: p.at, End: min(p.at+left, latest)}
	return p.credit(c.account, c.bucket, kind, -c.amount)
}

// debtor is the lot that keeps what is owed of a bucket's unit: money is owed by
// the account, anything else by the bucket.
func (a *account) debtor(b *bucket) *lot {
	if b.unit() != a.settings.Currency {
		return b.lots[0]
	}
	return a.main.lots[0]
}

// repay takes what is owed, by this posting too, out of an amount that comes in, and
// returns the rest.
func (p *posting) repay(a *account, b *bucket, amount int64) int64 {
	debtor := a.debtor(b)
	owed := -debtor.cells[ledger.Debt].balance - p.pending(debtor, ledger.Debt)
	if paid := min(amount, owed); paid > 0 {
		p.move(a, debtor, ledger.Debt, paid)
		amount -= paid
	}
	return amount
}
