// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// The buckets in time of the small world: a bonus and a package for each person. They
// are opened as they are drawn, once.
func bonusOf(account ledger.ID) ledger.Place { return at(account, "bonus "+account.String()) }

func packageOf(account ledger.ID) ledger.Place { return at(account, "package "+account.String()) }

var (
	zones   = rapid.SampledFrom([]string{"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Nicosia", "Pacific/Apia", "Asia/Kathmandu"})
	periods = rapid.SampledFrom([]calendar.Period{months(1), months(1), days(1), days(30), days(7), months(12), hours(36)})
	spans   = rapid.SampledFrom([]time.Duration{tick, time.Hour, day, 30 * day, 31 * day, 90 * day})
	topical = rapid.SampledFrom([]ledger.ID{{}, {}, video, music})
)

// timely is a small world with buckets in time.
func timely(t *rapid.T) *desk { return timelies(t, 1)[0] }

// timelies are small worlds that are all alike.
func timelies(t *rapid.T, n int) []*desk {
	worlds := make([]*desk, n)
	for i := range worlds {
		worlds[i] = opened(t)
	}
	for _, owner := range people[:2] {
		ops := []ledger.Operation{setAccount(owner, 1, ledger.AccountSettings{TimeZone: zones.Draw(t, "zone")})}
		for _, place := range []ledger.Place{bonusOf(owner), packageOf(owner)} {
			ops = append(ops, pursed(place, anyTermsInTime(t, worlds[0])), ledger.Grant{Into: place, Amount: eur(40)})
		}
		for _, d := range worlds {
			for _, op := range ops { // not every draw is a bucket that can be
				d.post(op)
			}
		}
	}
	return worlds
}

// anyInstant is now or later: by a little or by months, or when the next is due, or
// just before it.
func anyInstant(t *rapid.T, d *desk) time.Time {
	switch rapid.IntRange(0, 7).Draw(t, "clock") {
	case 0, 1:
		return d.now
	case 2:
		return d.now.Add(spans.Draw(t, "later"))
	case 3:
		return d.now.AddDate(0, rapid.IntRange(1, 7).Draw(t, "months"), 0)
	default:
		var dues []int64
		for key := range d.kept.due {
			if key.at > d.now.UnixMicro() {
				dues = append(dues, key.at)
			}
		}
		if len(dues) == 0 {
			return d.now.Add(tick)
		}
		return time.UnixMicro(slices.Min(dues) - rapid.Int64Range(0, 1).Draw(t, "before")).UTC()
	}
}

// anyValidity is mostly one that a bucket can have.
func anyValidity(t *rapid.T, d *desk) ledger.Validity {
	var v ledger.Validity
	shape := rapid.IntRange(0, 9).Draw(t, "validity")
	if shape == 1 || shape == 2 {
		return ledger.Validity{OnFirstUse: true, Lasts: periods.Draw(t, "length")}
	}
	if shape%2 == 1 {
		v.Start = d.now.Add(spans.Draw(t, "start")).UnixMicro()
	}
	if shape >= 4 {
		v.Lasts = periods.Draw(t, "length")
	} else if shape >= 2 {
		v.End = d.now.Add(spans.Draw(t, "end")).UnixMicro()
	}
	return v
}

func anyTermsInTime(t *rapid.T, d *desk) ledger.BucketSettings {
	terms := ledger.BucketSettings{Class: ledger.Class(rapid.IntRange(0, 1).Draw(t, "class")), Validity: anyValidity(t, d)} //nolint:gosec // 0 or 1
	if rapid.IntRange(0, 2).Draw(t, "cycle") > 0 {
		terms.Cycle.Every = rapid.SampledFrom([]calendar.Period{months(1), months(1), months(2), days(15), days(30)}).Draw(t, "every")
		if rapid.Bool().Draw(t, "anchored") {
			terms.Cycle.Anchor = d.now.AddDate(0, 0, rapid.IntRange(-90, 40).Draw(t, "anchor")).UnixMicro()
		}
	}
	anyMutable(t, &terms)
	return terms
}

// anyMutable draws what may be changed of a bucket's terms.
func anyMutable(t *rapid.T, terms *ledger.BucketSettings) {
	terms.Priority = int32(rapid.IntRange(-1, 1).Draw(t, "priority")) //nolint:gosec // small
	terms.Blocker = often(rapid.Just(false), rapid.Just(true)).Draw(t, "blocker")
	terms.Products = rapid.SampledFrom([][]ledger.ID{nil, nil, nil, {video}}).Draw(t, "products")
	if terms.Cycle.IsZero() {
		return
	}
	terms.Refill = rapid.SampledFrom([]int64{0, 5, 20}).Draw(t, "refill")
	terms.Rollover = rapid.SampledFrom([]ledger.Rollover{
		{}, {Percentage: 50, Times: 1}, {Percentage: 100, Times: 3, Cap: 15}, {Percentage: 33, Times: 2, Lasts: days(45)}, {Percentage: 100, Times: 12},
	}).Draw(t, "rollover")
}

