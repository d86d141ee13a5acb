// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// purse is what an amount may be taken from: lots in burn order, and last of all
// the credit line.
type purse struct {
	account *account
	lots    []*lot
	// line is the credit line, if the main bucket is among those that are taken
	// from, less what is owed. It is below zero while more is owed.
	line int64
}

// purse is what may be taken from one bucket, if it is named, or from all of the
// account that have the unit and may be used.
func (a *account) purse(named *bucket, unit string) purse {
	if named != nil {
		from := purse{account: a, lots: named.lots, line: a.line(named)}
		if unit == a.settings.Currency && !a.isMain(named) {
			from.line += a.owed() // money is owed by the account, whichever bucket is asked
		}
		return from
	}
	from := purse{account: a}
	for b := range a.buckets {
		if b.settings.State == ledger.BucketStateActive && b.unit() == unit {
			from.lots = append(from.lots, b.lots...)
			from.line += a.line(b)
		}
	}
	slices.SortFunc(from.lots, burnOrder)
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

// burnOrder is the order in which lots are used: the oldest first. Blocks of cells
// are handed out as lots are opened.
func burnOrder(x, y *lot) int { return cmp.Compare(x.Base, y.Base) }

// paid is the part of a purse that was paid for.
func (f purse) paid() purse {
	f.lots = slices.DeleteFunc(slices.Clone(f.lots), func(l *lot) bool { return l.Class != ledger.Paid })
	return f
}

// funds is how much there is, the credit line included.
func (f purse) funds() int64 {
	sum := f.line
	for _, l := range f.lots {
		sum += l.cells[ledger.Available].balance
	}
	return sum
}

// take takes an amount out of the purse and tells from which lots. The caller has
// made sure that there is enough.
func (p *posting) take(from purse, amount int64) []part {
	var parts []part
	for _, l := range from.lots {
		if free := min(amount, l.cells[ledger.Available].balance); free > 0 {
			parts = append(parts, part{l, free})
			amount -= free
		}
	}
	if amount > 0 {
		parts = part{from.account.main.lots[0], amount}.in(parts)
	}
	for _, taken := range parts {
		p.move(from.account, taken.lot, ledger.Available, -taken.amount)
	}
	return parts
}

// part is an amount of a lot.
type part struct {
	lot    *lot
	amount int64
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

// spends says whether value may be taken from an account and, if one was named,
// from its bucket.
func spends(a *account, b *bucket) verdict {
	if a.settings.State == ledger.AccountStateRechargeOnly {
		return refuse(ledger.AccountRechargeOnly, ledger.Figures{})
	}
	return receives(a, b)
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

// affords says whether a purse has an amount.
func (f purse) affords(amount ledger.Quantity) verdict {
	if funds := f.funds(); funds < amount.Base {
		return refuse(ledger.InsufficientFunds, ledger.Figures{
			Needed: amount.Base, Available: funds, Unit: amount.Unit,
		})
	}
	return accept
}

// source finds the account that an amount comes from, the bucket if one is named,
// and what may be taken from.
func (r *Round) source(p *posting, at ledger.Place, amount ledger.Quantity) (purse, *bucket, verdict) {
	if at.Bucket != (ledger.ID{}) {
		a, b, v := r.place(p, at, amount)
		if v != accept {
			return purse{}, nil, v
		}
		return a.purse(b, amount.Unit), b, accept
	}
	if !possibleAmount(amount) || !legible(amount.Unit) {
		return purse{}, nil, notTaken(ledger.Malformed)
	}
	a := r.state.accounts[at.Account]
	if v := p.opened(a); v != accept {
		return purse{}, nil, v
	}
	if isOtherMoney(amount.Unit, a.settings.Currency) {
		return purse{}, nil, notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: a.settings.Currency})
	}
	return a.purse(nil, amount.Unit), nil, accept
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
