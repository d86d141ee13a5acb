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
		return []objection{cannot(ledger.Malformed)}
	}
	if list = o.againstPlace(c, op.Into, op.Amount); len(list) > 0 {
		return list
	}
	list = o.againstReceiving(op.Into)
	if other, used := o.receipts[receiptOf(c, op)]; used {
		list = append(list, refused(ledger.DuplicatePayment).with(ledger.Figures{Other: other}))
	}
	return append(list, o.againstCeiling(op.Into.Account, op.Amount)...)
}

func (o *oracle) againstGrant(c ledger.Command, op ledger.Grant) []objection {
	if list := o.againstPlace(c, op.Into, op.Amount); len(list) > 0 {
		return list
	}
	return o.againstClosed(o.accounts[op.Into.Account])
}

func (o *oracle) againstTransfer(c ledger.Command, op ledger.Transfer) (list []objection) {
	if op.From.Bucket == op.To.Bucket {
		list = append(list, cannot(ledger.SameBucket))
	}
	list = append(list, o.againstPlace(c, op.From, op.Amount)...)
	list = append(list, o.againstPlace(c, op.To, op.Amount)...)
	if len(list) > 0 {
		return list
	}
	list = append(list, o.againstSpending(op.From)...)
	list = append(list, o.againstReceiving(op.To)...)
	lots, line := o.sources(op.From, op.Amount.Unit)
	if short := againstFunds(op.Amount, funds(lots, line)); len(short) > 0 {
		return append(list, short...)
	}
	if transferable := funds(paidFor(lots), line); transferable < op.Amount.Base {
		list = append(list, refused(ledger.NotTransferable).with(ledger.Figures{
			Needed: op.Amount.Base, Available: transferable, Unit: op.Amount.Unit,
		}))
	}
	if op.From.Account != op.To.Account {
		list = append(list, o.againstCeiling(op.To.Account, op.Amount)...)
	}
	return list
}

func (o *oracle) againstAdjustment(c ledger.Command, op ledger.Adjust) []objection {
	var list []objection
	switch op.Type {
	case ledger.GoodwillCredit, ledger.GeneralCredit:
		list = o.againstPlace(c, op.At, op.Amount)
	case ledger.GeneralDebit, ledger.OneTimeCharge, ledger.RecurringCharge:
		list = o.againstSource(c, op.At, op.Amount)
	default:
		return []objection{cannot(ledger.Malformed)}
	}
	if len(list) > 0 {
		return list
	}
	lots, line := o.sources(op.At, op.Amount.Unit)
	short := againstFunds(op.Amount, funds(lots, line))
	a := o.accounts[op.At.Account]
	switch op.Type {
	case ledger.GoodwillCredit:
		return append(o.againstReceiving(op.At), o.againstCeiling(a.id, op.Amount)...)
	case ledger.GeneralCredit:
		return o.againstClosed(a)
	case ledger.GeneralDebit:
		return append(o.againstClosed(a), short...)
	default:
		return append(o.againstSpending(op.At), short...)
	}
}

// againstPlace says why an amount cannot go to a bucket or come from it.
func (o *oracle) againstPlace(c ledger.Command, at ledger.Place, amount ledger.Quantity) (list []objection) {
	list = o.againstAmount(c, at.Account, amount)
	if len(list) > 0 {
		return list
	}
	b, ok := o.accounts[at.Account].buckets[at.Bucket]
	if !ok {
		if _, elsewhere := o.owners[at.Bucket]; elsewhere {
			return append(list, cannot(ledger.WrongAccount))
		}
		return append(list, cannot(ledger.BucketUnknown))
	}
	if b.unit != amount.Unit {
		list = append(list, cannot(ledger.UnitMismatch).with(ledger.Figures{Unit: b.unit}))
	}
	if b.settings.State == ledger.BucketStateRetained {
		list = append(list, cannot(ledger.BucketRetained))
	}
	return list
}

// againstSource says why an amount cannot come from a bucket, or from wherever
// there is something.
func (o *oracle) againstSource(c ledger.Command, at ledger.Place, amount ledger.Quantity) []objection {
	if at.Bucket != (ledger.ID{}) {
		return o.againstPlace(c, at, amount)
	}
	if amount.Unit == illegible {
		return []objection{cannot(ledger.Malformed)}
	}
	list := o.againstAmount(c, at.Account, amount)
	if len(list) > 0 {
		return list
	}
	if own := o.accounts[at.Account].settings.Currency; currencies[amount.Unit] && amount.Unit != own {
		return []objection{cannot(ledger.UnitMismatch).with(ledger.Figures{Unit: own})}
	}
	return nil
}

func (o *oracle) againstAmount(c ledger.Command, account ledger.ID, amount ledger.Quantity) []objection {
	if amount.Base < 1 || amount.Base > largest {
		return []objection{cannot(ledger.Malformed)}
	}
	return o.againstStranger(c, account)
}

// againstStranger says whether an account is there, and the tenant's own.
func (o *oracle) againstStranger(c ledger.Command, account ledger.ID) []objection {
	a, ok := o.accounts[account]
	switch {
	case !ok:
		return []objection{cannot(ledger.AccountUnknown)}
	case a.tenant != c.Tenant:
		return []objection{cannot(ledger.Malformed)}
	default:
		return nil
	}
}

