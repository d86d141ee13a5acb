// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// within says that a counter goes beyond its cap other than by falling.
func within(was, is ledger.Fact) error {
	if is.Cap == nil || is.Used != nil && *is.Used <= *is.Cap {
		return nil
	}
	if is.Used == nil || was.Used == nil || *is.Used >= *was.Used {
		return fmt.Errorf("counter %s is %v, over its cap of %d", is.Subject, is.Used, *is.Cap)
	}
	return nil
}

// checkShares says whether just those are told of a bucket that its settings share it
// with, and just their counters are loaded with its owner.
func (r *rows) checkShares() error {
	members, uses := map[ledger.ID]bool{}, map[ledger.ID]bool{}
	for subject, row := range r.facts {
		if row.Kind != ledger.FactBucket {
			continue
		}
		var terms ledger.BucketSettings
		if err := ledger.DecodeBody(row.Body, &terms); err != nil {
			return err
		}
		for _, share := range terms.SharedWith {
			membership, use := ledger.MembershipID(subject, share.Account), ledger.ShareUseID(subject, share.Account)
			members[membership] = true
			if _, live := r.live[share.Account][membership]; !live {
				return fmt.Errorf("%s is not told that bucket %s is shared with it", share.Account, subject)
			}
			if r.facts[use].Version == 0 {
				continue
			}
			uses[use] = true
			if _, live := r.live[terms.Account][use]; !live {
				return fmt.Errorf("what %s used of bucket %s is not loaded", share.Account, subject)
			}
		}
	}
	for account, live := range r.live {
		for subject := range live {
			kind := r.facts[subject].Kind
			if kind == ledger.FactMembership && !members[subject] || kind == ledger.FactShareUse && !uses[subject] {
				return fmt.Errorf("%s of kind %d is still loaded with %s", subject, kind, account)
			}
		}
	}
	return nil
}
