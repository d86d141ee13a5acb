// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestOnlyChargesAndHoldsUseASharedBucket(t *testing.T) {
	for name, op := range map[string]ledger.Operation{
		"a top-up":          cash(sharedPlace, eur(1)),
		"a grant":           ledger.Grant{Into: sharedPlace, Amount: eur(1)},
		"a transfer out":    transfer(sharedPlace, mainOfAlice, eur(1)),
		"a transfer in":     transfer(mainOfAlice, sharedPlace, eur(1)),
		"a goodwill credit": adjust(ledger.GoodwillCredit, sharedPlace, eur(1)),
		"a general credit":  adjust(ledger.GeneralCredit, sharedPlace, eur(1)),
		"a general debit":   adjust(ledger.GeneralDebit, sharedPlace, eur(1)),
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{})
			d.must(cash(mainOfAlice, eur(5)))
			d.wantNotTaken(op, ledger.WrongAccount, none)
		})
	}
	d := family(t, 30, ledger.BucketSettings{})
	d.must(cash(mainOfAlice, eur(5)))
	d.wantRefused(adjust(ledger.GeneralDebit, everywhere(alice), eur(6)), ledger.InsufficientFunds, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	d.must(spend(sharedPlace, 1), adjust(ledger.RecurringCharge, sharedPlace, eur(1)), reserve("h", sharedPlace, eur(1)))
	d.wantUsed(3, 97)
}

func TestABucketIsUsedByThoseItIsSharedWithOnly(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	d.must(open(carol))
	d.wantNotTaken(spend(ledger.Place{Account: carol, Bucket: purseOfBob.Bucket}, 1), ledger.WrongAccount, none)
	d.wantRefused(spend(everywhere(carol), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.must(spend(purseOfBob, 60), spend(everywhere(bob), 20)) // its owner has no cap
	d.wantUsed(0, 20)
}

// Of what the state of an account or a bucket forbids, the member's own is told first,
// then the owner's.
func TestTheStatesOfMemberOwnerAndBucketAllCount(t *testing.T) {
	steps := []struct {
		name        string
		set         func(d *desk)
		code        ledger.Code
		isNotTaken  bool
		walksAsWell bool
	}{
		{"the bucket is suspended", func(d *desk) {
			d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateSuspended })
		}, ledger.BucketSuspended, false, false},
		{"the owner only receives", func(d *desk) { d.setState(bob, ledger.AccountStateRechargeOnly) }, ledger.AccountRechargeOnly, false, false},
		{"the owner is suspended", func(d *desk) { d.setState(bob, ledger.AccountStateSuspended) }, ledger.AccountSuspended, false, false},
		{"the member only receives", func(d *desk) { d.setState(alice, ledger.AccountStateRechargeOnly) }, ledger.AccountRechargeOnly, false, true},
		{"the owner is closed", func(d *desk) {
			d.setState(alice, ledger.AccountStateActive)
			d.setState(bob, ledger.AccountStateClosed)
		}, ledger.AccountClosed, false, false},
		{"the bucket is kept", func(d *desk) {
			d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateRetained })
		}, ledger.BucketRetained, true, false},
	}
	d := family(t, 30, ledger.BucketSettings{})
	d.must(reserve("h", sharedPlace, eur(9)))
	for i, step := range steps {
		step.set(d)
		base := int64(10 + i) // each is another content, as a refusal is final
		for _, op := range []ledger.Operation{
			spend(sharedPlace, base), reserve("i", sharedPlace, eur(base)), extend("h", eur(base), d.now.Add(time.Hour)),
		} {
			out := d.post(op)
			if out.Code != step.code || (out.Status == ledger.NotTaken) != step.isNotTaken {
				t.Errorf("%s: %T is %d %s", step.name, op, out.Status, out.Code)
			}
		}
		code := ledger.InsufficientFunds
		if step.walksAsWell {
			code = step.code
		}
		if out := d.post(spend(everywhere(alice), base)); out.Code != code {
			t.Errorf("%s: a walk is %d %s", step.name, out.Status, out.Code)
		}
	}
	d.must(charge("h", eur(4))) // what is held may be charged in every state
	d.wantUsed(4, 96)
}

