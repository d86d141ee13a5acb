// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestABucketIsOpenedWithALotThatNeverEnds(t *testing.T) {
	d := newDesk(t)
	gift := at(alice, "gift")
	d.must(open(alice), data(gift, ledger.Granted))
	lots := d.lots(gift)
	if len(lots) != 1 || lots[0].Number != 0 || lots[0].Class != ledger.Granted || lots[0].Unit != "B" {
		t.Errorf("the lots are %+v", lots)
	}
	d.wantLeft(gift, 0)
}

func TestABucketWaitsForItsAccount(t *testing.T) {
	d := newDesk(t)
	d.wantNotTaken(data(at(alice, "d"), ledger.Paid), ledger.AccountUnknown, none)
	d.must(open(alice), data(at(alice, "d"), ledger.Paid))
}

func TestTheTermsOfABucketAreTakenOneVersionAfterAnother(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "d")
	d.must(open(alice))
	d.wantNotTaken(setBucket(p, 1, ledger.BucketSettings{}), ledger.VersionMismatch, none)
	kept := ledger.BucketSettings{State: ledger.BucketStateRetained}
	d.must(setBucket(p, 0, ledger.BucketSettings{}), setBucket(p, 1, kept), setBucket(p, 2, ledger.BucketSettings{}))
	d.wantNotTaken(setBucket(p, 2, kept), ledger.VersionMismatch, none)
	if b := d.view(alice).Buckets[p.Bucket]; b.Version != 3 || b.Settings.State != ledger.BucketStateActive {
		t.Errorf("the bucket is %+v", b)
	}
}

func TestABucketStaysWhatItWasOpenedAs(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "d")
	d.must(open(alice), open(bob), setBucket(p, 0, ledger.BucketSettings{}))
	for name, other := range map[string]ledger.SetBucket{
		"another unit of the dimension": setBucket(p, 1, ledger.BucketSettings{Unit: "MB"}),
		"another dimension":             setBucket(p, 1, ledger.BucketSettings{Unit: "min"}),
		"another usage type":            setBucket(p, 1, ledger.BucketSettings{UsageType: "Other"}),
		"another class":                 setBucket(p, 1, ledger.BucketSettings{Class: ledger.Granted}),
		"another account":               setBucket(ledger.Place{Account: bob, Bucket: p.Bucket}, 1, ledger.BucketSettings{}),
		"another validity":              setBucket(p, 1, ledger.BucketSettings{Validity: ledger.Validity{Lasts: days(1)}}),
		"another cycle":                 setBucket(p, 1, ledger.BucketSettings{Cycle: ledger.Cycle{Every: days(1)}}),
		"another account, unseen":       setBucket(ledger.Place{Account: bob, Bucket: p.Bucket}, 0, ledger.BucketSettings{}),
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(other, ledger.BucketConflict, none)
		})
	}
}

func TestTheRestOfABucketsTermsMayChange(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "d")
	terms := monthly(5)
	terms.Validity.Lasts = months(12)
	d.must(open(alice), setBucket(p, 0, terms))
	for i, change := range []func(){
		func() { terms.Priority, terms.Blocker = -5, true }, func() { terms.Products = []ledger.ID{{1}, {2}} }, func() { terms.Refill = 0 },
		func() { terms.Rollover = ledger.Rollover{Percentage: 5, Times: 2} }, func() { terms.State = ledger.BucketStateSuspended },
		func() { terms.Products, terms.Blocker, terms.Rollover = nil, false, ledger.Rollover{} },
	} {
		change()
		op := setBucket(p, int64(i+1), terms)
		d.must(op)
		if got := d.view(alice).Buckets[p.Bucket]; got.Version != int64(i+2) || !got.Settings.Equal(op.Settings) {
			t.Errorf("the bucket is %+v", got)
		}
	}
	if term := d.termOf(p); term.Next == 0 || d.kept.facts[ledger.TermID(p.Bucket)].Version != 1 {
		t.Errorf("the term is %+v", term)
	}
}

func TestABucketOfMoneyIsInTheAccountsCurrency(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), purse(at(alice, "p"), ledger.Paid))
	dollars := ledger.BucketSettings{Unit: "USD", UsageType: "Monetary"}
	d.wantNotTaken(setBucket(at(alice, "q"), 0, dollars), ledger.UnitMismatch, ledger.Figures{Unit: "EUR"})
}

func TestAKeptBucketWaitsForItsObjectWithAllThatIsInIt(t *testing.T) {
	d := newDesk(t)
	p, q := at(alice, "p"), at(bob, "q")
	d.must(open(alice), open(bob), data(p, ledger.Paid), data(q, ledger.Paid), cash(p, octets(5)), cash(q, octets(5)),
		setBucket(p, 1, ledger.BucketSettings{State: ledger.BucketStateRetained}))
	for _, op := range []ledger.Operation{
		cash(p, octets(1)), ledger.Grant{Into: p, Amount: octets(1)}, transfer(p, q, octets(1)), transfer(q, p, octets(1)),
	} {
		d.wantNotTaken(op, ledger.BucketRetained, none)
	}
	d.wantLeft(p, 5)
	d.must(setBucket(p, 2, ledger.BucketSettings{}), transfer(p, q, octets(5)))
}

