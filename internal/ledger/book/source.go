// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// source finds the account that an amount comes from, and the bucket if one is
// named; nil stands for all of them.
func (r *Round) source(p *posting, at ledger.Place, amount ledger.Quantity, why purpose) (*account, *bucket, verdict) {
	if at.Bucket != (ledger.ID{}) {
		return r.placeFor(p, at, amount, why)
	}
	if !possibleAmount(amount) || !legible(amount.Unit) {
		return nil, nil, notTaken(ledger.Malformed)
	}
	a := r.state.accounts[at.Account]
	if v := p.opened(a); v != accept {
		return nil, nil, v
	}
	if isOtherMoney(amount.Unit, a.settings.Currency) {
		return nil, nil, notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: a.settings.Currency})
	}
	return a, nil, accept
}

// isOtherMoney reports whether a unit is a currency, and not the account's: of
// that there can be nothing, ever.
func isOtherMoney(unit, currency string) bool {
	if unit == currency {
		return false
	}
	known, err := money.ParseUnit(unit)
	return err == nil && known.IsCurrency()
}

// spends says whether value may be taken from an account and, if one was named,
// from its bucket.
func spends(a *account, b *bucket) verdict {
	if a.settings.State == ledger.AccountStateRechargeOnly {
		return refuse(ledger.AccountRechargeOnly, ledger.Figures{})
	}
	return receives(a, b)
}

// uses says whether value may be charged to an account or held of it and, if one was
// named, from a bucket that is its own or shared with it.
func (r *Round) uses(a *account, b *bucket) verdict {
	if b == nil {
		return spends(a, nil)
	}
	owner := r.ownerOf(a, b)
	if owner != a {
		if v := spends(a, nil); v != accept {
			return v
		}
	}
	return spends(owner, b)
}

// receives says whether value may come into a bucket of an account.
func receives(a *account, b *bucket) verdict {
	switch {
	case a.settings.State == ledger.AccountStateSuspended:
		return refuse(ledger.AccountSuspended, ledger.Figures{})
	case a.settings.State == ledger.AccountStateClosed:
		return refuse(ledger.AccountClosed, ledger.Figures{})
	case b != nil && b.settings.State == ledger.BucketStateSuspended:
		return refuse(ledger.BucketSuspended, ledger.Figures{})
	default:
		return accept
	}
}

// purse is what may be taken for a use from one bucket, if it is named, or from all
// of the account that have the unit, and says why there can be nothing.
func (p *posting) purse(a *account, b *bucket, unit string, why purpose, product ledger.ID) (purse, verdict) {
	u := use{purpose: why, product: product, at: p.at}
	if b == nil {
		return p.walk(a, unit, u), accept
	}
	from := p.named(a, b, u)
	switch {
	case why == correcting:
		return from, accept
	case !b.isFor(product):
		return from, refuse(ledger.ProductMismatch, ledger.Figures{})
	case len(from.slots) > 0:
		return from, accept
	case b.term.waits():
		return from, notTaken(ledger.BucketNotStarted)
	case b.term.Start > p.at:
		return from, notTaken(ledger.BucketNotStarted).with(ledger.Figures{
			Needed: p.round.secondsTo(b.term.Start), Unit: "s",
		})
	default:
		return from, refuse(ledger.BucketExpired, ledger.Figures{})
	}
}
