// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// observer counts what others use of bob's purse by what happens to his lots, and by
// nothing that the book counted.
type observer struct {
	*desk
	began int64
	parts []observed
}

// observed is what an account took of a lot in a cycle: held by a hold, or charged by
// a transaction.
type observed struct {
	member     ledger.ID
	lot, since int64
	amount     int64
	hold, by   ledger.ID
}

// watch takes in what a command did, and what happened by itself before.
func (o *observer) watch(command ledger.Command) {
	o.Helper()
	for _, record := range o.newest().Records {
		if record.Status != ledger.Accepted {
			continue
		}
		switch record.Kind {
		case ledger.KindBeginCycle:
			o.began = record.Effective
		case ledger.KindReserve, ledger.KindExtendHold:
			o.takes(record, observed{member: o.holder(record), hold: holdIn(record)})
		case ledger.KindChargeHold, ledger.KindReleaseHold, ledger.KindExpireHold:
			o.resolves(record)
		case ledger.KindAdjust:
			if op, ok := command.Operation.(ledger.Adjust); ok {
				o.takes(record, observed{member: op.At.Account, by: record.ID})
			}
		case ledger.KindReverse:
			if op, ok := command.Operation.(ledger.Reverse); ok {
				o.parts = slices.DeleteFunc(o.parts, func(part observed) bool { return part.by == op.Of })
			}
		}
	}
}

// holdIn is the hold that a record is about.
func holdIn(record ledger.Record) ledger.ID {
	i := slices.IndexFunc(record.Facts, func(fact ledger.Fact) bool { return fact.Kind == ledger.FactHold })
	return record.Facts[i].Subject
}

func (o *observer) holder(record ledger.Record) ledger.ID {
	o.Helper()
	var h ledger.Hold
	o.fact(holdIn(record), &h)
	return h.Account
}

// free is what a record does to what is free in each lot of the purse.
func (o *observer) free(record ledger.Record) map[int64]int64 {
	moved := map[int64]int64{}
	for _, e := range record.Entries {
		if o.kept.cells[e.Cell].Bucket == purseOfBob.Bucket && ledger.CellKindOf(e.Cell) == ledger.Available {
			moved[ledger.LotBaseOf(e.Cell)] += e.Amount
		}
	}
	return moved
}

// takes remembers what a record takes out of the lots.
func (o *observer) takes(record ledger.Record, part observed) {
	if part.member == bob {
		return
	}
	for lot, moved := range o.free(record) {
		part.lot, part.since, part.amount = lot, o.began, -moved
		if part.amount > 0 {
			o.parts = append(o.parts, part)
		}
	}
}

// resolves has what comes back forgotten, and the rest charged: what ends first, and
// of one lot what was taken first. What comes back of lots that are over goes to
// breakage; they end before all others.
func (o *observer) resolves(record ledger.Record) {
	o.Helper()
	hold, back, lost := holdIn(record), o.free(record), o.broken(record)
	slices.SortStableFunc(o.parts, func(x, y observed) int { return cmp.Or(cmp.Compare(o.endOf(x), o.endOf(y)), cmp.Compare(x.lot, y.lot)) })
	for i := range slices.Backward(o.parts) {
		part := &o.parts[i]
		if part.hold != hold {
			continue
		}
		given := min(back[part.lot], part.amount)
		if left, some := back[part.lot]; some {
			back[part.lot] = left - given
		} else {
			given = min(lost, part.amount)
			lost -= given
		}
		part.amount -= given
		part.hold, part.by = ledger.ID{}, record.ID
	}
}

// broken is what a record moves to breakage.
func (o *observer) broken(record ledger.Record) (sum int64) {
	for _, e := range record.Entries {
		if o.kept.cells[e.Cell].Account == ledger.ExternalID(scope, tenant, "breakage") {
			sum += e.Amount
		}
	}
	return sum
}

// endOf is when the lot ends that a part was taken of.
func (o *observer) endOf(part observed) int64 {
	o.Helper()
	var l ledger.Lot
	cell := o.kept.cells[part.lot]
	if o.fact(ledger.LotID(cell.Bucket, cell.Lot), &l); l.End == 0 {
		return math.MaxInt64
	}
	return l.End
}

// used is what each account has used since the cycle began.
func (o *observer) used() map[ledger.ID]int64 {
	sums := map[ledger.ID]int64{}
	for _, part := range o.parts {
		if part.since == o.began && part.amount > 0 {
			sums[part.member] += part.amount
		}
	}
	return sums
}

