// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"math"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// pretendUse is what a member used of a bucket in the cycle that began then.
type pretendUse struct{ since, used int64 }

// count is what a command counts of a member's use: what is used or, below zero, given
// back, and how much of what is used now or was before is charged.
type count struct {
	bucket               *pretendBucket
	member               ledger.ID
	since, used, charged int64
}

// contradicts says whether a bucket is shared with its own account, with one twice or
// with none, with too many, or with a cap that cannot be.
func contradicts(s ledger.BucketSettings) bool {
	for i, share := range s.SharedWith {
		if share.Account == (ledger.ID{}) || share.Account == s.Account || share.Cap < 0 || share.Cap > largest ||
			i > 0 && bytes.Compare(s.SharedWith[i-1].Account[:], share.Account[:]) >= 0 {
			return true
		}
	}
	return len(s.SharedWith) > 100
}

// againstMembers says whether a bucket is to be shared with an account of another
// tenant. Any may be one that is not there yet.
func (o *oracle) againstMembers(c ledger.Command, with []ledger.Share) []objection {
	for _, share := range with {
		if a := o.accounts[share.Account]; a != nil && a.tenant != c.Tenant {
			return []objection{cannot(ledger.Malformed)}
		}
	}
	return nil
}

// share shares a bucket with some accounts and no others.
func (o *oracle) share(b *pretendBucket, with []ledger.Share) {
	for _, share := range b.settings.SharedWith {
		o.shared[share.Account] = slices.DeleteFunc(o.shared[share.Account], func(other *pretendBucket) bool { return other == b })
	}
	for _, share := range with {
		o.shared[share.Account] = append(o.shared[share.Account], b)
	}
}

// share finds the terms on which an account shares the bucket.
func (b *pretendBucket) share(member ledger.ID) (share ledger.Share, ok bool) {
	i := slices.IndexFunc(b.settings.SharedWith, func(s ledger.Share) bool { return s.Account == member })
	if i < 0 {
		return ledger.Share{}, false
	}
	return b.settings.SharedWith[i], true
}

// own is a bucket of the very account, nil if it is not.
func (o *oracle) own(at ledger.Place) *pretendBucket {
	if a := o.accounts[at.Account]; a != nil {
		return a.buckets[at.Bucket]
	}
	return nil
}

// reached is a bucket that an account may use: its own, or one that is shared with it.
func (o *oracle) reached(at ledger.Place) *pretendBucket {
	if b := o.own(at); b != nil {
		return b
	}
	for _, b := range o.shared[at.Account] {
		if a := o.accounts[at.Account]; b.id == at.Bucket && a != nil && a.tenant == b.of.tenant {
			return b
		}
	}
	return nil
}

// circle are the accounts whose buckets others may use or hold something of.
func (o *oracle) circle(of []ledger.ID) (owners []ledger.ID) {
	for _, id := range of {
		for _, b := range o.shared[id] {
			owners = append(owners, b.of.id)
		}
		if a := o.accounts[id]; a != nil {
			for _, h := range a.open {
				owners = append(owners, h.owners()...)
			}
		}
	}
	return owners
}

// owners are the other accounts of whose buckets something is held.
func (h *pretendHold) owners() (list []ledger.ID) {
	for _, p := range h.parts {
		if p.lot.of.of != h.account {
			list = append(list, p.lot.of.of.id)
		}
	}
	return list
}

// began is when the bucket's cycle began.
func (b *pretendBucket) began() int64 {
	if b.term == nil {
		return 0
	}
	return b.term.began
}

// used is what a member used in the bucket's cycle.
func (b *pretendBucket) used(member ledger.ID) int64 {
	if use := b.uses[member]; use.since == b.began() {
		return use.used
	}
	return 0
}

// capLeft is how much more of the bucket a member may use in this cycle.
func (b *pretendBucket) capLeft(member ledger.ID) int64 {
	share, _ := b.share(member)
	if share.Cap == 0 {
		return math.MaxInt64
	}
	return max(share.Cap-b.used(member), 0)
}

// rooms are how much of each bucket of others, with some of its lots, an account may
// use: what is free and not owed, and no more than the cap leaves.
func rooms(a *pretendAccount, lots []*pretendLot) map[*pretendBucket]int64 {
	var list map[*pretendBucket]int64
	for _, l := range lots {
		if b := l.of; b.of != a {
			if list == nil {
				list = map[*pretendBucket]int64{}
			}
			list[b] = min(b.unowed(lots), b.capLeft(a.id))
		}
	}
	return list
}

// unowed is what is free in those lots that are the bucket's, less what is owed.
func (b *pretendBucket) unowed(lots []*pretendLot) int64 {
	sum := b.debtor().in[inDebt]
	for _, l := range lots {
		if l.of == b {
			sum += l.in[free]
		}
	}
	return max(sum, 0)
}

// againstTaking says why there is not enough for a use.
func (o *oracle) againstTaking(from ledger.Place, amount ledger.Quantity, product ledger.ID) []objection {
	a, b := o.accounts[from.Account], o.reached(from)
	lots, line := o.sources(from, amount.Unit, product)
	short := againstFunds(amount, funds(a, lots, line))
	if len(short) > 0 && b != nil && b.of != a && b.unowed(lots) >= amount.Base {
		return []objection{refused(ledger.ShareExceeded).with(ledger.Figures{
			Needed: amount.Base, Available: b.capLeft(a.id), Unit: amount.Unit,
		})}
	}
	return short
}

// count counts what a member uses of a bucket of another account.
func (o *oracle) count(a *pretendAccount, b *pretendBucket, used, charged int64) {
	if b.of != a {
		o.counts = append(o.counts, count{b, a.id, b.began(), used, charged})
	}
}

// uncount counts what a member held of a bucket and did not use, if it was counted in
// the bucket's cycle.
func (o *oracle) uncount(a *pretendAccount, p pretendPart, charged int64) {
	if b := p.lot.of; b.counts(a.id, p.since) {
		o.count(a, b, charged-p.amount, charged)
	}
}

// counts says whether what a member used since then counts.
func (b *pretendBucket) counts(member ledger.ID, since int64) bool {
	_, shared := b.share(member)
	use, ok := b.uses[member]
	return shared && ok && use.since == since && since == b.began()
}

// countBack takes what a transaction charged off what was used.
func (o *oracle) countBack(original *deed) {
	for _, c := range original.counts {
		if c.charged > 0 && c.bucket.counts(c.member, c.since) {
			o.count(o.accounts[c.member], c.bucket, -c.charged, 0)
		}
	}
}

// countable says whether what is used can be counted.
func (o *oracle) countable() bool {
	for _, c := range o.counts {
		after := c.bucket.used(c.member)
		for _, other := range o.counts {
			if other.bucket == c.bucket && other.member == c.member {
				after += other.used
			}
		}
		if after > largest {
			return false
		}
	}
	return true
}

// counted writes down what a command has counted.
func (o *oracle) counted() {
	for _, c := range o.counts {
		c.bucket.uses[c.member] = pretendUse{c.since, max(c.bucket.used(c.member)+c.used, 0)}
	}
}

// usesAt are what each member used of the bucket in the cycle of an instant, of those
// that used any.
func (b *pretendBucket) usesAt(at int64) (uses map[ledger.ID]int64) {
	if b.term != nil && b.term.next != 0 && b.term.next <= at {
		return nil // it is the next one
	}
	for _, share := range b.settings.SharedWith {
		if used := b.used(share.Account); used > 0 {
			if uses == nil {
				uses = map[ledger.ID]int64{}
			}
			uses[share.Account] = used
		}
	}
	return uses
}
