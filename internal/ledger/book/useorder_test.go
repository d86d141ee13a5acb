// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// step is one answer on the way, and what puts right what it names.
type step struct {
	code  ledger.Code
	right func()
}

// walk posts what is asked for until nothing is wrong with it any more.
func (d *desk) walk(ask func() ledger.Operation, steps []step) {
	d.Helper()
	for i, step := range steps {
		if out := d.post(ask()); out.Code != step.code {
			d.Fatalf("answer %d is %q, not %q", i+1, out.Code, step.code)
		}
		if step.right != nil {
			step.right()
		}
	}
}

// settings posts the next version of alice's.
func (d *desk) settings(settings ledger.AccountSettings) {
	d.Helper()
	d.must(setAccount(alice, d.view(alice).Version, settings))
}

// terms posts the next version of the state of alice's purse.
func (d *desk) terms(state ledger.BucketState) {
	d.Helper()
	d.must(setBucket(purseOfAlice, d.view(alice).Buckets[purseOfAlice.Bucket].Version,
		ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", State: state}))
}

func TestWhatStopsAReservationIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(open(bob), purse(at(bob, "taken"), ledger.Paid))
	op := ledger.Reserve{Hold: hold("h"), From: at(alice, "taken"), Amount: ledger.Quantity{Unit: "B"}}
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.For = ledger.MaxHold.Microseconds() + 1 }},
		{ledger.Malformed, func() { op.Amount.Base = 10 }},
		{ledger.AccountUnknown, func() { d.must(open(alice)) }},
		{ledger.WrongAccount, func() { op.From = purseOfAlice }},
		{ledger.BucketUnknown, func() { d.must(purse(purseOfAlice, ledger.Paid)); d.terms(ledger.BucketStateRetained) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.BucketRetained, func() {
			d.terms(ledger.BucketStateSuspended)
			d.settings(ledger.AccountSettings{State: ledger.AccountStateRechargeOnly})
		}},
		{ledger.EndOutOfRange, func() { op.For-- }},
		// From here on it is refused, which is final for this content: each time it is another.
		{ledger.AccountRechargeOnly, func() { op.For--; d.settings(ledger.AccountSettings{State: ledger.AccountStateSuspended}) }},
		{ledger.AccountSuspended, func() { op.For--; d.settings(ledger.AccountSettings{}) }},
		{ledger.BucketSuspended, func() { op.For--; d.terms(ledger.BucketStateActive) }},
		{ledger.InsufficientFunds, func() { d.must(cash(purseOfAlice, eur(10))) }},
		{ledger.InsufficientFunds, func() { op.For-- }},
		{"", nil},
	})
}

func TestWhatStopsAnExtensionIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	op := extend("h", ledger.Quantity{Unit: "B"}, d.now.Add(time.Minute))
	far := d.now.Add(ledger.MaxHold + time.Hour)
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.Amount.Base = 9 }},
		{ledger.AccountUnknown, func() { d.must(open(alice), purse(purseOfAlice, ledger.Paid), cash(purseOfAlice, eur(10))) }},
		{ledger.HoldUnknown, func() { d.must(reserve("h", purseOfAlice, eur(10))); d.terms(ledger.BucketStateRetained) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.BucketRetained, func() {
			d.terms(ledger.BucketStateSuspended)
			d.settings(ledger.AccountSettings{State: ledger.AccountStateRechargeOnly})
		}},
		{ledger.HoldNotLower, func() { op.Amount.Base = 20 }},
		{ledger.HoldNotLower, func() { op.Until = far.UnixMicro() }},
		{ledger.EndOutOfRange, func() { op.Until = far.Add(-time.Hour).UnixMicro() }},
		{ledger.AccountRechargeOnly, func() { op.Until--; d.settings(ledger.AccountSettings{}) }},
		{ledger.BucketSuspended, func() { op.Until--; d.terms(ledger.BucketStateActive) }},
		{ledger.InsufficientFunds, func() { op.Until--; d.must(cash(purseOfAlice, eur(10))) }},
		{"", func() { d.must(release("h")); op.Amount.Base++ }},
		{ledger.HoldClosed, nil},
	})
}

func TestWhatStopsAChargeOfAHoldIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	op := charge("h", ledger.Quantity{Unit: "B"})
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.Amount.Base = 11 }},
		{ledger.AccountUnknown, func() { d.must(open(alice), cash(mainOfAlice, eur(10))) }},
		{ledger.HoldUnknown, func() { d.must(reserve("h", mainOfAlice, eur(10))) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.AmountExceedsHold, func() { op.Amount.Base = 10 }},
		{"", nil},
	})
}

func TestWhatStopsGoodwillIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	op := adjust(ledger.RecurringCharge+1, purseOfAlice, ledger.Quantity{Unit: "B"})
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.Type = ledger.GoodwillCredit }},
		{ledger.Malformed, func() { op.Amount.Base = money.MaxBase }},
		{ledger.AccountUnknown, func() { d.must(open(alice)) }},
		{ledger.BucketUnknown, func() { d.must(purse(purseOfAlice, ledger.Paid)); d.terms(ledger.BucketStateRetained) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.BucketRetained, func() {
			d.terms(ledger.BucketStateSuspended)
			d.settings(ledger.AccountSettings{State: ledger.AccountStateSuspended})
		}},
		{ledger.AccountSuspended, func() { d.settings(ledger.AccountSettings{MaximumBalance: 10}) }},
		{ledger.BucketSuspended, func() { d.terms(ledger.BucketStateActive) }},
		{ledger.BalanceCeiling, func() { d.settings(ledger.AccountSettings{}); d.must(cash(mainOfAlice, eur(1))) }},
		{ledger.AmountOverflow, func() { op.Amount.Base-- }},
		{"", nil},
	})
}

func TestWhatStopsAReversalIsToldInTheOrderOfTheTable(t *testing.T) {
	d := withMoney(t, 10)
	var of ledger.ID
	onShortfall := ledger.ShortfallOwes + 1
	d.walk(func() ledger.Operation { return d.reverse(of, onShortfall) }, []step{
		{ledger.Malformed, func() { of = ledger.ID{1} }},
		{ledger.Malformed, func() { onShortfall = ledger.ShortfallRefuses }},
		{ledger.OriginalUnknown, func() { of = d.done(purse(purseOfAlice, ledger.Paid)) }},
		{ledger.NotReversible, func() {
			of = d.done(cash(purseOfAlice, eur(10)))
			d.must(transfer(purseOfAlice, mainOfBob, eur(10)))
		}},
		{ledger.InsufficientFunds, func() { d.must(transfer(mainOfBob, purseOfAlice, eur(10))) }},
		{"", func() {
			d.settings(ledger.AccountSettings{State: ledger.AccountStateClosed})
			onShortfall = ledger.ShortfallOwes
		}},
		{ledger.AlreadyReversed, func() { of = d.recordedTopUp() }},
		{ledger.AccountClosed, nil},
	})
}

// recordedTopUp is the oldest transaction of the log that brought money in.
func (d *desk) recordedTopUp() ledger.ID {
	d.Helper()
	for _, id := range d.kept.order {
		if original := d.reverse(id, ledger.ShortfallRefuses).Original; original.Kind == ledger.KindTopUp {
			return id
		}
	}
	d.Fatalf("there is none")
	return ledger.ID{}
}
