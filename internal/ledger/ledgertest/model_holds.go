// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"math"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

type pretendHold struct {
	id       ledger.ID
	account  *pretendAccount
	state    ledger.HoldState
	amount   ledger.Quantity
	parts    []pretendPart // as they were taken
	until    int64
	onExpiry ledger.OnExpiry
	bucket   ledger.ID
	product  ledger.ID
}

// pocket is where the money of a hold lies.
func (h *pretendHold) pocket() pocket {
	if h.state == ledger.HoldAccepted {
		return inAcceptance
	}
	return inReserve
}

func (o *oracle) againstHolding(c ledger.Command) []objection {
	switch op := c.Operation.(type) {
	case ledger.Reserve:
		return o.againstReserving(c, op)
	case ledger.AcceptHold:
		return o.againstAccepting(c, op)
	case ledger.ExtendHold:
		return o.againstExtending(c, op)
	case ledger.ChargeHold:
		return o.againstCharging(c, op)
	case ledger.ReleaseHold:
		return o.againstUse(c, op.Account, op.Hold, ledger.HoldKey(op.Hold, "release"))
	case ledger.ExpireHold:
		list := o.againstUse(c, op.Account, op.Hold, ledger.HoldKey(op.Hold, "expire"))
		switch {
		case len(list) == 0:
			return []objection{cannot(ledger.HoldNotDue)}
		case list[0].code == ledger.HoldClosed:
			return []objection{cannot(ledger.HoldClosed).with(list[0].figures)}
		}
		return list
	}
	return nil
}

func (o *oracle) againstReserving(c ledger.Command, op ledger.Reserve) []objection {
	if c.Key != ledger.HoldKey(op.Hold, "reserve") || op.OnExpiry > ledger.ExpiryCharges ||
		op.For < 0 || op.Until < 0 || (op.For > 0) == (op.Until > 0) {
		return []objection{cannot(ledger.Malformed)}
	}
	list := o.againstSource(c, op.From, op.Amount, o.reached(op.From))
	if len(list) > 0 {
		return list
	}
	list = append(list, o.againstEnd(o.endOf(op))...)
	if len(list) > 0 {
		return list
	}
	list = o.againstUsing(op.From, op.Product)
	if len(o.accounts[op.From.Account].open) >= 1000 {
		list = append(list, refused(ledger.TooManyHolds).with(ledger.Figures{Available: 1000}))
	}
	return append(list, o.againstTaking(op.From, op.Amount, op.Product)...)
}

// endOf is when a new hold would end.
func (o *oracle) endOf(op ledger.Reserve) int64 {
	if op.Until != 0 {
		return op.Until
	}
	return o.instant().UnixMicro() + op.For
}

const month = 30 * 24 * time.Hour

// againstEnd says why a hold cannot last until an instant.
func (o *oracle) againstEnd(until int64) []objection {
	if now := o.instant(); until <= now.UnixMicro() || until > now.Add(month).UnixMicro() {
		return []objection{cannot(ledger.EndOutOfRange).with(ledger.Figures{
			Needed: o.secondsTo(until), Available: 30 * 24 * 60 * 60, Unit: "s",
		})}
	}
	return nil
}

// secondsTo is how far away an instant is, begun seconds that are to come counted.
func (o *oracle) secondsTo(until int64) int64 {
	return int64(math.Ceil(time.UnixMicro(until).Sub(o.instant()).Seconds()))
}

// againstUse says why nothing can be done with a hold.
func (o *oracle) againstUse(c ledger.Command, account, id, key ledger.ID) []objection {
	if c.Key != key {
		return []objection{cannot(ledger.Malformed)}
	}
	if list := o.againstStranger(c, account); len(list) > 0 {
		return list
	}
	h := o.holds[id]
	switch {
	case h == nil:
		return []objection{cannot(ledger.HoldUnknown)}
	case h.account.id != account:
		return []objection{cannot(ledger.Malformed)}
	case h.state > ledger.HoldAccepted:
		by := map[ledger.HoldState]string{
			ledger.HoldCharged: "charge", ledger.HoldReleased: "release", ledger.HoldExpired: "expire",
		}[h.state]
		return []objection{refused(ledger.HoldClosed).with(ledger.Figures{Other: ledger.HoldKey(id, by)})}
	default:
		return nil
	}
}

func (o *oracle) againstAccepting(c ledger.Command, op ledger.AcceptHold) []objection {
	if op.Until < 0 {
		return []objection{cannot(ledger.Malformed)}
	}
	if list := o.againstUse(c, op.Account, op.Hold, ledger.HoldKey(op.Hold, "accept")); len(list) > 0 {
		return list
	}
	h := o.holds[op.Hold]
	if h.state == ledger.HoldAccepted {
		return []objection{cannot(ledger.Malformed)}
	}
	if op.Until == 0 {
		return nil
	}
	return o.againstLasting(h, op.Until)
}

