// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"math"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// shared is what a purse has of a bucket that is another account's.
type shared struct {
	owner  *account
	bucket *bucket
	// left is what the cap leaves.
	left int64
	// free is what may be used of its lots, less what is owed; never below zero.
	free int64
	// room is what may still be taken: not more than is free, nor than is left.
	room int64
}

// addShared adds what is shared with the purse's account, of a unit.
func (p *posting) addShared(f *purse, unit string) {
	for _, m := range f.account.memberships {
		owner, b := p.round.sharedBucket(f.account, m)
		if b == nil || owner.settings.State != ledger.AccountStateActive || !owner.belongsTo(p.command.Tenant) ||
			b.settings.State != ledger.BucketStateActive || b.unit() != unit || !b.isFor(f.use.product) {
			continue
		}
		f.addBucket(owner, b)
	}
}

// addBucket adds the lots of another account's bucket that may be used now.
func (f *purse) addBucket(owner *account, b *bucket) *shared {
	sh := &shared{owner: owner, bucket: b, left: math.MaxInt64}
	if share := shareOf(b.settings.SharedWith, f.account.id); share != nil && share.Cap > 0 {
		sh.left = max(share.Cap-b.used(f.account.id), 0)
	}
	f.add(owner, b, sh, func(s span) bool { return s.contains(f.use.at) })
	f.shared = append(f.shared, sh)
	return sh
}

// measure says how much there is of each shared bucket. What its owner owes, or the
// bucket itself, is not there.
func (f *purse) measure() {
	for _, s := range f.slots {
		if s.shared != nil {
			s.shared.free += s.lot.cells[ledger.Available].balance
		}
	}
	for _, sh := range f.shared {
		sh.free = max(sh.free+sh.owner.debtor(sh.bucket).cells[ledger.Debt].balance, 0)
		sh.room = min(sh.free, sh.left)
	}
}
