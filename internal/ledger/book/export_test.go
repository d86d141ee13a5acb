// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Clone is a copy that shares nothing, so that a test can tell whether a
// command changed anything at all.
func (s *State) Clone() *State {
	c := &State{accounts: map[ledger.ID]*account{}, facts: map[ledger.ID]ledger.Fact{}, nextCell: s.nextCell}
	for subject, fact := range s.facts {
		fact.Body = slices.Clone(fact.Body)
		c.facts[subject] = fact
	}
	for id, a := range s.accounts {
		copied := *a
		copied.main.lots, copied.others = nil, nil
		copied.holds = maps.Clone(a.holds)
		for b := range a.buckets {
			same := copied.bucket(b.id)
			*same = *b
			same.lots = nil
			same.uses = maps.Clone(b.uses)
			for _, l := range b.lots {
				twin := *l
				same.lots = append(same.lots, &twin)
			}
		}
		c.accounts[id] = &copied
	}
	return c
}

// Known is everything the state knows, as a request that would load it.
func (s *State) Known() ledger.Request {
	return ledger.Request{
		Accounts: slices.Collect(maps.Keys(s.accounts)),
		Facts:    slices.Collect(maps.Keys(s.facts)),
	}
}

// WithCellsFrom is a state that hands out the cells that another would.
func (s *State) WithCellsFrom(other *State) *State {
	s.nextCell = other.nextCell
	return s
}