func TestForfeitMovesAllOfABucketToBreakage(t *testing.T) {
	forfeit := func(p ledger.Place, v int64, state ledger.BucketState) ledger.SetBucket {
		op := setBucket(p, v, ledger.BucketSettings{Class: ledger.Granted, State: state})
		op.Forfeit = true
		return op
	}
	d := newDesk(t)
	p, q := at(alice, "p"), at(alice, "q")
	// Two lots of one unit, given and paid: two debits, one credit of breakage.
	d.must(open(alice), data(p, ledger.Granted), ledger.Grant{Into: p, Amount: octets(30)}, cash(p, octets(12)))
	out := d.post(forfeit(p, 1, ledger.BucketStateRetained))
	if want := (ledger.Impact{Account: alice, Bucket: p.Bucket, Before: 42}); len(out.Impacts) != 1 || out.Impacts[0] != want {
		t.Errorf("the impacts are %+v", out.Impacts)
	}
	d.wantLeft(p, 0)
	breakage := ledger.ExternalID(scope, tenant, "breakage")
	if got := d.outside(breakage); got["B"] != 42 {
		t.Errorf("breakage has %+v", got)
	}
	if cells := d.kept.account(breakage).Cells; len(cells) != 1 {
		t.Errorf("breakage has %d cells for one unit", len(cells))
	}
	// Nothing left, nothing moves; and breakage takes more later.
	d.must(forfeit(p, 2, ledger.BucketStateRetained), data(q, ledger.Granted), cash(q, octets(8)), forfeit(q, 1, ledger.BucketStateActive))
	if got := d.outside(breakage); got["B"] != 50 {
		t.Errorf("breakage has %+v", got)
	}
}

func TestEachUnitOutsideIsCountedByItself(t *testing.T) {
	d := newDesk(t)
	d.must(open(alice), data(at(alice, "d"), ledger.Paid), cash(mainOfAlice, eur(3)), cash(at(alice, "d"), octets(4)),
		cash(mainOfAlice, eur(5)), receipted(mainOfAlice, eur(7), "BankTransfer", ""), ledger.Grant{Into: at(alice, "d"), Amount: octets(9)})
	for name, want := range map[string]map[string]int64{
		"funding:cash": {"EUR": -8, "B": -4}, "funding:banktransfer": {"EUR": -7, "B": 0}, "grants": {"EUR": 0, "B": -9},
	} {
		got := d.outside(ledger.ExternalID(scope, tenant, name))
		for unit, base := range want {
			if got[unit] != base {
				t.Errorf("%s has %d %s, not %d", name, got[unit], unit, base)
			}
		}
	}
}

// outside is what a counter-account has, by unit.
func (d *desk) outside(id ledger.ID) map[string]int64 {
	sums := map[string]int64{}
	for _, row := range d.kept.account(id).Cells {
		sums[d.kept.cells[row.ID].Unit] += row.Balance
	}
	return sums
}

func TestTermsThatContradictThemselvesAreMalformed(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "d")
	d.must(open(alice))
	for name, op := range map[string]ledger.SetBucket{
		"no bucket":                setBucket(ledger.Place{Account: alice}, 0, ledger.BucketSettings{}),
		"the main bucket":          setBucket(mainOfAlice, 0, ledger.BucketSettings{}),
		"no such unit":             setBucket(p, 0, ledger.BucketSettings{Unit: "gb"}),
		"a unit that is not UTF-8": setBucket(p, 0, ledger.BucketSettings{Unit: "\xff"}),
		"no usage type":            {Bucket: p.Bucket, Settings: ledger.BucketSettings{Account: alice, Unit: "GB"}},
		"a usage type not UTF-8":   setBucket(p, 0, ledger.BucketSettings{UsageType: "a\xff"}),
		"a usage type with a zero": setBucket(p, 0, ledger.BucketSettings{UsageType: "a\x00b"}),
		"an unknown class":         setBucket(p, 0, ledger.BucketSettings{Class: ledger.Granted + 1}),
		"an unknown state":         setBucket(p, 0, ledger.BucketSettings{State: ledger.BucketStateSuspended + 1}),
	} {
		t.Run(name, func(t *testing.T) {
			d.tb = t
			d.wantNotTaken(op, ledger.Malformed, none)
		})
	}
}

func TestABucketOfAClosedAccountCanStillBeKeptOrForfeited(t *testing.T) {
	d := newDesk(t)
	p := at(alice, "d")
	d.must(open(alice), data(p, ledger.Paid), cash(p, octets(2)), setAccount(alice, 1, ledger.AccountSettings{State: ledger.AccountStateClosed}))
	op := setBucket(p, 1, ledger.BucketSettings{State: ledger.BucketStateRetained})
	op.Forfeit = true
	d.must(op)
	d.wantLeft(p, 0)
}
