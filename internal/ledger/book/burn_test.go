// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var giftOfAlice = at(alice, "gift")

// mixed is a desk where alice has 10 in her main bucket, 20 given and 5 paid in a
// bucket of gifts, 7 in her purse, and a credit line of 50; all the lots are in
// this order.
func mixed(t tb) *desk {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), open(bob), cash(mainOfAlice, eur(10)),
		purse(giftOfAlice, ledger.Granted), ledger.Grant{Into: giftOfAlice, Amount: eur(20)}, cash(giftOfAlice, eur(5)),
		purse(purseOfAlice, ledger.Paid), cash(purseOfAlice, eur(7)))
	return d
}

// wantFree compares what is free in alice's lots: main, gifts given and paid, purse.
func (d *desk) wantFree(main, given, paid, inPurse int64) {
	d.Helper()
	d.wantCells(mainOfAlice, ledger.Available, main)
	d.wantCells(giftOfAlice, ledger.Available, given, paid)
	d.wantCells(purseOfAlice, ledger.Available, inPurse)
}

func TestWhatNamesNoBucketWalksOverAllOfThem(t *testing.T) {
	for name, take := range map[string]func(amount int64) ledger.Operation{
		"a hold":             func(n int64) ledger.Operation { return reserve("h", everywhere(alice), eur(n)) },
		"a charge":           func(n int64) ledger.Operation { return adjust(ledger.OneTimeCharge, everywhere(alice), eur(n)) },
		"a recurring charge": func(n int64) ledger.Operation { return adjust(ledger.RecurringCharge, everywhere(alice), eur(n)) },
		"a debit":            func(n int64) ledger.Operation { return adjust(ledger.GeneralDebit, everywhere(alice), eur(n)) },
	} {
		for _, c := range []struct{ amount, main, given, paid, inPurse int64 }{
			{4, 6, 20, 5, 7}, {10, 0, 20, 5, 7}, {33, 0, 0, 2, 7}, {42, 0, 0, 0, 0}, {43, -1, 0, 0, 0}, {92, -50, 0, 0, 0},
		} {
			t.Run(name, func(t *testing.T) {
				d := mixed(t)
				d.must(take(c.amount))
				d.wantFree(c.main, c.given, c.paid, c.inPurse)
			})
		}
		d := mixed(t)
		d.wantRefused(take(93), ledger.InsufficientFunds, ledger.Figures{Needed: 93, Available: 92, Unit: "EUR"})
	}
}

