// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestSettingsAreTakenOneVersionAfterAnother(t *testing.T) {
	d := newDesk(t)
	limit := func(v, base int64) ledger.SetAccount {
		return setAccount(alice, v, ledger.AccountSettings{CreditLimit: base})
	}
	d.wantNotTaken(limit(1, 0), ledger.VersionMismatch, none)
	d.wantNotTaken(limit(-1, 0), ledger.VersionMismatch, none)
	d.must(limit(0, 0), limit(1, 50), limit(2, 0)) // there and back again is three versions
	d.wantNotTaken(limit(2, 70), ledger.VersionMismatch, none)
	if view := d.view(alice); view.Version != 3 || view.Settings != (ledger.AccountSettings{Currency: "EUR"}) {
		t.Errorf("the settings are %+v in version %d", view.Settings, view.Version)
	}
}

func TestAnAccountKeepsItsCurrency(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice))
	dollars := ledger.AccountSettings{Currency: "USD"}
	d.wantNotTaken(setAccount(alice, 1, dollars), ledger.AccountConflict, ledger.Figures{Unit: "EUR"})
	d.wantNotTaken(setAccount(alice, 0, dollars), ledger.VersionMismatch, none)
}

func TestAClosedAccountStaysClosed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
	for _, state := range []ledger.AccountState{ledger.AccountStateActive, ledger.AccountStateSuspended, ledger.AccountStateClosed} {
		d.wantNotTaken(setAccount(alice, 2, ledger.AccountSettings{State: state}), ledger.AccountClosed, none)
	}
	if got := d.view(alice).Settings.State; got != ledger.AccountStateClosed {
		t.Errorf("the state is %d", got)
	}
}

func TestASuspendedAccountCanBeActiveAgain(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateSuspended}),
		setAccount(alice, 2, ledger.AccountSettings{}), cash(mainOfAlice, eur(1)))
}

func TestClosingCanWaitUntilNothingIsOnTheAccount(t *testing.T) {
	end := func(v int64) ledger.SetAccount {
		op := setAccount(alice, v, ledger.AccountSettings{State: ledger.AccountStateClosed})
		op.OnlyIfEmpty = true
		return op
	}
	d := newDesk(t)
	p := at(alice, "p")
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 10}), open(bob), purse(p, ledger.Paid), cash(mainOfAlice, eur(5)))
	d.wantNotTaken(end(1), ledger.BalanceNotZero, ledger.Figures{Available: 5, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(9)))
	d.wantNotTaken(end(1), ledger.BalanceNotZero, ledger.Figures{Available: -4, Unit: "EUR"})
	d.must(cash(p, eur(4))) // as much in the purse as is owed is not nothing
	d.wantNotTaken(end(1), ledger.BalanceNotZero, ledger.Figures{Unit: "EUR"})
	d.must(transfer(p, mainOfAlice, eur(4)))
	// Money decides: what is left of data does not keep an account open.
	d.must(data(at(alice, "d"), ledger.Granted), ledger.Grant{Into: at(alice, "d"), Amount: octets(3)}, end(1))
}

func TestWithoutThatConditionAnAccountClosesWithWhatIsOnIt(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), cash(mainOfAlice, eur(5)), setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
	if view := d.view(alice); view.Credit != 5 || view.Available != 0 {
		t.Errorf("credit %d, available %d", view.Credit, view.Available)
	}
}

func TestSettingsThatContradictThemselvesAreMalformed(t *testing.T) {
	d := newDesk(t)
	for name, op := range map[string]ledger.SetAccount{
		"no account":              open(ledger.ID{}),
		"a unit of data":          setAccount(alice, 0, ledger.AccountSettings{Currency: "GB"}),
		"no unit at all":          {Account: alice},
		"no currency of this day": setAccount(alice, 0, ledger.AccountSettings{Currency: "XXX"}),
		"text that is not UTF-8":  setAccount(alice, 0, ledger.AccountSettings{Currency: "\xff\xfe"}),
		"an unknown state":        setAccount(alice, 0, ledger.AccountSettings{State: ledger.AccountStateRechargeOnly + 1}),
		"a negative limit":        setAccount(alice, 0, ledger.AccountSettings{CreditLimit: -1}),
		"a limit of 10^18":        setAccount(alice, 0, ledger.AccountSettings{CreditLimit: money.MaxBase + 1}),
		"a negative ceiling":      setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: -1}),
		"a ceiling of 10^18":      setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: money.MaxBase + 1}),
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(op, ledger.Malformed, none)
		})
	}
}

