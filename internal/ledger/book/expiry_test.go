// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// lasting holds an amount of alice's main bucket for so long.
func lasting(name string, base int64, length time.Duration, onExpiry ledger.OnExpiry) ledger.Reserve {
	op := reserve(name, mainOfAlice, eur(base))
	op.For, op.OnExpiry = length.Microseconds(), onExpiry
	return op
}

// newest is the newest batch of the log.
func (d *desk) newest() *ledger.Batch {
	d.Helper()
	batch, err := ledger.Open(d.payloads[len(d.payloads)-1])
	if err != nil {
		d.Fatalf("%v", err)
	}
	return batch
}

func TestAHoldIsOpenUntilTheMicrosecondBeforeItsEnd(t *testing.T) {
	for name, step := range map[string]ledger.Operation{
		"charge": chargeAll("h"), "release": release("h"), "accept": acceptHold("h"), "extend": extend("h", eur(51), start.Add(time.Hour)),
	} {
		d := withMoney(t, 100)
		d.must(lasting("h", 50, time.Minute, ledger.ExpiryReleases))
		d.now = d.now.Add(time.Minute - time.Microsecond)
		d.wantNotTaken(expire("h"), ledger.HoldNotDue, none)
		d.must(step)

		d = withMoney(t, 100)
		d.must(lasting("h", 50, time.Minute, ledger.ExpiryReleases))
		d.now = d.now.Add(time.Minute)
		if out := d.post(step); out.Status != ledger.Refused || out.Code != ledger.HoldClosed {
			t.Errorf("at its end, %s is %d %q", name, out.Status, out.Code)
		}
		d.wantBalances(100, 0, 0, 0)
	}
}

func TestAHoldThatNamesItsEndEndsThen(t *testing.T) {
	d := withMoney(t, 100)
	op := lasting("h", 50, 0, ledger.ExpiryReleases)
	op.Until = d.now.Add(time.Minute).UnixMicro()
	d.must(op)
	d.now = d.now.Add(time.Minute - time.Microsecond)
	d.wantRefused(reserve("i", mainOfAlice, eur(100)), ledger.InsufficientFunds, ledger.Figures{Needed: 100, Available: 50, Unit: "EUR"})
	d.now = d.now.Add(time.Microsecond)
	d.must(reserve("j", mainOfAlice, eur(100)))
}

// Whatever touches the account finds its ended holds ended.
func TestWhateverTouchesAnAccountSettlesItFirst(t *testing.T) {
	for name, op := range map[string]ledger.Operation{
		"a top-up": cash(mainOfAlice, eur(1)), "a transfer from it": transfer(mainOfAlice, mainOfBob, eur(100)),
		"a transfer to it": transfer(mainOfBob, mainOfAlice, eur(1)), "settings": setAccount(alice, 1, ledger.AccountSettings{}),
		"a bucket": purse(purseOfAlice, ledger.Paid), "a charge": adjust(ledger.OneTimeCharge, everywhere(alice), eur(100)),
		"another hold": reserve("i", mainOfAlice, eur(100)), "the end itself": expire("h"),
	} {
		t.Run(name, func(t *testing.T) {
			d := withMoney(t, 100)
			d.must(cash(mainOfBob, eur(1)), lasting("h", 50, time.Minute, ledger.ExpiryReleases))
			d.now = d.now.Add(time.Hour)
			d.must(op)
			first := d.newest().Records[0]
			if first.Kind != ledger.KindExpireHold || first.ID != ledger.HoldKey(hold("h"), "expire") {
				t.Errorf("the first record is %s of kind %d", first.ID, first.Kind)
			}
			if h := d.holdOf("h"); h.State != ledger.HoldExpired || h.ClosedAt != start.Add(time.Minute).UnixMicro() {
				t.Errorf("the hold is %+v", h)
			}
		})
	}
}

