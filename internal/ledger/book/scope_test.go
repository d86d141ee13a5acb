// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func bind(v int64, namespaceUID, clusterUID string, adoption ledger.Adoption) ledger.BindTenant {
	return ledger.BindTenant{
		Namespace: "retail", NamespaceUID: namespaceUID, ClusterUID: clusterUID, Adoption: adoption, ExpectVersion: v,
	}
}

func TestANamespaceIsBoundToATenant(t *testing.T) {
	first := bind(0, "n-1", "c-1", ledger.AdoptionUndecided)
	for _, c := range []struct {
		name       string
		then       ledger.BindTenant
		code       ledger.Code
		generation int64
	}{
		{"seen again, it is the same", bind(1, "n-1", "c-1", ledger.AdoptionUndecided), "", 1},
		{"seen again with an old word, it is the same", bind(1, "n-1", "c-1", ledger.AdoptionFresh), "", 1},
		{"made anew, it waits for a word", bind(1, "n-2", "c-1", ledger.AdoptionUndecided), ledger.AdoptionRequired, 1},
		{"made anew and adopted, it has what it had", bind(1, "n-2", "c-1", ledger.AdoptionAdopt), "", 1},
		{"made anew and fresh, it starts with nothing", bind(1, "n-2", "c-1", ledger.AdoptionFresh), "", 2},
		{"in a rebuilt cluster, it is adopted", bind(1, "n-2", "c-2", ledger.AdoptionUndecided), "", 1},
		{"in a rebuilt cluster, an old word empties nothing", bind(1, "n-2", "c-2", ledger.AdoptionFresh), "", 1},
		{"seen by somebody who was not up to date", bind(0, "n-2", "c-1", ledger.AdoptionFresh), ledger.VersionMismatch, 1},
		{"without a name", ledger.BindTenant{NamespaceUID: "n-1", ClusterUID: "c-1", ExpectVersion: 1}, ledger.Malformed, 1},
		{"without a UID", bind(1, "", "c-1", 0), ledger.Malformed, 1},
		{"without a cluster", bind(1, "n-1", "", 0), ledger.Malformed, 1},
		{"with text that is not UTF-8", bind(1, "n\xff", "c-1", ledger.AdoptionAdopt), ledger.Malformed, 1},
		{"with an unknown word", bind(1, "n-2", "c-1", ledger.AdoptionFresh+1), ledger.Malformed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.must(first)
			if out := d.post(c.then); out.Code != c.code || out.Status == ledger.Refused {
				t.Errorf("it is %d %s", out.Status, out.Code)
			}
			want := ledger.Binding{
				Tenant: ledger.TenantID(scope, "retail", c.generation), Generation: c.generation,
				NamespaceUID: c.then.NamespaceUID, ClusterUID: c.then.ClusterUID,
			}
			if c.code != "" {
				want.NamespaceUID, want.ClusterUID = "n-1", "c-1"
			}
			var got ledger.Binding
			d.fact(ledger.BindingSubject(scope, "retail"), &got)
			if got != want {
				t.Errorf("the binding is %+v, not %+v", got, want)
			}
		})
	}
}

func TestGenerationsGrowWithEachFreshStart(t *testing.T) {
	d := newDesk(t)
	d.must(bind(0, "n-1", "c-1", 0), bind(1, "n-2", "c-1", ledger.AdoptionFresh), bind(2, "n-3", "c-1", ledger.AdoptionAdopt),
		bind(3, "n-4", "c-1", ledger.AdoptionFresh))
	var got ledger.Binding
	if fact := d.fact(ledger.BindingSubject(scope, "retail"), &got); got.Generation != 3 || fact.Version != 4 {
		t.Errorf("it is generation %d in version %d", got.Generation, fact.Version)
	}
}

// fact reads the newest version of a subject.
func (d *desk) fact(subject ledger.ID, into any) ledger.Fact {
	d.Helper()
	fact := d.kept.facts[subject].Fact
	if err := ledger.DecodeBody(fact.Body, into); err != nil {
		d.Fatalf("%v", err)
	}
	return fact
}