// againstReceiving says why nothing may come in.
func (o *oracle) againstReceiving(at ledger.Place) (list []objection) {
	a := o.accounts[at.Account]
	switch a.settings.State {
	case ledger.AccountStateSuspended:
		list = append(list, refused(ledger.AccountSuspended))
	case ledger.AccountStateClosed:
		list = append(list, refused(ledger.AccountClosed))
	}
	if b := a.buckets[at.Bucket]; b != nil && b.settings.State == ledger.BucketStateSuspended {
		list = append(list, refused(ledger.BucketSuspended))
	}
	return list
}

// againstSpending says why nothing may go out.
func (o *oracle) againstSpending(at ledger.Place) (list []objection) {
	if o.accounts[at.Account].settings.State == ledger.AccountStateRechargeOnly {
		list = append(list, refused(ledger.AccountRechargeOnly))
	}
	return append(list, o.againstReceiving(at)...)
}

func (o *oracle) againstClosed(a *pretendAccount) []objection {
	if a.settings.State == ledger.AccountStateClosed {
		return []objection{refused(ledger.AccountClosed)}
	}
	return nil
}

func againstFunds(amount ledger.Quantity, available int64) []objection {
	if available >= amount.Base {
		return nil
	}
	return []objection{refused(ledger.InsufficientFunds).with(ledger.Figures{
		Needed: amount.Base, Available: available, Unit: amount.Unit,
	})}
}

func (o *oracle) againstCeiling(account ledger.ID, amount ledger.Quantity) []objection {
	a := o.accounts[account]
	after := a.sum(a.settings.Currency) + max(amount.Base+a.main().has(inDebt), 0) // what pays a debt adds nothing
	if amount.Unit != a.settings.Currency || a.settings.MaximumBalance == 0 || after <= a.settings.MaximumBalance {
		return nil
	}
	return []objection{refused(ledger.BalanceCeiling).with(ledger.Figures{
		Needed: after, Available: a.settings.MaximumBalance, Unit: amount.Unit,
	})}
}

// againstReversal says why a transaction cannot be undone. One that was recorded
// in the same batch is not to be found yet.
func (o *oracle) againstReversal(c ledger.Command, op ledger.Reverse) []objection {
	if op.Of == (ledger.ID{}) || op.OnShortfall > ledger.ShortfallOwes {
		return []objection{cannot(ledger.Malformed)}
	}
	original := o.original(op)
	if original == nil {
		return []objection{cannot(ledger.OriginalUnknown)}
	}
	if !slices.Contains(reversibleKinds, original.operation.Kind()) {
		return []objection{cannot(ledger.NotReversible)}
	}
	lots, outside := original.net()
	switch {
	case len(lots)+len(outside) == 0:
		return []objection{cannot(ledger.NotReversible)}
	case original.tenant != c.Tenant:
		return []objection{cannot(ledger.Malformed)}
	}
	var list []objection
	if by, done := o.reversed[op.Of]; done {
		list = append(list, refused(ledger.AlreadyReversed).with(ledger.Figures{Other: by}))
	}
	for _, did := range lots {
		list = append(list, o.againstClosed(did.lot.of.of)...)
	}
	var short ledger.Figures
	for _, did := range lots {
		if did.amount > 0 {
			short.Needed += did.amount
			short.Available += did.lot.spare(did.amount)
			short.Unit = did.lot.of.unit
		}
	}
	if short.Available < short.Needed && op.OnShortfall == ledger.ShortfallRefuses {
		list = append(list, refused(ledger.InsufficientFunds).with(short))
	}
	return list
}

var reversibleKinds = []ledger.Kind{
	ledger.KindTopUp, ledger.KindTransfer, ledger.KindChargeHold, ledger.KindExpireHold, ledger.KindAdjust,
}

// reversible are those of some transactions that can be undone, by tenant.
func (o *oracle) reversible(keys []ledger.ID) map[ledger.ID][]ledger.ID {
	list := map[ledger.ID][]ledger.ID{}
	for _, key := range keys {
		if d := o.accepted[key]; slices.Contains(reversibleKinds, d.operation.Kind()) {
			list[d.tenant] = append(list[d.tenant], key)
		}
	}
	return list
}

// original is what a reversal is to undo, nil if it cannot be looked up.
func (o *oracle) original(op ledger.Reverse) *deed {
	if d := o.accepted[op.Of]; d != nil && d.batch < o.batch {
		return d
	}
	return nil
}

// spare is how much of an amount a lot has.
func (l *pretendLot) spare(amount int64) int64 { return min(amount, max(l.in[free], 0)) }

// net is what a transaction did to each lot, the oldest first, and outside.
func (d *deed) net() (lots []pretendPart, outside []step) {
	for _, s := range d.steps {
		if s.lot != nil {
			lots = join(lots, pretendPart{s.lot, s.amount})
			continue
		}
		at := slices.IndexFunc(outside, func(other step) bool { return other.outside == s.outside })
		if at < 0 {
			outside = append(outside, s)
		} else {
			outside[at].amount += s.amount
		}
	}
	lots = slices.DeleteFunc(lots, func(p pretendPart) bool { return p.amount == 0 })
	slices.SortFunc(lots, func(x, y pretendPart) int { return older(x.lot, y.lot) })
	return lots, outside
}

func fundingOf(op ledger.TopUp) string { return "funding:" + strings.ToLower(op.Payment.Type) }

// receiptOf is what a payment uses up. Cash and cash are the same money.
func receiptOf(c ledger.Command, op ledger.TopUp) receipt {
	return receipt{c.Tenant, strings.ToLower(op.Payment.Type), op.Payment.Reference}
}
