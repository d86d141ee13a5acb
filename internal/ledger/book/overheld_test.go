// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// heldOver is a desk where alice has six in a purse that ends in a day, and four
// beside them that end in half of one. Nine of the ten are held for two.
func heldOver(t tb, onExpiry ledger.OnExpiry) *desk {
	d := newDesk(t)
	op := reserve("h", purseOfAlice, eur(9))
	op.For, op.OnExpiry = (2 * day).Microseconds(), onExpiry
	d.must(open(alice), open(bob), pursed(purseOfAlice, until(day)), valid(purseOfAlice, eur(4), ledger.Validity{Lasts: hours(12)}),
		cash(purseOfAlice, eur(6)), op)
	return d
}

func TestWhatIsHeldOfALotThatEndsStaysHeld(t *testing.T) {
	for name, c := range map[string]struct {
		end          ledger.Operation
		used, broken int64
	}{
		"and is charged":         {chargeAll("h"), 9, 1},
		"and is charged in part": {charge("h", eur(5)), 5, 5},
		"and is released":        {release("h"), 0, 10},
	} {
		t.Run(name, func(t *testing.T) {
			d := heldOver(t, ledger.ExpiryReleases)
			d.until(start.Add(day))
			d.wantSpent(0, 1)
			d.wantBalances(0, 9, 0, 0)
			d.wantLots(purseOfAlice,
				ledger.LotBalance{Held: 4, Start: in(0), End: in(12 * time.Hour)}, ledger.LotBalance{Held: 5, Start: in(0), End: in(day)})
			d.must(acceptHold("h"), c.end)
			d.wantSpent(c.used, c.broken)
			d.wantLots(purseOfAlice)
			if lots := d.lots(purseOfAlice); len(lots) != 1 {
				t.Errorf("%d lots are live", len(lots)) // the one that ended has left
			}
		})
	}
}

func TestAHoldGivesBackWhatIsNotOverYet(t *testing.T) {
	for _, c := range []struct {
		at     time.Duration
		broken int64
	}{
		{12*time.Hour - tick, 0}, {12 * time.Hour, 4}, {day - tick, 4}, {day, 10},
	} {
		d := heldOver(t, ledger.ExpiryReleases)
		d.now = start.Add(c.at)
		d.must(release("h"))
		d.wantSpent(0, c.broken)
		d.wantLeft(purseOfAlice, 10-c.broken)
	}
}

// What happened late is as of when it happened.
func TestAHoldThatExpiresGivesBackAsOfItsOwnEnd(t *testing.T) {
	for _, c := range []struct {
		until time.Duration
		kept  int64
	}{{12 * time.Hour, 10}, {12*time.Hour + tick, 6}, {day, 6}, {day + tick, 1}} { // at one instant, holds end first
		d := newDesk(t)
		op := reserve("h", purseOfAlice, eur(9))
		op.For = c.until.Microseconds()
		d.must(open(alice), open(bob), pursed(purseOfAlice, until(day)), valid(purseOfAlice, eur(4), ledger.Validity{Lasts: hours(12)}),
			cash(purseOfAlice, eur(6)), op)
		d.until(start.Add(90 * day))
		d.wantSpent(0, 10)
		if got := d.largestBefore(purseOfAlice); got != c.kept {
			t.Errorf("as the hold ended after %s, %d were free, not %d", c.until, got, c.kept)
		}
	}
}

// largestBefore is the most that was in a bucket before something of the newest
// batch happened by itself.
func (d *desk) largestBefore(place ledger.Place) (most int64) {
	d.Helper()
	for _, record := range d.newest().Records {
		for _, impact := range record.Impacts {
			if impact.Bucket == place.Bucket {
				most = max(most, impact.Before)
			}
		}
	}
	return most
}

func TestAHoldThatExpiresMayChargeWhatIsOver(t *testing.T) {
	d := heldOver(t, ledger.ExpiryCharges)
	d.until(start.Add(90 * day))
	d.wantSpent(9, 1)
	if lots := d.lots(purseOfAlice); len(lots) != 1 {
		t.Errorf("%d lots are live", len(lots))
	}
}

// A part of it is charged of what ended first, as it would have been.
func TestAPartOfWhatIsOverIsChargedInBurnOrder(t *testing.T) {
	d := newDesk(t)
	op := reserve("h", everywhere(alice), eur(20))
	op.For = (9 * day).Microseconds()
	d.must(open(alice), cash(mainOfAlice, eur(10)), pursed(purseOfAlice, until(day)), cash(purseOfAlice, eur(10)), op)
	d.until(start.Add(day))
	d.must(charge("h", eur(12)))
	d.wantSpent(12, 0)
	d.wantMoney(alice, 8)
}

func TestAnExtendedHoldKeepsWhatIsOver(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.must(cash(mainOfAlice, eur(1)))
	d.until(start.Add(12 * time.Hour))
	d.must(extend("h", eur(10), d.now.Add(9*day)))
	d.until(start.Add(day))
	d.wantRefused(extend("h", eur(11), d.now.Add(9*day)), ledger.BucketExpired, none)
	d.wantRefused(extend("h", eur(10), d.now.Add(10*day)), ledger.BucketExpired, none) // only longer is more, too
	d.must(chargeAll("h"))
	d.wantSpent(10, 0)
}

// What rolls over is what is free.
func TestWhatIsHeldAtTheEndOfACycleDoesNotRollOver(t *testing.T) {
	d := rolling(t, ledger.Rollover{Percentage: 100, Times: 1})
	op := reserve("h", purseOfAlice, eur(6))
	op.Until, op.For = on(2027, 2, 2).UnixMicro(), 0
	d.now = on(2027, 1, 20)
	d.must(op)
	d.until(on(2027, 2, 1))
	d.wantLeft(purseOfAlice, 8)
	d.until(on(2027, 2, 2))
	d.wantLeft(purseOfAlice, 8)
	d.wantSpent(0, 6)
}

// An end that was moved on is not an end.
func TestAHoldOfABucketThatWasExtendedGivesBack(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.must(extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(5)}))
	d.until(start.Add(day + time.Hour))
	d.must(release("h"))
	d.wantSpent(0, 4) // the lot with a validity of its own
	d.wantLeft(purseOfAlice, 7)
}

func TestAHoldOfABucketThatWasReopenedGivesBack(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.until(start.Add(day))
	d.must(extending(purseOfAlice, eur(1), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(5)}), release("h"))
	d.wantSpent(0, 1+4) // what was free at the end, and the lot with a validity of its own
	d.wantLeft(purseOfAlice, 6)
}

func TestForfeitTakesWhatMayNotBeUsedYet(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{Validity: ledger.Validity{Start: in(day), Lasts: days(1)}}), cash(purseOfAlice, eur(6)),
		valid(purseOfAlice, eur(4), ledger.Validity{Start: in(2 * day), Lasts: days(9)}))
	forfeit := setBucket(purseOfAlice, 1, d.view(alice).Buckets[purseOfAlice.Bucket].Settings)
	forfeit.Settings.State, forfeit.Forfeit = ledger.BucketStateRetained, true
	d.must(forfeit)
	d.wantSpent(0, 10)
	d.until(start.Add(90 * day))
	d.wantSpent(0, 10)
}
