// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// openHolds are those of some accounts, in the order in which they end.
func (o *oracle) openHolds(of func(*pretendAccount) bool) []*pretendHold {
	var list []*pretendHold
	for _, a := range o.accounts {
		if of(a) {
			list = slices.AppendSeq(list, maps.Values(a.open))
		}
	}
	slices.SortFunc(list, func(x, y *pretendHold) int {
		return cmp.Or(cmp.Compare(x.until, y.until), bytes.Compare(x.id[:], y.id[:]))
	})
	return list
}

func everywhere(*pretendAccount) bool { return true }

// settle ends the holds whose end has come on the accounts that a command is
// about.
func (o *oracle) settle(c ledger.Command) {
	about := o.about(c.Operation)
	theirs := func(a *pretendAccount) bool { return a.tenant == c.Tenant && slices.Contains(about, a.id) }
	for _, h := range o.openHolds(theirs) {
		if h.until <= o.instant().UnixMicro() {
			o.expire(h)
		}
	}
}

// expire ends a hold as it was told to, as of its end. If the money would not fit
// where it came from, it stays held.
func (o *oracle) expire(h *pretendHold) {
	o.posting = posting{}
	var charged int64
	if h.onExpiry == ledger.ExpiryCharges {
		charged = h.amount.Base
	}
	o.resolve(h, charged)
	if !o.bounded() {
		o.undo(o.lots)
		return
	}
	h.close(ledger.HoldExpired)
	c := ledger.Command{
		Key: ledger.HoldKey(h.id, "expire"), Tenant: h.account.tenant,
		Operation: ledger.ExpireHold{Account: h.account.id, Hold: h.id},
	}
	o.record(c, ledger.Outcome{
		Status: ledger.Accepted, Transaction: c.Key, CommittedAt: o.instant(), Impacts: o.impacts(),
	}).effective = h.until
}

// resolve charges so much of what is held and gives the rest back.
func (o *oracle) resolve(h *pretendHold, charged int64) {
	left := charged
	for _, p := range h.inBurnOrder() {
		o.show(p.lot.of)
		used := min(left, p.amount)
		left -= used
		o.move(p.lot, h.pocket(), -p.amount)
		o.move(p.lot, free, p.amount-used)
	}
	if charged > 0 {
		o.moveOutside(h.account.tenant, "revenue:usage", h.amount.Unit, charged)
	}
}

// close makes a hold one of the past.
func (h *pretendHold) close(state ledger.HoldState) {
	h.state, h.parts = state, nil
	delete(h.account.open, h.id)
}

// inBurnOrder are the parts of a hold in the order in which they are charged: the
// oldest lot first, and last what came from the credit line and still does.
func (h *pretendHold) inBurnOrder() []pretendPart {
	var parts []pretendPart
	line := pretendPart{lot: h.account.main().lots[0]}
	for _, p := range h.parts {
		if p.lot == line.lot {
			line.amount = min(p.amount, max(-p.lot.in[free], 0))
			p.amount -= line.amount
		}
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(x, y pretendPart) int { return older(x.lot, y.lot) })
	if line.amount > 0 {
		parts = append(parts, line)
	}
	return parts
}

// about are the accounts that an operation is about.
func (o *oracle) about(op ledger.Operation) []ledger.ID {
	switch op := op.(type) {
	case ledger.TopUp:
		return []ledger.ID{op.Into.Account}
	case ledger.Grant:
		return []ledger.ID{op.Into.Account}
	case ledger.Transfer:
		return []ledger.ID{op.From.Account, op.To.Account}
	case ledger.Adjust:
		return []ledger.ID{op.At.Account}
	case ledger.SetAccount:
		return []ledger.ID{op.Account}
	case ledger.SetBucket:
		return []ledger.ID{op.Settings.Account}
	case ledger.Reverse:
		var accounts []ledger.ID
		if original := o.original(op); original != nil {
			for _, s := range original.steps {
				if s.lot != nil {
					accounts = append(accounts, s.lot.of.of.id)
				}
			}
		}
		return accounts
	default:
		return o.aboutHold(op)
	}
}

func (o *oracle) aboutHold(op ledger.Operation) []ledger.ID {
	switch op := op.(type) {
	case ledger.Reserve:
		return []ledger.ID{op.From.Account}
	case ledger.AcceptHold:
		return []ledger.ID{op.Account}
	case ledger.ExtendHold:
		return []ledger.ID{op.Account}
	case ledger.ChargeHold:
		return []ledger.ID{op.Account}
	case ledger.ReleaseHold:
		return []ledger.ID{op.Account}
	case ledger.ExpireHold:
		return []ledger.ID{op.Account}
	default:
		return nil
	}
}
