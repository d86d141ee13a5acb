// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

var (
	garbageTime    = rapid.SampledFrom([]time.Duration{0, 0, tick, day, 400 * day})
	garbageInstant = rapid.SampledFrom([]int64{0, 0, 0, 1, -1, in(0), in(day), in(-day), in(400 * day), 253402300799999999, math.MaxInt64, math.MinInt64})
	garbageCount   = rapid.SampledFrom([]int32{0, 1, 1, 1, 2, 50, 100, 1200, 36500, 876000, -1, math.MaxInt32, math.MinInt32})
)

func garbagePeriod(t *rapid.T) calendar.Period {
	if rapid.Bool().Draw(t, "no period") {
		return calendar.Period{}
	}
	return calendar.Period{Count: garbageCount.Draw(t, "count"), Unit: calendar.Unit(garbageByte.Draw(t, "period") % 5)}
}

func garbageValidity(t *rapid.T) ledger.Validity {
	if rapid.Bool().Draw(t, "no validity") {
		return ledger.Validity{}
	}
	return ledger.Validity{
		Start: garbageInstant.Draw(t, "start"), End: garbageInstant.Draw(t, "end"), Lasts: garbagePeriod(t),
		OnFirstUse: garbageByte.Draw(t, "first use")%4 == 0,
	}
}

func garbageExtension(t *rapid.T) ledger.Extension {
	if rapid.Bool().Draw(t, "no extension") {
		return ledger.Extension{}
	}
	return ledger.Extension{
		Policy: ledger.ExtensionPolicy(garbageByte.Draw(t, "policy") % 5), Lasts: garbagePeriod(t), Until: garbageInstant.Draw(t, "until"),
		Ceiling: garbagePeriod(t),
	}
}

// garbageInTime is a bucket with terms that make little sense, or something that
// comes into it.
func garbageInTime(t *rapid.T) ledger.Operation {
	place := rapid.SampledFrom([]ledger.Place{bonusOf(alice), packageOf(alice), bonusOf(bob)}).Draw(t, "place")
	amount := eur(rapid.SampledFrom([]int64{1, 5, 100, money.MaxBase}).Draw(t, "amount"))
	switch garbageByte.Draw(t, "in time") % 4 {
	case 0:
		return ledger.Grant{Into: place, Amount: amount}
	case 1:
		op := valid(place, amount, garbageValidity(t))
		op.Extension = garbageExtension(t)
		return op
	case 2:
		return spend(place, 1)
	default:
		op := pursed(place, ledger.BucketSettings{
			Priority: garbageCount.Draw(t, "priority"), Blocker: rapid.Bool().Draw(t, "blocker"), Validity: garbageValidity(t),
			Products: rapid.SampledFrom([][]ledger.ID{nil, {}, {video}, {{}}, {{2}, {1}}}).Draw(t, "products"),
			Cycle:    ledger.Cycle{Every: garbagePeriod(t), Anchor: garbageInstant.Draw(t, "anchor")},
			Refill:   garbageNumber.Draw(t, "refill"),
		})
		if rapid.Bool().Draw(t, "rolls over") {
			op.Settings.Rollover = ledger.Rollover{
				Percentage: garbageCount.Draw(t, "percentage"), Cap: garbageNumber.Draw(t, "cap"), Times: garbageCount.Draw(t, "times"), Lasts: garbagePeriod(t),
			}
		}
		op.ExpectVersion = rapid.Int64Range(0, 1).Draw(t, "version")
		return op
	}
}

// garbageSettlement asks for what may be due, or never.
func garbageSettlement(t *rapid.T) ledger.Operation {
	place := rapid.SampledFrom([]ledger.Place{bonusOf(alice), packageOf(alice), mainOfAlice, {Account: carol}, {}}).Draw(t, "place")
	switch garbageByte.Draw(t, "settlement") % 3 {
	case 0:
		return ledger.ExpireLot{Account: place.Account, Lot: ledger.LotID(place.Bucket, garbageNumber.Draw(t, "lot"))}
	case 1:
		return ledger.ExpireBucket{Account: place.Account, Bucket: place.Bucket, End: garbageInstant.Draw(t, "end")}
	default:
		return ledger.BeginCycle{Account: place.Account, Bucket: place.Bucket, Cycle: garbageNumber.Draw(t, "cycle")}
	}
}
