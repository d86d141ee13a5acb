// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// besides is a family where alice has a purse of her own, with ten in it, and ten on
// her main bucket. The shared one has a cap of ten.
func besides(t tb, terms, ofOwn ledger.BucketSettings) *desk {
	d := family(t, 10, terms)
	d.must(pursed(purseOfAlice, ofOwn), cash(purseOfAlice, eur(10)), cash(mainOfAlice, eur(10)))
	return d
}

func priority(of int32) ledger.BucketSettings { return ledger.BucketSettings{Priority: of} }

func TestSharedAndOwnBucketsBurnInOneOrder(t *testing.T) {
	for name, c := range map[string]struct {
		shared, own ledger.BucketSettings
		order       []ledger.ID
	}{
		"by priority, the shared one first":  {priority(-1), priority(1), []ledger.ID{purseOfBob.Bucket, mainOfAlice.Bucket, purseOfAlice.Bucket}},
		"by priority, the shared one last":   {priority(3), priority(1), []ledger.ID{mainOfAlice.Bucket, purseOfAlice.Bucket, purseOfBob.Bucket}},
		"by priority, the shared one amid":   {priority(0), priority(-1), []ledger.ID{purseOfAlice.Bucket, mainOfAlice.Bucket, purseOfBob.Bucket}},
		"what ends first first":              {until(day), until(2 * day), []ledger.ID{purseOfBob.Bucket, purseOfAlice.Bucket, mainOfAlice.Bucket}},
		"what would end with its first use":  {firstUse(1), until(2 * day), []ledger.ID{purseOfBob.Bucket, purseOfAlice.Bucket, mainOfAlice.Bucket}},
		"what is for the product before all": {forVideo(priority(7)), priority(-9), []ledger.ID{purseOfBob.Bucket, purseOfAlice.Bucket, mainOfAlice.Bucket}},
	} {
		t.Run(name, func(t *testing.T) {
			d := besides(t, c.shared, c.own)
			var order []ledger.ID
			for range 3 {
				for _, impact := range d.post(charging(everywhere(alice), eur(10), video)).Impacts {
					order = append(order, impact.Bucket)
				}
			}
			if !slices.Equal(order, c.order) {
				t.Errorf("the order is %v, not %v", order, c.order)
			}
		})
	}
}

func TestOneChargeMayUseOwnAndSharedBuckets(t *testing.T) {
	d := besides(t, priority(0), priority(-1))
	d.must(setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 5}))
	d.wantRefused(spend(everywhere(alice), 36), ledger.InsufficientFunds, ledger.Figures{Needed: 36, Available: 35, Unit: "EUR"})
	d.must(reserve("h", everywhere(alice), eur(35)))
	d.wantUsed(10, 90)
	d.must(charge("h", eur(30))) // all but the credit line
	d.wantMoney(alice, 0)
	d.wantUsed(10, 90)
}

func TestTheRestOfAChargeComesBackInBurnOrder(t *testing.T) {
	d := besides(t, priority(5), priority(-1))
	d.must(reserve("h", everywhere(alice), eur(28)), charge("h", eur(23)))
	d.wantUsed(3, 97)
	d.wantMoney(alice, 0)
}

