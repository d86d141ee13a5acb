// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"reflect"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// compare holds the log to what every log must be, and the ledger's balances to
// the oracle's.
func (m *model) compare(t *rapid.T) {
	ctx := context.Background()
	if err := m.source.Payloads(ctx, m.log.head.Sequence, m.log.read); err != nil {
		t.Fatal(err)
	}
	if m.Head() != m.log.head && m.log.head.Sequence > 0 {
		t.Fatalf("the committer's head is %+v, the log's %+v", m.Head(), m.log.head)
	}
	if len(m.oracle.answers) != len(m.log.records) {
		t.Fatalf("%d commands were recorded, %d are in the log", len(m.oracle.answers), len(m.log.records))
	}
	found := m.load(t)
	if found.Head != m.log.head {
		t.Fatalf("the rows are as of %+v, the log's head is %+v", found.Head, m.log.head)
	}
	for id, a := range m.oracle.accounts {
		view, err := book.View(id, found.Accounts[id])
		if err != nil {
			t.Fatal(err)
		}
		view.Sequence = 0
		for bucket, b := range view.Buckets {
			b.Sequence = 0
			view.Buckets[bucket] = b
		}
		if want := a.view(id); !reflect.DeepEqual(view, want) {
			t.Fatalf("account\n%+v\nshould be\n%+v", view, want)
		}
	}
	m.facts(t, found.Facts)
	for who, balance := range m.oracle.outside {
		account := ledger.ExternalID(modelScope, who.tenant, who.name)
		if got := m.log.balances[posted{account, who.unit}]; got != balance {
			t.Fatalf("%s of %s is %d %s, should be %d", who.name, who.tenant, got, who.unit, balance)
		}
	}
}

// load reads all that the oracle knows of, in one go.
func (m *model) load(t *rapid.T) *ledger.Loaded {
	var what ledger.Request
	for id := range m.oracle.accounts {
		what.Accounts = append(what.Accounts, id)
	}
	for namespace := range m.oracle.bindings {
		what.Facts = append(what.Facts, ledger.BindingSubject(modelScope, namespace))
	}
	what.Facts = append(what.Facts, ledger.ScopeSubject(""))
	found, err := m.source.Load(context.Background(), what)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// view is an account as the ledger should show it.
func (a *pretendAccount) view(id ledger.ID) ledger.Account {
	view := ledger.Account{
		ID: id, Version: a.version, Settings: a.settings,
		Credit: a.sum(a.settings.Currency), Buckets: map[ledger.ID]ledger.Bucket{},
	}
	if a.settings.State == ledger.AccountStateActive {
		view.Available = a.settings.CreditLimit
	}
	for bucket, b := range a.buckets {
		if bucket != ledger.MainBucketID(id) {
			view.Buckets[bucket] = ledger.Bucket{
				Version: b.version, Settings: b.settings, Remaining: b.paid + b.granted,
			}
		}
		if a.settings.State == ledger.AccountStateActive && b.settings.State == ledger.BucketStateActive && b.unit == a.settings.Currency {
			view.Available += b.paid + b.granted
		}
	}
	return view
}

func (m *model) facts(t *rapid.T, found map[ledger.ID]ledger.Fact) {
	for namespace, known := range m.oracle.bindings {
		var binding ledger.Binding
		fact := found[ledger.BindingSubject(modelScope, namespace)]
		if err := ledger.DecodeBody(fact.Body, &binding); err != nil {
			t.Fatal(err)
		}
		if fact.Version != known.version || binding != known.binding {
			t.Fatalf("the binding of %s is version %d, %+v, and should be %+v", namespace, fact.Version, binding, known)
		}
	}
	if known := m.oracle.claim; known.version > 0 {
		var claim ledger.Claim
		fact := found[ledger.ScopeSubject("")]
		if err := ledger.DecodeBody(fact.Body, &claim); err != nil {
			t.Fatal(err)
		}
		if fact.Version != known.version || claim.ClusterUID != known.cluster || claim.Lease != known.lease {
			t.Fatalf("the claim is version %d, %+v, and should be %+v", fact.Version, claim, known)
		}
	}
}
