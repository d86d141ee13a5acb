// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
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
	m.read(t)
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
	at := m.seen(t)
	for id, a := range m.oracle.accounts {
		if err := m.oracle.live(a, found.Accounts[id]); err != nil {
			t.Fatal(err)
		}
		view, err := book.View(id, found.Accounts[id], at)
		if err != nil {
			t.Fatal(err)
		}
		if err := sound(view); err != nil {
			t.Fatal(err)
		}
		if view = m.withoutNumbers(view); !reflect.DeepEqual(view, m.oracle.view(a, at.UnixMicro())) {
			t.Fatalf("at %s account\n%+v\nshould be\n%+v", at, view, m.oracle.view(a, at.UnixMicro()))
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

// read reads what has been written to the log since it was last read.
func (m *model) read(t *rapid.T) {
	if err := m.source.Payloads(context.Background(), m.log.head.Sequence, m.log.read); err != nil {
		t.Fatal(err)
	}
	m.oracle.names = m.log.names
}

// records compares what was decided with what is in the log.
func (m *model) records(t *rapid.T) {
	var happened []ledger.ID
	for _, d := range m.oracle.fresh {
		want := d.outcome
		if d.effective > 0 {
			happened = append(happened, want.Transaction)
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
	if !slices.Equal(m.log.happened, happened) {
		t.Fatalf("by itself there happened\n%s\nand should have\n%s", m.log.happened, happened)
	}
	m.oracle.fresh, m.log.happened = nil, nil
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

// due compares what the store has to be settled with what is to happen.
func (m *model) due(t *rapid.T) {
	found, err := m.source.Due(context.Background(), math.MaxInt64, math.MaxInt32)
	if err != nil {
		t.Fatal(err)
	}
	var want []ledger.Due
	asked := map[ledger.ID]bool{}
	for _, e := range m.oracle.events(everywhere, math.MaxInt64) {
		if !asked[e.subject] { // of a bucket only what comes first
			want = append(want, ledger.Due{At: e.at, Subject: e.subject, Account: e.account.id})
		}
		asked[e.subject] = true
	}
	slices.SortFunc(want, func(x, y ledger.Due) int {
		return cmp.Or(cmp.Compare(x.At, y.At), bytes.Compare(x.Subject[:], y.Subject[:]))
	})
	if !slices.Equal(found, want) {
		t.Fatalf("what is due is\n%+v\nand should be\n%+v", found, want)
	}
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
