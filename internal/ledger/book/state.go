// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package book holds the rules of the ledger: given balances and a command it
// decides what happens. It does no I/O, reads no clock (the instant comes with
// the batch) and knows nothing of Kubernetes or of a database, so that every
// store and every replica decides alike.
package book

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Rules is the version of the rules. It is written into every batch, and a program
// does not write after a batch by rules that it does not know. Since 2 buckets live in
// time and are shared.
const Rules uint16 = 2

// MaxLots is how many live lots a bucket may have.
const MaxLots = 64

// State is what the book knows: a part of the ledger, loaded as commands need
// it. It is not safe for concurrent use.
type State struct {
	accounts map[ledger.ID]*account
	facts    map[ledger.ID]ledger.Fact
	nextCell int64
}

// NewState knows nothing yet.
func NewState() *State {
	return &State{accounts: map[ledger.ID]*account{}, facts: map[ledger.ID]ledger.Fact{}}
}

// account is an account of a tenant, or one of its external counter-accounts.
type account struct {
	id       ledger.ID
	version  int64 // of the settings; 0 while the ledger has none
	settings ledger.AccountSettings
	// main is the main bucket. It has lots once it was opened, and is in place
	// because most accounts have no other.
	main   bucket
	others map[ledger.ID]*bucket
	// holds are the open ones; nil if there are none.
	holds map[ledger.ID]*hold
	// memberships tell whose buckets may be shared with the account, in the order of
	// the buckets; nil if there are none.
	memberships []ledger.Membership
}

// bucket is the terms of a balance and the lots granted in it.
type bucket struct {
	id       ledger.ID
	version  int64 // of the settings; the main bucket has none of its own
	settings ledger.BucketSettings
	lots     []*lot // in order of creation
	// term is when the bucket may be used; nil for always.
	term *term
	// uses count what others have used of it, by account; nil if nobody has.
	uses map[ledger.ID]*counter
}

type lot struct {
	ledger.Lot
	subject ledger.ID
	version int64 // of the fact
	cells   [ledger.LotBlock]cell
}

type cell struct{ version, balance int64 }

// Knows reports whether an account was admitted, be it as absent.
func (s *State) Knows(id ledger.ID) bool {
	_, ok := s.accounts[id]
	return ok
}

// KnowsFact reports whether a fact was admitted, be it as absent.
func (s *State) KnowsFact(subject ledger.ID) bool {
	_, ok := s.facts[subject]
	return ok
}

// Len is how many accounts and facts are known.
func (s *State) Len() int { return len(s.accounts) + len(s.facts) }

// Forget drops accounts and facts, so that they are loaded anew.
func (s *State) Forget(accounts, facts []ledger.ID) {
	for _, id := range accounts {
		delete(s.accounts, id)
	}
	for _, id := range facts {
		delete(s.facts, id)
	}
}

// Admit takes in what was loaded for a request. What is already known stays as
// it is: it may be newer than the rows, never older. What was asked for and not
// found is remembered as absent.
func (s *State) Admit(loaded *ledger.Loaded, asked ledger.Request) error {
	s.nextCell = max(s.nextCell, loaded.NextCell)
	for _, id := range asked.Accounts {
		if s.Knows(id) {
			continue
		}
		a, err := newAccount(id, loaded.Accounts[id])
		if err != nil {
			return err
		}
		s.accounts[id] = a
	}
	for _, subject := range asked.Facts {
		if !s.KnowsFact(subject) {
			s.facts[subject] = loaded.Facts[subject]
		}
	}
	return nil
}

func newAccount(id ledger.ID, rows ledger.AccountRows) (*account, error) {
	a := &account{id: id, main: bucket{id: ledger.MainBucketID(id)}}
	lots := map[int64]*lot{}
	for _, row := range rows.Facts {
		if err := a.take(row.Fact, lots); err != nil {
			return nil, fmt.Errorf("account %s: fact %s version %d: %w", id, row.Subject, row.Version, err)
		}
	}
	for _, row := range rows.Cells {
		l, ok := lots[ledger.LotBaseOf(row.ID)]
		if !ok {
			return nil, fmt.Errorf("account %s: cell %d belongs to no live lot", id, row.ID)
		}
		l.cells[ledger.CellKindOf(row.ID)] = cell{version: row.Version, balance: row.Balance}
	}
	for b := range a.buckets {
		slices.SortFunc(b.lots, func(x, y *lot) int { return cmp.Compare(x.Base, y.Base) })
	}
	return a, nil
}

func (a *account) take(fact ledger.Fact, lots map[int64]*lot) error {
	switch fact.Kind {
	case ledger.FactAccount:
		a.version = fact.Version
		return ledger.DecodeBody(fact.Body, &a.settings)
	case ledger.FactBucket:
		b := a.bucket(fact.Subject)
		b.version = fact.Version
		return ledger.DecodeBody(fact.Body, &b.settings)
	case ledger.FactLot:
		l := &lot{subject: fact.Subject, version: fact.Version}
		if err := ledger.DecodeBody(fact.Body, &l.Lot); err != nil {
			return err
		}
		b := a.bucket(l.Bucket)
		b.lots = append(b.lots, l)
		lots[l.Base] = l
		return nil
	case ledger.FactTerm:
		t := &term{subject: fact.Subject, version: fact.Version}
		if err := ledger.DecodeBody(fact.Body, &t.Term); err != nil {
			return err
		}
		a.bucket(t.Bucket).term = t
		return nil
	case ledger.FactHold:
		h := &hold{id: fact.Subject, version: fact.Version}
		if a.holds == nil {
			a.holds = map[ledger.ID]*hold{}
		}
		a.holds[h.id] = h
		return ledger.DecodeBody(fact.Body, &h.Hold)
	case ledger.FactMembership, ledger.FactShareUse:
		return a.takeShare(fact)
	default:
		return fmt.Errorf("kind %d is unknown to this program", fact.Kind)
	}
}

// find finds a bucket of the account, or nil.
func (a *account) find(id ledger.ID) *bucket {
	if id != a.main.id {
		return a.others[id]
	}
	if len(a.main.lots) == 0 {
		return nil
	}
	return &a.main
}

// bucket finds a bucket, or makes its place.
func (a *account) bucket(id ledger.ID) *bucket {
	if id == a.main.id {
		return &a.main
	}
	b, ok := a.others[id]
	if !ok {
		if a.others == nil {
			a.others = map[ledger.ID]*bucket{}
		}
		b = &bucket{id: id}
		a.others[id] = b
	}
	return b
}

// buckets are those of the account, the main one first.
func (a *account) buckets(yield func(*bucket) bool) {
	if len(a.main.lots) > 0 && !yield(&a.main) {
		return
	}
	for _, b := range a.others {
		if !yield(b) {
			return
		}
	}
}

// lotAt finds a lot by its first cell; the zero slot if it is none of the account's.
func (a *account) lotAt(base int64) slot {
	for b := range a.buckets {
		for _, l := range b.lots {
			if l.Base == base {
				return slot{account: a, bucket: b, lot: l, end: b.span(l).end}
			}
		}
	}
	return slot{}
}

// belongsTo says whether what is on the account is the tenant's.
func (a *account) belongsTo(tenant ledger.ID) bool {
	for b := range a.buckets {
		for _, l := range b.lots {
			return l.Tenant == tenant // all of them have the same
		}
	}
	return true
}

func (a *account) isMain(b *bucket) bool { return b == &a.main }
