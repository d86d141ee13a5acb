// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// opened is a desk where two people of the small world have accounts with money
// and buckets of money and of data, given and paid.
func opened(t tb) *desk {
	d := newDesk(t)
	d.must(open(alice), open(bob), purse(purseOf(alice), ledger.Paid), purse(purseOf(bob), ledger.Granted),
		data(dataOf(alice), ledger.Granted), data(dataOf(bob), ledger.Granted))
	for _, owner := range people[:2] {
		d.must(cash(ledger.Main(owner), eur(100)), ledger.Grant{Into: dataOf(owner), Amount: octets(50)}, cash(dataOf(owner), octets(20)))
	}
	return d
}

// The checks are in the desk: after every command the legs sum to zero, versions
// have no gaps, a debit respects its floor, nobody is owed by an account, a hold is
// resolved at most once, what lies in the cells of held value is what the open holds
// hold of each lot, and just they are due; the rows make the very state that is in
// memory, what was not accepted changed nothing, and nothing is read that Touches
// does not name.
func TestAfterAnyCommandsTheInvariantsHold(t *testing.T) {
	tally, done, ends := map[ledger.Code]int{}, map[ledger.Kind]int{}, map[ledger.HoldState]int{}
	rapid.Check(t, func(t *rapid.T) {
		d := opened(t)
		for range rapid.IntRange(20, 60).Draw(t, "batches") {
			d.now = anyClock(t, d)
			commands := make([]ledger.Command, rapid.IntRange(1, 3).Draw(t, "commands"))
			for i := range commands {
				commands[i] = d.command(anyOperation(t, d))
			}
			for i, out := range d.batch(commands...) {
				if tally[out.Code]++; out.Status == ledger.Accepted {
					done[commands[i].Operation.Kind()]++
				}
			}
			compareViews(t, d)
		}
		for _, id := range d.kept.holds {
			var h ledger.Hold
			d.fact(id, &h)
			ends[h.State]++
		}
	})
	t.Logf("%v, accepted %v, and of the holds %v", tally, done, ends)
	// Were a kind of answer never drawn, the property would say nothing of it.
	for _, code := range []ledger.Code{
		"", ledger.InsufficientFunds, ledger.NotTransferable, ledger.AccountSuspended, ledger.AccountClosed, ledger.BalanceCeiling,
		ledger.DuplicatePayment, ledger.AccountUnknown, ledger.BucketUnknown, ledger.BucketRetained, ledger.VersionMismatch,
		ledger.BalanceNotZero, ledger.AdoptionRequired, ledger.ScopeHeld, ledger.Malformed, ledger.UnitMismatch, ledger.WrongAccount,
		ledger.SameBucket, ledger.AccountConflict, ledger.BucketConflict, ledger.AmountOverflow, ledger.AccountRechargeOnly,
		ledger.BucketSuspended, ledger.HoldClosed, ledger.AlreadyReversed, ledger.HoldUnknown, ledger.HoldNotDue, ledger.OriginalUnknown,
		ledger.AmountExceedsHold, ledger.HoldNotLower, ledger.EndOutOfRange, ledger.NotReversible,
	} {
		if tally[code] == 0 {
			t.Errorf("no command was answered %q", code)
		}
	}
	for kind := ledger.KindSetAccount; kind <= ledger.KindReverse; kind++ {
		if done[kind] == 0 {
			t.Errorf("no command of the kind %d was accepted", kind)
		}
	}
	for _, state := range []ledger.HoldState{ledger.HoldCharged, ledger.HoldReleased, ledger.HoldExpired} {
		if ends[state] == 0 {
			t.Errorf("no hold ended in the state %d", state)
		}
	}
}

// compareViews holds what people see against the entries themselves.
func compareViews(t *rapid.T, d *desk) {
	for _, owner := range people {
		if d.kept.facts[owner].Version == 0 {
			continue
		}
		view, sums, unused := d.view(owner), map[ledger.CellKind]int64{}, int64(0)
		for id, row := range d.kept.newest {
			cell := d.kept.cells[id]
			if cell.Account != owner || cell.Unit != "EUR" {
				continue
			}
			sums[cell.Kind] += row.Balance
			if cell.Kind == ledger.Available && view.Buckets[cell.Bucket].Settings.State != ledger.BucketStateActive {
				unused += row.Balance
			}
		}
		if view.Reserved != sums[ledger.Reserved] || view.Accepted != sums[ledger.AcceptedHold] || view.Debt != -sums[ledger.Debt] ||
			view.Credit != sums[ledger.Available]+view.Reserved+view.Accepted {
			t.Fatalf("the view is %+v, the entries make %v", view, sums)
		}
		spendable := view.Credit - view.Reserved - view.Accepted - unused + view.Settings.CreditLimit - view.Debt
		if view.Settings.State != ledger.AccountStateActive {
			spendable = 0
		}
		if view.Available != spendable {
			t.Fatalf("the view has %d available, the entries %d", view.Available, spendable)
		}
	}
}

func TestTheSameCommandsMakeTheSameBytesWhateverWasCached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept, evicted := opened(t), opened(t)
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			kept.now = anyClock(t, kept)
			evicted.now = kept.now
			var a, b []ledger.Command
			for range rapid.IntRange(1, 3).Draw(t, "commands") {
				op := anyOperation(t, kept)
				a, b = append(a, kept.command(op)), append(b, evicted.command(op))
			}
			kept.batch(a...)
			if rapid.Bool().Draw(t, "forget") {
				known := evicted.state.Known()
				evicted.state.Forget(known.Accounts, known.Facts)
				if evicted.state.Len() != 0 {
					t.Fatal("not everything was forgotten")
				}
			}
			evicted.batch(b...)
		}
		if len(kept.payloads) != len(evicted.payloads) {
			t.Fatalf("there are %d batches and %d", len(kept.payloads), len(evicted.payloads))
		}
		for i := range kept.payloads {
			if !bytes.Equal(kept.payloads[i], evicted.payloads[i]) {
				t.Fatalf("batch %d differs:\n%x\n%x", i+1, kept.payloads[i], evicted.payloads[i])
			}
		}
	})
}

func TestForgettingWhatABatchTouchedUndoesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := opened(t)
		round := d.state.Begin(d.head.Sequence+1, d.now, d.head.Instant)
		for range rapid.IntRange(1, 8).Draw(t, "commands") {
			d.apply(round, d.command(anyOperation(t, d)), false)
		}
		accounts, facts := round.Touched()
		d.state.Forget(accounts, facts) // the batch was not committed
		for _, id := range accounts {
			if d.state.Knows(id) {
				t.Fatalf("%s is still known", id)
			}
		}
		d.admit(d.state, ledger.Request{Accounts: accounts, Facts: facts})
		rebuilt := book.NewState()
		d.admit(rebuilt, d.state.Known())
		if !reflect.DeepEqual(rebuilt.WithCellsFrom(d.state), d.state) {
			t.Fatal("something of the lost batch is still known")
		}
	})
}
