// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// topUp brings paid value in: funding:<type> → available.
func (r *Round) topUp(p *posting, op ledger.TopUp) verdict {
	if op.Payment.Type == "" || !legible(op.Payment.Type, op.Payment.Reference) || !consistent(op) {
		return notTaken(ledger.Malformed)
	}
	a, b, v := r.place(p, op.Into, op.Amount)
	if v != accept {
		return v
	}
	if v := receives(a, b); v != accept {
		return v
	}
	extended, v := p.extended(a, b, op.Extension)
	if v != accept {
		return v
	}
	if extended == nil {
		v = b.lasts(p.at)
	}
	if v != accept {
		return v
	}
	kind, v := p.valid(a, op.Validity)
	if v != accept {
		return v
	}
	for _, subject := range receipt(p.command, op.Payment) {
		if used := r.state.facts[subject]; used.Version > 0 {
			var by ledger.Receipt
			if err := ledger.DecodeBody(used.Body, &by); err != nil {
				return notTaken(ledger.Malformed)
			}
			return refuse(ledger.DuplicatePayment, ledger.Figures{Other: by.Transaction})
		}
		p.fact(subject, 1, ledger.FactReceipt, ledger.Receipt{Transaction: p.command.Key})
	}
	if v := belowCeiling(a, op.Amount); v != accept {
		return v
	}
	if extended != nil {
		p.setTerm(a, b.term, *extended)
	}
	p.impact(a, b)
	p.external(funding+form(op.Payment), op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, kind, op.Amount.Base)
}

// valid is the lot for what is paid for with a validity of its own, or without.
func (p *posting) valid(a *account, validity ledger.Validity) (ledger.Lot, verdict) {
	kind := ledger.Lot{Class: ledger.Paid}
	if validity.IsZero() {
		return kind, accept
	}
	kind.Start, kind.End = validity.Start, validity.End
	if kind.Start == 0 {
		kind.Start = p.at
	}
	if kind.End == 0 {
		kind.End = a.after(validity.Lasts, kind.Start, 1)
	}
	if kind.End <= p.at {
		return kind, refuse(ledger.ValidityOver, ledger.Figures{})
	}
	return kind, accept
}

// lasts says whether something may come into a bucket: not after its end.
func (b *bucket) lasts(at int64) verdict {
	if b.isOver(at) {
		return refuse(ledger.BucketExpired, ledger.Figures{})
	}
	return accept
}

// receipt is the fact that uses a payment's reference up, if it has one.
func receipt(c ledger.Command, payment ledger.Payment) []ledger.ID {
	if payment.Reference == "" {
		return nil
	}
	return []ledger.ID{ledger.ReceiptSubject(c.Tenant, form(payment), payment.Reference)}
}

// grant gives what a bucket is created with: grants → available. A suspended
// account takes it too: it is part of setting the account up, and nothing can
// be spent until the account is active. The ceiling does not bind it.
func (r *Round) grant(p *posting, op ledger.Grant) verdict {
	a, b, v := r.place(p, op.Into, op.Amount)
	if v != accept {
		return v
	}
	if a.settings.State == ledger.AccountStateClosed {
		return refuse(ledger.AccountClosed, ledger.Figures{})
	}
	if v := b.lasts(p.at); v != accept {
		return v
	}
	kind := ledger.Lot{Class: b.settings.Class, OfCycle: !b.settings.Cycle.IsZero()}
	if kind.OfCycle && !b.term.waits() {
		kind.Start, kind.End = b.term.Start, endOfCycle(b.term.Term)
	}
	p.impact(a, b)
	p.external(grants, op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, kind, op.Amount.Base)
}

// transfer moves paid value, which stays paid where it arrives and keeps its end;
// given value does not move, or a promotion could be laundered through a friend.
func (r *Round) transfer(p *posting, op ledger.Transfer) verdict {
	if op.From.Bucket == op.To.Bucket {
		return notTaken(ledger.SameBucket)
	}
	from, source, v := r.place(p, op.From, op.Amount)
	if v != accept {
		return v
	}
	to, destination, v := r.place(p, op.To, op.Amount)
	if v != accept {
		return v
	}
	if v := spends(from, source); v != accept {
		return v
	}
	if v := receives(to, destination); v != accept {
		return v
	}
	purse, v := p.purse(from, source, op.Amount.Unit, passing, ledger.ID{})
	if v != accept {
		return v
	}
	if v := destination.lasts(p.at); v != accept {
		return v
	}
	if v := purse.affords(op.Amount); v != accept {
		return v
	}
	paid := purse.paid()
	if transferable := paid.funds(); transferable < op.Amount.Base {
		return refuse(ledger.NotTransferable, ledger.Figures{
			Needed: op.Amount.Base, Available: transferable, Unit: op.Amount.Unit,
		})
	}
	if from != to {
		if v := belowCeiling(to, op.Amount); v != accept {
			return v
		}
	}
	p.impact(from, source)
	p.impact(to, destination)
	for _, passed := range p.take(paid, op.Amount.Base) {
		kind := ledger.Lot{Class: ledger.Paid}
		if passed.end != 0 {
			kind.Start, kind.End = p.at, passed.end
		}
		if v := p.credit(to, destination, kind, passed.amount); v != accept {
			return v
		}
	}
	return accept
}

// place finds the bucket an amount goes into or comes from, and says why the
// amount cannot.
func (r *Round) place(p *posting, at ledger.Place, amount ledger.Quantity) (*account, *bucket, verdict) {
	return r.placeFor(p, at, amount, passing)
}

// placeFor finds the bucket that an amount comes from for a purpose. What is shared
// with an account is there to be charged and held, and for nothing else.
func (r *Round) placeFor(p *posting, at ledger.Place, amount ledger.Quantity, why purpose) (*account, *bucket, verdict) {
	if !possibleAmount(amount) || at.Bucket == (ledger.ID{}) {
		return nil, nil, notTaken(ledger.Malformed)
	}
	a := r.state.accounts[at.Account]
	if v := p.opened(a); v != accept {
		return nil, nil, v
	}
	b := a.find(at.Bucket)
	if b == nil && why == charging {
		b = r.usable(p, a, at.Bucket)
	}
	if b == nil {
		if r.state.facts[at.Bucket].Version > 0 {
			return nil, nil, notTaken(ledger.WrongAccount)
		}
		return nil, nil, notTaken(ledger.BucketUnknown)
	}
	if unit := b.unit(); unit != amount.Unit {
		return nil, nil, notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: unit})
	}
	if b.settings.State == ledger.BucketStateRetained {
		return nil, nil, notTaken(ledger.BucketRetained)
	}
	return a, b, accept
}

// belowCeiling says whether money may come in under the maximum balance. What
// only pays a debt adds nothing to the balance.
func belowCeiling(a *account, amount ledger.Quantity) verdict {
	ceiling := a.settings.MaximumBalance
	if ceiling == 0 || amount.Unit != a.settings.Currency {
		return accept
	}
	if after := a.credit() + max(amount.Base+a.owed(), 0); after > ceiling {
		return refuse(ledger.BalanceCeiling, ledger.Figures{
			Needed: after, Available: ceiling, Unit: amount.Unit,
		})
	}
	return accept
}

// unit is the base unit of the bucket. A bucket is opened with lot 0, so it
// always has one.
func (b *bucket) unit() string { return b.lots[0].Unit }

// possibleAmount says whether a command can be about an amount.
func possibleAmount(amount ledger.Quantity) bool {
	return amount.Base > 0 && amount.Base <= money.MaxBase
}
