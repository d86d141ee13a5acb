// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"maps"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// answer is what was recorded for a key, or for the refusal of a content.
type answer struct {
	print   ledger.Fingerprint
	outcome ledger.Outcome
}

// remember keeps the answers of records.
func (d *desk) remember(records []ledger.Record) {
	for i := range records {
		batch := ledger.Batch{Sequence: d.head.Sequence + 1, Instant: d.now}
		d.recorded[records[i].ID] = answer{records[i].Fingerprint, records[i].Outcome(&batch)}
	}
}

// replay answers what was recorded before, as a committer does: the book is not
// asked again.
func (d *desk) replay(command ledger.Command) (ledger.Outcome, bool) {
	d.Helper()
	if command.Operation == nil {
		return ledger.Outcome{}, false
	}
	print, err := ledger.FingerprintOf(ledger.PrintVersion, command.Operation)
	if err != nil {
		d.Fatalf("%v", err)
	}
	was, used := d.recorded[command.Key]
	if used && was.print != print {
		return ledger.Outcome{Status: ledger.NotTaken, Code: ledger.IdempotencyConflict, Figures: ledger.Figures{Other: command.Key}}, true
	}
	if !used {
		was, used = d.recorded[ledger.RefusalID(command.Key, print)]
	}
	was.outcome.Replayed = true
	return was.outcome, used
}

// stepKey is the key that an operation has to have, if it is a step of a hold or
// happens by itself.
func stepKey(op ledger.Operation) (ledger.ID, bool) {
	switch op := op.(type) {
	case ledger.Reserve:
		return ledger.HoldKey(op.Hold, "reserve"), true
	case ledger.AcceptHold:
		return ledger.HoldKey(op.Hold, "accept"), true
	case ledger.ExtendHold:
		return ledger.ExtensionKey(op.Hold, op.Amount.Base, op.Until), true
	case ledger.ChargeHold:
		return ledger.HoldKey(op.Hold, "charge"), true
	case ledger.ReleaseHold:
		return ledger.HoldKey(op.Hold, "release"), true
	case ledger.ExpireHold:
		return ledger.HoldKey(op.Hold, "expire"), true
	case ledger.ExpireLot:
		return ledger.LotExpiryKey(op.Lot), true
	case ledger.ExpireBucket:
		return ledger.BucketExpiryKey(op.Bucket, op.End), true
	case ledger.BeginCycle:
		return ledger.CycleKey(op.Bucket, op.Cycle), true
	default:
		return ledger.ID{}, false
	}
}

// reverse asks to undo what an operation did, which is read from the log.
func (d *desk) reverse(of ledger.ID, onShortfall ledger.OnShortfall) ledger.Reverse {
	d.Helper()
	op := ledger.Reverse{Of: of, OnShortfall: onShortfall}
	at, ok := d.kept.transactions[of]
	if !ok {
		return op
	}
	found, err := ledger.OriginalsOf(map[ledger.ID]ledger.Transaction{of: at}, func(cells []int64) (map[int64]ledger.Cell, error) {
		owners := map[int64]ledger.Cell{}
		for _, cell := range cells {
			owners[cell] = d.kept.cells[cell]
		}
		return owners, nil
	})
	if err != nil {
		d.Fatalf("%v", err)
	}
	if original, ok := found[of]; ok {
		op.Original = &original
	}
	return op
}

// done posts what has to be accepted, and returns its transaction.
func (d *desk) done(op ledger.Operation) ledger.ID {
	d.Helper()
	out := d.post(op)
	if out.Status != ledger.Accepted {
		d.Fatalf("%+v is %s %+v", op, out.Code, out.Figures)
	}
	return out.Transaction
}

// hold names a hold.
func hold(name string) ledger.ID { return ledger.OperationKey(scope, tenant, "Hold", name, "") }

// reserve holds an amount of a place for a quarter of an hour.
func reserve(name string, from ledger.Place, amount ledger.Quantity) ledger.Reserve {
	return ledger.Reserve{Hold: hold(name), From: from, Amount: amount, For: (15 * time.Minute).Microseconds()}
}

// everywhere stands for all buckets of an account.
func everywhere(account ledger.ID) ledger.Place { return ledger.Place{Account: account} }

func acceptHold(name string) ledger.AcceptHold {
	return ledger.AcceptHold{Account: alice, Hold: hold(name)}
}

func extend(name string, amount ledger.Quantity, until time.Time) ledger.ExtendHold {
	return ledger.ExtendHold{Account: alice, Hold: hold(name), Amount: amount, Until: until.UnixMicro()}
}

func charge(name string, amount ledger.Quantity) ledger.ChargeHold {
	return ledger.ChargeHold{Account: alice, Hold: hold(name), Amount: amount}
}

func chargeAll(name string) ledger.ChargeHold { return charge(name, ledger.Quantity{}) }

func release(name string) ledger.ReleaseHold {
	return ledger.ReleaseHold{Account: alice, Hold: hold(name)}
}

func expire(name string) ledger.ExpireHold {
	return ledger.ExpireHold{Account: alice, Hold: hold(name)}
}

func adjust(of ledger.AdjustmentType, at ledger.Place, amount ledger.Quantity) ledger.Adjust {
	return ledger.Adjust{Type: of, At: at, Amount: amount}
}

// holdOf reads a hold as it is now.
func (d *desk) holdOf(name string) ledger.Hold {
	d.Helper()
	var h ledger.Hold
	d.fact(hold(name), &h)
	return h
}

// cells are the balances of a kind in the lots of a bucket, in the order of the
// lots.
func (d *desk) cells(place ledger.Place, kind ledger.CellKind) []int64 {
	d.Helper()
	var balances []int64
	for _, l := range d.lots(place) {
		balances = append(balances, d.kept.newest[ledger.CellID(l.Base, kind)].Balance)
	}
	return balances
}

// wantCells compares the balances of a kind in the lots of a bucket.
func (d *desk) wantCells(place ledger.Place, kind ledger.CellKind, want ...int64) {
	d.Helper()
	if got := d.cells(place, kind); !slices.Equal(got, want) {
		d.Errorf("the lots have %v in their cells of kind %d, not %v", got, kind, want)
	}
}

// wantOutside compares what a counter-account has.
func (d *desk) wantOutside(name string, want map[string]int64) {
	d.Helper()
	got := d.outside(ledger.ExternalID(scope, tenant, name))
	maps.DeleteFunc(got, func(_ string, base int64) bool { return base == 0 })
	if !maps.Equal(got, want) {
		d.Errorf("%s has %v, not %v", name, got, want)
	}
}

// wantBalances compares what is held, accepted and owed on alice's account, and what
// she may spend.
func (d *desk) wantBalances(available, reserved, accepted, debt int64) {
	d.Helper()
	view := d.view(alice)
	got := [4]int64{view.Available, view.Reserved, view.Accepted, view.Debt}
	if want := [4]int64{available, reserved, accepted, debt}; got != want {
		d.Errorf("available, reserved, accepted and owed are %v, not %v", got, want)
	}
}
