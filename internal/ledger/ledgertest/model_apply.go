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
	o.counted()
	if done != nil {
		done()
	}
	return impacts, true
}

// perform moves money, and returns what else is to be done when it may stay moved.
func (o *oracle) perform(c ledger.Command) (done func()) {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		o.bring(c.Tenant, fundingOf(op), op.Into, op.Amount, o.moldOf(op))
		return func() {
			o.extend(o.bucket(op.Into), op.Extension)
			if op.Payment.Reference != "" {
				o.receipts[receiptOf(c, op)] = c.Key
			}
		}
	case ledger.Grant:
		o.bring(c.Tenant, "grants", op.Into, op.Amount, o.bucket(op.Into).granted())
	case ledger.Transfer:
		o.transfer(op)
	case ledger.Adjust:
		return o.adjust(c, op)
	case ledger.Reverse:
		o.giveBack(c.Tenant, o.original(op))
		o.countBack(o.original(op))
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
func (o *oracle) bring(tenant ledger.ID, from string, into ledger.Place, amount ledger.Quantity, m mold) {
	b := o.bucket(into)
	o.show(b)
	o.moveOutside(tenant, from, amount.Unit, -amount.Base)
	o.credit(b, m, amount.Base, o.micros())
}

// transfer moves value that keeps its end.
func (o *oracle) transfer(op ledger.Transfer) {
	from, to := o.bucket(op.From), o.bucket(op.To)
	o.show(from)
	parts := o.take(from.of, paidFor(o.started(from)), op.Amount.Base)
	o.show(to)
	for _, p := range parts {
		o.credit(to, o.sent(p.lot), p.amount, o.micros())
	}
}

// sent is the lot that something of another one goes into.
func (o *oracle) sent(l *pretendLot) mold {
	m := mold{class: ledger.Paid}
	if _, end := o.span(l, o.micros()); end != 0 {
		m.start, m.end = o.micros(), end
	}
	return m
}

func (o *oracle) adjust(c ledger.Command, op ledger.Adjust) (done func()) {
	to := "revenue:usage"
	switch op.Type {
	case ledger.GoodwillCredit:
		o.bring(c.Tenant, "adjustments", op.At, op.Amount, mold{class: ledger.Granted})
		return nil
	case ledger.GeneralCredit:
		o.bring(c.Tenant, "adjustments", op.At, op.Amount, mold{class: ledger.Paid})
		return nil
	case ledger.GeneralDebit:
		to = "adjustments"
	}
	lots, _ := o.adjustable(op)
	a := o.accounts[op.At.Account]
	for _, p := range o.take(a, lots, op.Amount.Base) {
		o.count(a, p.lot.of, 0, p.amount)
	}
	o.moveOutside(c.Tenant, to, op.Amount.Unit, op.Amount.Base)
	if op.Type == ledger.GeneralDebit {
		return nil
	}
	return o.beginUsed
}

// adjustable is what a debit or charge takes from. A debit of a bucket takes what is
// in it, whenever that may be used, and any debit nothing of others.
func (o *oracle) adjustable(op ledger.Adjust) (lots []*pretendLot, line int64) {
	switch b := o.own(op.At); {
	case op.Type != ledger.GeneralDebit:
		return o.sources(op.At, op.Amount.Unit, op.Product)
	case b != nil:
		return o.inBurnOrder(b.lots), b.line()
	default:
		return o.walk(o.accounts[op.At.Account], nil, op.Amount.Unit, op.Product)
	}
}

func (o *oracle) performHold(op ledger.Operation) (done func()) {
	switch op := op.(type) {
	case ledger.Reserve:
		h := &pretendHold{
			id: op.Hold, account: o.accounts[op.From.Account], amount: op.Amount,
			until: o.endOf(op), onExpiry: op.OnExpiry, bucket: op.From.Bucket, product: op.Product,
		}
		parts := o.set(h, op.Amount.Base)
		return func() {
			o.beginUsed()
			h.parts, o.holds[h.id], h.account.open[h.id] = parts, h, h
		}
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
		return func() {
			o.beginUsed()
			h.amount, h.until, h.parts = op.Amount, op.Until, parts
		}
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
	lots, _ := o.sources(ledger.Place{Account: h.account.id, Bucket: h.bucket}, h.amount.Unit, h.product)
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
		a.first = &pretendBucket{id: ledger.MainBucketID(a.id), of: a, unit: op.Settings.Currency}
		a.buckets = map[ledger.ID]*pretendBucket{a.first.id: a.first}
		o.open(a.first, mold{class: ledger.Paid})
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
			b = &pretendBucket{
				id: op.Bucket, termID: ledger.TermID(op.Bucket), of: a, settings: op.Settings,
				unit: baseUnits[op.Settings.Unit], uses: map[ledger.ID]pretendUse{},
			}
			b.term = o.term(b)
			a.buckets[op.Bucket] = b
			o.owners[op.Bucket] = a.id
			o.open(b, mold{class: op.Settings.Class})
		}
		b.version++
		o.share(b, op.Settings.SharedWith)
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
