// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// many are so many accounts.
func many(count int) []ledger.ID {
	var ids []ledger.ID
	for i := range count {
		ids = append(ids, ledger.AccountID(scope, tenant, fmt.Sprint("member ", i)))
	}
	return ids
}

func TestSharingThatContradictsItselfIsMalformed(t *testing.T) {
	descending := with(1, alice, carol)
	slices.Reverse(descending)
	for name, shares := range map[string][]ledger.Share{
		"with no account":                {{Cap: 1}},
		"with its own account":           with(1, bob),
		"with an account twice":          with(1, alice, alice),
		"not in order":                   descending,
		"with a cap below zero":          with(-1, alice),
		"with a cap that nothing has":    with(money.MaxBase+1, alice),
		"with more accounts than it may": with(1, many(ledger.MaxShares+1)...),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), open(bob))
			d.wantNotTaken(pursed(purseOfBob, ledger.BucketSettings{SharedWith: shares}), ledger.Malformed, none)
		})
	}
}

func TestABucketIsSharedWithUpToAHundred(t *testing.T) {
	members := many(ledger.MaxShares)
	d := newDesk(t)
	d.must(open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(1, members...)}), cash(purseOfBob, eur(99)))
	for i, member := range members {
		d.must(open(member))
		if i < 99 {
			d.must(spend(everywhere(member), 1))
		} else {
			d.wantRefused(spend(everywhere(member), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
		}
	}
	if uses := d.view(bob).Buckets[purseOfBob.Bucket].Uses; len(uses) != 99 {
		t.Errorf("%d have used it", len(uses))
	}
}

func TestABucketIsNotSharedWithAnotherTenantsAccount(t *testing.T) {
	other := ledger.TenantID(scope, "wholesale", 1)
	stranger := ledger.AccountID(scope, other, "stranger")
	d := newDesk(t)
	d.must(open(bob))
	if out := d.batch(as(other, open(stranger)))[0]; out.Status != ledger.Accepted {
		t.Fatalf("it is %s", out.Code)
	}
	d.wantNotTaken(pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(1, stranger)}), ledger.Malformed, none)
}

func TestAnAccountThatAnotherTenantOpensIsNoMember(t *testing.T) {
	other := ledger.TenantID(scope, "wholesale", 1)
	d := newDesk(t)
	d.must(open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(30, alice)}), cash(purseOfBob, eur(100)))
	for _, step := range []struct {
		op   ledger.Operation
		code ledger.Code
	}{
		{open(alice), ""}, {spend(sharedPlace, 1), ledger.WrongAccount}, {spend(everywhere(alice), 1), ledger.InsufficientFunds},
	} {
		if out := d.batch(as(other, step.op))[0]; out.Code != step.code {
			t.Errorf("%T is %d %s", step.op, out.Status, out.Code)
		}
	}
	d.wantUsed(0, 100)
}

func TestAnAccountMayBeAMemberBeforeItIsThere(t *testing.T) {
	d := newDesk(t)
	d.must(open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(30, alice)}), cash(purseOfBob, eur(100)))
	d.wantNotTaken(spend(sharedPlace, 1), ledger.AccountUnknown, none)
	if _, err := book.View(alice, d.kept.account(alice), d.now); err == nil {
		t.Error("an account that is not there is shown")
	}
	d.must(open(alice), spend(sharedPlace, 30))
	d.wantUsed(30, 70)
}

func TestWithWhomABucketIsSharedMayBeChanged(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	d.must(open(carol), spend(sharedPlace, 20))
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = with(5, carol) })
	d.wantUsed(0, 80)
	d.wantNotTaken(spend(sharedPlace, 1), ledger.WrongAccount, none)
	d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.must(spend(everywhere(carol), 5))
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = with(25, carol, alice) })
	d.wantRefused(spend(sharedPlace, 6), ledger.ShareExceeded, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	d.must(spend(sharedPlace, 5))
	if got, want := d.view(bob).Buckets[purseOfBob.Bucket].Uses, (map[ledger.ID]int64{alice: 25, carol: 5}); !reflect.DeepEqual(got, want) {
		t.Errorf("it was used %v", got)
	}
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = nil })
	d.wantUsed(0, 70)
}

func TestSharingIsReadBackAsItWasPosted(t *testing.T) {
	for _, shares := range [][]ledger.Share{nil, {}, with(0, alice), with(7, alice, carol)} {
		d := newDesk(t)
		d.must(open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: shares}))
		if got := d.view(bob).Buckets[purseOfBob.Bucket].Settings.SharedWith; len(shares) == 0 && got != nil || !slices.Equal(got, shares) {
			t.Errorf("it is %+v, not %+v", got, shares)
		}
	}
}

// A store may be read before one who is left out is told.
func TestAMembershipAloneMeansNothing(t *testing.T) {
	d := family(t, 30, monthly(10))
	d.now = start.AddDate(0, 1, 0).Add(-tick)
	before := d.kept.account(alice)
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.SharedWith = nil })
	d.state = book.NewState()
	asked := ledger.Request{Accounts: []ledger.ID{alice}}
	if err := d.state.Admit(&ledger.Loaded{Accounts: map[ledger.ID]ledger.AccountRows{alice: before}}, asked); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(day) // for bob there is a cycle to begin
	round := d.state.Begin(d.head.Sequence+1, d.now, d.head.Instant)
	for at, code := range map[ledger.Place]ledger.Code{sharedPlace: ledger.WrongAccount, everywhere(alice): ledger.InsufficientFunds} {
		command := d.command(spend(at, 1))
		d.admitAll(d.state, book.Touches(command))
		if settled := round.Settle(command, book.Touches(command).Accounts); len(settled) > 0 {
			t.Errorf("%d are settled", len(settled))
		}
		if _, out := round.Apply(command, ledger.Fingerprint{}); out.Code != code {
			t.Errorf("it is %d %s", out.Status, out.Code)
		}
	}
}
