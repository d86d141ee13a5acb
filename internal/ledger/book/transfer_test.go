// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

var (
	mainOfAlice = ledger.Main(alice)
	mainOfBob   = ledger.Main(bob)
)

func TestATransferMovesPaidMoney(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(100)), cash(mainOfBob, eur(5)))
	out := d.post(transfer(mainOfAlice, mainOfBob, eur(30)))
	want := []ledger.Impact{
		{Account: alice, Bucket: mainOfAlice.Bucket, Before: 100, After: 70},
		{Account: bob, Bucket: mainOfBob.Bucket, Before: 5, After: 35},
	}
	if len(out.Impacts) != 2 || out.Impacts[0] != want[0] || out.Impacts[1] != want[1] {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
	d.wantMoney(alice, 70)
	d.wantMoney(bob, 35)
}

func TestATransferTakesAllButNotMore(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(100)))
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(101)), ledger.InsufficientFunds,
		ledger.Figures{Needed: 101, Available: 100, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(100)))
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
}

func TestWhatWasGivenCannotBePassedOn(t *testing.T) {
	d := newDesk(t)
	gift := at(alice, "gift")
	d.must(open(alice), open(bob), data(gift, ledger.Granted), data(at(bob, "b"), ledger.Paid),
		ledger.Grant{Into: gift, Amount: octets(100)}, cash(gift, octets(20)))
	d.wantLeft(gift, 120)
	to := at(bob, "b")
	d.wantRefused(transfer(gift, to, octets(21)), ledger.NotTransferable, ledger.Figures{Needed: 21, Available: 20, Unit: "B"})
	d.wantRefused(transfer(gift, to, octets(120)), ledger.NotTransferable, ledger.Figures{Needed: 120, Available: 20, Unit: "B"})
	d.wantRefused(transfer(gift, to, octets(121)), ledger.InsufficientFunds, ledger.Figures{Needed: 121, Available: 120, Unit: "B"})
	d.must(transfer(gift, to, octets(20)))
	d.wantRefused(transfer(gift, to, octets(1)), ledger.NotTransferable, ledger.Figures{Needed: 1, Unit: "B"})
	d.wantLeft(gift, 100)
}

func TestPaidValueStaysPaidInABucketOfGifts(t *testing.T) {
	d := newDesk(t)
	gift := at(bob, "gift")
	d.must(open(alice), open(bob), data(at(alice, "a"), ledger.Paid), data(gift, ledger.Granted),
		ledger.Grant{Into: gift, Amount: octets(50)}, cash(at(alice, "a"), octets(10)))
	for range 2 {
		d.must(transfer(at(alice, "a"), gift, octets(5))) // the second one finds the lot of the first
	}
	d.wantLeft(gift, 60)
	d.wantRefused(transfer(gift, at(alice, "a"), octets(11)), ledger.NotTransferable, ledger.Figures{Needed: 11, Available: 10, Unit: "B"})
	d.must(transfer(gift, at(alice, "a"), octets(10)))
	if lots := d.lots(gift); len(lots) != 2 || lots[0].Class != ledger.Granted || lots[1].Class != ledger.Paid ||
		lots[0].Number != 0 || lots[1].Number != lots[1].Base/ledger.LotBlock {
		t.Errorf("the lots are %+v", lots)
	}
}

func TestAGrantIntoABucketKeepsTheBucketsClass(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), data(at(alice, "paid"), ledger.Paid), data(at(bob, "b"), ledger.Paid),
		ledger.Grant{Into: at(alice, "paid"), Amount: octets(10)})
	d.must(transfer(at(alice, "paid"), at(bob, "b"), octets(10)))
}

