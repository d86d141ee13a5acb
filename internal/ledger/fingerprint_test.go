// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// operations has every operation at least twice: as small as it gets, and with
// every field in use.
var operations = []struct {
	name string
	op   ledger.Operation
}{
	{"claim-scope/first", ledger.ClaimScope{ClusterUID: "c-1"}},
	{"claim-scope/full", ledger.ClaimScope{ClusterUID: "c-1", ExpectVersion: 3, TakeOver: true}},
	{"claim-scope/lease", ledger.ClaimScope{ClusterUID: "c-1", ExpectVersion: 3, TakeOver: true, Lease: "system/ledger"}},
	{"bind-tenant/first", ledger.BindTenant{Namespace: "retail", NamespaceUID: "n-1", ClusterUID: "c-1"}},
	{"bind-tenant/full", ledger.BindTenant{
		Namespace: "retail", NamespaceUID: "n-2", ClusterUID: "c-1", Adoption: ledger.AdoptionFresh, ExpectVersion: 1,
	}},
	{"accept-head/first", ledger.AcceptHead{LedgerID: "l-1", Sequence: 12, Hash: make([]byte, 32)}},
	{"accept-head/full", ledger.AcceptHead{LedgerID: "l-1", Sequence: 12, Hash: make([]byte, 32), ExpectVersion: 2}},
	{"set-account/first", ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: "EUR"}}},
	{"set-account/full", ledger.SetAccount{
		Account: account, ExpectVersion: 4, OnlyIfEmpty: true,
		Settings: ledger.AccountSettings{
			Currency: "EUR", State: ledger.AccountStateClosed, CreditLimit: 500_000, MaximumBalance: 5_000_000,
		},
	}},
	{"set-bucket/first", ledger.SetBucket{
		Bucket: bucket, Settings: ledger.BucketSettings{Account: account, Unit: "GB", UsageType: "Data"},
	}},
	{"set-bucket/full", ledger.SetBucket{
		Bucket: bucket, ExpectVersion: 2, Forfeit: true,
		Settings: ledger.BucketSettings{
			Account: account, Unit: "GB", UsageType: "Data", Class: ledger.Granted, State: ledger.BucketStateRetained,
		},
	}},
	{"grant", ledger.Grant{
		Into: ledger.Place{Account: account, Bucket: bucket}, Amount: ledger.Quantity{Base: 10_000_000_000, Unit: "B"},
	}},
	{"top-up/without-reference", ledger.TopUp{
		Into: ledger.Main(account), Amount: ledger.Quantity{Base: 250_000, Unit: "EUR"}, Payment: ledger.Payment{Type: "Cash"},
	}},
	{"top-up/full", ledger.TopUp{
		Into: ledger.Main(account), Amount: ledger.Quantity{Base: 250_000, Unit: "EUR"},
		Payment: ledger.Payment{Type: "BankTransfer", Reference: "till-4/8812"},
	}},
	{"transfer", ledger.Transfer{
		From:   ledger.Main(account),
		To:     ledger.Main(ledger.AccountID(scope, tenant, "bob")),
		Amount: ledger.Quantity{Base: 100_000, Unit: "EUR"},
	}},
	{"reserve/for", ledger.Reserve{
		Hold: hold, From: ledger.Place{Account: account}, Amount: ledger.Quantity{Base: 60, Unit: "s"}, For: 900_000_000,
	}},
	{"reserve/full", ledger.Reserve{
		Hold: hold, From: ledger.Place{Account: account, Bucket: bucket}, Amount: ledger.Quantity{Base: 5_000_000, Unit: "B"},
		For: 900_000_000, Until: 1_795_000_000_000_000, OnExpiry: ledger.ExpiryCharges,
	}},
	{"accept-hold/plain", ledger.AcceptHold{Account: account, Hold: hold}},
	{"accept-hold/full", ledger.AcceptHold{Account: account, Hold: hold, Until: 1_795_000_000_000_000}},
	{"extend-hold", ledger.ExtendHold{
		Account: account, Hold: hold, Amount: ledger.Quantity{Base: 90, Unit: "s"}, Until: 1_795_000_900_000_000,
	}},
	{"charge-hold/all", ledger.ChargeHold{Account: account, Hold: hold}},
	{"charge-hold/part", ledger.ChargeHold{Account: account, Hold: hold, Amount: ledger.Quantity{Base: 42, Unit: "s"}}},
	{"release-hold", ledger.ReleaseHold{Account: account, Hold: hold}},
	{"expire-hold", ledger.ExpireHold{Account: account, Hold: hold}},
	{"adjust/credit", ledger.Adjust{
		Type: ledger.GoodwillCredit, At: ledger.Main(account), Amount: ledger.Quantity{Base: 50_000, Unit: "EUR"},
	}},
	{"adjust/debit", ledger.Adjust{
		Type: ledger.RecurringCharge, At: ledger.Place{Account: account}, Amount: ledger.Quantity{Base: 50_000, Unit: "EUR"},
	}},
	{"reverse/refuses", ledger.Reverse{Of: key}},
	{"reverse/owes", ledger.Reverse{Of: key, OnShortfall: ledger.ShortfallOwes}},
	{"expire-lot", ledger.ExpireLot{Account: account, Lot: ledger.LotID(bucket, 7)}},
	{"expire-bucket", ledger.ExpireBucket{Account: account, Bucket: bucket, End: 1_795_000_000_000_000}},
	{"begin-cycle/first", ledger.BeginCycle{Account: account, Bucket: bucket}},
	{"begin-cycle/later", ledger.BeginCycle{Account: account, Bucket: bucket, Cycle: 12}},
	{"set-account/time-zone", ledger.SetAccount{
		Account: account, Settings: ledger.AccountSettings{Currency: "EUR", TimeZone: "Asia/Nicosia"},
	}},
	{"set-bucket/terms", ledger.SetBucket{Bucket: bucket, ExpectVersion: 2, Settings: boundBucket}},
	{"set-bucket/first-use", ledger.SetBucket{Bucket: bucket, Settings: ledger.BucketSettings{
		Account: account, Unit: "GB", UsageType: "Data",
		Validity: ledger.Validity{Lasts: calendar.Period{Count: 30, Unit: calendar.Days}, OnFirstUse: true},
	}}},
	{"set-bucket/shared", ledger.SetBucket{Bucket: bucket, ExpectVersion: 3, Settings: sharedBucket}},
	{"top-up/validity", ledger.TopUp{
		Into: ledger.Main(account), Amount: ledger.Quantity{Base: 250_000, Unit: "EUR"}, Payment: ledger.Payment{Type: "Cash"},
		Validity: ledger.Validity{Start: 1_794_000_000_000_000, Lasts: calendar.Period{Count: 1, Unit: calendar.Months}},
	}},
	{"top-up/extension", ledger.TopUp{
		Into:    ledger.Place{Account: account, Bucket: bucket},
		Amount:  ledger.Quantity{Base: 10_000_000_000, Unit: "B"},
		Payment: ledger.Payment{Type: "Cash"},
		Extension: ledger.Extension{
			Policy: ledger.ExtendMax, Until: 1_795_000_000_000_000, Ceiling: calendar.Period{Count: 365, Unit: calendar.Days},
		},
	}},
	{"reserve/product", ledger.Reserve{
		Hold: hold, From: ledger.Place{Account: account}, Amount: ledger.Quantity{Base: 60, Unit: "s"}, For: 900_000_000,
		Product: product,
	}},
	{"adjust/product", ledger.Adjust{
		Type: ledger.OneTimeCharge, At: ledger.Place{Account: account}, Amount: ledger.Quantity{Base: 50_000, Unit: "EUR"},
		Product: product,
	}},
}

