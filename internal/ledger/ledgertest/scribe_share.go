// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Share writes the next version of a bucket's settings, with the memberships of the
// accounts that it is shared with, and the rows of live of what begins or ends to be.
func (s *Scribe) Share(r *ledger.Record, bucket ledger.ID, settings ledger.BucketSettings) {
	if s.facts[bucket] == 0 {
		r.Live = append(r.Live, ledger.Live{Account: settings.Account, Subject: bucket})
	}
	s.Fact(r, bucket, ledger.FactBucket, settings)
	before := s.shared[bucket]
	s.shared[bucket] = nil
	for _, share := range settings.SharedWith {
		s.shared[bucket] = append(s.shared[bucket], share.Account)
		if slices.Contains(before, share.Account) {
			continue
		}
		subject := ledger.MembershipID(bucket, share.Account)
		if s.facts[subject] == 0 {
			s.Fact(r, subject, ledger.FactMembership,
				ledger.Membership{Member: share.Account, Owner: settings.Account, Bucket: bucket})
		}
		s.liveShare(r, bucket, settings.Account, share.Account, false)
	}
	for _, member := range before {
		if !slices.Contains(s.shared[bucket], member) {
			s.liveShare(r, bucket, settings.Account, member, true)
		}
	}
}

// liveShare writes or ends the rows of live of a share.
func (s *Scribe) liveShare(r *ledger.Record, bucket, owner, member ledger.ID, ended bool) {
	r.Live = append(r.Live, ledger.Live{Account: member, Subject: ledger.MembershipID(bucket, member), Ended: ended})
	if use := ledger.ShareUseID(bucket, member); s.facts[use] > 0 {
		r.Live = append(r.Live, ledger.Live{Account: owner, Subject: use, Ended: ended})
	}
}

// Use writes the next version of what an account used of a shared bucket, and no cap
// if that is nil.
func (s *Scribe) Use(r *ledger.Record, use ledger.ShareUse, used int64, bound *int64) {
	subject := ledger.ShareUseID(use.Bucket, use.Member)
	if s.facts[subject] == 0 {
		r.Live = append(r.Live, ledger.Live{Account: use.Owner, Subject: subject})
	}
	fact := s.Fact(r, subject, ledger.FactShareUse, use)
	fact.Used, fact.Cap = &used, bound
}