func TestTheWalkPassesOverSuspendedAndKeptBuckets(t *testing.T) {
	for name, state := range map[string]ledger.BucketState{"suspended": ledger.BucketStateSuspended, "kept": ledger.BucketStateRetained} {
		t.Run(name, func(t *testing.T) {
			d := mixed(t)
			d.must(setBucket(giftOfAlice, 1, ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", Class: ledger.Granted, State: state}))
			d.wantRefused(reserve("h", everywhere(alice), eur(68)), ledger.InsufficientFunds, ledger.Figures{Needed: 68, Available: 67, Unit: "EUR"})
			d.wantRefused(adjust(ledger.GeneralDebit, everywhere(alice), eur(68)), ledger.InsufficientFunds, ledger.Figures{Needed: 68, Available: 67, Unit: "EUR"})
			d.must(reserve("i", everywhere(alice), eur(20)))
			d.wantFree(-3, 20, 5, 0)
		})
	}
}

func TestTheWalkGoesOverBucketsOfItsUnitOnly(t *testing.T) {
	d := mixed(t)
	d.must(data(at(alice, "a"), ledger.Paid), data(at(alice, "b"), ledger.Granted), cash(at(alice, "a"), octets(3)), cash(at(alice, "b"), octets(4)))
	d.wantRefused(reserve("h", everywhere(alice), octets(8)), ledger.InsufficientFunds, ledger.Figures{Needed: 8, Available: 7, Unit: "B"})
	d.must(reserve("i", everywhere(alice), octets(5)))
	d.wantLeft(at(alice, "a"), 0)
	d.wantLeft(at(alice, "b"), 2)
	d.wantFree(10, 20, 5, 7)
	d.wantRefused(reserve("j", everywhere(alice), ledger.Quantity{Base: 1, Unit: "s"}), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "s"})
}

func TestANamedBucketGivesNothingOfTheOthers(t *testing.T) {
	d := mixed(t)
	d.wantRefused(reserve("h", purseOfAlice, eur(8)), ledger.InsufficientFunds, ledger.Figures{Needed: 8, Available: 7, Unit: "EUR"})
	d.must(reserve("i", giftOfAlice, eur(22)))
	d.wantFree(10, 0, 3, 7)
	d.wantRefused(extend("i", eur(26), d.now.Add(time.Hour)), ledger.InsufficientFunds, ledger.Figures{Needed: 4, Available: 3, Unit: "EUR"})
	d.must(extend("i", eur(25), d.now.Add(time.Hour)))
	d.wantFree(10, 0, 0, 7)
}

func TestWhatComesBackFromAHoldGoesWhereItCameFrom(t *testing.T) {
	for _, c := range []struct {
		charged, main, given, paid, inPurse int64
	}{
		{1, 9, 20, 5, 7}, {10, 0, 20, 5, 7}, {12, 0, 18, 5, 7}, {31, 0, 0, 4, 7}, {42, 0, 0, 0, 0}, {50, -8, 0, 0, 0}, {60, -18, 0, 0, 0},
	} {
		d := mixed(t)
		d.must(reserve("h", everywhere(alice), eur(60)))
		d.wantCells(mainOfAlice, ledger.Reserved, 28)
		d.wantCells(giftOfAlice, ledger.Reserved, 20, 5)
		d.wantCells(purseOfAlice, ledger.Reserved, 7)
		d.must(acceptHold("h"), charge("h", eur(c.charged)))
		d.wantFree(c.main, c.given, c.paid, c.inPurse)
	}
	d := mixed(t)
	d.must(reserve("h", everywhere(alice), eur(60)), release("h"))
	d.wantFree(10, 20, 5, 7)
}

func TestAChargeOfAHoldTakesWhatAChargeWithoutOneWould(t *testing.T) {
	for amount := int64(1); amount <= 92; amount++ {
		held, direct := mixed(t), mixed(t)
		held.must(reserve("h", everywhere(alice), eur(92)), charge("h", eur(amount)))
		direct.must(adjust(ledger.OneTimeCharge, everywhere(alice), eur(amount)))
		for _, place := range []ledger.Place{mainOfAlice, giftOfAlice, purseOfAlice} {
			held.wantCells(place, ledger.Available, direct.cells(place, ledger.Available)...)
		}
	}
}

func TestAnExtensionMayTakeFromOtherLotsThanTheHoldDid(t *testing.T) {
	d := mixed(t)
	d.must(reserve("h", everywhere(alice), eur(50))) // 8 of it on the credit line
	d.must(cash(purseOfAlice, eur(10)), extend("h", eur(55), d.now.Add(time.Hour)))
	d.wantCells(purseOfAlice, ledger.Reserved, 12)
	d.wantFree(-8, 0, 0, 5)
	d.must(charge("h", eur(47))) // all but the credit line
	d.wantFree(0, 0, 0, 5)
}

func TestAChargeOfAnExtendedHoldIsInBurnOrder(t *testing.T) {
	d := mixed(t)
	d.must(adjust(ledger.OneTimeCharge, mainOfAlice, eur(10)), reserve("h", everywhere(alice), eur(20)), cash(mainOfAlice, eur(10)),
		extend("h", eur(30), d.now.Add(time.Hour)))
	d.wantFree(0, 0, 5, 7)
	d.must(charge("h", eur(10)))
	d.wantFree(0, 20, 5, 7)
}

func TestWhatIsHeldUnderALoweredCreditLimitIsChargedOrComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		end  ledger.Operation
		left int64
	}{
		"charged": {chargeAll("h"), -40}, "charged in part": {charge("h", eur(15)), -15}, "released": {release("h"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), reserve("h", mainOfAlice, eur(40)),
				setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 10}))
			d.wantBalances(-30, 40, 0, 0)
			d.wantRefused(extend("h", eur(41), d.now.Add(time.Hour)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Available: -30, Unit: "EUR"})
			d.must(acceptHold("h"), c.end)
			d.wantMoney(alice, c.left)
			d.wantCells(mainOfAlice, ledger.Available, c.left)
		})
	}
}

