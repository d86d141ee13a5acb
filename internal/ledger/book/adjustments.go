// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// adjust moves value in or out at an operator's word. A correction, which a
// general one is, goes through whatever the account's state is, unless it is
// closed.
func (r *Round) adjust(p *posting, op ledger.Adjust) verdict {
	switch op.Type {
	case ledger.GoodwillCredit, ledger.GeneralCredit:
		return r.adjustUp(p, op)
	case ledger.GeneralDebit, ledger.OneTimeCharge, ledger.RecurringCharge:
		return r.adjustDown(p, op)
	default:
		return notTaken(ledger.Malformed)
	}
}

func (r *Round) adjustUp(p *posting, op ledger.Adjust) verdict {
	a, b, v := r.place(p, op.At, op.Amount)
	if v != accept {
		return v
	}
	class := ledger.Paid
	if op.Type == ledger.GoodwillCredit {
		class = ledger.Granted
		if v := receives(a, b); v != accept {
			return v
		}
		if v := belowCeiling(a, op.Amount); v != accept {
			return v
		}
	}
	if v := unclosed(a); v != accept {
		return v
	}
	p.impact(a, b)
	p.external(adjustments, op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, class, op.Amount)
}

func (r *Round) adjustDown(p *posting, op ledger.Adjust) verdict {
	from, b, v := r.source(p, op.At, op.Amount)
	if v != accept {
		return v
	}
	counter := usage
	if op.Type == ledger.GeneralDebit {
		counter = adjustments
		v = unclosed(from.account)
	} else {
		v = spends(from.account, b)
	}
	if v != accept {
		return v
	}
	if v := from.affords(op.Amount); v != accept {
		return v
	}
	for _, taken := range p.take(from, op.Amount.Base) {
		p.impactOf(from.account, taken.lot.Bucket)
	}
	p.external(counter, op.Amount.Unit, op.Amount.Base)
	return accept
}

// unclosed says whether an account can be put right.
func unclosed(a *account) verdict {
	if a.settings.State == ledger.AccountStateClosed {
		return refuse(ledger.AccountClosed, ledger.Figures{})
	}
	return accept
}

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
	if v := p.undo(changes, op.OnShortfall); v != accept {
		return v
	}
	p.fact(subject, 1, ledger.FactReversal, ledger.Reversal{Transaction: p.command.Key})
	return accept
}

// change is what a transaction did to a lot, all kinds of its cells together.
type change struct {
	account *account
	lot     *lot
	amount  int64
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
		c := change{amount: sums[base]}
		for _, id := range original.Accounts {
			if a := r.state.accounts[id]; a != nil && c.lot == nil {
				c.account, c.lot = a, a.lotAt(base)
			}
		}
		if c.lot == nil || c.lot.Tenant != p.command.Tenant ||
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

// undo does changes backwards. What came in is taken first, from the very lots and
// not from the credit line: what is missing is refused, or owed. What went out comes
// back then, and pays what is owed.
func (p *posting) undo(changes []change, onShortfall ledger.OnShortfall) verdict {
	var short ledger.Figures
	for _, c := range changes {
		if c.isExternal() || c.amount < 0 {
			continue
		}
		free := min(max(c.lot.cells[ledger.Available].balance, 0), c.amount)
		short.Needed, short.Available, short.Unit = short.Needed+c.amount, short.Available+free, c.lot.Unit
		p.impactOf(c.account, c.lot.Bucket)
		p.move(c.account, c.lot, ledger.Available, -free)
		p.move(c.account, c.account.debtor(c.lot.Bucket), ledger.Debt, free-c.amount)
	}
	if short.Available < short.Needed && onShortfall == ledger.ShortfallRefuses {
		return refuse(ledger.InsufficientFunds, short)
	}
	for _, c := range changes {
		switch {
		case c.isExternal():
			p.external(c.lot.Name, c.lot.Unit, -c.amount)
		case c.amount < 0:
			p.impactOf(c.account, c.lot.Bucket)
			p.move(c.account, c.lot, ledger.Available, p.repay(c.account, c.lot.Bucket, -c.amount))
		}
	}
	return accept
}

// debtor is the lot that keeps what is owed of a bucket's unit: money is owed by
// the account, anything else by the bucket.
func (a *account) debtor(bucket ledger.ID) *lot {
	if b := a.find(bucket); b != nil && b.unit() != a.settings.Currency {
		return b.lots[0]
	}
	return a.main.lots[0]
}

// repay takes what is owed, by this posting too, out of an amount that comes in, and
// returns the rest.
func (p *posting) repay(a *account, bucket ledger.ID, amount int64) int64 {
	debtor := a.debtor(bucket)
	owed := -debtor.cells[ledger.Debt].balance - p.pending(debtor, ledger.Debt)
	if paid := min(amount, owed); paid > 0 {
		p.move(a, debtor, ledger.Debt, paid)
		amount -= paid
	}
	return amount
}