func TestTheCreditLineIsUsedLastAndOnlyInTheMainBucket(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "p")
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), open(bob), purse(p, ledger.Paid),
		cash(mainOfAlice, eur(10)), cash(p, eur(5)))
	d.wantRefused(transfer(p, mainOfBob, eur(6)), ledger.InsufficientFunds, ledger.Figures{Needed: 6, Available: 5, Unit: "EUR"})
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(61)), ledger.InsufficientFunds, ledger.Figures{Needed: 61, Available: 60, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(60)))
	d.wantMoney(alice, -45)
	if got := d.view(alice).Available; got != 5 {
		t.Errorf("%d can be spent, not what is in the purse", got)
	}
	d.must(cash(mainOfAlice, eur(50)))
	d.wantMoney(alice, 5)
}

func TestACreditLimitLoweredBelowItsUseStopsWhatGoesOutAndNotWhatComesIn(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), open(bob), transfer(mainOfAlice, mainOfBob, eur(40)))
	d.must(setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 20}))
	if view := d.view(alice); view.Available != -20 || view.Credit != -40 {
		t.Errorf("available %d, credit %d", view.Available, view.Credit)
	}
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Available: -20, Unit: "EUR"})
	d.must(cash(mainOfAlice, eur(10))) // still below the new limit
	d.wantMoney(alice, -30)
	d.must(cash(mainOfAlice, eur(11)), transfer(mainOfAlice, mainOfBob, eur(1)))
	d.wantMoney(alice, -20)
}

func TestATransferNeedsBothEndsActive(t *testing.T) {
	for _, c := range []struct {
		state ledger.AccountState
		code  ledger.Code
	}{{ledger.AccountStateSuspended, ledger.AccountSuspended}, {ledger.AccountStateClosed, ledger.AccountClosed}} {
		for _, stopped := range []ledger.ID{alice, bob} {
			d := newDesk(t)
			d.must(open(alice), open(bob), cash(mainOfAlice, eur(10)), setAccount(stopped, 1, ledger.AccountSettings{State: c.state}))
			d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(1)), c.code, none)
			d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(100)), c.code, none) // the state is told before the funds
			d.wantMoney(alice, 10)
		}
	}
}

func TestTheCeilingBindsTransfersFromOthersOnly(t *testing.T) {
	d := newDesk(t)
	p := at(bob, "p")
	d.must(open(alice), setAccount(bob, 0, ledger.AccountSettings{MaximumBalance: 10}), purse(p, ledger.Paid),
		cash(mainOfAlice, eur(100)), cash(mainOfBob, eur(8)))
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(3)), ledger.BalanceCeiling, ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.wantRefused(transfer(mainOfAlice, p, eur(3)), ledger.BalanceCeiling, ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(2)), setAccount(bob, 1, ledger.AccountSettings{MaximumBalance: 5}))
	d.must(transfer(mainOfBob, p, eur(10))) // nothing comes in
	d.wantLeft(p, 10)
}

func TestABucketGivesNothingToItself(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), cash(mainOfAlice, eur(10)))
	d.wantNotTaken(transfer(mainOfAlice, mainOfAlice, eur(1)), ledger.SameBucket, none)
	d.wantNotTaken(transfer(mainOfAlice, ledger.Place{Account: bob, Bucket: mainOfAlice.Bucket}, eur(1)), ledger.SameBucket, none)
}

func TestABalanceNeverReaches10To18(t *testing.T) {
	overflow := ledger.AmountOverflow
	d := newDesk(t)
	p, into := at(alice, "p"), at(alice, "d")
	d.must(open(alice), purse(p, ledger.Paid), data(into, ledger.Granted), cash(mainOfAlice, eur(money.MaxBase-1)))
	d.wantNotTaken(cash(mainOfAlice, eur(2)), overflow, none)
	d.wantNotTaken(cash(p, eur(2)), overflow, none) // the account as a whole
	d.wantNotTaken(ledger.Grant{Into: p, Amount: eur(2)}, overflow, none)
	d.must(cash(p, eur(1)))
	d.must(ledger.Grant{Into: into, Amount: octets(money.MaxBase)}) // another unit
	d.wantNotTaken(ledger.Grant{Into: into, Amount: octets(1)}, overflow, none)
	// What stays on the account cannot overflow it.
	d.must(transfer(mainOfAlice, p, eur(money.MaxBase-1)), transfer(p, mainOfAlice, eur(money.MaxBase)))
	d.wantMoney(alice, money.MaxBase)
}

