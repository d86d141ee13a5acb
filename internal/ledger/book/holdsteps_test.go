// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestStepsThatContradictThemselvesAreMalformed(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(10)))
	with := func(change func(*ledger.Reserve)) ledger.Reserve {
		op := reserve("i", everywhere(alice), eur(1))
		change(&op)
		return op
	}
	for name, op := range map[string]ledger.Operation{
		"no end":                       with(func(op *ledger.Reserve) { op.For = 0 }),
		"two ends":                     with(func(op *ledger.Reserve) { op.Until = d.now.Add(time.Hour).UnixMicro() }),
		"a negative length":            with(func(op *ledger.Reserve) { op.For, op.Until = -1, d.now.Add(time.Hour).UnixMicro() }),
		"a negative end":               with(func(op *ledger.Reserve) { op.Until = -1 }),
		"an unknown end":               with(func(op *ledger.Reserve) { op.OnExpiry = ledger.ExpiryCharges + 1 }),
		"nothing":                      with(func(op *ledger.Reserve) { op.Amount.Base = 0 }),
		"10^18":                        with(func(op *ledger.Reserve) { op.Amount.Base = money.MaxBase + 1 }),
		"a unit that is not UTF-8":     with(func(op *ledger.Reserve) { op.Amount.Unit = "\xff" }),
		"a hold with the name of what": with(func(op *ledger.Reserve) { op.Hold = alice }),
		"an extension to nothing":      extend("h", eur(0), d.now.Add(time.Hour)),
		"an extension to no end":       ledger.ExtendHold{Account: alice, Hold: hold("h"), Amount: eur(20)},
		"a charge of less than zero":   charge("h", eur(-1)),
		"a charge of zero":             charge("h", eur(0)),
		"accepted until before 1970":   ledger.AcceptHold{Account: alice, Hold: hold("h"), Until: -1},
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			if op, ok := op.(ledger.Reserve); ok && op.Hold == alice {
				d.admit(d.state, ledger.Request{Facts: []ledger.ID{alice}})
			}
			d.wantNotTaken(op, ledger.Malformed, none)
		})
	}
	d.tb = t
	d.wantNotTaken(charge("h", octets(1)), ledger.UnitMismatch, ledger.Figures{Unit: "EUR"})
	d.wantNotTaken(extend("h", octets(20), d.now.Add(time.Hour)), ledger.UnitMismatch, ledger.Figures{Unit: "EUR"})
}

func TestAStepUnderAKeyThatIsNotItsOwnIsMalformed(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(10)))
	for i, op := range []ledger.Operation{
		reserve("i", mainOfAlice, eur(1)), acceptHold("h"), extend("h", eur(20), d.now.Add(time.Hour)), chargeAll("h"), release("h"), expire("h"),
	} {
		for role, key := range map[string]ledger.ID{
			"another hold's": ledger.HoldKey(hold("j"), "charge"), "no step's": ledger.OperationKey(scope, tenant, "Step", fmt.Sprint(i), ""),
			"another extension's": ledger.ExtensionKey(hold("h"), 21, d.now.Add(time.Hour).UnixMicro()),
		} {
			command := d.command(op)
			command.Key = key
			if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
				t.Errorf("%T under %s key is %d %s", op, role, out.Status, out.Code)
			}
		}
	}
	d.wantBalances(90, 10, 0, 0)
}

func TestAHoldThatIsNotThereYetIsWaitedFor(t *testing.T) {
	d := newDesk(t)
	steps := []ledger.Operation{acceptHold("h"), extend("h", eur(20), d.now.Add(time.Hour)), chargeAll("h"), release("h"), expire("h")}
	for _, op := range steps {
		d.wantNotTaken(op, ledger.AccountUnknown, none)
	}
	d.must(open(alice))
	for _, op := range steps {
		d.wantNotTaken(op, ledger.HoldUnknown, none)
	}
}

func TestAHoldBelongsToItsAccountAndTenant(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(10)), reserve("closed", mainOfAlice, eur(10)), release("closed"))
	other := ledger.TenantID(scope, "wholesale", 1)
	for _, name := range []string{"h", "closed"} {
		for _, op := range []ledger.Operation{acceptHold(name), extend(name, eur(20), d.now.Add(time.Hour)), chargeAll(name), expire(name)} {
			command := d.command(op)
			command.Tenant = other
			if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
				t.Errorf("for another tenant, %T is %d %s", op, out.Status, out.Code)
			}
		}
		d.wantNotTaken(ledger.ChargeHold{Account: bob, Hold: hold(name)}, ledger.Malformed, none)
	}
	d.wantNotTaken(ledger.ReleaseHold{Account: bob, Hold: hold("h")}, ledger.Malformed, none)
	d.wantBalances(90, 10, 0, 0)
}
