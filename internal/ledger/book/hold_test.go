// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// withMoney is a desk where alice has an account with so much money on it.
func withMoney(t tb, base int64) *desk {
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(base)))
	return d
}

func TestAHoldIsReservedAcceptedAndChargedInPart(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(50)))
	d.wantBalances(50, 50, 0, 0)
	d.wantMoney(alice, 100)
	d.must(acceptHold("h"))
	d.wantBalances(50, 0, 50, 0)
	out := d.post(charge("h", eur(32)))
	if want := (ledger.Impact{Account: alice, Bucket: mainOfAlice.Bucket, Before: 50, After: 68}); len(out.Impacts) != 1 || out.Impacts[0] != want {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
	d.wantBalances(68, 0, 0, 0)
	d.wantMoney(alice, 68)
	d.wantOutside("revenue:usage", map[string]int64{"EUR": 32})
	h := d.holdOf("h")
	if h.State != ledger.HoldCharged || h.Amount != eur(50) || h.Charged != 32 || h.ClosedAt != d.now.UnixMicro() || len(h.Origins) != 0 {
		t.Errorf("the hold is %+v", h)
	}
}

func TestAHoldCanBeChargedWithoutBeingAccepted(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(50)), chargeAll("h"))
	d.wantBalances(50, 0, 0, 0)
	d.wantOutside("revenue:usage", map[string]int64{"EUR": 50})
}

func TestAReleasedHoldGivesAllBack(t *testing.T) {
	for _, steps := range [][]ledger.Operation{{release("h")}, {acceptHold("h"), release("h")}} {
		d := withMoney(t, 100)
		d.must(reserve("h", mainOfAlice, eur(50)))
		d.must(steps...)
		d.wantBalances(100, 0, 0, 0)
		d.wantOutside("revenue:usage", map[string]int64{})
		if h := d.holdOf("h"); h.State != ledger.HoldReleased || h.Charged != 0 {
			t.Errorf("the hold is %+v", h)
		}
	}
}

func TestWhatIsHeldCannotBeUsedTwice(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(60)))
	short := ledger.Figures{Needed: 41, Available: 40, Unit: "EUR"}
	d.wantRefused(reserve("i", mainOfAlice, eur(41)), ledger.InsufficientFunds, short)
	d.wantRefused(transfer(mainOfAlice, mainOfBob, eur(41)), ledger.InsufficientFunds, short)
	d.wantRefused(adjust(ledger.OneTimeCharge, mainOfAlice, eur(41)), ledger.InsufficientFunds, short)
	d.must(reserve("j", mainOfAlice, eur(40)))
	d.wantBalances(0, 100, 0, 0)
}

func TestMoreThanIsHeldIsNotTakenAndTheHoldStays(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(50)))
	d.wantNotTaken(charge("h", eur(51)), ledger.AmountExceedsHold, ledger.Figures{Needed: 51, Available: 50, Unit: "EUR"})
	d.wantBalances(50, 50, 0, 0)
	d.must(charge("h", eur(50))) // under the same key: nothing was recorded of it
}

func TestAHoldIsResolvedOnce(t *testing.T) {
	ends := map[string]func() ledger.Operation{
		"charge": func() ledger.Operation { return chargeAll("h") }, "release": func() ledger.Operation { return release("h") },
	}
	for first, end := range ends {
		t.Run(first, func(t *testing.T) {
			d := withMoney(t, 100)
			d.must(reserve("h", mainOfAlice, eur(50)), end())
			by := ledger.Figures{Other: ledger.HoldKey(hold("h"), first)}
			for second, other := range ends {
				if second != first {
					d.wantRefused(other(), ledger.HoldClosed, by)
				}
			}
			d.wantRefused(acceptHold("h"), ledger.HoldClosed, by)
			d.wantRefused(extend("h", eur(60), d.now.Add(time.Hour)), ledger.HoldClosed, by)
			d.wantNotTaken(expire("h"), ledger.HoldClosed, by) // nobody's wish was refused
			if again := d.post(end()); again.Status != ledger.Accepted || !again.Replayed {
				t.Errorf("once more, it is %+v", again)
			}
		})
	}
}

func TestAHoldCanBeOpenedAndResolvedInOneBatch(t *testing.T) {
	d := withMoney(t, 100)
	outs := d.batch(d.command(reserve("h", mainOfAlice, eur(50))), d.command(acceptHold("h")), d.command(extend("h", eur(60), d.now.Add(time.Hour))),
		d.command(charge("h", eur(10))), d.command(release("h")), d.command(reserve("i", mainOfAlice, eur(90))))
	for i, want := range []ledger.Code{"", "", "", "", ledger.HoldClosed, ""} {
		if outs[i].Code != want {
			t.Errorf("command %d is %q, not %q", i+1, outs[i].Code, want)
		}
	}
	d.wantBalances(0, 90, 0, 0)
	if h := d.holdOf("h"); h.State != ledger.HoldCharged || h.Charged != 10 {
		t.Errorf("the hold is %+v", h)
	}
}

