// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var otherOfAlice = at(alice, "o")

// standings are what the columns about buckets in time stand for: the validity of
// the purse, and what changes before the operation is asked for.
var standings = map[string]struct {
	validity ledger.Validity
	change   func(d *desk)
}{
	"ended":       {ledger.Validity{End: in(10 * time.Minute)}, func(d *desk) { d.now = d.now.Add(10 * time.Minute) }},
	"not started": {ledger.Validity{Start: in(2 * time.Hour)}, func(*desk) {}},
	"first use":   {ledger.Validity{OnFirstUse: true, Lasts: days(3)}, func(*desk) {}},
	"other products": {ledger.Validity{}, func(d *desk) {
		d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.Products = []ledger.ID{video} })
	}},
	"blocked": {ledger.Validity{}, func(d *desk) {
		d.change(otherOfAlice, func(terms *ledger.BucketSettings) { terms.Blocker = true })
	}},
}

// The table says of every operation that moves value what it may do as time passes
// and other buckets stand in the way.
func TestBucketsInTimeAreAsTheTableSays(t *testing.T) {
	lines := table(t, "Buckets in time")
	if len(lines) != len(trials)-2 { // settings move nothing
		t.Fatalf("the table has the operations %v", slices.Sorted(maps.Keys(lines)))
	}
	for operation, cells := range lines {
		trial, ok := trials[operation]
		if !ok || len(cells) != len(standings) {
			t.Fatalf("%s is no operation, or has %d cells", operation, len(cells))
		}
		for column, standing := range standings {
			if cells[column] == "–" {
				continue // it cannot be
			}
			t.Run(operation+", "+column, func(t *testing.T) {
				trial := trial
				if !standing.validity.IsZero() {
					trial.terms.Validity = standing.validity
				}
				d := trial.played(t, ledger.Paid)
				d.must(pursed(otherOfAlice, ledger.BucketSettings{Priority: -1}))
				from := purseOfAlice
				if column == "blocked" && trial.walks {
					from = everywhere(alice)
				}
				got := written(trial.try(d, from, func() { standing.change(d) }))
				if standing.validity.OnFirstUse && d.termOf(purseOfAlice).Start != 0 {
					got += ", begins it"
				}
				if got != cells[column] {
					t.Errorf("it is %q, not %q", got, cells[column])
				}
			})
		}
	}
}

// What there is no name of in the tables is nothing that happens.
func TestWhatIsNotThereDoesNotHappenByItself(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, monthly(5)), pursed(otherOfAlice, ledger.BucketSettings{
		Validity: ledger.Validity{Lasts: days(1)},
	}), valid(mainOfAlice, eur(5), ledger.Validity{Lasts: days(1)}))
	lots := d.lots(mainOfAlice)
	for name, op := range map[string]ledger.Operation{
		"a lot that does not end":      ledger.ExpireLot{Account: alice, Lot: ledger.LotID(mainOfAlice.Bucket, 0)},
		"a lot before its end":         ledger.ExpireLot{Account: alice, Lot: ledger.LotID(mainOfAlice.Bucket, lots[1].Number)},
		"a lot of nobody":              ledger.ExpireLot{Account: alice, Lot: ledger.ID{1}},
		"a lot of another account":     ledger.ExpireLot{Account: bob, Lot: ledger.LotID(mainOfAlice.Bucket, lots[1].Number)},
		"a bucket before its end":      ledger.ExpireBucket{Account: alice, Bucket: otherOfAlice.Bucket, End: in(day)},
		"a bucket at another end":      ledger.ExpireBucket{Account: alice, Bucket: otherOfAlice.Bucket, End: in(0)},
		"a bucket without an end":      ledger.ExpireBucket{Account: alice, Bucket: purseOfAlice.Bucket, End: in(0)},
		"a bucket without a term":      ledger.ExpireBucket{Account: alice, Bucket: mainOfAlice.Bucket, End: in(0)},
		"a bucket of nobody":           ledger.ExpireBucket{Account: alice, Bucket: ledger.ID{1}, End: in(0)},
		"a cycle before its beginning": ledger.BeginCycle{Account: alice, Bucket: purseOfAlice.Bucket, Cycle: 1},
		"the cycle of the opening":     ledger.BeginCycle{Account: alice, Bucket: purseOfAlice.Bucket},
		"a cycle of none":              ledger.BeginCycle{Account: alice, Bucket: otherOfAlice.Bucket, Cycle: 1},
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(op, ledger.NotDue, none)
		})
	}
}

func TestWhatHappensByItselfHappensUnderItsOwnKeyOnly(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, monthly(5)))
	d.now = d.now.Add(40 * day)
	for _, op := range []ledger.Operation{
		ledger.ExpireLot{Account: alice, Lot: ledger.LotID(purseOfAlice.Bucket, 0)},
		ledger.ExpireBucket{Account: alice, Bucket: purseOfAlice.Bucket, End: in(day)},
		ledger.BeginCycle{Account: alice, Bucket: purseOfAlice.Bucket, Cycle: 2},
	} {
		command := d.command(op)
		command.Key = ledger.ID{1}
		if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
			t.Errorf("%T is %d %s", op, out.Status, out.Code)
		}
	}
}

// Who brings it forward finds it done, in the batch that settled it and later.
func TestWhatHappenedByItselfIsAnsweredAsDone(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), pursed(purseOfAlice, ledger.BucketSettings{
		Validity: ledger.Validity{End: in(60 * day)}, Cycle: ledger.Cycle{Every: days(30)}, Refill: 5,
	}))
	cycle := ledger.BeginCycle{Account: alice, Bucket: purseOfAlice.Bucket, Cycle: 1}
	d.now = d.now.Add(30 * day)
	if out := d.post(cycle); out.Status != ledger.Accepted || out.Replayed || len(out.Impacts) != 1 {
		t.Errorf("the cycle is %+v", out)
	}
	lots := d.lots(purseOfAlice)
	d.now = d.now.Add(90 * day)
	asked := []ledger.Operation{
		cycle,
		ledger.ExpireLot{Account: alice, Lot: ledger.LotID(purseOfAlice.Bucket, lots[1].Number)},
		ledger.ExpireBucket{Account: alice, Bucket: purseOfAlice.Bucket, End: in(60 * day)},
	}
	for range 2 {
		for _, op := range asked {
			command := d.command(op)
			if out := d.batch(command)[0]; out.Status != ledger.Accepted || out.Transaction != command.Key {
				t.Errorf("%T is %+v", op, out)
			}
		}
	}
	d.wantSpent(0, 5)
}
