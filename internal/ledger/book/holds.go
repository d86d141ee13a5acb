// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// MaxHolds is how many open holds an account may have.
const MaxHolds = 1000

// hold is an open hold of an account.
type hold struct {
	ledger.Hold
	id      ledger.ID
	version int64
}

// kind is where the hold's money lies.
func (h *hold) kind() ledger.CellKind {
	if h.State == ledger.HoldAccepted {
		return ledger.AcceptedHold
	}
	return ledger.Reserved
}

// reserve sets an amount aside: available → reserved.
func (r *Round) reserve(p *posting, op ledger.Reserve) verdict {
	if p.command.Key != ledger.HoldKey(op.Hold, "reserve") || r.state.facts[op.Hold].Version > 0 ||
		!legible(p.command.Scope) || op.OnExpiry > ledger.ExpiryCharges ||
		op.For < 0 || op.Until < 0 || (op.For > 0) == (op.Until > 0) {
		return notTaken(ledger.Malformed)
	}
	a, b, v := r.source(p, op.From, op.Amount, charging)
	if v != accept {
		return v
	}
	until := op.Until
	if until == 0 {
		until = p.at + min(op.For, ledger.MaxHold.Microseconds()+1)
	}
	if v := r.inRange(until); v != accept {
		return v
	}
	if v := r.uses(a, b); v != accept {
		return v
	}
	from, v := p.purse(a, b, op.Amount.Unit, charging, op.Product)
	if v != accept {
		return v
	}
	if len(a.holds) >= MaxHolds {
		return refuse(ledger.TooManyHolds, ledger.Figures{Available: MaxHolds})
	}
	if v := from.affords(op.Amount); v != accept {
		return v
	}
	h := &hold{id: op.Hold, Hold: ledger.Hold{
		Account: a.id, Amount: op.Amount, OpenedAt: p.at, Until: until, OnExpiry: op.OnExpiry,
		Bucket: op.From.Bucket, Product: op.Product, Scope: p.command.Scope, Tenant: p.command.Tenant,
	}}
	p.set(h, p.take(from, op.Amount.Base))
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: h.id})
	p.due = append(p.due, ledger.Due{At: h.Until, Subject: h.id, Account: a.id})
	p.hold(a, h, h.Hold)
	return accept
}

// inRange says whether a hold may last until an instant, in microseconds.
func (r *Round) inRange(until int64) verdict {
	now := r.instant.UnixMicro()
	if until <= now || until > now+ledger.MaxHold.Microseconds() {
		return notTaken(ledger.EndOutOfRange).with(ledger.Figures{
			Needed: r.secondsTo(until), Available: int64(ledger.MaxHold.Seconds()), Unit: "s",
		})
	}
	return accept
}

// secondsTo is how far away an instant, in microseconds, is; a part of a second that
// is to come counts as one.
func (r *Round) secondsTo(until int64) int64 {
	away := until - r.instant.UnixMicro()
	seconds := away / 1e6
	if away%1e6 > 0 {
		seconds++
	}
	return seconds
}

// origin finds the lot that a part of an account's hold came from.
func (r *Round) origin(a *account, o ledger.Origin) slot {
	if o.Owner != (ledger.ID{}) {
		a = r.state.accounts[o.Owner]
	}
	return a.lotAt(o.Base)
}

// set puts parts, which were taken, into a hold.
func (p *posting) set(h *hold, parts []part) {
	for _, taken := range parts {
		p.impactOf(taken.account, taken.bucket)
		p.move(taken.account, taken.lot, h.kind(), taken.amount)
		origin := ledger.Origin{Base: taken.lot.Base, Amount: taken.amount}
		if taken.shared != nil {
			origin.Owner, origin.Since = taken.account.id, taken.bucket.began()
		}
		h.add(origin)
	}
}

// add adds an origin, or adds to the one of its lot and cycle. It leaves the origins that
// another version of the hold has as they are.
func (h *hold) add(more ledger.Origin) {
	h.Origins = slices.Clone(h.Origins)
	for i := range h.Origins {
		if h.Origins[i].Base == more.Base && h.Origins[i].Since == more.Since {
			h.Origins[i].Amount += more.Amount
			return
		}
	}
	h.Origins = append(h.Origins, more)
}

// held finds an open hold, or says why there is none.
func (r *Round) held(p *posting, account, id ledger.ID, key ledger.ID) (*account, *hold, verdict) {
	if p.command.Key != key {
		return nil, nil, notTaken(ledger.Malformed)
	}
	a := r.state.accounts[account]
	if v := p.opened(a); v != accept {
		return nil, nil, v
	}
	if h, ok := a.holds[id]; ok {
		return a, h, accept
	}
	fact := r.state.facts[id]
	if fact.Version == 0 {
		return nil, nil, notTaken(ledger.HoldUnknown)
	}
	var closed ledger.Hold
	if err := ledger.DecodeBody(fact.Body, &closed); err != nil || closed.Account != account || closed.State.IsOpen() {
		return nil, nil, notTaken(ledger.Malformed)
	}
	return nil, nil, refuse(ledger.HoldClosed, ledger.Figures{Other: ledger.HoldKey(id, closing[closed.State])})
}

