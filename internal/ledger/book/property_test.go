// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

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
	want := wanted{
		answers: []ledger.Code{
			"", ledger.InsufficientFunds, ledger.NotTransferable, ledger.AccountSuspended, ledger.AccountClosed, ledger.BalanceCeiling,
			ledger.DuplicatePayment, ledger.AccountUnknown, ledger.BucketUnknown, ledger.BucketRetained, ledger.VersionMismatch,
			ledger.BalanceNotZero, ledger.AdoptionRequired, ledger.ScopeHeld, ledger.Malformed, ledger.UnitMismatch, ledger.WrongAccount,
			ledger.SameBucket, ledger.AccountConflict, ledger.BucketConflict, ledger.AmountOverflow, ledger.AccountRechargeOnly,
			ledger.BucketSuspended, ledger.HoldClosed, ledger.AlreadyReversed, ledger.HoldUnknown, ledger.HoldNotDue, ledger.OriginalUnknown,
			ledger.AmountExceedsHold, ledger.HoldNotLower, ledger.EndOutOfRange, ledger.NotReversible,
		},
		ends: []ledger.HoldState{ledger.HoldCharged, ledger.HoldReleased, ledger.HoldExpired},
	}
	for kind := ledger.KindSetAccount; kind <= ledger.KindReverse; kind++ {
		want.done = append(want.done, kind)
	}
	afterAnyCommands(t, func(t *rapid.T) *desk { return opened(t) }, anyClock, anyOperation, 60, want)
}

// With buckets in time, months pass between the commands. The desk checks too that
// just what ends or begins is due, that a lot that is over is empty and leaves, and
// that nothing happens twice: each end and each cycle has a key of its own.
func TestAfterAnyCommandsInTimeTheInvariantsHold(t *testing.T) {
	afterAnyCommands(t, timely, anyInstant, anyTimely, 30, wanted{
		answers: []ledger.Code{
			"", ledger.BucketExpired, ledger.BucketNotStarted, ledger.ProductMismatch, ledger.ValidityOver, ledger.NotDue,
			ledger.InsufficientFunds, ledger.NotTransferable, ledger.BucketRetained, ledger.BucketSuspended, ledger.Malformed,
		},
		done: []ledger.Kind{
			ledger.KindGrant, ledger.KindTopUp, ledger.KindTransfer, ledger.KindReserve, ledger.KindExpireHold, ledger.KindAdjust,
			ledger.KindReverse, ledger.KindExpireLot, ledger.KindExpireBucket, ledger.KindBeginCycle,
		},
	})
}

// tally is how often what was drawn ended in which way.
type tally struct {
	answers map[ledger.Code]int
	done    map[ledger.Kind]int
	ends    map[ledger.HoldState]int
}

// wanted is what has to occur: of what was never drawn, a property would say nothing.
type wanted struct {
	answers []ledger.Code
	done    []ledger.Kind
	ends    []ledger.HoldState
}

// missing says what did not occur.
func (all tally) missing(want wanted) (missing []string) {
	for _, code := range want.answers {
		if all.answers[code] == 0 {
			missing = append(missing, fmt.Sprintf("no command was answered %q", code))
		}
	}
	for _, kind := range want.done {
		if all.done[kind] == 0 {
			missing = append(missing, fmt.Sprintf("no command of the kind %d was accepted", kind))
		}
	}
	for _, state := range want.ends {
		if all.ends[state] == 0 {
			missing = append(missing, fmt.Sprintf("no hold ended in the state %d", state))
		}
	}
	return missing
}

// afterAnyCommands posts what is drawn to worlds that are drawn, in so many batches
// at most, and compares what people see after each. What is rare is drawn for some
// times longer.
func afterAnyCommands(
	t *testing.T, world func(*rapid.T) *desk, clock func(*rapid.T, *desk) time.Time, operation func(*rapid.T, *desk) ledger.Operation, batches int,
	want wanted,
) {
	t.Helper()
	all := tally{map[ledger.Code]int{}, map[ledger.Kind]int{}, map[ledger.HoldState]int{}}
	missing := all.missing(want)
	for tries := 0; tries < 20 && len(missing) > 0 && !t.Failed(); tries++ {
		all.draw(t, world, clock, operation, batches)
		missing = all.missing(want)
	}
	t.Logf("%v, accepted %v, and of the holds %v", all.answers, all.done, all.ends)
	for _, what := range missing {
		t.Error(what)
	}
}