func TestAReversalSettlesTheAccountsOfWhatItUndoes(t *testing.T) {
	d := withMoney(t, 100)
	of := d.done(cash(mainOfAlice, eur(100)))
	d.must(lasting("h", 200, time.Minute, ledger.ExpiryReleases))
	d.now = d.now.Add(time.Minute)
	d.must(d.reverse(of, ledger.ShortfallRefuses))
	d.wantBalances(100, 0, 0, 0)
}

func TestLateEndsAreSettledInTheirOrderEachAsOfItsOwnInstant(t *testing.T) {
	d := withMoney(t, 100)
	ofBob := lasting("bob's", 5, 2*time.Minute, ledger.ExpiryReleases)
	ofBob.From = mainOfBob
	d.must(cash(mainOfBob, eur(10)), lasting("third", 10, 3*time.Minute, ledger.ExpiryReleases), ofBob,
		lasting("first", 20, time.Minute, ledger.ExpiryCharges), lasting("later", 1, time.Hour, ledger.ExpiryReleases))
	d.now = d.now.Add(30 * time.Minute)
	d.must(transfer(mainOfAlice, mainOfBob, eur(79)))
	records := d.newest().Records
	if len(records) != 4 {
		t.Fatalf("there are %d records", len(records))
	}
	for i, name := range []string{"first", "bob's", "third"} {
		end := start.Add(time.Duration(i+1) * time.Minute).UnixMicro()
		if records[i].ID != ledger.HoldKey(hold(name), "expire") || records[i].Effective != end {
			t.Errorf("record %d is of %d, not the end of %s", i+1, records[i].Effective, name)
		}
	}
	if records[3].Effective != 0 {
		t.Errorf("the transfer is of %d", records[3].Effective)
	}
	d.wantBalances(0, 1, 0, 0)
}

func TestEndsOfOneInstantAreSettledInOneOrder(t *testing.T) {
	var first []ledger.ID
	for range 20 { // a map has another order each time
		d := withMoney(t, 100)
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			d.must(lasting(name, 1, time.Minute, ledger.ExpiryReleases))
		}
		d.now = d.now.Add(time.Minute)
		d.must(cash(mainOfAlice, eur(1)))
		var order []ledger.ID
		for _, record := range d.newest().Records {
			order = append(order, record.ID)
		}
		if first == nil {
			first = order[:6]
		}
		for i, id := range first {
			if order[i] != id {
				t.Fatalf("end %d is of %s, not of %s", i, order[i], id)
			}
		}
	}
}

func TestAHoldMayBeChargedAtItsEndWhateverTheStateOrLimit(t *testing.T) {
	for name, settings := range map[string]ledger.AccountSettings{
		"active": {CreditLimit: 50}, "suspended": {State: ledger.AccountStateSuspended}, "closed": {State: ledger.AccountStateClosed},
		"of which nothing may be spent": {State: ledger.AccountStateRechargeOnly}, "of a lower limit": {CreditLimit: 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := withMoney(t, 100)
			d.must(setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 50}), lasting("h", 150, time.Minute, ledger.ExpiryCharges),
				setAccount(alice, 2, settings))
			d.now = d.now.Add(time.Minute)
			d.must(expire("h"))
			d.wantMoney(alice, -50)
			d.wantOutside("revenue:usage", map[string]int64{"EUR": 150})
			if h := d.holdOf("h"); h.State != ledger.HoldExpired || h.Charged != 150 {
				t.Errorf("the hold is %+v", h)
			}
		})
	}
}

// Who brings an end forward finds it done, in the batch that settled it and later.
func TestAnEndThatWasSettledBeforeItIsAskedForIsAnsweredAsDone(t *testing.T) {
	d := withMoney(t, 100)
	d.must(lasting("h", 50, time.Minute, ledger.ExpiryReleases))
	d.now = d.now.Add(time.Minute)
	commands := []ledger.Command{d.command(cash(mainOfAlice, eur(1))), d.command(expire("h"))}
	outs := d.batch(commands...)
	if outs[1].Status != ledger.Accepted || outs[1].Transaction != commands[1].Key || len(outs[1].Impacts) != 1 {
		t.Errorf("it is %+v", outs[1])
	}
	again := d.post(expire("h"))
	if again.Status != ledger.Accepted || !again.Replayed {
		t.Errorf("later, it is %+v", again)
	}
}

