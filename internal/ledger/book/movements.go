// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// topUp brings paid value in: funding:<type> → available.
func (r *Round) topUp(p *posting, op ledger.TopUp) verdict {
	if op.Payment.Type == "" || !legible(op.Payment.Type, op.Payment.Reference) {
		return notTaken(ledger.Malformed)
	}
	a, b, v := r.place(p, op.Into, op.Amount)
	if v != accept {
		return v
	}
	if v := receives(a, b); v != accept {
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
	p.impact(a, b)
	p.external(funding+form(op.Payment), op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, ledger.Paid, op.Amount)
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
	p.impact(a, b)
	p.external(grants, op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, b.settings.Class, op.Amount)
}

// transfer moves paid value, which stays paid where it arrives; given value
// does not move, or a promotion could be laundered through a friend.
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
	purse := from.purse(source, op.Amount.Unit)
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
	p.take(paid, op.Amount.Base)
	return p.credit(to, destination, ledger.Paid, op.Amount)
}

// place finds the bucket an amount goes into or comes from, and says why the
// amount cannot.
func (r *Round) place(p *posting, at ledger.Place, amount ledger.Quantity) (*account, *bucket, verdict) {
	if !possibleAmount(amount) || at.Bucket == (ledger.ID{}) {
		return nil, nil, notTaken(ledger.Malformed)
	}
	a := r.state.accounts[at.Account]
	if v := p.opened(a); v != accept {
		return nil, nil, v
	}
	b := a.find(at.Bucket)
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

// credit pays with an amount what is owed, and puts the rest into the bucket's lot
// of the class. It opens one if there is none: paid and given value stay apart.
func (p *posting) credit(a *account, b *bucket, class ledger.Class, amount ledger.Quantity) verdict {
	rest := p.repay(a, b.id, amount.Base)
	if rest == 0 {
		return accept
	}
	for _, l := range b.lots {
		if l.Class == class {
			p.move(a, l, ledger.Available, rest)
			return accept
		}
	}
	if len(b.lots) >= MaxLots {
		return refuse(ledger.TooManyLots, ledger.Figures{Available: MaxLots})
	}
	l := p.lot(ledger.Lot{Account: a.id, Bucket: b.id, Class: class, Unit: amount.Unit})
	p.move(a, l, ledger.Available, rest)
	return accept
}