// anyTimely draws an operation about alice's and bob's buckets in time, or any other.
func anyTimely(t *rapid.T, d *desk) ledger.Operation {
	owner := rapid.SampledFrom(people[:2]).Draw(t, "owner")
	place := rapid.SampledFrom([]ledger.Place{
		bonusOf(owner), packageOf(owner), bonusOf(owner), packageOf(owner), ledger.Main(owner), purseOf(owner),
	}).Draw(t, "place")
	amount := eur(rapid.Int64Range(1, 30).Draw(t, "amount"))
	switch rapid.IntRange(0, 11).Draw(t, "timely") {
	case 0:
		return cash(place, amount)
	case 1, 2:
		return valid(place, amount, anyValidity(t, d))
	case 3:
		return extending(place, amount, anyExtension(t, d))
	case 4, 5:
		from := place
		if rapid.Bool().Draw(t, "everywhere") {
			from.Bucket = ledger.ID{}
		}
		op := adjust(rapid.SampledFrom([]ledger.AdjustmentType{
			ledger.OneTimeCharge, ledger.OneTimeCharge, ledger.RecurringCharge, ledger.GeneralDebit,
		}).Draw(t, "type"), from, amount)
		op.Product = topical.Draw(t, "product")
		return op
	case 6:
		op := anyReservation(t, d, rapid.Just(place), amount)
		op.Product = topical.Draw(t, "product")
		return op
	case 7:
		return transfer(place, rapid.SampledFrom([]ledger.Place{bonusOf(alice), packageOf(bob), mainOfAlice, mainOfBob}).Draw(t, "to"), amount)
	case 8:
		return anyNextTerms(t, d, rapid.SampledFrom([]ledger.Place{bonusOf(owner), packageOf(owner)}).Draw(t, "bucket"))
	case 9:
		return anySettlement(t, d)
	default:
		return anyOperation(t, d)
	}
}

func anyExtension(t *rapid.T, d *desk) ledger.Extension {
	extension := ledger.Extension{
		Policy: rapid.SampledFrom([]ledger.ExtensionPolicy{ledger.ExtendReplace, ledger.ExtendMax, ledger.ExtendAdd}).Draw(t, "policy"),
	}
	if extension.Policy != ledger.ExtendAdd && rapid.Bool().Draw(t, "an instant") {
		extension.Until = d.now.Add(spans.Draw(t, "until") - day).UnixMicro()
	} else {
		extension.Lasts = periods.Draw(t, "length")
	}
	if rapid.Bool().Draw(t, "bounded") {
		extension.Ceiling = periods.Draw(t, "ceiling")
	}
	return extension
}

// anyNextTerms asks for the next version of a bucket's terms.
func anyNextTerms(t *rapid.T, d *desk, place ledger.Place) ledger.SetBucket {
	bucket := d.view(place.Account).Buckets[place.Bucket]
	terms := bucket.Settings
	anyMutable(t, &terms)
	terms.State = rapid.SampledFrom([]ledger.BucketState{
		ledger.BucketStateActive, ledger.BucketStateActive, ledger.BucketStateActive, ledger.BucketStateSuspended, ledger.BucketStateRetained,
	}).Draw(t, "state")
	op := pursed(place, terms)
	op.ExpectVersion = bucket.Version
	return op
}

// anySettlement asks for something that is due, or may be one day.
func anySettlement(t *rapid.T, d *desk) ledger.Operation {
	var known []ledger.Operation
	for _, owner := range people[:2] {
		for _, place := range []ledger.Place{bonusOf(owner), packageOf(owner), ledger.Main(owner)} {
			for _, l := range d.lots(place) {
				known = append(known, ledger.ExpireLot{Account: owner, Lot: ledger.LotID(l.Bucket, l.Number)})
			}
			if d.kept.facts[ledger.TermID(place.Bucket)].Version == 0 {
				continue
			}
			term := d.termOf(place)
			known = append(known, ledger.ExpireBucket{Account: owner, Bucket: place.Bucket, End: term.End},
				ledger.BeginCycle{Account: owner, Bucket: place.Bucket, Cycle: term.Cycle})
		}
	}
	return rapid.SampledFrom(known).Draw(t, "settlement")
}