// Who asked for it may not have seen yet that it was recorded.
func TestTheBookAnswersForAnEndThatItSettledInTheSameBatch(t *testing.T) {
	d := withMoney(t, 100)
	d.must(lasting("h", 50, time.Minute, ledger.ExpiryReleases))
	d.now = d.now.Add(time.Minute)
	command := d.command(expire("h"))
	round := d.state.Begin(d.head.Sequence+1, d.now, d.head.Instant)
	settled := d.settle(round, command)
	record, out := d.apply(round, command, false)
	if len(settled) != 1 || record != nil || out.Status != ledger.Accepted || out.Transaction != settled[0].ID {
		t.Errorf("it is %+v, with the records %+v and %+v", out, settled, record)
	}
	if record, out := d.apply(round, d.command(release("h")), false); record == nil || out.Code != ledger.HoldClosed {
		t.Errorf("a release of it is %+v", out)
	}
}

// steps are the ways a hold ends, in any order.
var endings = []ledger.Operation{chargeAll("h"), charge("h", eur(20)), release("h"), expire("h")}

func TestAChargeAndTheEndOfAHoldAtOneInstantNeverBothHappen(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // an order, no secret
	won := map[ledger.HoldState]int{}
	for range 1000 {
		d := withMoney(t, 100)
		d.must(lasting("h", 50, time.Minute, ledger.OnExpiry(random.IntN(2)))) //nolint:gosec // 0 or 1
		d.now = d.now.Add(time.Minute - time.Duration(random.IntN(2))*time.Microsecond)
		commands := make([]ledger.Command, 0, 2*len(endings))
		for range 2 {
			for _, i := range random.Perm(len(endings)) {
				commands = append(commands, d.command(endings[i]))
			}
		}
		for len(commands) > 0 { // in one batch or in several
			n := 1 + random.IntN(len(commands))
			d.batch(commands[:n]...)
			commands = commands[n:]
		}
		h := d.holdOf("h")
		won[h.State]++
		if h.State.IsOpen() {
			t.Fatalf("it is still open: %+v", h)
		}
		// The desk fails on whatever resolves a hold a second time.
		view := d.view(alice)
		if view.Reserved != 0 || view.Accepted != 0 || view.Credit != 100-h.Charged {
			t.Fatalf("%d are charged, and the account has %+v", h.Charged, view)
		}
		taken := d.outside(ledger.ExternalID(scope, tenant, "revenue:usage"))["EUR"]
		if taken != h.Charged {
			t.Fatalf("%d are charged, and %d arrived", h.Charged, taken)
		}
	}
	if won[ledger.HoldCharged] == 0 || won[ledger.HoldReleased] == 0 || won[ledger.HoldExpired] == 0 {
		t.Errorf("each of them has to win sometimes: %v", won)
	}
}

// What a command of others touches is not all that the end of a hold needs.
func TestACommandOfAnotherScopeOrTenantSettlesNothing(t *testing.T) {
	d := withMoney(t, 100)
	d.must(lasting("h", 50, time.Minute, ledger.ExpiryCharges))
	d.now = d.now.Add(time.Minute)
	ofScope, ofTenant := d.command(cash(mainOfAlice, eur(1))), d.command(cash(mainOfAlice, eur(1)))
	ofScope.Scope, ofTenant.Tenant = "another", ledger.TenantID(scope, "wholesale", 1)
	for _, command := range []ledger.Command{ofScope, ofTenant} {
		d.state = book.NewState()
		d.batch(command)
		if h := d.holdOf("h"); h.State != ledger.HoldReserved {
			t.Errorf("the hold is %+v", h)
		}
	}
	d.must(expire("h"))
}
