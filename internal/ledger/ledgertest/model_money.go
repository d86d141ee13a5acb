// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (o *oracle) againstTopUp(c ledger.Command, op ledger.TopUp) (list []objection) {
	if op.Payment.Type == "" || !sensible(op) {
		return []objection{cannot(ledger.Malformed)}
	}
	if list = o.againstPlace(c, op.Into, op.Amount); len(list) > 0 {
		return list
	}
	b, m := o.bucket(op.Into), o.moldOf(op)
	end, moves := o.extended(b, op.Extension)
	list = o.againstReceiving(op.Into)
	if !moves {
		list = append(list, o.againstEnded(b)...)
	}
	if moves && (end <= o.micros() || end <= b.term.start) || m.end != 0 && m.end <= o.micros() {
		list = append(list, refused(ledger.ValidityOver))
	}
	if other, used := o.receipts[receiptOf(c, op)]; used {
		list = append(list, refused(ledger.DuplicatePayment).with(ledger.Figures{Other: other}))
	}
	list = append(list, o.againstCeiling(op.Into.Account, op.Amount)...)
	return append(list, o.againstLot(b, pretendPart{lot: &pretendLot{mold: m}, amount: op.Amount.Base})...)
}

func (o *oracle) againstGrant(c ledger.Command, op ledger.Grant) []objection {
	if list := o.againstPlace(c, op.Into, op.Amount); len(list) > 0 {
		return list
	}
	b := o.bucket(op.Into)
	list := append(o.againstClosed(b.of), o.againstEnded(b)...)
	return append(list, o.againstLot(b, pretendPart{lot: &pretendLot{mold: b.granted()}, amount: op.Amount.Base})...)
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
	from, to := o.bucket(op.From), o.bucket(op.To)
	lots, line := o.started(from), from.line()
	list = append(o.againstSpending(op.From), o.againstReceiving(op.To)...)
	list = append(list, o.againstSending(from, len(list) == 0)...)
	list = append(list, o.againstEnded(to)...)
	if short := againstFunds(op.Amount, funds(from.of, lots, line)); len(short) > 0 {
		return append(list, short...)
	}
	if transferable := funds(from.of, paidFor(lots), line); transferable < op.Amount.Base {
		return append(list, refused(ledger.NotTransferable).with(ledger.Figures{
			Needed: op.Amount.Base, Available: transferable, Unit: op.Amount.Unit,
		}))
	}
	if op.From.Account != op.To.Account {
		list = append(list, o.againstCeiling(op.To.Account, op.Amount)...)
	}
	var parts []pretendPart
	for _, p := range taken(paidFor(lots), from.of, op.Amount.Base) {
		parts = append(parts, pretendPart{lot: &pretendLot{mold: o.sent(p.lot)}, amount: p.amount})
	}
	return append(list, o.againstLot(to, parts...)...)
}

func (o *oracle) againstAdjustment(c ledger.Command, op ledger.Adjust) []objection {
	var list []objection
	switch op.Type {
	case ledger.GoodwillCredit, ledger.GeneralCredit:
		list = o.againstPlace(c, op.At, op.Amount)
	case ledger.OneTimeCharge, ledger.RecurringCharge:
		list = o.againstSource(c, op.At, op.Amount, o.reached(op.At))
	case ledger.GeneralDebit:
		list = o.againstSource(c, op.At, op.Amount, o.own(op.At))
	default:
		return []objection{cannot(ledger.Malformed)}
	}
	if len(list) > 0 {
		return list
	}
	if op.Type.IsCredit() {
		return o.againstCredit(op)
	}
	if op.Type != ledger.GeneralDebit {
		return append(o.againstUsing(op.At, op.Product), o.againstTaking(op.At, op.Amount, op.Product)...)
	}
	lots, line := o.adjustable(op)
	a := o.accounts[op.At.Account]
	return append(o.againstClosed(a), againstFunds(op.Amount, funds(a, lots, line))...)
}

func (o *oracle) againstCredit(op ledger.Adjust) (list []objection) {
	b, m := o.bucket(op.At), mold{class: ledger.Paid}
	if op.Type == ledger.GoodwillCredit {
		m.class = ledger.Granted
		list = append(o.againstReceiving(op.At), o.againstEnded(b)...)
		list = append(list, o.againstCeiling(b.of.id, op.Amount)...)
	} else {
		list = append(o.againstClosed(b.of), o.againstEnded(b)...)
	}
	return append(list, o.againstLot(b, pretendPart{lot: &pretendLot{mold: m}, amount: op.Amount.Base})...)
}

// againstPlace says why an amount cannot go to a bucket or come from it.
func (o *oracle) againstPlace(c ledger.Command, at ledger.Place, amount ledger.Quantity) []objection {
	return o.againstNamed(c, at, amount, o.own(at))
}

// againstNamed says why an amount cannot go to the bucket that was found or come from
// it.
func (o *oracle) againstNamed(c ledger.Command, at ledger.Place, amount ledger.Quantity, b *pretendBucket) (list []objection) {
	list = o.againstAmount(c, at.Account, amount)
	if len(list) > 0 {
		return list
	}
	if b == nil {
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

// againstSource says why an amount cannot come from the bucket that was found or, if
// none was named, from wherever there is something.
func (o *oracle) againstSource(c ledger.Command, at ledger.Place, amount ledger.Quantity, b *pretendBucket) []objection {
	if at.Bucket != (ledger.ID{}) {
		return o.againstNamed(c, at, amount, b)
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

func fundingOf(op ledger.TopUp) string { return "funding:" + strings.ToLower(op.Payment.Type) }

// receiptOf is what a payment uses up. Cash and cash are the same money.
func receiptOf(c ledger.Command, op ledger.TopUp) receipt {
	return receipt{c.Tenant, strings.ToLower(op.Payment.Type), op.Payment.Reference}
}
