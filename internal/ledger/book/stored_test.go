// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// The specs below start from rows that this program would not write today.

// fact is version 1 of a subject, as loaded.
func fact(subject ledger.ID, kind ledger.FactKind, body any) ledger.FactRow {
	return ledger.FactRow{Fact: ledger.Fact{Subject: subject, Version: 1, Kind: kind, Body: ledger.EncodeBody(body)}}
}

// decided is what the book says of a command when the rows are all there is.
func decided(t *testing.T, loaded *ledger.Loaded, op ledger.Operation) ledger.Outcome {
	t.Helper()
	state := book.NewState()
	command := ledger.Command{Key: ledger.ID{1}, Scope: scope, Tenant: tenant, Operation: op}
	if err := state.Admit(loaded, book.Touches(command)); err != nil {
		t.Fatal(err)
	}
	_, outcome := state.Begin(1, start, start).Apply(command, ledger.Fingerprint{})
	return outcome
}

func TestAWithdrawnCurrencyFreezesNoAccount(t *testing.T) {
	const withdrawn = "HRK"
	d := newDesk(t)
	d.wantNotTaken(setAccount(bob, 0, ledger.AccountSettings{Currency: withdrawn}), ledger.Malformed, none)

	purse := at(alice, "purse")
	terms := ledger.BucketSettings{Account: alice, Unit: withdrawn, UsageType: "Monetary"}
	loaded := &ledger.Loaded{
		NextCell: 32,
		Accounts: map[ledger.ID]ledger.AccountRows{alice: {
			Facts: []ledger.FactRow{
				fact(alice, ledger.FactAccount, ledger.AccountSettings{Currency: withdrawn}),
				fact(ledger.LotID(mainOfAlice.Bucket, 0), ledger.FactLot,
					ledger.Lot{Account: alice, Bucket: mainOfAlice.Bucket, Base: 8, Unit: withdrawn, Tenant: tenant}),
				fact(purse.Bucket, ledger.FactBucket, terms),
				fact(ledger.LotID(purse.Bucket, 0), ledger.FactLot,
					ledger.Lot{Account: alice, Bucket: purse.Bucket, Base: 16, Unit: withdrawn, Tenant: tenant}),
			},
			Cells: []ledger.CellRow{{ID: 8, Version: 1, Balance: 5}},
		}},
		Facts: map[ledger.ID]ledger.Fact{purse.Bucket: fact(purse.Bucket, ledger.FactBucket, terms).Fact},
	}
	for name, op := range map[string]ledger.Operation{
		"new settings of the account": setAccount(alice, 1, ledger.AccountSettings{
			Currency: withdrawn, State: ledger.AccountStateSuspended,
		}),
		"new settings of the bucket": setBucket(purse, 1, ledger.BucketSettings{
			Unit: withdrawn, UsageType: "Monetary", State: ledger.BucketStateRetained,
		}),
		"a transfer": transfer(mainOfAlice, purse, ledger.Quantity{Base: 5, Unit: withdrawn}),
	} {
		if out := decided(t, loaded, op); out.Status != ledger.Accepted {
			t.Errorf("%s: it is %s", name, out.Code)
		}
	}
	if out := decided(t, loaded, setAccount(alice, 1, ledger.AccountSettings{})); out.Code != ledger.AccountConflict {
		t.Errorf("another currency is %s", out.Code)
	}
}

func TestAReceiptThatCannotBeReadStopsNobody(t *testing.T) {
	top := receipted(mainOfAlice, eur(1), "Cash", "till-4/8812")
	subject := ledger.ReceiptSubject(tenant, "cash", "till-4/8812")
	for _, body := range [][]byte{nil, {1, 2, 3}, alice[:]} {
		loaded := &ledger.Loaded{
			Accounts: map[ledger.ID]ledger.AccountRows{alice: {Facts: []ledger.FactRow{
				fact(alice, ledger.FactAccount, ledger.AccountSettings{Currency: "EUR"}),
				fact(ledger.LotID(mainOfAlice.Bucket, 0), ledger.FactLot,
					ledger.Lot{Account: alice, Bucket: mainOfAlice.Bucket, Base: 8, Unit: "EUR", Tenant: tenant}),
			}}},
			Facts: map[ledger.ID]ledger.Fact{subject: {Subject: subject, Version: 1, Kind: ledger.FactReceipt, Body: body}},
		}
		if out := decided(t, loaded, top); out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
			t.Errorf("with the body %x it is %d %s", body, out.Status, out.Code)
		}
	}
}

func TestATenantReachesNoMoneyOfAnother(t *testing.T) {
	other := ledger.TenantID(scope, "wholesale", 1)
	d := newDesk(t)
	d.must(open(alice), open(bob), cash(mainOfAlice, eur(9)), data(at(alice, "d"), ledger.Paid), cash(at(alice, "d"), octets(3)))
	forfeit := setBucket(at(alice, "d"), 1, ledger.BucketSettings{})
	forfeit.Forfeit = true
	for name, op := range map[string]ledger.Operation{
		"a top-up":   cash(mainOfAlice, eur(1)),
		"a transfer": transfer(mainOfAlice, mainOfBob, eur(1)),
		"a grant":    ledger.Grant{Into: at(alice, "d"), Amount: octets(1)},
		"a forfeit":  forfeit,
	} {
		if out := d.batch(as(other, op))[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
			t.Errorf("%s: it is %d %s", name, out.Status, out.Code)
		}
	}
	d.wantMoney(alice, 9)
	d.must(forfeit)
}

// The log is all there is to print a trial balance from.
func TestTheLogNamesCounterAccounts(t *testing.T) {
	d := newDesk(t)
	forfeit := setBucket(at(alice, "d"), 1, ledger.BucketSettings{})
	forfeit.Forfeit = true
	d.must(open(alice), data(at(alice, "d"), ledger.Paid), cash(mainOfAlice, eur(9)),
		ledger.Grant{Into: at(alice, "d"), Amount: octets(3)}, forfeit)
	names := map[string]bool{}
	for _, payload := range d.payloads {
		batch, err := ledger.Open(payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range batch.Records {
			for _, fact := range record.Facts {
				var lot ledger.Lot
				if fact.Kind != ledger.FactLot {
					continue
				}
				if err := ledger.DecodeBody(fact.Body, &lot); err != nil {
					t.Fatal(err)
				}
				if outside := lot.Name != ""; outside != (lot.Account == ledger.ExternalID(scope, tenant, lot.Name)) {
					t.Errorf("account %s has a lot with the name %q", lot.Account, lot.Name)
				}
				names[lot.Name] = true
			}
		}
	}
	for _, name := range []string{"", "funding:cash", "grants", "breakage"} {
		if !names[name] {
			t.Errorf("no lot has the name %q", name)
		}
	}
}
