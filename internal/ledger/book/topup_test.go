// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

var none = ledger.Figures{}

func TestATopUpBringsMoneyIntoTheMainBucket(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), cash(ledger.Main(alice), eur(100)))
	out := d.post(cash(ledger.Main(alice), eur(250)))
	want := ledger.Impact{Account: alice, Bucket: ledger.MainBucketID(alice), Before: 100, After: 350}
	if len(out.Impacts) != 1 || out.Impacts[0] != want {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
	d.wantMoney(alice, 350)
}

func TestATopUpBringsDataIntoABucketOfItsOwn(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), data(at(alice, "d"), ledger.Paid), cash(at(alice, "d"), octets(5)))
	d.wantLeft(at(alice, "d"), 5)
	d.wantMoney(alice, 0)
}

func TestAReceiptPaysForOneTopUp(t *testing.T) {
	first := receipted(ledger.Main(alice), eur(1), "Cash", "till-4/8812")
	for _, c := range []struct {
		name   string
		second func() (ledger.Command, bool)
	}{
		{"not for a second one of the same content", func() (ledger.Command, bool) { return as(tenant, first), false }},
		{"not for another amount", func() (ledger.Command, bool) {
			return as(tenant, receipted(ledger.Main(alice), eur(2), "Cash", "till-4/8812")), false
		}},
		{"not under another spelling of its type", func() (ledger.Command, bool) {
			return as(tenant, receipted(ledger.Main(alice), eur(1), "CASH", "till-4/8812")), false
		}},
		{"not on another account", func() (ledger.Command, bool) {
			return as(tenant, receipted(ledger.Main(bob), eur(1), "Cash", "till-4/8812")), false
		}},
		{"another receipt pays", func() (ledger.Command, bool) {
			return as(tenant, receipted(ledger.Main(alice), eur(1), "Cash", "till-4/8813")), true
		}},
		{"the same text of another payment type is another receipt", func() (ledger.Command, bool) {
			return as(tenant, receipted(ledger.Main(alice), eur(1), "BankTransfer", "till-4/8812")), true
		}},
		{"the same text in another tenant is another receipt", func() (ledger.Command, bool) {
			other := ledger.TenantID(scope, "wholesale", 1)
			return as(other, receipted(ledger.Main(ledger.AccountID(scope, other, "dora")), eur(1), "Cash", "till-4/8812")), true
		}},
		{"no receipt is no receipt", func() (ledger.Command, bool) { return as(tenant, cash(ledger.Main(alice), eur(1))), true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			second, paid := c.second()
			d.must(open(alice), open(bob))
			if into := second.Operation.(ledger.TopUp).Into.Account; into != alice && into != bob {
				d.batch(as(second.Tenant, open(into)))
			}
			paying := d.command(first)
			d.batch(paying)
			out := d.batch(second)[0]
			if paid {
				if out.Status != ledger.Accepted {
					t.Errorf("it is %s", out.Code)
				}
				return
			}
			if out.Status != ledger.Refused || out.Code != ledger.DuplicatePayment || out.Figures != (ledger.Figures{Other: paying.Key}) {
				t.Errorf("it is %s %+v", out.Code, out.Figures)
			}
			d.wantMoney(alice, 1)
			d.wantMoney(bob, 0)
		})
	}
}

// as is a command of a tenant, under a key that depends on both.
func as(tenant ledger.ID, op ledger.Operation) ledger.Command {
	return ledger.Command{
		Key:   ledger.OperationKey(scope, tenant, fmt.Sprintf("%T", op), "as", ""),
		Scope: scope, Tenant: tenant, Operation: op,
	}
}

func TestARefusedTopUpLeavesItsReceiptUnused(t *testing.T) {
	d := newDesk(t)
	d.must(setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: 10}))
	d.wantRefused(receipted(ledger.Main(alice), eur(11), "Cash", "r"), ledger.BalanceCeiling,
		ledger.Figures{Needed: 11, Available: 10, Unit: "EUR"})
	d.must(receipted(ledger.Main(alice), eur(10), "Cash", "r"))
}

func TestTwoTopUpsOfOneBatchCannotShareAReceipt(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice))
	top := receipted(ledger.Main(alice), eur(1), "Cash", "r")
	outs := d.batch(d.command(top), d.command(top))
	if outs[0].Status != ledger.Accepted || outs[1].Code != ledger.DuplicatePayment {
		t.Errorf("they are %+v", outs)
	}
	d.wantMoney(alice, 1)
}