func TestTheWorldOutsideHasNoBound(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), open(carol), data(at(carol, "d"), ledger.Paid), cash(mainOfAlice, eur(money.MaxBase)))
	funding := ledger.ExternalID(scope, tenant, "funding:cash")
	if cells := d.kept.account(funding).Cells; len(cells) != 1 || cells[0].Balance != -money.MaxBase {
		t.Fatalf("funding:cash has %+v", cells)
	}
	d.must(cash(mainOfBob, eur(1)), cash(mainOfBob, eur(2))) // its first cell is full: it gets another
	cells := d.kept.account(funding).Cells
	slices.SortFunc(cells, func(a, b ledger.CellRow) int { return cmp.Compare(a.ID, b.ID) })
	if len(cells) != 2 || cells[0].Balance != -money.MaxBase || cells[1].Balance != -3 {
		t.Errorf("funding:cash has %+v", cells)
	}
	d.wantNotTaken(transfer(mainOfAlice, mainOfBob, eur(money.MaxBase)), ledger.AmountOverflow, none)
	d.must(cash(at(carol, "d"), octets(1)))
}

func TestABucketTakesNoMoreThanItsLots(t *testing.T) {
	full := func(lots int) *desk {
		d := newDesk(t)
		gifts := at(alice, "gifts")
		d.must(open(alice), data(gifts, ledger.Granted))
		var more []ledger.Record
		for n := 1; n < lots; n++ {
			base := d.kept.nextCell + int64(n-1)*ledger.LotBlock
			l := ledger.Lot{Account: alice, Bucket: gifts.Bucket, Number: base / ledger.LotBlock, Base: base, Class: ledger.Granted, Unit: "B", Tenant: tenant}
			subject := ledger.LotID(l.Bucket, l.Number)
			more = append(more, ledger.Record{
				ID: ledger.SettingsKey(subject, 1), Status: ledger.Accepted,
				Facts: []ledger.Fact{{Subject: subject, Version: 1, Kind: ledger.FactLot, Body: ledger.EncodeBody(l)}},
				Live:  []ledger.Live{{Account: alice, Subject: subject, Base: base}},
				Cells: []ledger.Cell{{ID: base, Account: alice, Bucket: l.Bucket, Lot: l.Number, Unit: "B", Tenant: tenant}},
			})
		}
		d.commit(more)
		d.state = book.NewState()
		return d
	}
	d := full(book.MaxLots)
	d.wantRefused(cash(at(alice, "gifts"), octets(1)), ledger.TooManyLots, ledger.Figures{Available: book.MaxLots})
	d.must(ledger.Grant{Into: at(alice, "gifts"), Amount: octets(1)}) // needs no further lot
	full(book.MaxLots - 1).must(cash(at(alice, "gifts"), octets(1)))
}

// lots reads the lots of a bucket from the rows, in the order of their cells.
func (d *desk) lots(place ledger.Place) []ledger.Lot {
	d.Helper()
	byBase := map[int64]ledger.Lot{}
	for _, row := range d.kept.account(place.Account).Facts {
		var l ledger.Lot
		if row.Kind != ledger.FactLot {
			continue
		}
		if err := ledger.DecodeBody(row.Body, &l); err != nil {
			d.Fatalf("%v", err)
		}
		if l.Bucket == place.Bucket {
			byBase[l.Base] = l
		}
	}
	var lots []ledger.Lot
	for base := int64(ledger.LotBlock); base < d.kept.nextCell; base += ledger.LotBlock {
		if l, ok := byBase[base]; ok {
			lots = append(lots, l)
		}
	}
	return lots
}
