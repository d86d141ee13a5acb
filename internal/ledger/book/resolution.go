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
	p.resolve(a, h, ledger.HoldCharged, amount.Base, r.instant.UnixMicro())
	return accept
}

// releaseHold gives back all that is held.
func (r *Round) releaseHold(p *posting, op ledger.ReleaseHold) verdict {
	a, h, v := r.held(p, op.Account, op.Hold, ledger.HoldKey(op.Hold, "release"))
	if v != accept {
		return v
	}
	p.resolve(a, h, ledger.HoldReleased, 0, r.instant.UnixMicro())
	return accept
}

// resolve ends a hold: of what is held so much is charged, in burn order, and the
// rest goes back to the lots it came from.
func (p *posting) resolve(a *account, h *hold, state ledger.HoldState, charged, at int64) {
	left := charged
	for _, held := range h.parts(a) {
		p.impactOf(a, held.lot.Bucket)
		p.move(a, held.lot, h.kind(), -held.amount)
		used := min(left, held.amount)
		left -= used
		p.move(a, held.lot, ledger.Available, held.amount-used)
	}
	if charged > 0 {
		p.external(usage, h.Amount.Unit, charged)
	}
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: h.id, Ended: true})
	p.due = append(p.due, ledger.Due{At: h.Until, Subject: h.id, Account: a.id, Settled: true})
	next := h.Hold
	next.State, next.Charged, next.ClosedAt, next.Origins = state, charged, at, nil
	p.hold(a, h, next)
}

// parts are what is held of each lot, in burn order. What lies on the credit line is
// last, as if all had been given back and taken again.
func (h *hold) parts(a *account) []part {
	parts := make([]part, 0, len(h.Origins)+1)
	for _, o := range h.Origins {
		parts = append(parts, part{a.lotAt(o.Base), o.Amount})
	}
	slices.SortFunc(parts, func(x, y part) int { return burnOrder(x.lot, y.lot) })
	main := a.main.lots[0]
	for i, held := range parts {
		if line := min(held.amount, -main.cells[ledger.Available].balance); held.lot == main && line > 0 {
			parts[i].amount -= line
			return append(parts, part{main, line})
		}
	}
	return parts
}
