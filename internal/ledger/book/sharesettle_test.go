// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestWhatIsDueOnTheOwnersAccountHappensBeforeAMemberUsesIt(t *testing.T) {
	d := family(t, 30, monthly(10))
	d.must(valid(mainOfBob, eur(3), ledger.Validity{Lasts: days(3)}), valid(mainOfAlice, eur(3), ledger.Validity{Lasts: days(4)}),
		reserve("h", mainOfAlice, eur(1)))
	d.now = start.AddDate(0, 2, 0)
	d.must(spend(everywhere(alice), 30))
	want := []happening{
		{ledger.KindExpireHold, in(15 * time.Minute)}, {ledger.KindExpireLot, in(3 * day)}, {ledger.KindExpireLot, in(4 * day)},
		{ledger.KindBeginCycle, start.AddDate(0, 1, 0).UnixMicro()}, {ledger.KindExpireLot, start.AddDate(0, 2, 0).UnixMicro()},
		{ledger.KindBeginCycle, start.AddDate(0, 2, 0).UnixMicro()},
	}
	if got := d.happened(); !slices.Equal(got, want) {
		t.Errorf("what happened is %+v, not %+v", got, want)
	}
	d.wantUsed(30, 80)
}

func TestAMembersHoldEndsWhenTheMemberIsTouched(t *testing.T) {
	for name, c := range map[string]struct {
		touch ledger.Operation
		ends  bool
	}{
		"not with the owner alone":   {cash(mainOfBob, eur(1)), false},
		"with the member":            {cash(mainOfAlice, eur(1)), true},
		"when it is asked for":       {expire("h"), true},
		"though it is not shared":    {release("h"), true},
		"with new terms for sharing": {setBucket(purseOfBob, 1, ofMoney(ledger.BucketSettings{SharedWith: with(9, alice)})), true},
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{})
			d.must(reserve("h", sharedPlace, eur(10)))
			d.now = d.now.Add(time.Hour)
			d.post(c.touch)
			if got := d.holdOf("h"); got.State.IsOpen() == c.ends || c.ends && got.ClosedAt != in(15*time.Minute) {
				t.Errorf("it is %+v", got)
			}
		})
	}
}

// The circle goes one step: alice uses bob's bucket, and bob holds something of carol's.
func TestAHoldOfTheOwnersElsewhereIsLeftToHim(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	ofCarol := at(carol, "c")
	d.must(open(carol), pursed(ofCarol, ledger.BucketSettings{SharedWith: with(0, bob)}), cash(ofCarol, eur(50)))
	elsewhere, own := reserve("h", ledger.Place{Account: bob, Bucket: ofCarol.Bucket}, eur(10)), reserve("i", purseOfBob, eur(10))
	d.must(elsewhere, own)
	d.now = d.now.Add(time.Hour)
	d.must(spend(sharedPlace, 1))
	if h, i := d.holdOf("h"), d.holdOf("i"); !h.State.IsOpen() || i.State.IsOpen() {
		t.Errorf("they are %+v and %+v", h, i)
	}
	d.must(cash(mainOfBob, eur(1)))
	if h := d.holdOf("h"); h.State.IsOpen() {
		t.Errorf("it is %+v", h)
	}
	d.wantLeft(ofCarol, 50)
}

func TestTheEndOfAMembersHoldGivesBackBeforeTheCycleEnds(t *testing.T) {
	terms := monthly(10)
	terms.Rollover = ledger.Rollover{Percentage: 100, Times: 1}
	terms.SharedWith = with(30, alice)
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfBob, terms), ledger.Grant{Into: purseOfBob, Amount: eur(10)})
	next := start.AddDate(0, 1, 0)
	d.now = next.Add(-time.Hour)
	op := reserve("h", everywhere(alice), eur(6))
	op.For, op.Until = 0, next.UnixMicro()
	d.must(op)
	d.now = next.Add(day)
	d.must(spend(everywhere(alice), 20)) // all ten have rolled over
	d.wantUsed(20, 0)
	d.wantSpent(20, 0)
}

func TestManyMembersUseABucketInOneBatch(t *testing.T) {
	members := many(ledger.MaxShares)
	d := newDesk(t)
	d.must(open(bob), pursed(purseOfBob, ledger.BucketSettings{SharedWith: with(3, members...)}), cash(purseOfBob, eur(250)))
	var commands []ledger.Command
	for _, member := range members {
		d.must(open(member))
		for range 4 {
			commands = append(commands, d.command(spend(everywhere(member), 1)))
		}
	}
	accepted := 0
	for _, out := range d.batch(commands...) {
		if out.Status == ledger.Accepted {
			accepted++
		}
	}
	if accepted != 250 {
		t.Errorf("%d are accepted", accepted)
	}
	d.wantLeft(purseOfBob, 0)
	for member, used := range d.view(bob).Buckets[purseOfBob.Bucket].Uses {
		if used > 3 {
			t.Errorf("%s used %d", member, used)
		}
	}
}