func TestAHoldOnTheCreditLineKeepsAnAccountFromClosingEmpty(t *testing.T) {
	end := setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 50, State: ledger.AccountStateClosed})
	end.OnlyIfEmpty = true
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), reserve("h", mainOfAlice, eur(40)))
	d.wantNotTaken(end, ledger.BalanceNotZero, ledger.Figures{Unit: "EUR"})
	d.must(acceptHold("h"))
	d.wantNotTaken(end, ledger.BalanceNotZero, ledger.Figures{Unit: "EUR"})
	d.must(release("h"), end)
}

func TestHeldMoneyKeepsAnAccountFromClosingEmptyAndHeldDataDoesNot(t *testing.T) {
	end := setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed})
	end.OnlyIfEmpty = true
	d := withMoney(t, 10)
	mobile := at(alice, "d")
	d.must(data(mobile, ledger.Paid), cash(mobile, octets(5)), reserve("data", mobile, octets(5)), reserve("h", mainOfAlice, eur(10)))
	d.wantNotTaken(end, ledger.BalanceNotZero, ledger.Figures{Available: 10, Unit: "EUR"})
	d.must(chargeAll("h"), end)
	d.must(acceptHold("data"), charge("data", octets(2))) // closed, it is charged all the same
	d.wantLeft(mobile, 3)
}

func TestForfeitLeavesWhatIsHeld(t *testing.T) {
	forfeit := setBucket(giftOfAlice, 1, ledger.BucketSettings{
		Unit: "EUR", UsageType: "Monetary", Class: ledger.Granted, State: ledger.BucketStateRetained,
	})
	forfeit.Forfeit = true
	d := mixed(t)
	d.must(reserve("h", giftOfAlice, eur(15)), forfeit)
	d.wantOutside("breakage", map[string]int64{"EUR": 10})
	d.wantCells(giftOfAlice, ledger.Reserved, 15, 0)
	d.must(charge("h", eur(6)))
	d.wantFree(10, 9, 0, 7)
	d.wantOutside("revenue:usage", map[string]int64{"EUR": 6})
}

// While an account is active, what people see adds up.
func TestTheViewAddsUp(t *testing.T) {
	d := mixed(t)
	kept := ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", State: ledger.BucketStateRetained}
	d.must(reserve("h", everywhere(alice), eur(33)), acceptHold("h"), reserve("i", purseOfAlice, eur(3)))
	of := d.done(cash(mainOfAlice, eur(30)))
	d.must(adjust(ledger.OneTimeCharge, mainOfAlice, eur(25)), d.reverse(of, ledger.ShortfallOwes), setBucket(purseOfAlice, 1, kept))
	view := d.view(alice)
	if view.Reserved != 3 || view.Accepted != 33 || view.Debt != 25 {
		t.Errorf("it is %+v", view)
	}
	if b := view.Buckets[purseOfAlice.Bucket]; b.Remaining != 4 || b.Reserved != 3 || b.Accepted != 0 {
		t.Errorf("the purse is %+v", b)
	}
	if b := view.Buckets[giftOfAlice.Bucket]; b.Remaining != 2 || b.Reserved != 0 || b.Accepted != 23 {
		t.Errorf("the gifts are %+v", b)
	}
	if view.Credit-view.Reserved-view.Accepted != view.Available-view.Settings.CreditLimit+view.Debt+4 {
		t.Errorf("it does not add up: %+v", view)
	}
}