func TestAScopeBelongsToOneClusterAtATime(t *testing.T) {
	held := func(silent int64) ledger.Figures { return ledger.Figures{Needed: 60, Available: silent, Unit: "s"} }
	for _, c := range []struct {
		name    string
		silent  time.Duration
		op      ledger.ClaimScope
		code    ledger.Code
		figures ledger.Figures
	}{
		{"the log moved just now", 0, ledger.ClaimScope{ClusterUID: "c-2", ExpectVersion: 1}, ledger.ScopeHeld, held(0)},
		{"the log moved 59 seconds ago", 59 * time.Second, ledger.ClaimScope{ClusterUID: "c-2", ExpectVersion: 1}, ledger.ScopeHeld, held(59)},
		{"the log moved almost 60 seconds ago", time.Minute - time.Microsecond, ledger.ClaimScope{ClusterUID: "c-2", ExpectVersion: 1}, ledger.ScopeHeld, held(59)},
		{"the log moved 60 seconds ago", time.Minute, ledger.ClaimScope{ClusterUID: "c-2", ExpectVersion: 1}, "", none},
		{"a person takes it over", 0, ledger.ClaimScope{ClusterUID: "c-2", ExpectVersion: 1, TakeOver: true}, "", none},
		{"the holder does not wait for itself", 0, ledger.ClaimScope{ClusterUID: "c-1", ExpectVersion: 1}, "", none},
		{"somebody was not up to date", time.Hour, ledger.ClaimScope{ClusterUID: "c-2", TakeOver: true}, ledger.VersionMismatch, none},
		{"no cluster", time.Hour, ledger.ClaimScope{ExpectVersion: 1}, ledger.Malformed, none},
		{"no text", time.Hour, ledger.ClaimScope{ClusterUID: "\xff", ExpectVersion: 1}, ledger.Malformed, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.must(ledger.ClaimScope{ClusterUID: "c-1"})
			d.now = d.now.Add(c.silent)
			out := d.post(c.op)
			if out.Code != c.code || out.Figures != c.figures || out.Status == ledger.Refused {
				t.Errorf("it is %s %+v", out.Code, out.Figures)
			}
			var got ledger.Claim
			d.fact(ledger.ScopeSubject(""), &got)
			if taken := got.ClusterUID == c.op.ClusterUID; taken != (c.code == "") {
				t.Errorf("the scope is held by %q", got.ClusterUID)
			}
		})
	}
}

func TestAScopeBelongsToTheManagersOfOneLease(t *testing.T) {
	for _, c := range []struct {
		name   string
		silent time.Duration
		holder ledger.Claim
		op     ledger.ClaimScope
		code   ledger.Code
	}{
		{"the next one with the lease", 0, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "a/l"}, ""},
		{"one with another lease", 0, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "b/l"}, ledger.ScopeHeld},
		{"one with another lease after 60 seconds of silence", time.Minute, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "b/l"}, ""},
		{"one with another lease that is told to", 0, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "b/l", TakeOver: true}, ""},
		{"one without a lease", 0, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-1"}, ledger.ScopeHeld},
		{"one with a lease after those that had none", 0, ledger.Claim{ClusterUID: "c-1"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "a/l"}, ""},
		{"another cluster's lease of the same name", 0, ledger.Claim{ClusterUID: "c-1", Lease: "a/l"}, ledger.ClaimScope{ClusterUID: "c-2", Lease: "a/l"}, ledger.ScopeHeld},
		{"another cluster's after those that had none", 0, ledger.Claim{ClusterUID: "c-1"}, ledger.ClaimScope{ClusterUID: "c-2", Lease: "a/l"}, ledger.ScopeHeld},
		{"a lease that is no text", time.Hour, ledger.Claim{ClusterUID: "c-1"}, ledger.ClaimScope{ClusterUID: "c-1", Lease: "\xff"}, ledger.Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.must(ledger.ClaimScope{ClusterUID: c.holder.ClusterUID, Lease: c.holder.Lease})
			d.now = d.now.Add(c.silent)
			c.op.ExpectVersion = 1
			if out := d.post(c.op); out.Code != c.code || out.Status == ledger.Refused {
				t.Errorf("it is %s", out.Code)
			}
			want := ledger.Claim{ClusterUID: c.op.ClusterUID, Lease: c.op.Lease}
			if c.code != "" {
				want = c.holder
			}
			var got ledger.Claim
			if d.fact(ledger.ScopeSubject(""), &got); got != want {
				t.Errorf("the scope is held by %+v, not %+v", got, want)
			}
		})
	}
}

func TestAPersonsAcceptanceOfALedgerIsRecorded(t *testing.T) {
	d := newDesk(t)
	op := ledger.AcceptHead{LedgerID: "l-2", Sequence: 7, Hash: make([]byte, 32)}
	d.must(op)
	d.wantNotTaken(op, ledger.VersionMismatch, none)
	op.ExpectVersion, op.Sequence = 1, 9
	d.must(op)
	var got ledger.AcceptHead
	if d.fact(ledger.EpochSubject(scope), &got); got.Sequence != 9 || got.LedgerID != "l-2" {
		t.Errorf("it is %+v", got)
	}
	for name, bad := range map[string]ledger.AcceptHead{
		"no ledger":          {Hash: make([]byte, 32), ExpectVersion: 2},
		"text not UTF-8":     {LedgerID: "\xff", Hash: make([]byte, 32), ExpectVersion: 2},
		"a sequence below 0": {LedgerID: "l-2", Sequence: -1, Hash: make([]byte, 32), ExpectVersion: 2},
		"half a hash":        {LedgerID: "l-2", Hash: make([]byte, 16), ExpectVersion: 2},
		"no hash":            {LedgerID: "l-2", ExpectVersion: 2},
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(bad, ledger.Malformed, none)
		})
	}
}
