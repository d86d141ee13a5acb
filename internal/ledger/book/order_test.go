// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// Everything is wrong at first; each step puts right what was answered, so that
// the answers come in the order of the table in docs/spec/operations.md. A
// refusal that came before a cause to wait would be final too early.
func TestWhatStopsATopUpIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	d.must(open(bob), receipted(mainOfBob, eur(1), "Cash", "r"), data(at(bob, "taken"), ledger.Paid))
	op := ledger.TopUp{Into: at(alice, "taken"), Amount: ledger.Quantity{Unit: "B"}, Payment: ledger.Payment{Reference: "r"}}
	purseOfAlice := at(alice, "p")
	kept := ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", State: ledger.BucketStateRetained}
	active := kept
	active.State = ledger.BucketStateActive
	settings := ledger.AccountSettings{State: ledger.AccountStateSuspended, MaximumBalance: 10}
	for _, step := range []struct {
		code  ledger.Code
		right func()
	}{
		{ledger.Malformed, func() { op.Payment.Type = "Cash" }},
		{ledger.Malformed, func() { op.Amount.Base = money.MaxBase }},
		{ledger.AccountUnknown, func() { d.must(setAccount(alice, 0, settings)) }},
		{ledger.WrongAccount, func() { op.Into = purseOfAlice }},
		{ledger.BucketUnknown, func() { d.must(setBucket(purseOfAlice, 0, active), setBucket(purseOfAlice, 1, kept)) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.BucketRetained, func() { d.must(setBucket(purseOfAlice, 2, active)) }},
		{ledger.AccountSuspended, func() { settings.State = ledger.AccountStateActive; d.must(setAccount(alice, 1, settings)) }},
		{ledger.DuplicatePayment, func() { op.Payment.Reference = "s" }},
		{ledger.BalanceCeiling, func() {
			settings.MaximumBalance = 0
			d.must(setAccount(alice, 2, settings), cash(purseOfAlice, eur(1)))
		}},
		{ledger.AmountOverflow, func() { op.Amount.Base-- }}, // the account has 1 already
		{"", func() {}},
	} {
		if out := d.post(op); out.Code != step.code {
			t.Fatalf("it is %q, not %q", out.Code, step.code)
		}
		step.right()
	}
}

func TestWhatStopsATransferIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	gift := at(alice, "gift")
	settings := ledger.AccountSettings{State: ledger.AccountStateSuspended, MaximumBalance: 10}
	op := transfer(mainOfBob, mainOfBob, ledger.Quantity{Unit: "B"})
	for _, step := range []struct {
		code  ledger.Code
		right func()
	}{
		{ledger.SameBucket, func() { op.From = gift }},
		{ledger.Malformed, func() { op.Amount.Base = 30 }},
		{ledger.AccountUnknown, func() { d.must(open(alice)) }},
		{ledger.BucketUnknown, func() { d.must(purse(gift, ledger.Granted)) }},
		{ledger.UnitMismatch, func() { op.Amount.Unit = "EUR" }},
		{ledger.AccountUnknown, func() { d.must(setAccount(bob, 0, settings)) }}, // and now the destination
		{ledger.AccountSuspended, func() { settings.State = ledger.AccountStateActive; d.must(setAccount(bob, 1, settings)) }},
		{ledger.InsufficientFunds, func() { d.must(ledger.Grant{Into: gift, Amount: eur(30)}) }},
		{ledger.NotTransferable, func() { d.must(cash(gift, eur(30))) }},
		{ledger.BalanceCeiling, func() { settings.MaximumBalance = 30; d.must(setAccount(bob, 2, settings)) }},
		{"", func() {}},
	} {
		if out := d.post(op); out.Code != step.code {
			t.Fatalf("it is %q, not %q", out.Code, step.code)
		}
		step.right()
	}
	d.wantMoney(bob, 30)
}

func TestWhatStopsSettingsIsToldInTheOrderOfTheTable(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "p")
	terms := setBucket(p, 7, ledger.BucketSettings{Unit: "USD"})
	terms.Settings.UsageType = ""
	account := setAccount(alice, 1, ledger.AccountSettings{Currency: "USD", CreditLimit: -1})
	account.OnlyIfEmpty = true
	for _, step := range []struct {
		op    func() ledger.Operation
		code  ledger.Code
		right func()
	}{
		{func() ledger.Operation { return terms }, ledger.Malformed, func() { terms.Settings.UsageType = "Monetary" }},
		{func() ledger.Operation { return terms }, ledger.AccountUnknown, func() { d.must(open(alice)) }},
		{func() ledger.Operation { return terms }, ledger.VersionMismatch, func() { terms.ExpectVersion = 0 }},
		{func() ledger.Operation { return terms }, ledger.UnitMismatch, func() { terms.Settings.Unit = "EUR" }},
		{func() ledger.Operation { return terms }, "", func() { terms.Settings.Class, terms.ExpectVersion = ledger.Granted, 7 }},
		{func() ledger.Operation { return terms }, ledger.BucketConflict, func() { account.ExpectVersion = 0 }},

		{func() ledger.Operation { return account }, ledger.Malformed, func() { account.Settings.CreditLimit = 0 }},
		{func() ledger.Operation { return account }, ledger.VersionMismatch, func() {
			d.must(cash(mainOfAlice, eur(1)), setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
			account.ExpectVersion = 2
		}},
		{func() ledger.Operation { return account }, ledger.AccountConflict, func() { account.Settings.Currency = "EUR" }},
		{func() ledger.Operation { return account }, ledger.AccountClosed, func() {}},
	} {
		if out := d.post(step.op()); out.Code != step.code {
			t.Fatalf("it is %q, not %q", out.Code, step.code)
		}
		step.right()
	}
}
