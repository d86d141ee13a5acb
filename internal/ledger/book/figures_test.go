// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// viewAt reads alice's account as people see it at an instant.
func (d *desk) viewAt(at time.Time) ledger.Account {
	d.Helper()
	view, err := book.View(alice, d.kept.account(alice), at)
	if err != nil {
		d.Fatalf("%v", err)
	}
	return view
}

func TestWhatNotEveryChargeMayUseNowIsRestricted(t *testing.T) {
	for name, c := range map[string]struct {
		terms      ledger.BucketSettings
		state      ledger.BucketState
		restricted int64
	}{
		"in a bucket for some products":       {forVideo(ledger.BucketSettings{}), ledger.BucketStateActive, 10},
		"in one that has not started":         {ledger.BucketSettings{Validity: ledger.Validity{Start: in(tick)}}, ledger.BucketStateActive, 10},
		"in one that waits for its first use": {firstUse(1), ledger.BucketStateActive, 10},
		"in a suspended one":                  {ledger.BucketSettings{}, ledger.BucketStateSuspended, 10},
		"in a kept one":                       {ledger.BucketSettings{}, ledger.BucketStateRetained, 10},
		"but not in any other":                {until(tick), ledger.BucketStateActive, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 5}), cash(mainOfAlice, eur(3)), pursed(purseOfAlice, c.terms),
				cash(purseOfAlice, eur(10)))
			d.setPurse(c.state)
			view := d.view(alice)
			if view.Restricted != c.restricted || view.Available != 18-c.restricted || view.Credit != 13 {
				t.Errorf("of %d, %d are available and %d restricted", view.Credit, view.Available, view.Restricted)
			}
		})
	}
}

func TestWhatIsOverIsNotThereWhetherItWasSettledOrNot(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.must(cash(mainOfAlice, eur(100)), valid(mainOfAlice, eur(50), ledger.Validity{Start: in(time.Hour), Lasts: hours(1)}))
	for _, c := range []struct {
		at                                       time.Duration
		available, restricted, credit, remaining int64
	}{
		{0, 101, 50, 160, 1}, {time.Hour - tick, 101, 50, 160, 1}, {time.Hour, 151, 0, 160, 1}, {2*time.Hour - tick, 151, 0, 160, 1},
		{2 * time.Hour, 101, 0, 110, 1}, {day - tick, 101, 0, 110, 1}, {day, 100, 0, 109, 0},
	} {
		view := d.viewAt(start.Add(c.at))
		got := [5]int64{view.Available, view.Restricted, view.Credit, view.Buckets[purseOfAlice.Bucket].Remaining, view.Reserved}
		if want := [5]int64{c.available, c.restricted, c.credit, c.remaining, 9}; got != want {
			t.Errorf("after %s, available, restricted, credit, remaining and reserved are %v, not %v", c.at, got, want)
		}
	}
	for _, at := range []time.Duration{time.Hour, 2 * time.Hour, day} {
		unsettled := d.viewAt(start.Add(at))
		d.until(start.Add(at))
		settled := d.view(alice)
		if settled.Available != unsettled.Available || settled.Credit != unsettled.Credit || settled.Restricted != unsettled.Restricted {
			t.Errorf("after %s it is %+v, and was %+v before it was settled", at, settled, unsettled)
		}
	}
}

// With nothing recorded, no figure changes before ChangesAt, and one does then.
func TestAViewTellsWhenItChangesByItself(t *testing.T) {
	d := heldOver(t, ledger.ExpiryReleases)
	d.must(valid(mainOfAlice, eur(50), ledger.Validity{Start: in(time.Hour), Lasts: hours(1)}))
	for at, next := range map[time.Duration]time.Duration{
		0: time.Hour, time.Hour - tick: time.Hour, time.Hour: 2 * time.Hour, 12 * time.Hour: day, day - tick: day,
	} {
		if got := d.viewAt(start.Add(at)).ChangesAt; got != in(next) {
			t.Errorf("after %s, it changes at %s, not at %s", at, seen(got), seen(in(next)))
		}
	}
	if got := d.viewAt(start.Add(90 * day)).ChangesAt; got != 0 {
		t.Errorf("in the end, it changes at %s", seen(got))
	}
}

func TestLotsAreShownInTheOrderInWhichTheyBurn(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, until(5*day)), cash(purseOfAlice, eur(1)), valid(purseOfAlice, eur(2), ledger.Validity{Lasts: days(9)}),
		valid(purseOfAlice, eur(3), ledger.Validity{Lasts: days(2)}), valid(purseOfAlice, eur(4), ledger.Validity{Start: in(day), Lasts: days(2)}))
	d.wantLots(purseOfAlice, ledger.LotBalance{Remaining: 3, Start: in(0), End: in(2 * day)}, ledger.LotBalance{Remaining: 4, Start: in(day), End: in(3 * day)},
		ledger.LotBalance{Remaining: 1, Start: in(0), End: in(5 * day)}, ledger.LotBalance{Remaining: 2, Start: in(0), End: in(9 * day)})
	lots := d.view(alice).Buckets[purseOfAlice.Bucket].Lots
	if lots[2].Number != 0 || lots[0].Number <= lots[3].Number || lots[1].Number <= lots[0].Number {
		t.Errorf("the lots are %+v", lots)
	}
}

// While an account is active, what people see adds up, at every instant.
func TestWhatIsSeenAddsUpAtEveryInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := timely(t)
		d.must(setAccount(alice, d.view(alice).Version, ledger.AccountSettings{CreditLimit: 15}))
		for range rapid.IntRange(1, 20).Draw(t, "operations") {
			d.now = anyInstant(t, d)
			op := anyTimely(t, d)
			if _, settings := op.(ledger.SetAccount); !settings {
				d.post(op)
			}
			for range 3 {
				view := d.viewAt(anyInstant(t, d))
				addsUp(t, view)
				if view.ChangesAt != 0 {
					stays(t, view, d.viewAt(time.UnixMicro(view.ChangesAt-1)))
				}
			}
		}
	})
}

// stays says that no figure of the account is another one.
func stays(t *rapid.T, was, is ledger.Account) {
	if was.Available != is.Available || was.Credit != is.Credit || was.Restricted != is.Restricted || was.ChangesAt != is.ChangesAt {
		t.Fatalf("it changed to %+v from %+v", is, was)
	}
}

func addsUp(t *rapid.T, view ledger.Account) {
	free := view.Credit - view.Reserved - view.Accepted
	if free != view.Available-view.Settings.CreditLimit+view.Debt+view.Restricted || view.Restricted < 0 {
		t.Fatalf("it does not add up: %+v", view)
	}
	for id, bucket := range view.Buckets {
		var remaining, held int64
		for _, l := range bucket.Lots {
			remaining, held = remaining+l.Remaining, held+l.Held
		}
		if remaining != bucket.Remaining || held != bucket.Reserved+bucket.Accepted {
			t.Fatalf("the lots of %s do not make the bucket: %+v", id, bucket)
		}
	}
}