// sharedBucket are terms with two who share the bucket, one of them without a bound.
var sharedBucket = ledger.BucketSettings{
	Account: account, Unit: "GB", UsageType: "Data",
	SharedWith: []ledger.Share{{Account: bucket}, {Account: tenant, Cap: 2_000_000_000}},
}

// boundBucket are terms with everything that bounds a bucket in time and use.
var boundBucket = ledger.BucketSettings{
	Account: account, Unit: "GB", UsageType: "Data", Class: ledger.Granted, State: ledger.BucketStateSuspended,
	Priority: -10, Blocker: true, Products: []ledger.ID{product},
	Validity: ledger.Validity{Start: 1_793_000_000_000_000, End: 1_796_000_000_000_000},
	Cycle:    ledger.Cycle{Every: calendar.Period{Count: 1, Unit: calendar.Months}, Anchor: 1_794_000_000_000_000},
	Refill:   10_000_000_000,
	Rollover: ledger.Rollover{
		Percentage: 50, Cap: 5_000_000_000, Times: 2, Lasts: calendar.Period{Count: 3, Unit: calendar.Months},
	},
}

// fingerprint is the fingerprint of version 1.
func fingerprint(t *testing.T, op ledger.Operation) ledger.Fingerprint {
	t.Helper()
	print, err := ledger.FingerprintOf(1, op)
	if err != nil {
		t.Fatal(err)
	}
	return print
}

func TestEveryFingerprintIsTheOneThatLedgersInTheFieldHave(t *testing.T) {
	vectors := make([]vector, 0, len(operations))
	kinds := map[ledger.Kind]bool{}
	for _, o := range operations {
		print := fingerprint(t, o.op)
		vectors = append(vectors, vector{"1/" + o.name, print[:]})
		kinds[o.op.Kind()] = true
	}
	for kind := ledger.KindClaimScope; kind <= ledger.KindBeginCycle; kind++ {
		if !kinds[kind] {
			t.Errorf("operation %d has no vector", kind)
		}
	}
	assertGolden(t, "fingerprints.golden", vectors)
}