func TestTheLargestCreditLineCanBeUsedWhole(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{CreditLimit: money.MaxBase}), open(bob),
		transfer(mainOfAlice, mainOfBob, eur(money.MaxBase)))
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(1)), ledger.InsufficientFunds, ledger.Figures{Needed: 1, Unit: "EUR"})
	d.wantMoney(alice, -money.MaxBase)
}

func TestWhatIsOwedCannotBeSpent(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(100)), reserve("h", mainOfAlice, eur(100)))
	d.owe(30)
	d.must(release("h"))
	if view := d.view(alice); view.Available != 70 || view.Credit != 100 {
		t.Errorf("available %d, credit %d", view.Available, view.Credit)
	}
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(71)), ledger.InsufficientFunds, ledger.Figures{Needed: 71, Available: 70, Unit: "EUR"})
	d.must(transfer(mainOfAlice, mainOfBob, eur(70)))
	end := setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed})
	end.OnlyIfEmpty = true
	d.wantNotTaken(end, ledger.BalanceNotZero, ledger.Figures{Unit: "EUR"}) // 30 there and 30 owed
}

func TestTheViewOfAnAccountIsWhatPeopleSee(t *testing.T) {
	d := newDesk(t)
	gift, kept, mobile := at(alice, "gift"), at(alice, "kept"), at(alice, "d")
	d.must(
		setAccount(alice, 0, ledger.AccountSettings{CreditLimit: 50}), // batch 1
		purse(gift, ledger.Granted), ledger.Grant{Into: gift, Amount: eur(7)},
		purse(kept, ledger.Paid), cash(kept, eur(11)),
		setBucket(kept, 1, ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", State: ledger.BucketStateRetained}),
		data(mobile, ledger.Paid), cash(mobile, octets(3)), // batches 7 and 8
		cash(mainOfAlice, eur(100)), // batch 9
		open(bob),
	)
	view := d.view(alice)
	if view.Credit != 118 || view.Available != 157 {
		t.Errorf("credit %d, available %d: a kept bucket counts as credit, a credit line can be spent", view.Credit, view.Available)
	}
	if view.ID != alice || view.Version != 1 || view.Sequence != 9 {
		t.Errorf("it is version %d of %s at batch %d", view.Version, view.ID, view.Sequence)
	}
	if len(view.Buckets) != 3 {
		t.Errorf("there are %d buckets beside the main one", len(view.Buckets))
	}
	want := ledger.Bucket{
		Version: 1, Remaining: 3, Sequence: 8,
		Settings: ledger.BucketSettings{Account: alice, Unit: "GB", UsageType: "Data"},
		Lots:     []ledger.LotBalance{{Remaining: 3}},
	}
	if got := view.Buckets[mobile.Bucket]; !reflect.DeepEqual(got, want) {
		t.Errorf("the data bucket is %+v, not %+v", got, want)
	}
	d.must(setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 50, State: ledger.AccountStateSuspended}))
	if view := d.view(alice); view.Available != 0 || view.Credit != 118 || view.Sequence != 11 {
		t.Errorf("suspended, it is %+v", view)
	}
}

func TestAnAccountWithoutSettingsIsNotInTheLedger(t *testing.T) {
	if _, err := book.View(alice, ledger.AccountRows{}, start); !errors.Is(err, ledger.ErrUnknown) {
		t.Errorf("the error is %v", err)
	}
}

func TestRowsThatMakeNoSenseAreAnError(t *testing.T) {
	settings := ledger.EncodeBody(ledger.AccountSettings{Currency: "EUR"})
	for name, rows := range map[string]ledger.AccountRows{
		"a cell of no lot": {Cells: []ledger.CellRow{{ID: 8, Version: 1, Balance: 1}}},
		"a kind from the future": {Facts: []ledger.FactRow{{Fact: ledger.Fact{
			Subject: alice, Version: 1, Kind: ledger.FactTerm + 1, Body: settings,
		}}}},
		"a body from the future": {Facts: []ledger.FactRow{{Fact: ledger.Fact{
			Subject: alice, Version: 1, Kind: ledger.FactAccount, Body: []byte{0xa1, 0x18, 0x63, 0x01},
		}}}},
	} {
		if _, err := book.View(alice, rows, start); err == nil || errors.Is(err, ledger.ErrUnknown) {
			t.Errorf("%s: the error is %v", name, err)
		}
		loaded := &ledger.Loaded{Accounts: map[ledger.ID]ledger.AccountRows{alice: rows}}
		if err := book.NewState().Admit(loaded, ledger.Request{Accounts: []ledger.ID{alice}}); err == nil {
			t.Errorf("%s is admitted", name)
		}
	}
}