// closing are the roles of what resolves a hold, by the state it leaves.
var closing = map[ledger.HoldState]string{
	ledger.HoldCharged: "charge", ledger.HoldReleased: "release", ledger.HoldExpired: "expire",
}

// acceptHold says that what was reserved is going to be used: reserved →
// accepted. The clock goes on unless there is a new end.
func (r *Round) acceptHold(p *posting, op ledger.AcceptHold) verdict {
	if op.Until < 0 {
		return notTaken(ledger.Malformed)
	}
	a, h, v := r.held(p, op.Account, op.Hold, ledger.HoldKey(op.Hold, "accept"))
	if v != accept {
		return v
	}
	if h.State != ledger.HoldReserved {
		return notTaken(ledger.Malformed)
	}
	next := h.Hold
	next.State = ledger.HoldAccepted
	if op.Until > 0 {
		if v := r.prolong(&next, op.Until); v != accept {
			return v
		}
	}
	for _, o := range h.Origins {
		held := r.origin(a, o)
		p.impactOf(held.account, held.bucket)
		p.move(held.account, held.lot, ledger.Reserved, -o.Amount)
		p.move(held.account, held.lot, ledger.AcceptedHold, o.Amount)
	}
	p.reschedule(a, h, next)
	p.hold(a, h, next)
	return accept
}

// prolong gives a hold a later end, or the one that it has.
func (r *Round) prolong(next *ledger.Hold, until int64) verdict {
	if until < next.Until {
		return notTaken(ledger.HoldNotLower).with(ledger.Figures{
			Needed: r.secondsTo(until), Available: r.secondsTo(next.Until), Unit: "s",
		})
	}
	if until > next.Until {
		if v := r.inRange(until); v != accept {
			return v
		}
	}
	next.Until = until
	return accept
}

// extendHold makes a hold larger, longer or both. What is added is taken as a new
// hold's amount would be.
func (r *Round) extendHold(p *posting, op ledger.ExtendHold) verdict {
	if !possibleAmount(op.Amount) || op.Until <= 0 {
		return notTaken(ledger.Malformed)
	}
	a, h, v := r.held(p, op.Account, op.Hold, ledger.ExtensionKey(op.Hold, op.Amount.Base, op.Until))
	if v != accept {
		return v
	}
	b, v := r.extendable(p, a, h, op.Amount.Unit)
	if v != accept {
		return v
	}
	more := ledger.Quantity{Base: op.Amount.Base - h.Amount.Base, Unit: h.Amount.Unit}
	if more.Base < 0 || more.Base == 0 && op.Until == h.Until {
		return notTaken(ledger.HoldNotLower).with(ledger.Figures{
			Needed: op.Amount.Base, Available: h.Amount.Base, Unit: h.Amount.Unit,
		})
	}
	next := *h
	next.Amount = op.Amount
	if v := r.prolong(&next.Hold, op.Until); v != accept {
		return v
	}
	if v := r.uses(a, b); v != accept {
		return v
	}
	from, v := p.purse(a, b, more.Unit, charging, h.Product)
	if v != accept {
		return v
	}
	if more.Base > 0 {
		if v := from.affords(more); v != accept {
			return v
		}
		p.set(&next, p.take(from, more.Base))
	}
	p.reschedule(a, h, next.Hold)
	p.hold(a, h, next.Hold)
	return accept
}

// extendable finds the bucket that a hold named, nil if it named none, and says why the
// hold can take nothing more.
func (r *Round) extendable(p *posting, a *account, h *hold, unit string) (*bucket, verdict) {
	b := r.usable(p, a, h.Bucket)
	switch {
	case b == nil && h.Bucket != (ledger.ID{}):
		return nil, notTaken(ledger.WrongAccount) // it is not shared any more
	case unit != h.Amount.Unit:
		return nil, notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: h.Amount.Unit})
	case b != nil && b.settings.State == ledger.BucketStateRetained:
		return nil, notTaken(ledger.BucketRetained)
	default:
		return b, accept
	}
}

// reschedule moves what is due to another instant, if it is another.
func (p *posting) reschedule(a *account, h *hold, next ledger.Hold) {
	if next.Until != h.Until {
		p.due = append(p.due,
			ledger.Due{At: h.Until, Subject: h.id, Account: a.id, Settled: true},
			ledger.Due{At: next.Until, Subject: h.id, Account: a.id})
	}
}

// hold writes the next version of a hold.
func (p *posting) hold(a *account, h *hold, next ledger.Hold) {
	p.fact(h.id, h.version+1, ledger.FactHold, next)
	p.changes = append(p.changes, func() {
		p.round.touchedAccounts[a.id] = struct{}{}
		if !next.State.IsOpen() {
			if delete(a.holds, h.id); len(a.holds) == 0 {
				a.holds = nil // most accounts have none, and many are in memory
			}
			p.round.final = append(p.round.final, h.id)
			return
		}
		if a.holds == nil {
			a.holds = map[ledger.ID]*hold{}
		}
		a.holds[h.id] = &hold{Hold: next, id: h.id, version: h.version + 1}
	})
}
