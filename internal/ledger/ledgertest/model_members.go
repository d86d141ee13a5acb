// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// members draws with whom a bucket is shared: mostly as before but for one who comes,
// goes or gets another cap, often one who used some.
func (d *draft) members(tenant ledger.ID, s *ledger.BucketSettings, b *pretendBucket) {
	who, list := accountNames, []ledger.Share(nil)
	if b != nil && len(b.uses)+len(s.SharedWith) > 0 && !d.oneIn(4, "all others") {
		list = slices.Clone(s.SharedWith)
		if users := b.users(tenant); len(users) > 0 && d.oneIn(2, "who used some") {
			who = users
		}
		who = []string{pick(d, "one", who...)}
	}
	for _, name := range who {
		id := ledger.AccountID(modelScope, tenant, name)
		list = slices.DeleteFunc(list, func(share ledger.Share) bool { return share.Account == id })
		if id != s.Account && d.oneIn(2, name) {
			list = append(list, ledger.Share{Account: id, Cap: d.cap()})
		}
	}
	slices.SortFunc(list, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
	if d.oneIn(30, "odd members") {
		list = d.oddMembers(tenant, s.Account, list)
	}
	if s.SharedWith = list; len(list) == 0 {
		s.SharedWith = nil
	}
}

// users are the names of those who used some of the bucket in this cycle, members or
// not.
func (b *pretendBucket) users(tenant ledger.ID) []string {
	return slices.DeleteFunc(slices.Clone(accountNames), func(name string) bool {
		return b.used(ledger.AccountID(modelScope, tenant, name)) == 0
	})
}

// cap is how much a member may use in a cycle; often there is none.
func (d *draft) cap() int64 {
	return pick(d, "cap of a member", int64(0), 0, 1, 20, 60, 150, 150, 400)
}

func (d *draft) oddMembers(tenant, owner ledger.ID, list []ledger.Share) []ledger.Share {
	switch pick(d, "what is odd", "order", "twice", "nobody", "itself", "below zero", "too high", "many", "stranger") {
	case "order":
		slices.Reverse(list)
	case "twice":
		list = append(list, list...)
	case "nobody":
		list = append([]ledger.Share{{}}, list...)
	case "itself":
		list = []ledger.Share{{Account: owner}}
	case "below zero":
		list = []ledger.Share{{Account: d.account(tenant), Cap: -1}}
	case "too high":
		list = []ledger.Share{{Account: d.account(tenant), Cap: largest + 1}}
	case "many":
		list = nil
		for i := range 101 {
			list = append(list, ledger.Share{Account: ledger.ID{15: byte(i + 1)}})
		}
	case "stranger":
		other := ledger.TenantID(modelScope, pick(d, "namespace", namespaces...), 1)
		list = []ledger.Share{{Account: d.account(other), Cap: d.cap()}}
	}
	return list
}

// lent is a bucket that is shared with some account, for that to use. Mostly there is
// something in it.
func (d *draft) lent(tenant ledger.ID) (at ledger.Place, ok bool) {
	var list, full, waiting []ledger.Place
	for _, name := range accountNames {
		member := ledger.AccountID(modelScope, tenant, name)
		for _, b := range d.oracle.shared[member] {
			at = ledger.Place{Account: member, Bucket: b.id}
			list = append(list, at)
			if b.has(free) == 0 || d.oracle.reached(at) == nil || len(d.oracle.againstUsing(at, ledger.ID{})) > 0 {
				continue
			}
			if full = append(full, at); b.waits() {
				waiting = append(waiting, at)
			}
		}
	}
	switch {
	case len(list) == 0:
		return at, false
	case len(waiting) > 0 && d.oneIn(3, "that waits"):
		list = waiting
	case len(full) > 0 && !d.oneIn(4, "whatever is in it"):
		list = full
	}
	return pick(d, "lent", list...), true
}

// charges are those of some transactions that charged a member.
func (d *draft) charges(past []ledger.ID) []ledger.ID {
	return slices.DeleteFunc(slices.Clone(past), func(key ledger.ID) bool {
		return !slices.ContainsFunc(d.oracle.accepted[key].counts, func(c count) bool { return c.charged > 0 })
	})
}

// spanning are those of some holds that are not over and have something of another
// account's bucket which was counted in an earlier cycle.
func spanning(holds []*pretendHold, now int64) []*pretendHold {
	return slices.DeleteFunc(slices.Clone(holds), func(h *pretendHold) bool {
		return h.until <= now || !slices.ContainsFunc(h.parts, func(p pretendPart) bool {
			return p.lot.of.of != h.account && p.since != p.lot.of.began()
		})
	})
}

// nextCycle is when the next cycle begins of another account's bucket, if there is one
// and a hold can last beyond that.
func (d *draft) nextCycle(from ledger.Place) int64 {
	b := d.oracle.reached(from)
	if b == nil || b.of.id == from.Account || b.term == nil || b.term.next > d.oracle.micros()+25*day.Microseconds() {
		return 0
	}
	return b.term.next
}
