// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestTheNextCreditOfAnyKindPaysWhatIsOwed(t *testing.T) {
	for name, credit := range map[string]func(d *desk, charged ledger.ID) ledger.Operation{
		"a top-up":          func(*desk, ledger.ID) ledger.Operation { return cash(mainOfAlice, eur(50)) },
		"one of her purse":  func(*desk, ledger.ID) ledger.Operation { return cash(purseOfAlice, eur(50)) },
		"a grant":           func(*desk, ledger.ID) ledger.Operation { return ledger.Grant{Into: giftOfAlice, Amount: eur(50)} },
		"a transfer":        func(*desk, ledger.ID) ledger.Operation { return transfer(mainOfBob, purseOfAlice, eur(50)) },
		"goodwill":          func(*desk, ledger.ID) ledger.Operation { return adjust(ledger.GoodwillCredit, mainOfAlice, eur(50)) },
		"a general credit":  func(*desk, ledger.ID) ledger.Operation { return adjust(ledger.GeneralCredit, giftOfAlice, eur(50)) },
		"a reversed charge": func(d *desk, charged ledger.ID) ledger.Operation { return d.reverse(charged, ledger.ShortfallRefuses) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, owed := range []int64{20, 50, 80} {
				d := mixed(t)
				d.must(cash(mainOfBob, eur(50)), cash(purseOfAlice, eur(50)))
				charged := d.done(adjust(ledger.OneTimeCharge, purseOfAlice, eur(50)))
				d.owe(owed)
				before := d.view(alice)
				d.must(credit(d, charged))
				after, paid := d.view(alice), min(owed, 50)
				if after.Debt != owed-paid || after.Credit != before.Credit+50-paid || after.Available != before.Available+50 {
					t.Errorf("of %d owed, %d is left; there are %d, which were %d", owed, after.Debt, after.Credit, before.Credit)
				}
			}
		})
	}
}

func TestWhatComesBackFromAHoldPaysNoDebt(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(100)))
	d.owe(30)
	d.must(charge("h", eur(20)))
	d.wantBalances(50, 0, 0, 30)
	d.wantMoney(alice, 80)
}

func TestAReversedTopUpThatPaidADebtLeavesItOwed(t *testing.T) {
	for name, into := range map[string]ledger.Place{"into the main bucket": mainOfAlice, "into the purse": purseOfAlice} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(open(alice), purse(purseOfAlice, ledger.Paid))
			d.owe(30)
			of := d.done(cash(into, eur(100)))
			d.wantBalances(70, 0, 0, 0)
			d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 100, Available: 70, Unit: "EUR"})
			d.must(d.reverse(of, ledger.ShortfallOwes))
			d.wantBalances(-30, 0, 0, 30)
			d.wantMoney(alice, 0)
			d.wantOutside("funding:cash", map[string]int64{})
		})
	}
}

// A charge of several lots comes back lot by lot: the debt is paid once.
func TestAReversalPaysADebtOnceHoweverManyLotsItGivesBackTo(t *testing.T) {
	d := mixed(t)
	of := d.done(adjust(ledger.OneTimeCharge, everywhere(alice), eur(42)))
	d.owe(15)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantFree(0, 15, 5, 7)
	if view := d.view(alice); view.Debt != 0 || view.Available != 77 {
		t.Errorf("it is %+v", view)
	}
}

func TestACreditThatOnlyPaysADebtIsNotBoundByTheCeiling(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), purse(purseOfAlice, ledger.Paid), cash(purseOfAlice, eur(50)))
	d.owe(60)
	d.must(setAccount(alice, 1, ledger.AccountSettings{MaximumBalance: 60}))
	d.wantRefused(cash(mainOfAlice, eur(71)), ledger.BalanceCeiling, ledger.Figures{Needed: 61, Available: 60, Unit: "EUR"})
	d.must(cash(mainOfAlice, eur(70)))
	d.wantMoney(alice, 60)
}

func TestOwingKeepsAnAccountFromClosingEmpty(t *testing.T) {
	end := setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed})
	end.OnlyIfEmpty = true
	d := newDesk(t)
	d.must(open(alice))
	d.owe(60)
	d.wantNotTaken(end, ledger.BalanceNotZero, ledger.Figures{Available: -60, Unit: "EUR"})
	d.must(cash(mainOfAlice, eur(60)), end)
}

// To name another bucket is no way around a debt.
func TestWhatIsOwedCannotBeSpentFromAnotherBucketEither(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), purse(purseOfAlice, ledger.Paid), cash(purseOfAlice, eur(50)))
	d.owe(30)
	short := ledger.Figures{Needed: 21, Available: 20, Unit: "EUR"}
	d.wantRefused(adjust(ledger.OneTimeCharge, purseOfAlice, eur(21)), ledger.InsufficientFunds, short)
	d.wantRefused(reserve("h", purseOfAlice, eur(21)), ledger.InsufficientFunds, short)
	d.must(adjust(ledger.OneTimeCharge, purseOfAlice, eur(20)))
	if view := d.view(alice); view.Available != 0 || view.Debt != 30 {
		t.Errorf("it is %+v", view)
	}
}

// Money is owed by the account, data by the bucket.
func TestDataIsOwedByItsBucket(t *testing.T) {
	d := withMoney(t, 100)
	mobile, other := at(alice, "d"), at(alice, "e")
	d.must(data(mobile, ledger.Granted), data(other, ledger.Paid), ledger.Grant{Into: mobile, Amount: octets(50)}, cash(other, octets(7)))
	of := d.done(cash(mobile, octets(20)))
	d.must(reserve("h", mobile, octets(60)), chargeAll("h"))
	d.wantRefused(d.reverse(of, ledger.ShortfallRefuses), ledger.InsufficientFunds, ledger.Figures{Needed: 20, Available: 10, Unit: "B"})
	d.must(d.reverse(of, ledger.ShortfallOwes))
	d.wantCells(mobile, ledger.Debt, -10, 0)
	d.wantBalances(100, 0, 0, 0)
	d.must(cash(other, octets(1)))
	d.wantLeft(other, 8)
	d.wantRefused(adjust(ledger.OneTimeCharge, mobile, octets(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Available: -10, Unit: "B"})
	d.wantRefused(adjust(ledger.OneTimeCharge, everywhere(alice), octets(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Available: -2, Unit: "B"})
	d.must(cash(mobile, octets(13)))
	d.wantCells(mobile, ledger.Debt, 0, 0)
	d.wantLeft(mobile, 3)
}
