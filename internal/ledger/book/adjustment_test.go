// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestAdjustmentsHaveTheirCounterAccounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		of      ledger.AdjustmentType
		counter string
		left    int64
	}{
		{"a goodwill credit", ledger.GoodwillCredit, "adjustments", 110}, {"a general credit", ledger.GeneralCredit, "adjustments", 110},
		{"a general debit", ledger.GeneralDebit, "adjustments", 90}, {"a one-time charge", ledger.OneTimeCharge, "revenue:usage", 90},
		{"a recurring charge", ledger.RecurringCharge, "revenue:usage", 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := withMoney(t, 100)
			out := d.post(adjust(c.of, mainOfAlice, eur(10)))
			want := ledger.Impact{Account: alice, Bucket: mainOfAlice.Bucket, Before: 100, After: c.left}
			if len(out.Impacts) != 1 || out.Impacts[0] != want {
				t.Errorf("the impacts are %+v", out.Impacts)
			}
			d.wantOutside(c.counter, map[string]int64{"EUR": 100 - c.left})
			if c.of.IsCredit() != (c.left > 100) {
				t.Errorf("that it is a credit is %t", c.of.IsCredit())
			}
		})
	}
}

func TestGoodwillIsGivenAndAGeneralCreditIsPaid(t *testing.T) {
	d := withMoney(t, 100)
	d.must(adjust(ledger.GoodwillCredit, mainOfAlice, eur(10)), adjust(ledger.GeneralCredit, mainOfAlice, eur(5)))
	d.wantCells(mainOfAlice, ledger.Available, 105, 10)
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(106)), ledger.NotTransferable, ledger.Figures{Needed: 106, Available: 105, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(105)))
}

func TestAChargeShowsEachBucketThatItTookFrom(t *testing.T) {
	d := mixed(t)
	out := d.post(adjust(ledger.OneTimeCharge, everywhere(alice), eur(31)))
	want := []ledger.Impact{
		{Account: alice, Bucket: mainOfAlice.Bucket, Before: 10}, {Account: alice, Bucket: giftOfAlice.Bucket, Before: 25, After: 4},
	}
	if len(out.Impacts) != 2 || out.Impacts[0] != want[0] || out.Impacts[1] != want[1] {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
}

func TestAnAdjustmentOfDataStaysInItsUnit(t *testing.T) {
	d := withMoney(t, 100)
	mobile := at(alice, "d")
	d.must(data(mobile, ledger.Paid), adjust(ledger.GoodwillCredit, mobile, octets(9)), adjust(ledger.OneTimeCharge, everywhere(alice), octets(4)))
	d.wantOutside("adjustments", map[string]int64{"B": -9})
	d.wantOutside("revenue:usage", map[string]int64{"B": 4})
	d.wantMoney(alice, 100)
}

func TestAnAdjustmentThatCannotBeIsNotTaken(t *testing.T) {
	d := withMoney(t, 100)
	d.must(data(at(bob, "b"), ledger.Paid))
	for _, c := range []struct {
		name    string
		op      ledger.Adjust
		code    ledger.Code
		figures ledger.Figures
	}{
		{"no type", adjust(0, mainOfAlice, eur(1)), ledger.Malformed, none},
		{"an unknown type", adjust(ledger.RecurringCharge+1, mainOfAlice, eur(1)), ledger.Malformed, none},
		{"nothing", adjust(ledger.GeneralCredit, mainOfAlice, eur(0)), ledger.Malformed, none},
		{"10^18", adjust(ledger.GeneralDebit, everywhere(alice), eur(money.MaxBase+1)), ledger.Malformed, none},
		{"a unit that is not UTF-8", adjust(ledger.OneTimeCharge, everywhere(alice), ledger.Quantity{Base: 1, Unit: "\xff"}), ledger.Malformed, none},
		{"an account that is not there", adjust(ledger.OneTimeCharge, everywhere(carol), eur(1)), ledger.AccountUnknown, none},
		{"a bucket that is not there", adjust(ledger.OneTimeCharge, at(alice, "later"), eur(1)), ledger.BucketUnknown, none},
		{"a bucket of another account", adjust(ledger.GoodwillCredit, at(alice, "b"), octets(1)), ledger.WrongAccount, none},
		{"another unit", adjust(ledger.GoodwillCredit, mainOfAlice, octets(1)), ledger.UnitMismatch, ledger.Figures{Unit: "EUR"}},
		{"a credit into all buckets", adjust(ledger.GoodwillCredit, everywhere(alice), eur(1)), ledger.Malformed, none},
		{"more than there can be", adjust(ledger.GeneralCredit, mainOfAlice, eur(money.MaxBase-99)), ledger.AmountOverflow, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(c.op, c.code, c.figures)
		})
	}
}

func TestGoodwillObeysTheCeilingWithItsFigures(t *testing.T) {
	d := withMoney(t, 100)
	d.must(setAccount(alice, 1, ledger.AccountSettings{MaximumBalance: 105}), reserve("h", mainOfAlice, eur(50)))
	d.wantRefused(adjust(ledger.GoodwillCredit, mainOfAlice, eur(6)), ledger.BalanceCeiling, ledger.Figures{Needed: 106, Available: 105, Unit: "EUR"})
	d.must(adjust(ledger.GoodwillCredit, mainOfAlice, eur(5)), adjust(ledger.GeneralCredit, mainOfAlice, eur(6)))
	d.wantMoney(alice, 111)
}

// Of money in another currency there is nothing, and never will be.
func TestMoneyOfAnotherCurrencyIsAMistakeAndNoLackOfFunds(t *testing.T) {
	d := withMoney(t, 100)
	for _, op := range []ledger.Operation{
		adjust(ledger.OneTimeCharge, everywhere(alice), ledger.Quantity{Base: 1, Unit: "USD"}),
		reserve("h", everywhere(alice), ledger.Quantity{Base: 1, Unit: "USD"}),
	} {
		d.wantNotTaken(op, ledger.UnitMismatch, ledger.Figures{Unit: "EUR"})
	}
	d.wantRefused(adjust(ledger.OneTimeCharge, everywhere(alice), octets(1)), ledger.InsufficientFunds,
		ledger.Figures{Needed: 1, Unit: "B"})
}