func TestASharedBlockerBlocksAsAnOwnOne(t *testing.T) {
	blocker := ledger.BucketSettings{Priority: -1, Blocker: true}
	d := besides(t, blocker, priority(1))
	d.wantRefused(spend(everywhere(alice), 11), ledger.InsufficientFunds, ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.must(spend(everywhere(alice), 10))
	d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"}) // used up, it blocks too
	d.must(spend(mainOfAlice, 10))
	d.change(purseOfBob, func(terms *ledger.BucketSettings) { terms.State = ledger.BucketStateSuspended })
	d.must(spend(everywhere(alice), 10))
}

func TestAnOwnBlockerKeepsSharedBucketsAway(t *testing.T) {
	d := besides(t, priority(1), ledger.BucketSettings{Priority: -1, Blocker: true})
	d.wantRefused(spend(everywhere(alice), 11), ledger.InsufficientFunds, ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.must(spend(sharedPlace, 10))
}

func TestTheOwnersCreditLineIsNotShared(t *testing.T) {
	d := family(t, 0, ledger.BucketSettings{})
	d.must(setAccount(bob, 1, ledger.AccountSettings{CreditLimit: 500}), cash(mainOfBob, eur(70)))
	for _, at := range []ledger.Place{sharedPlace, everywhere(alice)} {
		d.wantRefused(spend(at, 101), ledger.InsufficientFunds, ledger.Figures{Needed: 101, Available: 100, Unit: "EUR"})
	}
}

func TestWhatTheOwnerOwesIsNotShared(t *testing.T) {
	d := family(t, 30, ledger.BucketSettings{})
	of := d.done(cash(mainOfBob, eur(80)))
	d.must(spend(mainOfBob, 80), d.reverse(of, ledger.ShortfallOwes))
	d.wantRefused(spend(sharedPlace, 21), ledger.InsufficientFunds, ledger.Figures{Needed: 21, Available: 20, Unit: "EUR"})
	d.wantRefused(spend(everywhere(alice), 21), ledger.InsufficientFunds, ledger.Figures{Needed: 21, Available: 20, Unit: "EUR"})
	d.must(spend(sharedPlace, 5), cash(mainOfBob, eur(20)))
	d.wantRefused(spend(sharedPlace, 26), ledger.ShareExceeded, ledger.Figures{Needed: 26, Available: 25, Unit: "EUR"})
	d.must(spend(everywhere(alice), 25)) // 95 are there, and 60 owed
	d.wantUsed(30, 70)
}

func TestWhatASharedBucketOwesIsNotThere(t *testing.T) {
	shared, toAlice := at(bob, "d"), ledger.Place{Account: alice, Bucket: at(bob, "d").Bucket}
	for _, blocker := range []bool{false, true} {
		d := newDesk(t)
		d.must(open(alice), open(bob), setBucket(shared, 0, ledger.BucketSettings{SharedWith: with(25, alice), Blocker: blocker}))
		of := d.done(cash(shared, octets(30)))
		d.must(reserve("h", shared, octets(30)), d.reverse(of, ledger.ShortfallOwes), ledger.ReleaseHold{Account: bob, Hold: hold("h")},
			cash(shared, octets(20)))
		d.wantLeft(shared, 30) // and 10 are owed
		for _, at := range []ledger.Place{everywhere(alice), toAlice} {
			d.wantRefused(adjust(ledger.OneTimeCharge, at, octets(21)), ledger.InsufficientFunds, ledger.Figures{Needed: 21, Available: 20, Unit: "B"})
		}
		d.must(adjust(ledger.OneTimeCharge, everywhere(alice), octets(20)))
		d.wantLeft(shared, 10)
	}
}

func TestASharedBucketIsUsedAsItsOwnerWould(t *testing.T) {
	for name, c := range map[string]struct {
		terms ledger.BucketSettings
		later time.Duration
		named func(d *desk, op ledger.Operation)
	}{
		"not started": {ledger.BucketSettings{Validity: ledger.Validity{Start: in(time.Hour)}}, 0, func(d *desk, op ledger.Operation) {
			d.wantNotTaken(op, ledger.BucketNotStarted, ledger.Figures{Needed: 3600, Unit: "s"})
		}},
		"ended": {until(day), day, func(d *desk, op ledger.Operation) { d.wantRefused(op, ledger.BucketExpired, none) }},
		"for other products": {ledger.BucketSettings{Products: []ledger.ID{video}}, 0, func(d *desk, op ledger.Operation) {
			d.wantRefused(op, ledger.ProductMismatch, none)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := family(t, 30, c.terms)
			d.now = d.now.Add(c.later)
			c.named(d, spend(sharedPlace, 1))
			d.wantRefused(spend(everywhere(alice), 1), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
		})
	}
}

func TestAMembersFirstUseBeginsTheTermInTheOwnersTimeZone(t *testing.T) {
	d := newDesk(t)
	terms := firstUse(1)
	terms.SharedWith = with(30, alice)
	d.must(setAccount(bob, 0, ledger.AccountSettings{TimeZone: "Europe/Berlin"}), setAccount(alice, 0, ledger.AccountSettings{TimeZone: "Asia/Kathmandu"}))
	d.now = time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC) // the day before the clocks are put forward
	d.must(pursed(purseOfBob, terms), cash(purseOfBob, eur(100)), reserve("h", everywhere(alice), eur(1)))
	d.wantTerm(purseOfBob, d.now.UnixMicro(), d.now.Add(23*time.Hour).UnixMicro(), 0)
	d.must(release("h"))
	d.wantTerm(purseOfBob, start.UnixMicro()+d.now.Sub(start).Microseconds(), d.now.Add(23*time.Hour).UnixMicro(), 0)
}
