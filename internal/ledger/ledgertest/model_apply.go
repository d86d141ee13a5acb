// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// apply does what a command that nothing speaks against asks for, and returns
// what it did to the buckets. It is not ok if that cannot be counted any more.
func (o *oracle) apply(c ledger.Command) (impacts []ledger.Impact, ok bool) {
	o.posting = posting{}
	lots := o.lots
	done := o.perform(c)
	if !o.bounded() {
		o.undo(lots)
		return nil, false
	}
	impacts = o.impacts()
	if done != nil {
		done()
	}
	return impacts, true
}

// perform moves money, and returns what else is to be done when it may stay moved.
func (o *oracle) perform(c ledger.Command) (done func()) {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		o.bring(c.Tenant, fundingOf(op), op.Into, op.Amount, ledger.Paid)
		if op.Payment.Reference != "" {
			return func() { o.receipts[receiptOf(c, op)] = c.Key }
		}
	case ledger.Grant:
		o.bring(c.Tenant, "grants", op.Into, op.Amount, o.bucket(op.Into).settings.Class)
	case ledger.Transfer:
		lots, _ := o.sources(op.From, op.Amount.Unit)
		o.show(o.bucket(op.From))
		o.take(o.accounts[op.From.Account], paidFor(lots), op.Amount.Base)
		o.show(o.bucket(op.To))
		o.credit(o.bucket(op.To), ledger.Paid, op.Amount.Base)
	case ledger.Adjust:
		o.adjust(c, op)
	case ledger.Reverse:
		o.giveBack(o.original(op))
		return func() { o.reversed[op.Of] = c.Key }
	case ledger.SetAccount:
		return func() { o.setAccount(c.Tenant, op) }
	case ledger.SetBucket:
		return o.setBucket(c, op)
	case ledger.BindTenant:
		return func() { o.bind(c.Scope, op) }
	case ledger.ClaimScope:
		o.claim = pretendClaim{version: op.ExpectVersion + 1, cluster: op.ClusterUID, lease: op.Lease}
	case ledger.AcceptHead:
		o.epochs[c.Scope]++
	default:
		return o.performHold(op)
	}
	return nil
}

func (o *oracle) bucket(at ledger.Place) *pretendBucket {
	return o.accounts[at.Account].buckets[at.Bucket]
}

// bring brings value in from outside.
func (o *oracle) bring(tenant ledger.ID, from string, into ledger.Place, amount ledger.Quantity, class ledger.Class) {
	b := o.bucket(into)
	o.show(b)
	o.moveOutside(tenant, from, amount.Unit, -amount.Base)
	o.credit(b, class, amount.Base)
}

func (o *oracle) adjust(c ledger.Command, op ledger.Adjust) {
	to := "revenue:usage"
	switch op.Type {
	case ledger.GoodwillCredit:
		o.bring(c.Tenant, "adjustments", op.At, op.Amount, ledger.Granted)
		return
	case ledger.GeneralCredit:
		o.bring(c.Tenant, "adjustments", op.At, op.Amount, ledger.Paid)
		return
	case ledger.GeneralDebit:
		to = "adjustments"
	}
	lots, _ := o.sources(op.At, op.Amount.Unit)
	o.take(o.accounts[op.At.Account], lots, op.Amount.Base)
	o.moveOutside(c.Tenant, to, op.Amount.Unit, op.Amount.Base)
}

// giveBack undoes what a transaction did to each lot, the oldest first. What came
// in is taken first, and what a lot does not have is owed; what went out comes back
// then.
func (o *oracle) giveBack(original *deed) {
	lots, outside := original.net()
	for _, did := range lots {
		if did.amount > 0 {
			has := did.lot.spare(did.amount)
			o.show(did.lot.of)
			o.move(did.lot, free, -has)
			o.move(did.lot.of.debtor(), inDebt, has-did.amount)
		}
	}
	for _, did := range lots {
		if did.amount < 0 {
			o.show(did.lot.of)
			o.move(did.lot, free, o.repay(did.lot.of, -did.amount))
		}
	}
	for _, s := range outside {
		o.moveOutside(s.outside.tenant, s.outside.name, s.outside.unit, -s.amount)
	}
}

