// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// chargeHold takes what was used of a hold and gives the rest back. What was set
// aside may be charged whatever the account's state is by now.
func (r *Round) chargeHold(p *posting, op ledger.ChargeHold) verdict {
	amount := op.Amount
	if amount != (ledger.Quantity{}) && !possibleAmount(amount) {
		return notTaken(ledger.Malformed)
	}
	a, h, v := r.held(p, op.Account, op.Hold, ledger.HoldKey(op.Hold, "charge"))
	if v != accept {
		return v
	}
	if amount == (ledger.Quantity{}) {
		amount = h.Amount
	}
	if amount.Unit != h.Amount.Unit {
		return notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: h.Amount.Unit})
	}
	if amount.Base > h.Amount.Base {
		return notTaken(ledger.AmountExceedsHold).with(ledger.Figures{
			Needed: amount.Base, Available: h.Amount.Base, Unit: h.Amount.Unit,
		})
	}
	p.resolve(a, h, ledger.HoldCharged, amount.Base)
	return accept
}

// releaseHold gives back all that is held.
func (r *Round) releaseHold(p *posting, op ledger.ReleaseHold) verdict {
	a, h, v := r.held(p, op.Account, op.Hold, ledger.HoldKey(op.Hold, "release"))
	if v != accept {
		return v
	}
	p.resolve(a, h, ledger.HoldReleased, 0)
	return accept
}

// expire resolves a hold at its end.
func (p *posting) expire(a *account, h *hold) {
	charged := int64(0)
	if h.OnExpiry == ledger.ExpiryCharges {
		charged = h.Amount.Base
	}
	p.resolve(a, h, ledger.HoldExpired, charged)
}

// expireHold answers for what was not settled before it was asked for.
func (r *Round) expireHold(p *posting, op ledger.ExpireHold) verdict {
	_, _, v := r.held(p, op.Account, op.Hold, ledger.HoldKey(op.Hold, "expire"))
	if v == accept {
		return notTaken(ledger.HoldNotDue)
	}
	v.status = ledger.NotTaken // nobody wished for anything that could be refused
	return v
}

// resolve ends a hold: of what is held so much is charged, in burn order, and the
// rest goes back to the lots it came from, or to breakage where that is over.
func (p *posting) resolve(a *account, h *hold, state ledger.HoldState, charged int64) {
	left, lost := charged, int64(0)
	for _, held := range p.parts(a, h) {
		p.impactOf(held.account, held.bucket)
		p.move(held.account, held.lot, h.kind(), -held.amount)
		used := min(left, held.amount)
		left -= used
		if held.account != a {
			p.countResolved(held, a.id, used)
		}
		if held.isSettled() {
			lost += held.amount - used
		} else {
			p.move(held.account, held.lot, ledger.Available, held.amount-used)
		}
		if held.lot.Ended && held.lot.held()+p.pending(held.lot, ledger.Reserved)+p.pending(held.lot, ledger.AcceptedHold) == 0 {
			p.retire(held.account, held.bucket, held.lot)
		}
	}
	if charged > 0 {
		p.external(usage, h.Amount.Unit, charged)
	}
	if lost > 0 {
		p.external(breakage, h.Amount.Unit, lost)
	}
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: h.id, Ended: true})
	p.due = append(p.due, ledger.Due{At: h.Until, Subject: h.id, Account: a.id, Settled: true})
	next := h.Hold
	next.State, next.Charged, next.ClosedAt, next.Origins = state, charged, p.at, nil
	p.hold(a, h, next)
}

// parts are what is held of each lot, in burn order, and of one lot what was counted
// first. What lies on the credit line is last, as if all had been given back and taken
// again.
func (p *posting) parts(a *account, h *hold) []part {
	parts := make([]part, 0, len(h.Origins)+1)
	for _, o := range h.Origins {
		parts = append(parts, part{slot: p.round.origin(a, o), amount: o.Amount, since: o.Since})
	}
	slices.SortStableFunc(parts, func(x, y part) int { return burnOrder(x.slot, y.slot) })
	main := a.main.lots[0]
	for i, held := range parts {
		if line := min(held.amount, -main.cells[ledger.Available].balance); held.lot == main && line > 0 {
			parts[i].amount -= line
			return append(parts, a.ofLine(line))
		}
	}
	return parts
}
