// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const operationsDocument = "../../../docs/spec/operations.md"

// table reads the table under a heading of the document: a line for each
// operation, and in it the cells by the heading of their column.
func table(t *testing.T, heading string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(operationsDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the document has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var columns []string
	lines := map[string]map[string]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch {
		case !strings.HasPrefix(line, "|"), strings.HasPrefix(line, "|---"):
			continue
		case columns == nil:
			columns = cells
			continue
		case len(cells) != len(columns):
			t.Fatalf("this line has %d cells, not %d: %s", len(cells), len(columns), line)
		}
		operation := map[string]string{}
		for i, column := range columns[1:] {
			operation[strings.TrimSpace(column)] = strings.TrimSpace(cells[i+1])
		}
		lines[strings.TrimSpace(cells[0])] = operation
	}
	return lines
}

// written is how the tables write an answer.
func written(out ledger.Outcome) string {
	switch {
	case out.Status == ledger.Accepted:
		return "accepted"
	case out.Status == ledger.Refused:
		return "refused: " + string(out.Code)
	case out.Code.Waits():
		return string(out.Code) + ", *waits*"
	default:
		return string(out.Code)
	}
}

// The table says of every operation what it may do in every state of an account.
func TestTheLifeOfAnAccountIsAsTheTableSays(t *testing.T) {
	states := map[string]ledger.AccountState{
		"Active": ledger.AccountStateActive, "RechargeOnly": ledger.AccountStateRechargeOnly,
		"Suspended": ledger.AccountStateSuspended, "Closed": ledger.AccountStateClosed,
	}
	lines := table(t, "The life of an account")
	if !slices.Equal(slices.Sorted(maps.Keys(lines)), slices.Sorted(maps.Keys(trials))) {
		t.Fatalf("the table has the operations %v", slices.Sorted(maps.Keys(lines)))
	}
	for operation, cells := range lines {
		if len(cells) != len(states) {
			t.Errorf("%s has %d states", operation, len(cells))
		}
		for column, want := range cells {
			t.Run(operation+" while "+column, func(t *testing.T) {
				d := trials[operation].played(t, ledger.Paid)
				out := trials[operation].try(d, purseOfAlice, func() {
					d.must(setAccount(alice, 1, ledger.AccountSettings{State: states[column]}))
				})
				if got := written(out); got != want {
					t.Errorf("it is %q, not %q", got, want)
				}
			})
		}
	}
}

// conditions are what the columns with answers stand for: the class of the bucket,
// the place, and what changes before the operation is asked for.
var conditions = map[string]struct {
	class  ledger.Class
	at     ledger.Place
	change func(d *desk)
}{
	"suspended": {ledger.Paid, purseOfAlice, func(d *desk) { d.setPurse(ledger.BucketStateSuspended) }},
	"kept":      {ledger.Paid, purseOfAlice, func(d *desk) { d.setPurse(ledger.BucketStateRetained) }},
	"floor": {ledger.Paid, mainOfAlice, func(d *desk) {
		free := d.cells(mainOfAlice, ledger.Available)[0]
		d.must(adjust(ledger.GeneralDebit, mainOfAlice, eur(free+100)), setAccount(alice, 2, ledger.AccountSettings{}))
	}},
	"ceiling":    {ledger.Paid, purseOfAlice, func(d *desk) { d.must(setAccount(alice, 1, ledger.AccountSettings{MaximumBalance: 1})) }},
	"only given": {ledger.Granted, purseOfAlice, func(*desk) {}},
}

func (d *desk) setPurse(state ledger.BucketState) {
	d.Helper()
	d.change(purseOfAlice, func(terms *ledger.BucketSettings) { terms.State = state })
}

// The table says of every operation that moves value what buckets and bounds do to
// it.
func TestBucketsAndBoundsAreAsTheTableSays(t *testing.T) {
	lines := table(t, "Buckets and bounds")
	if len(lines) != len(trials)-2 { // settings move nothing
		t.Fatalf("the table has the operations %v", slices.Sorted(maps.Keys(lines)))
	}
	for operation, cells := range lines {
		trial, ok := trials[operation]
		if !ok || len(cells) != len(conditions)+2 {
			t.Fatalf("%s is no operation, or has %d cells", operation, len(cells))
		}
		for column, condition := range conditions {
			if cells[column] == "–" {
				continue // it cannot be
			}
			t.Run(operation+", "+column, func(t *testing.T) {
				d := trial.played(t, condition.class)
				if condition.at == mainOfAlice {
					d.must(setAccount(alice, 1, ledger.AccountSettings{CreditLimit: 100}))
				}
				if got := written(trial.try(d, condition.at, func() { condition.change(d) })); got != cells[column] {
					t.Errorf("it is %q, not %q", got, cells[column])
				}
			})
		}
		t.Run(operation+", arrives as", func(t *testing.T) { arrives(t, trial, cells["arrives as"]) })
		t.Run(operation+", pays debt", func(t *testing.T) { paysDebt(t, trial, cells["pays debt"]) })
	}
}

// arrives compares the class of what comes into buckets of either class.
func arrives(t *testing.T, trial trial, want string) {
	t.Helper()
	for _, class := range []ledger.Class{ledger.Paid, ledger.Granted} {
		arriving := map[string]ledger.Class{"Paid": ledger.Paid, "Granted": ledger.Granted, "the bucket's": class, "what it was": class}
		d := trial.played(t, class)
		d.must(cash(purseOfAlice, eur(100))) // so that a transfer out is possible
		var before map[ledger.Class]int64
		if out := trial.try(d, purseOfAlice, func() { before = d.byClass(purseOfAlice) }); out.Status != ledger.Accepted {
			t.Fatalf("it is %s", out.Code)
		}
		after := d.byClass(purseOfAlice)
		arrivedAs, arrivesAtAll := arriving[want]
		if arrivesAtAll == (want == "–") {
			t.Fatalf("%q is no class", want)
		}
		for _, of := range []ledger.Class{ledger.Paid, ledger.Granted} {
			if arrived := after[of] > before[of]; arrived != (arrivesAtAll && of == arrivedAs) {
				t.Errorf("in a bucket of class %d, class %d goes from %d to %d", class, of, before[of], after[of])
			}
		}
	}
}

// byClass is what is free in a bucket, by class.
func (d *desk) byClass(place ledger.Place) map[ledger.Class]int64 {
	d.Helper()
	sums, free := map[ledger.Class]int64{}, d.cells(place, ledger.Available)
	for i, l := range d.lots(place) {
		sums[l.Class] += free[i]
	}
	return sums
}

// paysDebt says whether an operation pays a part of what is owed.
func paysDebt(t *testing.T, trial trial, want string) {
	t.Helper()
	d := trial.played(t, ledger.Paid)
	const owed = 50
	out := trial.try(d, purseOfAlice, func() { d.owe(owed) })
	if out.Status != ledger.Accepted {
		t.Fatalf("it is %s", out.Code)
	}
	if paid := owed - d.view(alice).Debt; want == "yes" && paid != 10 || want == "no" && paid != 0 || want != "yes" && want != "no" {
		t.Errorf("%d is paid, and the table says %q", paid, want)
	}
}

// owe makes a debt of money: a top-up that was spent, with all else in the main
// bucket, is undone.
func (d *desk) owe(base int64) {
	d.Helper()
	free := max(d.cells(mainOfAlice, ledger.Available)[0], 0)
	of := d.done(cash(mainOfAlice, eur(base)))
	d.must(adjust(ledger.OneTimeCharge, mainOfAlice, eur(base+free)), d.reverse(of, ledger.ShortfallOwes))
}