// anyUse draws what the family does with the purse.
func anyUse(t *rapid.T, d *desk) ledger.Operation {
	at := ledger.Place{Account: often(rapid.SampledFrom([]ledger.ID{alice, carol}), rapid.Just(bob)).Draw(t, "who")}
	if rapid.Bool().Draw(t, "named") {
		at.Bucket = purseOfBob.Bucket
	}
	amount := eur(rapid.Int64Range(1, 12).Draw(t, "amount"))
	switch rapid.IntRange(0, 11).Draw(t, "use") {
	case 0, 1:
		return adjust(rapid.SampledFrom([]ledger.AdjustmentType{ledger.OneTimeCharge, ledger.RecurringCharge}).Draw(t, "type"), at, amount)
	case 2:
		return cash(purseOfBob, amount)
	case 3:
		bucket := d.view(bob).Buckets[purseOfBob.Bucket]
		bucket.Settings.SharedWith = slices.Clone(bucket.Settings.SharedWith)
		for i := range bucket.Settings.SharedWith {
			bucket.Settings.SharedWith[i].Cap = caps.Draw(t, "cap")
		}
		return setBucket(purseOfBob, bucket.Version, bucket.Settings)
	case 4, 5:
		return anyReversal(t, d)
	case 6, 7, 8:
		op := anyReservation(t, d, rapid.Just(at), amount)
		op.From = at
		op.For, op.Until = 0, d.now.Add(rapid.SampledFrom(heldFor).Draw(t, "length")).UnixMicro()
		return op
	default:
		return anyStepOfOpen(t, d, amount)
	}
}

// anyStepOfOpen does something with a hold that is open, if there is one.
func anyStepOfOpen(t *rapid.T, d *desk, amount ledger.Quantity) ledger.Operation {
	open := slices.DeleteFunc(slices.Clone(d.kept.holds), func(id ledger.ID) bool { _, is := d.heldBy(id); return !is })
	if len(open) == 0 {
		return anyStep(t, d, rapid.Just(sharedPlace), amount)
	}
	id := rapid.SampledFrom(open).Draw(t, "hold")
	known, _ := d.heldBy(id)
	switch rapid.IntRange(0, 6).Draw(t, "step") {
	case 0:
		return ledger.ReleaseHold{Account: known.Account, Hold: id}
	case 1:
		return ledger.ChargeHold{Account: known.Account, Hold: id}
	case 3:
		return ledger.AcceptHold{Account: known.Account, Hold: id}
	case 2:
		part := ledger.Quantity{Base: rapid.Int64Range(1, known.Amount.Base).Draw(t, "part"), Unit: known.Amount.Unit}
		return ledger.ChargeHold{Account: known.Account, Hold: id, Amount: part}
	default:
		more := ledger.Quantity{Base: known.Amount.Base + amount.Base, Unit: known.Amount.Unit}
		return ledger.ExtendHold{Account: known.Account, Hold: id, Amount: more, Until: max(known.Until, d.now.Add(day).UnixMicro())}
	}
}

// heldFor is how long a hold lasts: over the beginning of a cycle, or not.
var heldFor = []time.Duration{day, 29 * day, time.Hour, 10 * day}

func TestWhatIsUsedIsWhatWasTakenAndNeverPassesTheCap(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		o := &observer{desk: newDesk(t)}
		terms := monthly(rapid.SampledFrom([]int64{0, 30}).Draw(t, "refill"))
		terms.Rollover = rapid.SampledFrom([]ledger.Rollover{{}, {Percentage: 50, Times: 2}}).Draw(t, "rollover")
		terms.Validity.OnFirstUse = rapid.Bool().Draw(t, "on first use")
		terms.SharedWith = with(25, alice, carol)
		o.must(open(alice), open(bob), open(carol), pursed(purseOfBob, terms), cash(purseOfBob, eur(60)), cash(mainOfAlice, eur(5)))
		for range rapid.IntRange(10, 60).Draw(t, "commands") {
			o.now = mostlyNow(t, o.desk)
			before, batches := o.used(), len(o.payloads)
			command := o.command(anyUse(t, o.desk))
			out := o.batch(command)[0]
			if len(o.payloads) > batches {
				o.watch(command)
			}
			seen[fmt.Sprintf("%T %s", command.Operation, out.Code)]++
			o.compareUses(t, before)
		}
	})
	t.Log(seen)
	for _, wanted := range []string{
		"ledger.Adjust ", "ledger.Adjust ShareExceeded", "ledger.Reserve ", "ledger.Reserve ShareExceeded", "ledger.ExtendHold ",
		"ledger.ChargeHold ", "ledger.ReleaseHold ", "ledger.Reverse ",
	} {
		if seen[wanted] == 0 {
			t.Errorf("none is %q", wanted)
		}
	}
}

// compareUses holds what is shown as used against what was observed.
func (o *observer) compareUses(t *rapid.T, before map[ledger.ID]int64) {
	shown, used := o.view(bob).Buckets[purseOfBob.Bucket], o.used()
	if next := shown.Term.Next; next != 0 && next <= o.now.UnixMicro() {
		used = map[ledger.ID]int64{} // though nobody has looked
	}
	if !maps.Equal(shown.Uses, used) {
		t.Fatalf("it was used %v, and shown is %v", used, shown.Uses)
	}
	for _, share := range shown.Settings.SharedWith {
		if used := used[share.Account]; share.Cap > 0 && used > share.Cap && used > before[share.Account] {
			t.Fatalf("%d was used, and %d before, with a cap of %d", used, before[share.Account], share.Cap)
		}
	}
}