func (all tally) draw(
	t *testing.T, world func(*rapid.T) *desk, clock func(*rapid.T, *desk) time.Time, operation func(*rapid.T, *desk) ledger.Operation, batches int,
) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		d := world(t)
		for range rapid.IntRange(batches/3, batches).Draw(t, "batches") {
			d.now = clock(t, d)
			commands := make([]ledger.Command, rapid.IntRange(1, 3).Draw(t, "commands"))
			for i := range commands {
				commands[i] = d.command(operation(t, d))
			}
			for _, out := range d.batch(commands...) {
				all.answers[out.Code]++
			}
			for _, record := range d.newest().Records {
				if record.Status == ledger.Accepted {
					all.done[record.Kind]++
				}
			}
			compareViews(t, d)
		}
		for _, id := range d.kept.holds {
			var h ledger.Hold
			d.fact(id, &h)
			all.ends[h.State]++
		}
	})
}

// compareViews holds what people see against the entries themselves.
func compareViews(t *rapid.T, d *desk) {
	for _, owner := range people {
		if d.kept.facts[owner].Version == 0 {
			continue
		}
		view, sums, open, restricted := d.view(owner), map[ledger.CellKind]int64{}, int64(0), int64(0)
		for id, row := range d.kept.newest {
			cell := d.kept.cells[id]
			if cell.Account != owner || cell.Unit != "EUR" {
				continue
			}
			sums[cell.Kind] += row.Balance
			switch isOver, isUsable := d.standing(cell); {
			case cell.Kind != ledger.Available || isOver:
			case isUsable:
				open += row.Balance
			default:
				restricted += row.Balance
			}
		}
		if view.Reserved != sums[ledger.Reserved] || view.Accepted != sums[ledger.AcceptedHold] || view.Debt != -sums[ledger.Debt] ||
			view.Credit != open+restricted+view.Reserved+view.Accepted || view.Restricted != restricted {
			t.Fatalf("the view is %+v, the entries make %v, and %d and %d", view, sums, open, restricted)
		}
		spendable := open + view.Settings.CreditLimit - view.Debt
		if view.Settings.State != ledger.AccountStateActive {
			spendable = 0
		}
		if view.Available != spendable {
			t.Fatalf("the view has %d available, the entries %d", view.Available, spendable)
		}
	}
}

// standing tells of a cell's lot whether it is over, and whether all may use it now.
func (d *desk) standing(cell ledger.Cell) (isOver, isUsable bool) {
	d.Helper()
	var l ledger.Lot
	var terms ledger.BucketSettings
	d.fact(ledger.LotID(cell.Bucket, cell.Lot), &l)
	if d.kept.facts[cell.Bucket].Version > 0 {
		d.fact(cell.Bucket, &terms)
	}
	from, end, waits := l.Start, l.End, false
	if subject := ledger.TermID(cell.Bucket); end == 0 && d.kept.facts[subject].Version > 0 {
		var term ledger.Term
		d.fact(subject, &term)
		from, end, waits = term.Start, term.End, term.Start == 0
	}
	now := d.now.UnixMicro()
	isOver = end != 0 && end <= now
	return isOver, !isOver && !waits && from <= now && terms.State == ledger.BucketStateActive && len(terms.Products) == 0
}

func TestTheSameCommandsMakeTheSameBytesWhateverWasCached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		worlds := timelies(t, 2)
		kept, evicted := worlds[0], worlds[1]
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			kept.now = anyInstant(t, kept)
			evicted.now = kept.now
			var a, b []ledger.Command
			for range rapid.IntRange(1, 3).Draw(t, "commands") {
				op := anyTimely(t, kept)
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
		d := timely(t)
		d.now = anyInstant(t, d)
		round := d.state.Begin(d.head.Sequence+1, d.now, d.head.Instant)
		for range rapid.IntRange(1, 8).Draw(t, "commands") {
			command := d.command(anyTimely(t, d))
			d.settle(round, command)
			d.apply(round, command, false)
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
