// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// with is sharing with accounts, each with the same cap.
func with(limit int64, accounts ...ledger.ID) []ledger.Share {
	var shares []ledger.Share
	for _, account := range accounts {
		shares = append(shares, ledger.Share{Account: account, Cap: limit})
	}
	slices.SortFunc(shares, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
	return shares
}

// family is a desk where bob shares a purse with terms with alice, up to a cap, and
// there are a hundred in it.
func family(t tb, limit int64, terms ledger.BucketSettings) *desk {
	terms.SharedWith = with(limit, alice)
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfBob, terms), cash(purseOfBob, eur(100)))
	return d
}

// sharedPlace is the purse as alice names it.
var sharedPlace = ledger.Place{Account: alice, Bucket: purseOfBob.Bucket}

// wantUsed compares what alice used of the purse, and what is left in it.
func (d *desk) wantUsed(used, left int64) {
	d.Helper()
	d.wantLeft(purseOfBob, left)
	want := map[ledger.ID]int64{alice: used}
	if used == 0 {
		want = nil
	}
	if got := d.view(bob).Buckets[purseOfBob.Bucket].Uses; !maps.Equal(got, want) {
		d.Errorf("it was used %v, not %v", got, want)
	}
}

func TestAMemberChargesASharedBucketAsItsOwn(t *testing.T) {
	for name, at := range map[string]ledger.Place{"in a walk": everywhere(alice), "by its name": sharedPlace} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{})
			out := d.post(spend(at, 20))
			want := []ledger.Impact{{Account: bob, Bucket: purseOfBob.Bucket, Before: 100, After: 80}}
			if out.Status != ledger.Accepted || !slices.Equal(out.Impacts, want) {
				t.Errorf("it is %+v", out)
			}
			d.wantUsed(20, 80)
			d.must(spend(at, 10))
			d.wantUsed(30, 70)
			d.wantMoney(alice, 0)
			d.wantMoney(bob, 70)
		})
	}
}

func TestAMemberUsesNoMoreThanItsCap(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	d.must(cash(mainOfAlice, eur(5)), spend(sharedPlace, 20))
	d.wantRefused(spend(everywhere(alice), 16), ledger.InsufficientFunds, ledger.Figures{Needed: 16, Available: 15, Unit: "EUR"})
	d.wantRefused(spend(sharedPlace, 11), ledger.ShareExceeded, ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.wantRefused(spend(sharedPlace, 81), ledger.InsufficientFunds, ledger.Figures{Needed: 81, Available: 10, Unit: "EUR"})
	d.must(spend(everywhere(alice), 15))
	d.wantUsed(30, 70)
	d.wantMoney(alice, 0)
	d.wantRefused(spend(sharedPlace, 1), ledger.ShareExceeded, ledger.Figures{Needed: 1, Unit: "EUR"})
}

func TestAHoldOfASharedBucketCountsUntilItIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		end        func() ledger.Operation
		used, left int64
	}{
		"released":        {func() ledger.Operation { return release("h") }, 0, 100},
		"charged":         {func() ledger.Operation { return chargeAll("h") }, 25, 75},
		"charged in part": {func() ledger.Operation { return charge("h", eur(7)) }, 7, 93},
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{})
			d.must(reserve("h", sharedPlace, eur(25)))
			d.wantUsed(25, 75)
			d.wantRefused(spend(sharedPlace, 6), ledger.ShareExceeded, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
			d.wantRefused(extend("h", eur(31), d.now.Add(time.Hour)), ledger.ShareExceeded, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
			d.must(acceptHold("h"))
			d.wantCells(purseOfBob, ledger.AcceptedHold, 25)
			d.must(c.end())
			d.wantUsed(c.used, c.left)
			d.wantCells(purseOfBob, ledger.AcceptedHold, 0)
		})
	}
}

func TestAReversalGivesBackToTheOwnerAndTheMember(t *testing.T) {
	for name, charge := range map[string]func(d *desk) ledger.ID{
		"of a charge": func(d *desk) ledger.ID { return d.done(spend(everywhere(alice), 20)) },
		"of a hold":   func(d *desk) ledger.ID { d.must(reserve("h", sharedPlace, eur(20))); return d.done(chargeAll("h")) },
		"of a part of a hold": func(d *desk) ledger.ID {
			d.must(reserve("h", sharedPlace, eur(25)))
			return d.done(charge("h", eur(20)))
		},
		"of a hold that ended": func(d *desk) ledger.ID { return d.endedOfMember(20) },
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, ledger.BucketSettings{})
			d.must(spend(sharedPlace, 3))
			of := charge(d)
			d.wantUsed(23, 77)
			d.must(d.reverse(of, ledger.ShortfallRefuses))
			d.wantUsed(3, 97)
			d.wantOutside("revenue:usage", map[string]int64{"EUR": 3})
		})
	}
}

// endedOfMember is the end of a hold of alice's that charges.
func (d *desk) endedOfMember(base int64) ledger.ID {
	d.Helper()
	op := reserve("h", sharedPlace, eur(base))
	op.OnExpiry = ledger.ExpiryCharges
	d.must(op)
	d.now = d.now.Add(day)
	return d.done(expire("h"))
}
