// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"reflect"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	day  = 24 * time.Hour
	tick = time.Microsecond
)

var (
	video = ledger.ProductID(scope, tenant, "video")
	music = ledger.ProductID(scope, tenant, "music")

	purseOfBob = at(bob, "q")
)

// in is an instant of the ledger, so long after the one at which a desk opens.
func in(length time.Duration) int64 { return start.Add(length).UnixMicro() }

// on is midnight, UTC, of a day.
func on(year int, month time.Month, dayOf int) time.Time {
	return time.Date(year, month, dayOf, 0, 0, 0, 0, time.UTC)
}

func hours(count int32) calendar.Period { return calendar.Period{Count: count, Unit: calendar.Hours} }

func days(count int32) calendar.Period { return calendar.Period{Count: count, Unit: calendar.Days} }

func months(count int32) calendar.Period { return calendar.Period{Count: count, Unit: calendar.Months} }

// ofMoney are terms of a bucket of money.
func ofMoney(terms ledger.BucketSettings) ledger.BucketSettings {
	terms.Unit, terms.UsageType = "EUR", "Monetary"
	return terms
}

// pursed opens a bucket of money with terms.
func pursed(place ledger.Place, terms ledger.BucketSettings) ledger.SetBucket {
	return setBucket(place, 0, ofMoney(terms))
}

// monthly are terms with a cycle of a month from the bucket's start, at each
// beginning of which so much is refilled.
func monthly(refill int64) ledger.BucketSettings {
	return ledger.BucketSettings{Class: ledger.Granted, Cycle: ledger.Cycle{Every: months(1)}, Refill: refill}
}

// valid is a top-up with a validity of its own.
func valid(into ledger.Place, amount ledger.Quantity, validity ledger.Validity) ledger.TopUp {
	op := cash(into, amount)
	op.Validity = validity
	return op
}

// extending is a top-up that extends its bucket.
func extending(into ledger.Place, amount ledger.Quantity, extension ledger.Extension) ledger.TopUp {
	op := cash(into, amount)
	op.Extension = extension
	return op
}

// charging is a charge for a product.
func charging(at ledger.Place, amount ledger.Quantity, product ledger.ID) ledger.Adjust {
	op := adjust(ledger.OneTimeCharge, at, amount)
	op.Product = product
	return op
}

func spend(at ledger.Place, base int64) ledger.Adjust { return charging(at, eur(base), ledger.ID{}) }

// change posts the next version of a bucket's terms.
func (d *desk) change(place ledger.Place, change func(terms *ledger.BucketSettings)) {
	d.Helper()
	bucket := d.view(place.Account).Buckets[place.Bucket]
	change(&bucket.Settings)
	d.must(setBucket(place, bucket.Version, bucket.Settings))
}

// until lets time pass up to an instant, and has what is due on alice's account
// settled. What asks for it is not due, and leaves nothing behind.
func (d *desk) until(instant time.Time) {
	d.Helper()
	d.now = instant
	if out := d.post(ledger.BeginCycle{Account: alice, Bucket: mainOfAlice.Bucket, Cycle: int64(d.asked)}); out.Code != ledger.NotDue {
		d.Fatalf("it is %d %s", out.Status, out.Code)
	}
}

// pass lets so much time pass, as until does.
func (d *desk) pass(length time.Duration) {
	d.Helper()
	d.until(d.now.Add(length))
}

// termOf reads the term of a bucket.
func (d *desk) termOf(place ledger.Place) ledger.Term {
	d.Helper()
	var term ledger.Term
	d.fact(ledger.TermID(place.Bucket), &term)
	return term
}

// wantTerm compares the start, the end and the next cycle of a bucket, as it is kept
// and as it is seen.
func (d *desk) wantTerm(place ledger.Place, from, end, next int64) {
	d.Helper()
	term := d.termOf(place)
	if got, want := [3]int64{term.Start, term.End, term.Next}, [3]int64{from, end, next}; got != want {
		d.Errorf("the term is from %s to %s, and then %s; not from %s to %s, and then %s", seen(got[0]), seen(got[1]), seen(got[2]),
			seen(want[0]), seen(want[1]), seen(want[2]))
	}
	if shown := d.view(place.Account).Buckets[place.Bucket].Term; shown != term {
		d.Errorf("the term is %+v, and shown as %+v", term, shown)
	}
}

// seen writes an instant as people do.
func seen(instant int64) string {
	if instant == 0 {
		return "never"
	}
	return time.UnixMicro(instant).UTC().Format(time.RFC3339Nano)
}

// wantLots compares what is seen of a bucket's lots, but for their numbers.
func (d *desk) wantLots(place ledger.Place, want ...ledger.LotBalance) {
	d.Helper()
	got := d.view(place.Account).Buckets[place.Bucket].Lots
	for i := range got {
		got[i].Number = 0
	}
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		d.Errorf("the lots are\n%+v, not\n%+v", got, want)
	}
}

// wantSpent compares how much has gone for usage and to breakage, in money.
func (d *desk) wantSpent(used, broken int64) {
	d.Helper()
	got := [2]int64{
		d.outside(ledger.ExternalID(scope, tenant, "revenue:usage"))["EUR"], d.outside(ledger.ExternalID(scope, tenant, "breakage"))["EUR"],
	}
	if want := [2]int64{used, broken}; got != want {
		d.Errorf("for usage and to breakage went %v, not %v", got, want)
	}
}

// happened are what happened by itself in the newest batch: kinds and instants.
func (d *desk) happened() []happening {
	d.Helper()
	var all []happening
	for _, record := range d.newest().Records {
		if record.Effective != 0 {
			all = append(all, happening{record.Kind, record.Effective})
		}
	}
	return all
}

// happening is something that happened by itself.
type happening struct {
	kind ledger.Kind
	at   int64
}