func TestAWalkPassesOverWhatMayNotBeUsed(t *testing.T) {
	for name, forbid := range map[string]func(d *desk){
		"as the owner only receives": func(d *desk) { d.setState(bob, ledger.AccountStateRechargeOnly) },
		"as the owner is suspended":  func(d *desk) { d.setState(bob, ledger.AccountStateSuspended) },
		"as the owner is closed":     func(d *desk) { d.setState(bob, ledger.AccountStateClosed) },
		"as the bucket is suspended": func(d *desk) { d.setShared(ledger.BucketStateSuspended) },
		"as the bucket is kept":      func(d *desk) { d.setShared(ledger.BucketStateRetained) },
		"as nothing is left in it":   func(d *desk) { d.must(adjust(ledger.GeneralDebit, purseOfBob, eur(100))) },
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{Priority: -1, Blocker: name != "as nothing is left in it"})
			forbid(d)
			d.must(cash(mainOfAlice, eur(5)))
			d.wantRefused(spend(everywhere(alice), 6), ledger.InsufficientFunds, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
			d.must(spend(everywhere(alice), 5))
		})
	}
}

// setShared posts the next version of the state of bob's purse.
func (d *desk) setShared(state ledger.BucketState) {
	d.Helper()
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.State = state })
}

// setState posts the next version of an account with a state.
func (d *desk) setState(id ledger.ID, state ledger.AccountState) {
	d.Helper()
	d.must(setAccount(id, d.view(id).Version, ledger.AccountSettings{State: state}))
}

func TestWhatStopsAMemberIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	shareWith := func(change func(terms *ledger.BucketSettings)) { d.change(purseOfBob, change) }
	op := charging(sharedPlace, ledger.Quantity{Unit: "B"}, music)
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.Amount.Base = 20 }},
		{ledger.AccountUnknown, func() { d.must(open(alice)) }},
		{ledger.BucketUnknown, func() {
			d.must(open(bob), pursed(purseOfBob, forVideo(until(day))), cash(purseOfBob, eur(9)))
			d.setState(bob, ledger.AccountStateSuspended)
		}},
		{ledger.WrongAccount, func() {
			shareWith(func(terms *ledger.BucketSettings) {
				terms.SharedWith, terms.State = with(10, alice), ledger.BucketStateRetained
			})
		}},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.BucketRetained, func() {
			shareWith(func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateSuspended })
			d.setState(alice, ledger.AccountStateRechargeOnly)
		}},
		// From here on it is refused, which is final for this content: each time it is another.
		{ledger.AccountRechargeOnly, func() { op.Amount.Base--; d.setState(alice, ledger.AccountStateActive) }},
		{ledger.AccountSuspended, func() { op.Amount.Base--; d.setState(bob, ledger.AccountStateActive) }},
		{ledger.BucketSuspended, func() {
			op.Amount.Base--
			shareWith(func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateActive })
			d.now = d.now.Add(day)
		}},
		{ledger.ProductMismatch, func() { op.Amount.Base--; op.Product = video }},
		{ledger.BucketExpired, func() {
			op.Amount.Base--
			d.must(extending(purseOfBob, eur(14), ledger.Extension{Policy: ledger.ExtendReplace, Lasts: days(1)}))
		}},
		{ledger.InsufficientFunds, func() { op.Amount.Base-- }},
		{ledger.ShareExceeded, func() { op.Amount.Base = 10 }},
		{"", nil},
	})
}

func TestWhatIsSharedIsNotTheMembers(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	d.must(reserve("h", sharedPlace, eur(20)))
	if view := d.view(alice); view.Available != 0 || view.Credit != 0 || view.Reserved != 0 || len(view.Buckets) != 0 {
		t.Errorf("the member has %+v", view)
	}
	if view := d.view(bob); view.Available != 80 || view.Reserved != 20 || view.Buckets[purseOfBob.Bucket].Reserved != 20 {
		t.Errorf("the owner has %+v", view)
	}
	before := d.view(bob).Sequence
	d.must(charge("h", eur(20)))
	if view := d.view(bob); view.Sequence <= before || view.Buckets[purseOfBob.Bucket].Sequence <= before {
		t.Errorf("the owner is as of %d, and was as of %d", view.Sequence, before)
	}
}
