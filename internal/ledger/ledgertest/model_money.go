// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (o *oracle) againstTopUp(c ledger.Command, op ledger.TopUp) (list []objection) {
	if op.Payment.Type == "" {
		list = append(list, cannot(ledger.Malformed))
	}
	list = append(list, o.againstPlace(op.Into, op.Amount)...)
	if len(list) > 0 {
		return list
	}
	if other, used := o.receipts[receiptOf(c, op)]; used {
		duplicate := refused(ledger.DuplicatePayment)
		duplicate.figures.Other = other
		list = append(list, duplicate)
	}
	list = append(list, o.againstState(op.Into.Account)...)
	return append(list, o.againstCeiling(op.Into.Account, op.Amount)...)
}

func (o *oracle) againstGrant(op ledger.Grant) []objection {
	if list := o.againstPlace(op.Into, op.Amount); len(list) > 0 {
		return list
	}
	if o.accounts[op.Into.Account].settings.State == ledger.AccountStateClosed {
		return []objection{refused(ledger.AccountClosed)}
	}
	return nil
}

func (o *oracle) againstTransfer(op ledger.Transfer) (list []objection) {
	if op.From.Bucket == op.To.Bucket {
		list = append(list, cannot(ledger.SameBucket))
	}
	list = append(list, o.againstPlace(op.From, op.Amount)...)
	list = append(list, o.againstPlace(op.To, op.Amount)...)
	if len(list) > 0 {
		return list
	}
	list = append(list, o.againstState(op.From.Account)...)
	list = append(list, o.againstState(op.To.Account)...)
	from := o.accounts[op.From.Account]
	bucket := from.buckets[op.From.Bucket]
	free := bucket.paid
	if op.From.Bucket == ledger.MainBucketID(op.From.Account) {
		free += from.settings.CreditLimit
	}
	switch figures := (ledger.Figures{Needed: op.Amount.Base, Available: free, Unit: op.Amount.Unit}); {
	case free >= op.Amount.Base:
	case free+bucket.granted >= op.Amount.Base:
		list = append(list, objection{ledger.Refused, ledger.NotTransferable, figures})
	default:
		figures.Available += bucket.granted
		list = append(list, objection{ledger.Refused, ledger.InsufficientFunds, figures})
	}
	if op.From.Account != op.To.Account {
		list = append(list, o.againstCeiling(op.To.Account, op.Amount)...)
	}
	return list
}

func (o *oracle) againstPlace(at ledger.Place, amount ledger.Quantity) (list []objection) {
	if amount.Base < 1 || amount.Base > largest {
		list = append(list, cannot(ledger.Malformed))
	}
	a, ok := o.accounts[at.Account]
	if !ok {
		return append(list, cannot(ledger.AccountUnknown))
	}
	b, ok := a.buckets[at.Bucket]
	if !ok {
		if _, elsewhere := o.owners[at.Bucket]; elsewhere {
			return append(list, cannot(ledger.WrongAccount))
		}
		return append(list, cannot(ledger.BucketUnknown))
	}
	if b.unit != amount.Unit {
		mismatch := cannot(ledger.UnitMismatch)
		mismatch.figures.Unit = b.unit
		list = append(list, mismatch)
	}
	if b.settings.State == ledger.BucketStateRetained {
		list = append(list, cannot(ledger.BucketRetained))
	}
	return list
}

func (o *oracle) againstState(account ledger.ID) []objection {
	switch o.accounts[account].settings.State {
	case ledger.AccountStateSuspended:
		return []objection{refused(ledger.AccountSuspended)}
	case ledger.AccountStateClosed:
		return []objection{refused(ledger.AccountClosed)}
	default:
		return nil
	}
}

func (o *oracle) againstCeiling(account ledger.ID, amount ledger.Quantity) []objection {
	a := o.accounts[account]
	after := a.sum(a.settings.Currency) + amount.Base
	if amount.Unit != a.settings.Currency || a.settings.MaximumBalance == 0 || after <= a.settings.MaximumBalance {
		return nil
	}
	return []objection{{ledger.Refused, ledger.BalanceCeiling, ledger.Figures{
		Needed: after, Available: a.settings.MaximumBalance, Unit: amount.Unit,
	}}}
}

// sum is all of a unit on the account.
func (a *pretendAccount) sum(unit string) (sum int64) {
	for _, b := range a.buckets {
		if b.unit == unit {
			sum += b.paid + b.granted
		}
	}
	return sum
}

// foreign says whether a command touches an account of another tenant.
func (o *oracle) foreign(c ledger.Command) bool {
	theirs := func(accounts ...ledger.ID) bool {
		return slices.ContainsFunc(accounts, func(id ledger.ID) bool {
			a, ok := o.accounts[id]
			return ok && a.tenant != c.Tenant
		})
	}
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return theirs(op.Into.Account)
	case ledger.Grant:
		return theirs(op.Into.Account)
	case ledger.Transfer:
		return theirs(op.From.Account, op.To.Account)
	case ledger.SetAccount:
		return theirs(op.Account)
	case ledger.SetBucket:
		return theirs(op.Settings.Account)
	default:
		return false
	}
}

// overflows says whether a command nothing else speaks against would pass what
// an account can hold. The outside world has no bound.
func (o *oracle) overflows(c ledger.Command) bool {
	beyond := func(sum int64) bool { return sum > largest || sum < -largest }
	into := func(at ledger.Place, unit string, paid, granted, gain int64) bool {
		a := o.accounts[at.Account]
		b := a.buckets[at.Bucket]
		return beyond(b.paid+paid) || beyond(b.granted+granted) || beyond(a.sum(unit)+gain)
	}
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return into(op.Into, op.Amount.Unit, op.Amount.Base, 0, op.Amount.Base)
	case ledger.Grant:
		paid, granted := o.classed(op)
		return into(op.Into, op.Amount.Unit, paid, granted, op.Amount.Base)
	case ledger.Transfer:
		gain := op.Amount.Base
		if op.From.Account == op.To.Account {
			gain = 0
		}
		return into(op.To, op.Amount.Unit, op.Amount.Base, 0, gain)
	}
	return false
}

func fundingOf(op ledger.TopUp) string { return "funding:" + strings.ToLower(op.Payment.Type) }

// receiptOf is what a payment uses up. Cash and cash are the same money.
func receiptOf(c ledger.Command, op ledger.TopUp) receipt {
	return receipt{c.Tenant, strings.ToLower(op.Payment.Type), op.Payment.Reference}
}

// classed splits a grant by the class of its bucket.
func (o *oracle) classed(op ledger.Grant) (paid, granted int64) {
	if o.accounts[op.Into.Account].buckets[op.Into.Bucket].settings.Class == ledger.Granted {
		return 0, op.Amount.Base
	}
	return op.Amount.Base, 0
}
