// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"bytes"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// soundShares says whether a bucket may be shared like this.
func soundShares(of ledger.BucketSettings) bool {
	for i, share := range of.SharedWith {
		if share.Account == (ledger.ID{}) || share.Account == of.Account || !bound(share.Cap) ||
			i > 0 && bytes.Compare(of.SharedWith[i-1].Account[:], share.Account[:]) >= 0 {
			return false
		}
	}
	return len(of.SharedWith) <= ledger.MaxShares
}

// sharing is what is touched of those that a bucket is to be shared with.
func sharing(op ledger.SetBucket) (members, facts []ledger.ID) {
	if len(op.Settings.SharedWith) > ledger.MaxShares {
		return nil, nil // it is malformed, however many there are
	}
	for _, share := range op.Settings.SharedWith {
		members = append(members, share.Account)
		facts = append(facts, ledger.MembershipID(op.Bucket, share.Account), ledger.ShareUseID(op.Bucket, share.Account))
	}
	return members, facts
}

// shareOf finds the share of an account, or nil.
func shareOf(shares []ledger.Share, member ledger.ID) *ledger.Share {
	for i := range shares {
		if shares[i].Account == member {
			return &shares[i]
		}
	}
	return nil
}

// mayShare says whether a bucket may be shared with accounts: with none of another
// tenant. They need not be in the ledger yet.
func (p *posting) mayShare(shares []ledger.Share) verdict {
	for _, share := range shares {
		if !p.round.state.accounts[share.Account].belongsTo(p.command.Tenant) {
			return notTaken(ledger.Malformed)
		}
	}
	return accept
}

// share tells accounts that they may share a bucket now, and others that they may not
// any more.
func (p *posting) share(a *account, op ledger.SetBucket) verdict {
	var was []ledger.Share
	if b := a.find(op.Bucket); b != nil {
		was = b.settings.SharedWith
	}
	next := op.Settings.SharedWith
	for _, share := range next {
		if shareOf(was, share.Account) != nil {
			continue
		}
		if !p.addMember(a, ledger.Membership{Member: share.Account, Owner: a.id, Bucket: op.Bucket}) {
			return notTaken(ledger.Malformed)
		}
	}
	for _, share := range was {
		if shareOf(next, share.Account) == nil {
			p.dropMember(a, a.find(op.Bucket), share.Account)
		}
	}
	return accept
}

// addMember makes an account a member. If it was one before, it goes on from what it used;
// that has to be legible.
func (p *posting) addMember(owner *account, m ledger.Membership) bool {
	state := p.round.state
	subject := ledger.MembershipID(m.Bucket, m.Member)
	if state.facts[subject].Version == 0 {
		p.fact(subject, 1, ledger.FactMembership, m)
	}
	p.live = append(p.live, ledger.Live{Account: m.Member, Subject: subject})
	p.changes = append(p.changes, func() {
		state.accounts[m.Member].addMembership(m)
		p.round.touchedAccounts[m.Member] = struct{}{}
	})
	before := state.facts[ledger.ShareUseID(m.Bucket, m.Member)]
	if before.Version == 0 {
		return true
	}
	u, err := counterOf(before)
	p.live = append(p.live, ledger.Live{Account: owner.id, Subject: before.Subject})
	p.changes = append(p.changes, func() { owner.bucket(m.Bucket).keepCounter(u) })
	return err == nil
}

// dropMember takes an account from the members. Of one that is not known the rows say it.
func (p *posting) dropMember(owner *account, b *bucket, member ledger.ID) {
	p.live = append(p.live, ledger.Live{Account: member, Subject: ledger.MembershipID(b.id, member), Ended: true})
	if u := b.uses[member]; u != nil {
		p.live = append(p.live, ledger.Live{Account: owner.id, Subject: u.subject, Ended: true})
	}
	p.changes = append(p.changes, func() {
		if delete(b.uses, member); len(b.uses) == 0 {
			b.uses = nil
		}
		if a := p.round.state.accounts[member]; a != nil {
			a.dropMembership(b.id)
			p.round.touchedAccounts[member] = struct{}{}
		}
	})
}

// addMembership adds a membership. They are in the order of their buckets.
func (a *account) addMembership(m ledger.Membership) {
	i, known := slices.BinarySearchFunc(a.memberships, m.Bucket, byBucket)
	if !known {
		a.memberships = slices.Insert(slices.Clone(a.memberships), i, m)
	}
}

// dropMembership drops a membership.
func (a *account) dropMembership(bucket ledger.ID) {
	a.memberships = slices.DeleteFunc(slices.Clone(a.memberships), func(m ledger.Membership) bool { return m.Bucket == bucket })
	if len(a.memberships) == 0 {
		a.memberships = nil // most accounts have none
	}
}

func byBucket(m ledger.Membership, bucket ledger.ID) int {
	return bytes.Compare(m.Bucket[:], bucket[:])
}

// takeShare takes in what is loaded about sharing.
func (a *account) takeShare(fact ledger.Fact) error {
	if fact.Kind == ledger.FactMembership {
		var m ledger.Membership
		err := ledger.DecodeBody(fact.Body, &m)
		a.addMembership(m)
		return err
	}
	u, err := counterOf(fact)
	a.bucket(u.Bucket).keepCounter(u)
	return err
}

// sharedBucket finds a bucket that another account shares with this one, and that account.
// A membership alone means nothing.
func (r *Round) sharedBucket(a *account, m ledger.Membership) (*account, *bucket) {
	owner := r.state.accounts[m.Owner]
	if owner == nil {
		return nil, nil
	}
	b := owner.find(m.Bucket)
	if b == nil {
		return nil, nil
	}
	if shareOf(b.settings.SharedWith, a.id) == nil {
		return nil, nil
	}
	return owner, b
}

// usable finds a bucket that an account may use: its own, or one that is shared with
// it. It returns nil if there is none.
func (r *Round) usable(p *posting, a *account, bucket ledger.ID) *bucket {
	b := a.find(bucket)
	if b != nil || len(a.memberships) == 0 {
		return b
	}
	i, known := slices.BinarySearchFunc(a.memberships, bucket, byBucket)
	if !known {
		return nil
	}
	owner, b := r.sharedBucket(a, a.memberships[i])
	if b == nil || !owner.belongsTo(p.command.Tenant) {
		return nil
	}
	return b
}

// ownerOf is whose a bucket is that an account uses.
func (r *Round) ownerOf(a *account, b *bucket) *account {
	if a.isMain(b) || b.settings.Account == a.id {
		return a
	}
	return r.state.accounts[b.settings.Account]
}
