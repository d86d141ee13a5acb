// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"reflect"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
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
	for id, a := range m.oracle.accounts {
		view, err := m.Account(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if !view.AsOf.Equal(m.log.head.Instant) {
			t.Fatalf("an account is as of %s, the log's head of %s", view.AsOf, m.log.head.Instant)
		}
		view.Sequence, view.AsOf = 0, m.oracle.last
		for bucket, b := range view.Buckets {
			b.Sequence = 0
			view.Buckets[bucket] = b
		}
		if want := a.view(id, m.oracle); !reflect.DeepEqual(view, want) {
			t.Fatalf("account\n%+v\nshould be\n%+v", view, want)
		}
	}
	m.facts(t)
	for who, balance := range m.oracle.outside {
		account := ledger.ExternalID(modelScope, who.tenant, who.name)
		if got := m.log.balances[posted{account, who.unit}]; got != balance {
			t.Fatalf("%s of %s is %d %s, should be %d", who.name, who.tenant, got, who.unit, balance)
		}
	}
}

// view is an account as the ledger should show it.
func (a *pretendAccount) view(id ledger.ID, o *oracle) ledger.Account {
	view := ledger.Account{
		ID: id, Version: a.version, Settings: a.settings,
		Credit: a.sum(a.settings.Currency), AsOf: o.last, Buckets: map[ledger.ID]ledger.Bucket{},
	}
	if a.settings.State == ledger.AccountActive {
		view.Available = a.settings.CreditLimit
	}
	for bucket, b := range a.buckets {
		if bucket != ledger.MainBucketID(id) {
			view.Buckets[bucket] = ledger.Bucket{
				Version: b.version, Settings: b.settings, Remaining: b.paid + b.granted,
			}
		}
		if a.settings.State == ledger.AccountActive && b.settings.State == ledger.BucketActive && b.unit == a.settings.Currency {
			view.Available += b.paid + b.granted
		}
	}
	return view
}

func (m *model) facts(t *rapid.T) {
	for namespace, known := range m.oracle.bindings {
		var binding ledger.Binding
		version := m.fact(t, ledger.BindingSubject(modelScope, namespace), &binding)
		if version != known.version || binding != known.binding {
			t.Fatalf("the binding of %s is version %d, %+v, and should be %d, %+v", namespace, version, binding, known.version, known.binding)
		}
	}
	for scope, known := range m.oracle.claims {
		var claim ledger.Claim
		version := m.fact(t, ledger.ScopeSubject(scope), &claim)
		if version != known.version || claim.ClusterUID != known.cluster {
			t.Fatalf("the claim is version %d, %+v, and should be %+v", version, claim, known)
		}
	}
}

func (m *model) fact(t *rapid.T, subject ledger.ID, body any) int64 {
	fact, err := m.Fact(context.Background(), subject)
	if err == nil {
		err = ledger.DecodeBody(fact.Body, body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fact.Version
}
