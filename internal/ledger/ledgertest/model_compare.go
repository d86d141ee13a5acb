// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"math"
	"reflect"
	"slices"

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
	if err := m.log.sound(); err != nil {
		t.Fatal(err)
	}
	m.records(t)
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
		if want := a.view(); !reflect.DeepEqual(view, want) {
			t.Fatalf("account\n%+v\nshould be\n%+v", view, want)
		}
	}
	m.facts(t, found.Facts)
	m.due(t)
	for who, balance := range m.oracle.outside {
		account := ledger.ExternalID(modelScope, who.tenant, who.name)
		if got := m.log.balances[posted{account, who.unit}]; got != balance {
			t.Fatalf("%s of %s is %d %s, should be %d", who.name, who.tenant, got, who.unit, balance)
		}
	}
}

// records compares what was decided with what is in the log.
func (m *model) records(t *rapid.T) {
	for _, d := range m.oracle.fresh {
		want := d.outcome
		if d.effective > 0 { // nobody may have been told
			want.Transaction = ledger.HoldKey(d.operation.(ledger.ExpireHold).Hold, "expire")
		}
		got, ok := m.log.fresh[want.Transaction]
		if !ok {
			t.Fatalf("%T %+v is not in the log, and was %+v", d.operation, d.operation, want)
		}
		if want.Sequence == 0 {
			d.outcome.Sequence = got.outcome.Sequence
			want.Sequence = got.outcome.Sequence
		}
		if got.kind != d.operation.Kind() || got.effective != d.effective || !reflect.DeepEqual(got.outcome, want) {
			t.Fatalf("%T %+v is in the log as\n%+v\nand should be\n%+v, of %d", d.operation, d.operation, got, want, d.effective)
		}
	}
	if len(m.oracle.fresh) != len(m.log.fresh) {
		t.Fatalf("%d commands were recorded, %d came into the log", len(m.oracle.fresh), len(m.log.fresh))
	}
	m.oracle.fresh = nil
	clear(m.log.fresh)
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

// due compares what the store has to be settled with the holds that are open.
func (m *model) due(t *rapid.T) {
	found, err := m.source.Due(context.Background(), math.MaxInt64, math.MaxInt32)
	if err != nil {
		t.Fatal(err)
	}
	var want []ledger.Due
	for _, h := range m.oracle.openHolds(everywhere) {
		want = append(want, ledger.Due{At: h.until, Subject: h.id, Account: h.account.id})
	}
	if !slices.Equal(found, want) {
		t.Fatalf("what is due is\n%+v\nand should be\n%+v", found, want)
	}
}

// view is an account as the ledger should show it.
func (a *pretendAccount) view() ledger.Account {
	currency := a.settings.Currency
	owed := -a.main().has(inDebt)
	view := ledger.Account{
		ID: a.id, Version: a.version, Settings: a.settings,
		Credit: a.sum(currency), Debt: owed, Buckets: map[ledger.ID]ledger.Bucket{},
	}
	if a.settings.State == ledger.AccountStateActive {
		view.Available = a.settings.CreditLimit - owed
	}
	for id, b := range a.buckets {
		if b != a.main() {
			view.Buckets[id] = ledger.Bucket{
				Version: b.version, Settings: b.settings,
				Remaining: b.has(free), Reserved: b.has(inReserve), Accepted: b.has(inAcceptance),
			}
		}
		if b.unit != currency {
			continue
		}
		view.Reserved += b.has(inReserve)
		view.Accepted += b.has(inAcceptance)
		if a.settings.State == ledger.AccountStateActive && b.settings.State == ledger.BucketStateActive {
			view.Available += b.has(free)
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
