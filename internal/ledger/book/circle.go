// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Circle is whose buckets accounts may use or hold something of: it must be admitted
// beside what a command touches, and before [Round.Settle]. That goes one step and no
// further. In ascending order, each once; of accounts that are not known nothing is
// said.
func (s *State) Circle(accounts []ledger.ID) []ledger.ID {
	var owners []ledger.ID
	for _, id := range accounts {
		if a := s.accounts[id]; a != nil {
			owners = a.circle(owners, func(ledger.Membership) bool { return true })
		}
	}
	return distinct(owners)
}

// CircleOf is the [State.Circle] of an account that has been loaded and not admitted
// yet. It fails if a row cannot be read.
func CircleOf(rows ledger.AccountRows) ([]ledger.ID, error) {
	var owners []ledger.ID
	for _, row := range rows.Facts {
		switch row.Kind {
		case ledger.FactMembership:
			var m ledger.Membership
			if err := ledger.DecodeBody(row.Body, &m); err != nil {
				return nil, fmt.Errorf("fact %s version %d: %w", row.Subject, row.Version, err)
			}
			owners = append(owners, m.Owner)
		case ledger.FactHold:
			var h ledger.Hold
			if err := ledger.DecodeBody(row.Body, &h); err != nil {
				return nil, fmt.Errorf("fact %s version %d: %w", row.Subject, row.Version, err)
			}
			owners = ownersOf(h, owners)
		default: // is the account's own
		}
	}
	return distinct(owners), nil
}

// drawn adds whose buckets the account may use or holds something of, but for
// memberships that mean nothing: who is left out of a bucket may not be told.
func (r *Round) drawn(a *account, owners []ledger.ID) []ledger.ID {
	return a.circle(owners, func(m ledger.Membership) bool {
		_, b := r.sharedBucket(a, m)
		return b != nil
	})
}

// circle adds whose buckets the account may use, by the memberships that count, or holds
// something of.
func (a *account) circle(owners []ledger.ID, counts func(ledger.Membership) bool) []ledger.ID {
	for _, m := range a.memberships {
		if counts(m) {
			owners = append(owners, m.Owner)
		}
	}
	for _, h := range a.holds {
		owners = ownersOf(h.Hold, owners)
	}
	return owners
}

// ownersOf adds whose buckets a hold has something of, but for its own account.
func ownersOf(h ledger.Hold, owners []ledger.ID) []ledger.ID {
	for _, o := range h.Origins {
		if o.Owner != (ledger.ID{}) {
			owners = append(owners, o.Owner)
		}
	}
	return owners
}

// distinct puts IDs into order, each once.
func distinct(ids []ledger.ID) []ledger.ID {
	slices.SortFunc(ids, func(x, y ledger.ID) int { return bytes.Compare(x[:], y[:]) })
	return slices.Compact(ids)
}