func TestTheCeilingBindsWhatIsOnTheWholeAccount(t *testing.T) {
	d := newDesk(t)
	d.must(
		setAccount(alice, 0, ledger.AccountSettings{MaximumBalance: 100}), purse(at(alice, "p"), ledger.Granted),
		data(at(alice, "d"), ledger.Paid), cash(ledger.Main(alice), eur(60)),
	)
	d.wantRefused(cash(at(alice, "p"), eur(41)), ledger.BalanceCeiling, ledger.Figures{Needed: 101, Available: 100, Unit: "EUR"})
	d.must(cash(at(alice, "p"), eur(40)))
	d.wantRefused(cash(ledger.Main(alice), eur(1)), ledger.BalanceCeiling, ledger.Figures{Needed: 101, Available: 100, Unit: "EUR"})
	// It is a ceiling for money: data and gifts pass.
	d.must(cash(at(alice, "d"), octets(1_000)), ledger.Grant{Into: at(alice, "p"), Amount: eur(500)})
	d.wantMoney(alice, 600)
}

func TestNothingMovesIntoAnAccountThatIsNotActive(t *testing.T) {
	for _, c := range []struct {
		state ledger.AccountState
		code  ledger.Code
	}{{ledger.AccountStateSuspended, ledger.AccountSuspended}, {ledger.AccountStateClosed, ledger.AccountClosed}} {
		d := newDesk(t)
		d.must(open(alice), data(at(alice, "d"), ledger.Paid), setAccount(alice, 1, ledger.AccountSettings{State: c.state}))
		d.wantRefused(cash(ledger.Main(alice), eur(1)), c.code, none)
		d.wantRefused(cash(at(alice, "d"), octets(1)), c.code, none)
	}
}

func TestAGrantIsPartOfSettingUpAndReachesASuspendedAccount(t *testing.T) {
	d := newDesk(t)
	d.must(
		setAccount(alice, 0, ledger.AccountSettings{State: ledger.AccountStateSuspended, MaximumBalance: 1}),
		purse(at(alice, "p"), ledger.Granted), ledger.Grant{Into: at(alice, "p"), Amount: eur(7)},
	)
	d.wantLeft(at(alice, "p"), 7)
	d.must(setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
	d.wantRefused(ledger.Grant{Into: at(alice, "p"), Amount: eur(1)}, ledger.AccountClosed, none)
}

// Each way to name a place that value cannot come to or go from, for every
// operation that names one.
func TestAPlaceThatCannotBeIsNotTaken(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), open(bob), data(at(alice, "d"), ledger.Paid), data(at(bob, "b"), ledger.Paid), data(at(alice, "kept"), ledger.Paid),
		setBucket(at(alice, "kept"), 1, ledger.BucketSettings{State: ledger.BucketStateRetained}), cash(ledger.Main(bob), eur(9)), cash(at(bob, "b"), octets(9)))
	for _, c := range []struct {
		name    string
		place   ledger.Place
		other   ledger.Place
		amount  ledger.Quantity
		code    ledger.Code
		figures ledger.Figures
	}{
		{"an account that is not there yet", ledger.Main(carol), ledger.Main(bob), eur(1), ledger.AccountUnknown, none},
		{"a bucket that is not there yet", at(alice, "later"), ledger.Main(bob), eur(1), ledger.BucketUnknown, none},
		{"a bucket of another account", at(alice, "b"), ledger.Main(bob), eur(1), ledger.WrongAccount, none},
		{"a main bucket of another account", ledger.Place{Account: alice, Bucket: ledger.MainBucketID(carol)}, ledger.Main(bob), eur(1), ledger.BucketUnknown, none},
		{"a bucket without an object", at(alice, "kept"), at(bob, "b"), octets(1), ledger.BucketRetained, none},
		{"money into data", at(alice, "d"), ledger.Main(bob), eur(1), ledger.UnitMismatch, ledger.Figures{Unit: "B"}},
		{"data into money", ledger.Main(alice), at(bob, "b"), octets(1), ledger.UnitMismatch, ledger.Figures{Unit: "EUR"}},
		{"another currency", ledger.Main(alice), ledger.Main(alice), ledger.Quantity{Base: 1, Unit: "USD"}, ledger.UnitMismatch, ledger.Figures{Unit: "EUR"}},
		{"nothing", ledger.Main(alice), ledger.Main(bob), eur(0), ledger.Malformed, none},
		{"less than nothing", ledger.Main(alice), ledger.Main(bob), eur(-1), ledger.Malformed, none},
		{"10^18", ledger.Main(alice), ledger.Main(bob), eur(money.MaxBase + 1), ledger.Malformed, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(cash(c.place, c.amount), c.code, c.figures)
			d.wantNotTaken(ledger.Grant{Into: c.place, Amount: c.amount}, c.code, c.figures)
			if c.place != c.other {
				d.wantNotTaken(transfer(c.place, c.other, c.amount), c.code, c.figures)
				d.wantNotTaken(transfer(c.other, c.place, c.amount), c.code, c.figures)
			}
		})
	}
}

func TestATopUpWithoutAPaymentTypeIsMalformed(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice))
	d.wantNotTaken(ledger.TopUp{Into: ledger.Main(alice), Amount: eur(1)}, ledger.Malformed, none)
}