func TestAnExtensionSaysWhatTheHoldIsToBe(t *testing.T) {
	d := withMoney(t, 100)
	first := d.now.Add(15 * time.Minute)
	d.must(reserve("h", mainOfAlice, eur(50)))
	d.must(extend("h", eur(70), first), extend("h", eur(70), first.Add(time.Minute)), extend("h", eur(80), first.Add(time.Hour)))
	if h := d.holdOf("h"); h.Amount != eur(80) || h.Until != first.Add(time.Hour).UnixMicro() {
		t.Errorf("the hold is %+v", h)
	}
	d.wantBalances(20, 80, 0, 0)
	if again := d.post(extend("h", eur(70), first)); again.Status != ledger.Accepted || !again.Replayed {
		t.Errorf("the first extension again is %+v", again)
	}
	d.wantBalances(20, 80, 0, 0)
	d.wantRefused(extend("h", eur(101), first.Add(time.Hour)), ledger.InsufficientFunds, ledger.Figures{Needed: 21, Available: 20, Unit: "EUR"})
}

func TestAnExtensionMakesNothingSmallerOrShorter(t *testing.T) {
	d := withMoney(t, 100)
	end := d.now.Add(15 * time.Minute)
	d.must(reserve("h", mainOfAlice, eur(50)))
	d.wantNotTaken(extend("h", eur(49), end.Add(time.Hour)), ledger.HoldNotLower, ledger.Figures{Needed: 49, Available: 50, Unit: "EUR"})
	d.wantNotTaken(extend("h", eur(60), end.Add(-time.Second)), ledger.HoldNotLower, ledger.Figures{Needed: 899, Available: 900, Unit: "s"})
	d.wantNotTaken(extend("h", eur(50), end), ledger.HoldNotLower, ledger.Figures{Needed: 50, Available: 50, Unit: "EUR"})
	early := acceptHold("h")
	early.Until = end.Add(-time.Microsecond).UnixMicro()
	d.wantNotTaken(early, ledger.HoldNotLower, ledger.Figures{Needed: 900, Available: 900, Unit: "s"})
	d.wantBalances(50, 50, 0, 0)
}

func TestAnAcceptedHoldCanBeExtended(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(50)), acceptHold("h"), extend("h", eur(60), d.now.Add(time.Hour)))
	d.wantBalances(40, 0, 60, 0)
}

func TestAcceptingLeavesTheEndOrSetsALaterOne(t *testing.T) {
	d := withMoney(t, 100)
	d.must(reserve("h", mainOfAlice, eur(10)), reserve("i", mainOfAlice, eur(10)))
	d.now = d.now.Add(14 * time.Minute)
	later := acceptHold("i")
	later.Until = d.now.Add(time.Hour).UnixMicro()
	d.must(acceptHold("h"), later)
	d.now = d.now.Add(time.Minute)
	d.wantRefused(chargeAll("h"), ledger.HoldClosed, ledger.Figures{Other: ledger.HoldKey(hold("h"), "expire")})
	d.must(chargeAll("i"))
}

func TestAHoldLastsAtMostThirtyDaysFromNow(t *testing.T) {
	d := withMoney(t, 100)
	const month = 30 * 24 * 60 * 60
	tooFar := ledger.Figures{Needed: month + 1, Available: month, Unit: "s"}
	for name, c := range map[string]struct {
		length, until time.Duration
		want          ledger.Figures
	}{
		"a microsecond more":     {length: ledger.MaxHold + time.Microsecond, want: tooFar},
		"until a microsecond on": {until: ledger.MaxHold + time.Microsecond, want: tooFar},
		"for ever":               {length: math.MaxInt64, want: tooFar},
		"until now":              {until: time.Nanosecond, want: ledger.Figures{Available: month, Unit: "s"}},
		"until a minute ago":     {until: -time.Minute, want: ledger.Figures{Needed: -60, Available: month, Unit: "s"}},
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			op := ledger.Reserve{Hold: hold(name), From: mainOfAlice, Amount: eur(1), For: c.length.Microseconds()}
			if c.until != 0 {
				op.Until = d.now.Add(c.until).UnixMicro()
			}
			d.wantNotTaken(op, ledger.EndOutOfRange, c.want)
		})
	}
	op := reserve("h", mainOfAlice, eur(1))
	op.For = ledger.MaxHold.Microseconds()
	d.tb = t
	d.must(op)
	d.wantNotTaken(extend("h", eur(1), d.now.Add(ledger.MaxHold+time.Microsecond)), ledger.EndOutOfRange, tooFar)
	d.now = d.now.Add(time.Hour)
	d.must(extend("h", eur(1), d.now.Add(ledger.MaxHold)))
}

func TestAnAccountHasABoundedNumberOfOpenHolds(t *testing.T) {
	d := withMoney(t, 100_000)
	commands := make([]ledger.Command, book.MaxHolds)
	for i := range commands {
		commands[i] = d.command(reserve(fmt.Sprint(i), mainOfAlice, eur(1)))
	}
	for _, out := range d.batch(commands...) {
		if out.Status != ledger.Accepted {
			t.Fatalf("it is %s", out.Code)
		}
	}
	d.wantRefused(reserve("h", mainOfAlice, eur(1)), ledger.TooManyHolds, ledger.Figures{Available: book.MaxHolds})
	d.must(release("7"), reserve("i", mainOfAlice, eur(1)))
}
