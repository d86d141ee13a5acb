// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Settle does what has become due on accounts up to the instant of the batch, in
// its order and each as of its own instant, however long nobody looked. It is
// called with what a command touches before that is applied, so that a command
// at the end of something or after it sees it ended. It returns what to record
// before the command.
func (r *Round) Settle(c ledger.Command, accounts []ledger.ID) []*ledger.Record {
	var records []*ledger.Record
	for _, h := range r.overdue(c, accounts) {
		if record := r.expire(r.state.accounts[h.Account], h); record != nil {
			records = append(records, record)
		}
	}
	return records
}

// overdue are the holds whose end has come, in the order of their ends. Those of
// another scope are left: their counter-accounts were not loaded.
func (r *Round) overdue(c ledger.Command, accounts []ledger.ID) []*hold {
	var ended []*hold
	for _, id := range accounts {
		a := r.state.accounts[id]
		if a == nil || len(a.holds) == 0 || !a.belongsTo(c.Tenant) {
			continue
		}
		for _, h := range a.holds {
			if h.Until <= r.instant.UnixMicro() && h.Scope == c.Scope {
				ended = append(ended, h)
			}
		}
	}
	slices.SortFunc(ended, func(x, y *hold) int {
		return cmp.Or(cmp.Compare(x.Until, y.Until), bytes.Compare(x.id[:], y.id[:]))
	})
	return slices.Compact(ended) // an account may be named twice
}

// expire resolves a hold at its end. It is recorded as the [ledger.ExpireHold]
// that would ask for it: whoever posts that finds it done.
func (r *Round) expire(a *account, h *hold) *ledger.Record {
	c := ledger.Command{
		Key: ledger.HoldKey(h.id, "expire"), Scope: h.Scope, Tenant: h.Tenant,
		Operation: ledger.ExpireHold{Account: a.id, Hold: h.id},
	}
	print, err := ledger.FingerprintOf(ledger.PrintVersion, c.Operation)
	if err != nil {
		panic(err) // two IDs can be encoded
	}
	p := &posting{round: r, command: c}
	charged := int64(0)
	if h.OnExpiry == ledger.ExpiryCharges {
		charged = h.Amount.Base
	}
	p.resolve(a, h, ledger.HoldExpired, charged, h.Until)
	if p.check() != accept {
		return nil // a balance is at its bound; it stays held, and due
	}
	record := &ledger.Record{
		ID: c.Key, Kind: ledger.KindExpireHold, Status: ledger.Accepted,
		Fingerprint: print, PrintVersion: ledger.PrintVersion, Effective: h.Until,
	}
	p.write(record)
	if r.settled == nil {
		r.settled = map[ledger.ID]*ledger.Record{}
	}
	r.settled[c.Key] = record
	return record
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