func (o *oracle) performHold(op ledger.Operation) (done func()) {
	switch op := op.(type) {
	case ledger.Reserve:
		h := &pretendHold{
			id: op.Hold, account: o.accounts[op.From.Account], amount: op.Amount,
			until: o.endOf(op), onExpiry: op.OnExpiry, bucket: op.From.Bucket,
		}
		parts := o.set(h, op.Amount.Base)
		return func() { h.parts, o.holds[h.id], h.account.open[h.id] = parts, h, h }
	case ledger.AcceptHold:
		h := o.holds[op.Hold]
		for _, p := range h.parts {
			o.show(p.lot.of)
			o.move(p.lot, inReserve, -p.amount)
			o.move(p.lot, inAcceptance, p.amount)
		}
		return func() { h.state, h.until = ledger.HoldAccepted, max(h.until, op.Until) }
	case ledger.ExtendHold:
		h := o.holds[op.Hold]
		parts := o.set(h, op.Amount.Base-h.amount.Base)
		return func() { h.amount, h.until, h.parts = op.Amount, op.Until, parts }
	case ledger.ChargeHold:
		h, charged := o.holds[op.Hold], op.Amount.Base
		if charged == 0 {
			charged = h.amount.Base
		}
		o.resolve(h, charged)
		return func() { h.close(ledger.HoldCharged) }
	case ledger.ReleaseHold:
		h := o.holds[op.Hold]
		o.resolve(h, 0)
		return func() { h.close(ledger.HoldReleased) }
	}
	return nil
}

// set sets an amount aside for a hold, and returns what it is made of then.
func (o *oracle) set(h *pretendHold, amount int64) []pretendPart {
	parts := h.parts
	lots, _ := o.sources(ledger.Place{Account: h.account.id, Bucket: h.bucket}, h.amount.Unit)
	for _, p := range o.take(h.account, lots, amount) {
		o.move(p.lot, h.pocket(), p.amount)
		parts = join(parts, p)
	}
	return parts
}

func (o *oracle) setAccount(tenant ledger.ID, op ledger.SetAccount) {
	a, ok := o.accounts[op.Account]
	if !ok {
		a = &pretendAccount{id: op.Account, tenant: tenant, open: map[ledger.ID]*pretendHold{}}
		main := &pretendBucket{id: ledger.MainBucketID(a.id), of: a, unit: op.Settings.Currency}
		a.buckets = map[ledger.ID]*pretendBucket{main.id: main}
		o.open(main, ledger.Paid)
		o.accounts[op.Account] = a
	}
	a.version++
	a.settings = op.Settings
}

func (o *oracle) setBucket(c ledger.Command, op ledger.SetBucket) (done func()) {
	a := o.accounts[op.Settings.Account]
	b, ok := a.buckets[op.Bucket]
	if ok && op.Forfeit {
		o.show(b)
		for _, l := range b.lots {
			if has := l.in[free]; has > 0 {
				o.move(l, free, -has)
				o.moveOutside(c.Tenant, "breakage", b.unit, has)
			}
		}
	}
	return func() {
		if !ok {
			b = &pretendBucket{id: op.Bucket, of: a, unit: baseUnits[op.Settings.Unit]}
			a.buckets[op.Bucket] = b
			o.owners[op.Bucket] = a.id
			o.open(b, op.Settings.Class)
		}
		b.version++
		b.settings = op.Settings
	}
}

func (o *oracle) bind(scope string, op ledger.BindTenant) {
	anew := o.madeAnew(op)
	known := o.bindings[op.Namespace]
	if known == nil {
		known = &pretendBinding{binding: ledger.Binding{Generation: 1}}
		o.bindings[op.Namespace] = known
	}
	if anew && op.Adoption == ledger.AdoptionFresh {
		known.binding.Generation++
	}
	known.version++
	known.binding.NamespaceUID, known.binding.ClusterUID = op.NamespaceUID, op.ClusterUID
	known.binding.Tenant = ledger.TenantID(scope, op.Namespace, known.binding.Generation)
}