// againstLasting says why a hold cannot last until then instead.
func (o *oracle) againstLasting(h *pretendHold, until int64) []objection {
	switch {
	case until < h.until:
		return []objection{cannot(ledger.HoldNotLower).with(ledger.Figures{
			Needed: o.secondsTo(until), Available: o.secondsTo(h.until), Unit: "s",
		})}
	case until == h.until:
		return nil
	default:
		return o.againstEnd(until)
	}
}

func (o *oracle) againstExtending(c ledger.Command, op ledger.ExtendHold) []objection {
	if op.Amount.Base < 1 || op.Amount.Base > largest || op.Until < 1 {
		return []objection{cannot(ledger.Malformed)}
	}
	key := ledger.ExtensionKey(op.Hold, op.Amount.Base, op.Until)
	if list := o.againstUse(c, op.Account, op.Hold, key); len(list) > 0 {
		return list
	}
	h := o.holds[op.Hold]
	from := ledger.Place{Account: h.account.id, Bucket: h.bucket}
	b := o.reached(from)
	if b == nil && h.bucket != (ledger.ID{}) { // it is not shared any more
		return []objection{cannot(ledger.WrongAccount)}
	}
	if op.Amount.Unit != h.amount.Unit {
		return []objection{cannot(ledger.UnitMismatch).with(ledger.Figures{Unit: h.amount.Unit})}
	}
	var list []objection
	if b != nil && b.settings.State == ledger.BucketStateRetained {
		list = append(list, cannot(ledger.BucketRetained))
	}
	if op.Amount.Base < h.amount.Base || op.Amount.Base == h.amount.Base && op.Until == h.until {
		list = append(list, cannot(ledger.HoldNotLower).with(ledger.Figures{
			Needed: op.Amount.Base, Available: h.amount.Base, Unit: h.amount.Unit,
		}))
	}
	if list = append(list, o.againstLasting(h, op.Until)...); len(list) > 0 {
		return list
	}
	list = o.againstUsing(from, h.product)
	if more := op.Amount.Base - h.amount.Base; more > 0 {
		list = append(list, o.againstTaking(from, ledger.Quantity{Base: more, Unit: h.amount.Unit}, h.product)...)
	}
	return list
}

func (o *oracle) againstCharging(c ledger.Command, op ledger.ChargeHold) []objection {
	all := op.Amount == ledger.Quantity{}
	if !all && (op.Amount.Base < 1 || op.Amount.Base > largest) {
		return []objection{cannot(ledger.Malformed)}
	}
	if list := o.againstUse(c, op.Account, op.Hold, ledger.HoldKey(op.Hold, "charge")); len(list) > 0 {
		return list
	}
	held := o.holds[op.Hold].amount
	switch {
	case all:
		return nil
	case op.Amount.Unit != held.Unit:
		return []objection{cannot(ledger.UnitMismatch).with(ledger.Figures{Unit: held.Unit})}
	case op.Amount.Base > held.Base:
		return []objection{cannot(ledger.AmountExceedsHold).with(ledger.Figures{
			Needed: op.Amount.Base, Available: held.Base, Unit: held.Unit,
		})}
	}
	return nil
}

// resolve charges so much of what is held and gives the rest back. What a lot should
// get back whose end was settled is gone.
func (o *oracle) resolve(h *pretendHold, charged int64) {
	left := charged
	for _, p := range o.partsInBurnOrder(h) {
		o.show(p.lot.of)
		used := min(left, p.amount)
		left -= used
		o.move(p.lot, h.pocket(), -p.amount)
		o.uncount(h.account, p, used)
		if back := p.amount - used; back > 0 && p.lot.settled() {
			o.moveOutside(h.account.tenant, "breakage", h.amount.Unit, back)
		} else {
			o.move(p.lot, free, back)
		}
	}
	if charged > 0 {
		o.moveOutside(h.account.tenant, "revenue:usage", h.amount.Unit, charged)
	}
}

// close makes a hold one of the past, and what was over but for it.
func (h *pretendHold) close(state ledger.HoldState) {
	for _, p := range h.parts {
		p.lot.drop()
	}
	h.state, h.parts = state, nil
	delete(h.account.open, h.id)
}

// partsInBurnOrder are the parts of a hold in the order in which they are charged: as
// they would burn now, of one lot what was counted first, and last what came from the
// credit line and still does.
func (o *oracle) partsInBurnOrder(h *pretendHold) (parts []pretendPart) {
	var lots []*pretendLot
	for _, p := range h.parts {
		if !slices.Contains(lots, p.lot) {
			lots = append(lots, p.lot)
		}
	}
	main := h.account.main().lots[0]
	var line int64
	for _, l := range o.inBurnOrder(lots) {
		for _, p := range h.parts {
			if p.lot != l {
				continue
			}
			if l == main {
				line = min(p.amount, max(-main.in[free], 0))
				p.amount -= line
			}
			parts = append(parts, p)
		}
	}
	if line > 0 {
		parts = append(parts, pretendPart{lot: main, amount: line})
	}
	return parts
}
