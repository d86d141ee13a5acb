// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var lengths = often(rapid.SampledFrom([]time.Duration{time.Hour, 15 * time.Minute, time.Minute, time.Second, time.Microsecond}),
	rapid.SampledFrom([]time.Duration{-time.Second, 0, ledger.MaxHold, ledger.MaxHold + time.Microsecond}))

// anyClock lets some time pass: a little, or all until the next end of a hold.
func anyClock(t *rapid.T, d *desk) time.Time {
	now := d.now.Add(clocks.Draw(t, "clock"))
	if often(rapid.Just(false), rapid.Just(true)).Draw(t, "until an end") {
		next := int64(0)
		for key := range d.kept.due {
			if next == 0 || key.at < next {
				next = key.at
			}
		}
		if end := time.UnixMicro(next).UTC(); end.After(d.now) {
			now = end
		}
	}
	return now
}

// somewhere is one of the places, or all buckets of an account.
func somewhere(t *rapid.T, places *rapid.Generator[ledger.Place]) ledger.Place {
	place := places.Draw(t, "from")
	if rapid.Bool().Draw(t, "everywhere") {
		place.Bucket = ledger.ID{}
	}
	return place
}

func anyAdjustment(t *rapid.T, places *rapid.Generator[ledger.Place], amount ledger.Quantity) ledger.Adjust {
	of := rapid.SampledFrom([]ledger.AdjustmentType{
		ledger.GoodwillCredit, ledger.GeneralCredit, ledger.GeneralDebit, ledger.OneTimeCharge, ledger.RecurringCharge,
	}).Draw(t, "type")
	return adjust(of, somewhere(t, places), amount)
}

// anyReversal asks to undo one of the newer transactions, or one that is not there.
func anyReversal(t *rapid.T, d *desk) ledger.Reverse {
	onShortfall := rapid.SampledFrom([]ledger.OnShortfall{ledger.ShortfallRefuses, ledger.ShortfallOwes}).Draw(t, "on shortfall")
	of := ledger.ID{1}
	if known := d.kept.order; often(rapid.Just(true), rapid.Just(false)).Draw(t, "known") {
		of = known[max(len(known)-1-rapid.IntRange(0, 7).Draw(t, "back"), 0)]
	}
	return d.reverse(of, onShortfall)
}

// anyHold is mostly an open hold, or one that was resolved, or one that nobody made.
func anyHold(t *rapid.T, d *desk) (ledger.ID, ledger.Hold) {
	open := often(rapid.Just(true), rapid.Just(false)).Draw(t, "open")
	var candidates []ledger.ID
	for _, id := range slices.Backward(d.kept.holds) {
		if _, is := d.heldBy(id); is == open {
			candidates = append(candidates, id)
		}
	}
	never := hold("never made")
	id := rapid.SampledFrom(append(candidates, never)).Draw(t, "hold")
	if id == never {
		return never, ledger.Hold{Account: alice, Amount: eur(1), Until: d.now.UnixMicro()}
	}
	h, _ := d.heldBy(id)
	return id, h
}

// heldBy reads a hold and tells whether it is open.
func (d *desk) heldBy(id ledger.ID) (h ledger.Hold, open bool) {
	d.Helper()
	d.fact(id, &h)
	return h, h.State.IsOpen()
}

// anyStep makes a hold, or does something with one.
func anyStep(t *rapid.T, d *desk, places *rapid.Generator[ledger.Place], amount ledger.Quantity) ledger.Operation {
	id, known := anyHold(t, d)
	if len(d.kept.due) == 0 && often(rapid.Just(true), rapid.Just(false)).Draw(t, "a new one") {
		return anyReservation(t, d, places, amount)
	}
	until := lengths.Draw(t, "until")
	switch rapid.IntRange(0, 11).Draw(t, "step") {
	case 2:
		op := ledger.AcceptHold{Account: known.Account, Hold: id}
		if rapid.Bool().Draw(t, "later") {
			op.Until = max(known.Until+until.Microseconds(), -1)
		}
		return op
	case 3, 4:
		op := ledger.ChargeHold{Account: known.Account, Hold: id}
		if rapid.Bool().Draw(t, "a part") {
			op.Amount = ledger.Quantity{Base: rapid.OneOf(
				rapid.Int64Range(1, known.Amount.Base), rapid.Just(known.Amount.Base+1),
			).Draw(t, "part"), Unit: known.Amount.Unit}
		}
		return op
	case 5, 6:
		return ledger.ReleaseHold{Account: known.Account, Hold: id}
	case 7, 8:
		more := rapid.SampledFrom([]int64{1, -1, 0, 5, 30}).Draw(t, "more")
		return ledger.ExtendHold{
			Account: known.Account, Hold: id, Until: known.Until + until.Microseconds(),
			Amount: ledger.Quantity{Base: known.Amount.Base + more, Unit: known.Amount.Unit},
		}
	case 9:
		return ledger.ExpireHold{Account: known.Account, Hold: id}
	default:
		return anyReservation(t, d, places, amount)
	}
}

func anyReservation(t *rapid.T, d *desk, places *rapid.Generator[ledger.Place], amount ledger.Quantity) ledger.Reserve {
	op := ledger.Reserve{
		Hold: hold(fmt.Sprint(len(d.kept.holds))), From: somewhere(t, places), Amount: amount,
		OnExpiry: rapid.SampledFrom([]ledger.OnExpiry{ledger.ExpiryReleases, ledger.ExpiryCharges}).Draw(t, "on expiry"),
	}
	if length := lengths.Draw(t, "length"); rapid.Bool().Draw(t, "an instant") {
		op.Until = d.now.Add(length).UnixMicro()
	} else {
		op.For = length.Microseconds()
	}
	return op
}
