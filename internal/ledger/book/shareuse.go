// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// counter counts what an account used of another one's bucket. It is replaced and never
// changed, so that copies of a bucket may share it.
type counter struct {
	ledger.ShareUse
	subject ledger.ID
	version int64
	used    int64
}

// counterOf reads a counter's fact.
func counterOf(fact ledger.Fact) (*counter, error) {
	u := &counter{subject: fact.Subject, version: fact.Version}
	if fact.Used == nil {
		return u, fmt.Errorf("fact %s counts nothing", fact.Subject)
	}
	u.used = *fact.Used
	return u, ledger.DecodeBody(fact.Body, &u.ShareUse)
}

// keepCounter keeps the newest of a member's counters.
func (b *bucket) keepCounter(u *counter) {
	if b.uses == nil {
		b.uses = map[ledger.ID]*counter{}
	}
	b.uses[u.Member] = u
}

// began is when the bucket's cycle began; 0 before the first one.
func (b *bucket) began() int64 {
	if b.term == nil {
		return 0
	}
	return b.term.Began
}

// used is what an account has used of the bucket in this cycle.
func (b *bucket) used(member ledger.ID) int64 {
	if u := b.uses[member]; u != nil && u.Since == b.began() {
		return u.used
	}
	return 0
}

// shownUses are what each account has used in this cycle, but for those that used
// nothing; nil if none did.
func (b *bucket) shownUses() map[ledger.ID]int64 {
	var uses map[ledger.ID]int64
	for member := range b.uses {
		if used := b.used(member); used > 0 {
			if uses == nil {
				uses = make(map[ledger.ID]int64, len(b.uses))
			}
			uses[member] = used
		}
	}
	return uses
}

// tally is what a posting counts of an account's use of another one's bucket.
type tally struct {
	owner  *account
	bucket *bucket
	member ledger.ID
	// used is what is used or, below zero, given back.
	used int64
	// charged is how much of what is used now or was before is charged.
	charged int64
}

// tally is the one of an account and a bucket.
func (p *posting) tally(owner *account, b *bucket, member ledger.ID) *tally {
	for _, t := range p.tallies {
		if t.bucket == b && t.member == member {
			return t
		}
	}
	t := &tally{owner: owner, bucket: b, member: member}
	p.tallies = append(p.tallies, t)
	return t
}

// countResolved counts what becomes of a held part of another one's bucket: what is not
// charged is not used. What was counted in another cycle counts no more.
func (p *posting) countResolved(held part, member ledger.ID, charged int64) {
	u := held.bucket.uses[member]
	if u == nil || u.Since != held.since || held.since != held.bucket.began() {
		return
	}
	t := p.tally(held.account, held.bucket, member)
	t.used -= held.amount - charged
	t.charged += charged
}

// uncount takes what a transaction charged of shared buckets off what was used of them,
// if it was counted in the cycle that a bucket is in.
func (p *posting) uncount(original *ledger.Original) verdict {
	for _, fact := range original.Shares {
		was, err := counterOf(fact)
		if err != nil {
			return notTaken(ledger.Malformed)
		}
		owner := p.round.state.accounts[was.Owner]
		if owner == nil || !slices.Contains(original.Accounts, was.Owner) {
			continue
		}
		b := owner.find(was.Bucket)
		if b == nil || b.uses[was.Member] == nil || b.uses[was.Member].Since != was.Since || was.Since != b.began() {
			continue
		}
		p.tally(owner, b, was.Member).used -= was.Charged
	}
	return accept
}

// after is what is counted of a member's use once the posting is written.
func (t *tally) after() int64 { return max(t.bucket.used(t.member)+t.used, 0) }

// capped says whether nothing is used beyond a cap.
func (p *posting) capped() verdict {
	for _, t := range p.tallies {
		if t.used <= 0 {
			continue
		}
		after, err := money.Add(t.bucket.used(t.member), t.used)
		if err != nil {
			return notTaken(ledger.AmountOverflow)
		}
		if share := shareOf(t.bucket.settings.SharedWith, t.member); share == nil || share.Cap > 0 && after > share.Cap {
			return notTaken(ledger.Malformed)
		}
	}
	return accept
}

// count writes the next version of a counter, if it counts something else or has
// something to tell about a charge.
func (p *posting) count(t *tally) {
	b, after := t.bucket, t.after()
	if after == b.used(t.member) && t.charged == 0 {
		return
	}
	next := &counter{used: after, version: 1, ShareUse: ledger.ShareUse{
		Member: t.member, Owner: t.owner.id, Bucket: b.id, Since: b.began(), Charged: t.charged,
	}}
	if was := b.uses[t.member]; was != nil {
		next.subject, next.version = was.subject, was.version+1
	} else {
		next.subject = ledger.ShareUseID(b.id, t.member)
		p.live = append(p.live, ledger.Live{Account: t.owner.id, Subject: next.subject})
	}
	fact := ledger.Fact{
		Subject: next.subject, Version: next.version, Kind: ledger.FactShareUse,
		Used: &next.used, Body: ledger.EncodeBody(next.ShareUse),
	}
	if share := shareOf(b.settings.SharedWith, t.member); share != nil && share.Cap > 0 && after <= share.Cap {
		limit := share.Cap
		fact.Cap = &limit
	}
	p.facts = append(p.facts, fact)
	p.changes = append(p.changes, func() {
		b.keepCounter(next)
		p.round.touchedAccounts[t.owner.id] = struct{}{}
	})
}