func TestAFingerprintOfAVersionFromTheFutureIsRefused(t *testing.T) {
	_, err := ledger.FingerprintOf(ledger.PrintVersion+1, ledger.ClaimScope{ClusterUID: "c-1"})
	if err == nil || !strings.Contains(err.Error(), "fingerprint version 2 is newer than this program") {
		t.Errorf("the error is %v", err)
	}
}

// Changing any one field of an operation must show in its fingerprint, or two
// requests of different content would pass for one.
func TestEveryFieldOfAnOperationIsFingerprinted(t *testing.T) {
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			changed := reflect.New(reflect.TypeOf(o.op)).Elem()
			changed.Set(reflect.ValueOf(o.op))
			eachLeaf(changed, "", func(path string, leaf reflect.Value) {
				was := reflect.ValueOf(leaf.Interface())
				bump(t, leaf)
				if fingerprint(t, changed.Interface().(ledger.Operation)) == fingerprint(t, o.op) {
					t.Errorf("%s can change without a trace", path)
				}
				leaf.Set(was)
			})
		})
	}
}

// eachLeaf calls visit with every field that is no struct and is encoded.
func eachLeaf(v reflect.Value, path string, visit func(string, reflect.Value)) {
	if v.Kind() != reflect.Struct {
		visit(path, v)
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("cbor") != "-" {
			eachLeaf(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}

func bump(t *testing.T, leaf reflect.Value) {
	t.Helper()
	switch leaf.Kind() {
	case reflect.String:
		leaf.SetString(leaf.String() + "x")
	case reflect.Int32, reflect.Int64:
		leaf.SetInt(leaf.Int() + 1)
	case reflect.Uint8:
		leaf.SetUint(leaf.Uint() + 1)
	case reflect.Bool:
		leaf.SetBool(!leaf.Bool())
	case reflect.Array:
		other := reflect.New(leaf.Type()).Elem()
		other.Set(leaf)
		other.Index(0).SetUint(other.Index(0).Uint() ^ 1)
		leaf.Set(other)
	case reflect.Slice:
		more := reflect.New(leaf.Type().Elem()).Elem()
		bump(t, more)
		leaf.Set(reflect.Append(reflect.AppendSlice(reflect.Zero(leaf.Type()), leaf), more))
	case reflect.Struct:
		bump(t, leaf.Field(0))
	default:
		t.Fatalf("no way to change a %s", leaf.Kind())
	}
}

// nextTopUp is TopUp as a later version of this program may have it.
type nextTopUp struct {
	Into      ledger.Place     `cbor:"1,keyasint"`
	Amount    ledger.Quantity  `cbor:"2,keyasint"`
	Payment   ledger.Payment   `cbor:"3,keyasint"`
	Validity  ledger.Validity  `cbor:"4,keyasint,omitzero"`
	Extension ledger.Extension `cbor:"5,keyasint,omitzero"`
	CostOwner uint8            `cbor:"6,keyasint,omitempty"`
	Sponsor   ledger.ID        `cbor:"7,keyasint,omitzero"`
	Refunds   *int64           `cbor:"8,keyasint,omitempty"`
}

func (nextTopUp) Kind() ledger.Kind { return ledger.KindTopUp }

func TestANewOptionalFieldChangesNoOldFingerprint(t *testing.T) {
	for _, o := range operations {
		old, ok := o.op.(ledger.TopUp)
		if !ok {
			continue
		}
		next := nextTopUp{
			Into: old.Into, Amount: old.Amount, Payment: old.Payment, Validity: old.Validity, Extension: old.Extension,
		}
		if fingerprint(t, next) != fingerprint(t, old) {
			t.Errorf("%s has another fingerprint", o.name)
		}
		next.CostOwner = 1
		if fingerprint(t, next) == fingerprint(t, old) {
			t.Errorf("%s has the same fingerprint with the new field in use", o.name)
		}
	}
}

// The committer reads it from the log, and a replay has none.
func TestWhatAReversalUndoesIsNotInItsFingerprint(t *testing.T) {
	bare := ledger.Reverse{Of: key}
	read := ledger.Reverse{Of: key, Original: &ledger.Original{Kind: ledger.KindTopUp, Accounts: []ledger.ID{account}}}
	if fingerprint(t, read) != fingerprint(t, bare) {
		t.Error("a reversal that was decided before would not be found again")
	}
}

func TestOneContentUnderTwoOperationsHasTwoFingerprints(t *testing.T) {
	into, amount := ledger.Main(account), ledger.Quantity{Base: 1, Unit: "EUR"}
	if fingerprint(t, ledger.Grant{Into: into, Amount: amount}) == fingerprint(t, grantByAnotherName{into, amount}) {
		t.Error("the kind is not in the fingerprint")
	}
}

type grantByAnotherName ledger.Grant

func (grantByAnotherName) Kind() ledger.Kind { return ledger.KindTransfer }
