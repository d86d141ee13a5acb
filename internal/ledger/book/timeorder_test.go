// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// setTerms posts the next version of a bucket's terms, with what may be changed.
func (d *desk) setTerms(place ledger.Place, state ledger.BucketState, products ...ledger.ID) {
	d.Helper()
	d.change(place, func(terms *ledger.BucketSettings) { terms.State, terms.Products = state, products })
}

// What is refused is final for its content: each time it is another.
func TestWhatStopsAReservationInTimeIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{
		Validity: ledger.Validity{Start: in(time.Hour), Lasts: hours(1)}, State: ledger.BucketStateSuspended, Products: []ledger.ID{video},
	}))
	op := reserve("h", purseOfAlice, eur(10))
	d.walk(func() ledger.Operation { op.For--; return op }, []step{
		{ledger.BucketSuspended, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive, video) }},
		{ledger.ProductMismatch, func() { op.Product = video }},
		{ledger.BucketNotStarted, func() { d.pass(time.Hour) }},
		{ledger.InsufficientFunds, func() { d.must(cash(purseOfAlice, eur(10))) }},
		{"", func() { d.pass(time.Hour); op.Hold = hold("i") }},
		{ledger.BucketExpired, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive, music) }},
		{ledger.ProductMismatch, nil},
	})
}

func TestWhatStopsAnExtensionInTimeIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, until(time.Hour)), cash(purseOfAlice, eur(10)))
	held := reserve("h", purseOfAlice, eur(10))
	held.For = (2 * time.Hour).Microseconds()
	d.must(held)
	op := extend("h", eur(20), d.now.Add(9*day))
	d.setTerms(purseOfAlice, ledger.BucketStateSuspended, video)
	d.walk(func() ledger.Operation { op.Until++; return op }, []step{
		{ledger.BucketSuspended, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive, video) }},
		{ledger.ProductMismatch, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive) }},
		{ledger.InsufficientFunds, func() { d.must(cash(purseOfAlice, eur(10))); d.pass(time.Hour) }},
		{ledger.BucketExpired, func() {
			d.must(extending(purseOfAlice, eur(10), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(1)}))
		}},
		{"", nil},
	})
}

func TestWhatStopsATopUpInTimeIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: 10}), open(bob), receipted(mainOfBob, eur(1), "Cash", "r"),
		pursed(purseOfAlice, ledger.BucketSettings{Validity: ledger.Validity{End: in(time.Hour)}, State: ledger.BucketStateSuspended}))
	d.pass(time.Hour)
	op := receipted(purseOfAlice, eur(20), "Cash", "r")
	op.Validity, op.Extension = ledger.Validity{Lasts: days(1)}, ledger.Extension{Policy: ledger.ExtendReplace, Until: in(0)}
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.Malformed, func() { op.Validity = ledger.Validity{} }},
		{ledger.BucketSuspended, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive) }},
		{ledger.ValidityOver, func() { op.Extension = ledger.Extension{} }},
		{ledger.BucketExpired, func() { op.Extension = ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(99)} }},
		{ledger.DuplicatePayment, func() { op.Payment.Reference = "s" }},
		{ledger.BalanceCeiling, func() { d.settings(ledger.AccountSettings{}) }},
		{"", func() {
			for i := range 63 {
				d.must(valid(purseOfAlice, eur(1), ledger.Validity{Lasts: days(int32(i + 1))})) //nolint:gosec // below 64
			}
			op = receipted(purseOfAlice, eur(money.MaxBase), "Cash", "r")
			op.Validity.End = in(0)
			d.settings(ledger.AccountSettings{MaximumBalance: 10})
		}},
		{ledger.ValidityOver, func() { op.Validity.End = in(80 * day) }},
		{ledger.DuplicatePayment, func() { op.Payment.Reference = "t" }},
		{ledger.BalanceCeiling, func() { d.settings(ledger.AccountSettings{}) }},
		{ledger.TooManyLots, func() { d.pass(day) }},
		{ledger.AmountOverflow, func() { op.Amount.Base = 1 }},
		{"", nil},
	})
}

func TestWhatStopsATransferInTimeIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), pursed(purseOfAlice, ledger.BucketSettings{
		Validity: ledger.Validity{Start: in(time.Hour), Lasts: hours(9)}, State: ledger.BucketStateSuspended, Products: []ledger.ID{video},
	}), pursed(purseOfBob, ledger.BucketSettings{Validity: ledger.Validity{End: in(time.Minute)}, State: ledger.BucketStateSuspended}))
	d.now = d.now.Add(time.Minute)
	op := transfer(purseOfAlice, purseOfBob, eur(10))
	d.walk(func() ledger.Operation { return op }, []step{
		{ledger.BucketSuspended, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive, video) }},
		{ledger.BucketSuspended, func() { d.setTerms(purseOfBob, ledger.BucketStateActive) }}, // and now the destination
		{ledger.ProductMismatch, func() { d.setTerms(purseOfAlice, ledger.BucketStateActive) }},
		{ledger.BucketNotStarted, func() { d.now = start.Add(time.Hour) }},
		{ledger.BucketExpired, func() {
			d.must(extending(purseOfBob, eur(1), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(1)}))
		}},
		{ledger.InsufficientFunds, func() { d.must(adjust(ledger.GoodwillCredit, purseOfAlice, eur(10))) }},
		{ledger.NotTransferable, func() { d.must(cash(purseOfAlice, eur(30))) }},
		{"", func() { d.now = start.Add(10 * time.Hour) }},
		{ledger.BucketExpired, nil},
	})
}
