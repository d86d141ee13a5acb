// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"reflect"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

func TestTheBodyOfEveryFactIsTheOneThatLedgersInTheFieldHave(t *testing.T) {
	bodies := []struct {
		name string
		body any
	}{
		{"account/plain", ledger.AccountSettings{Currency: "EUR"}},
		{"account/full", ledger.AccountSettings{
			Currency: "EUR", State: ledger.AccountStateClosed, CreditLimit: 500_000, MaximumBalance: 5_000_000,
		}},
		{"bucket/plain", ledger.BucketSettings{Account: account, Unit: "GB", UsageType: "Data"}},
		{"bucket/full", ledger.BucketSettings{
			Account: account, Unit: "GB", UsageType: "Data", Class: ledger.Granted, State: ledger.BucketStateRetained,
		}},
		{"lot/0", ledger.Lot{Account: account, Bucket: bucket, Base: 8, Unit: "B"}},
		{"lot/full", ledger.Lot{Account: account, Bucket: bucket, Number: 3, Base: 24, Class: ledger.Granted, Unit: "B"}},
		{"lot/owned", ledger.Lot{
			Account: account, Bucket: bucket, Number: 3, Base: 24, Class: ledger.Granted, Unit: "B", Tenant: tenant,
		}},
		{"lot/external", ledger.Lot{
			Account: account, Bucket: account, Base: 32, Unit: "EUR", Name: "funding:cash", Tenant: tenant,
		}},
		{"receipt", ledger.Receipt{Transaction: key}},
		{"binding", ledger.Binding{Tenant: tenant, Generation: 2, NamespaceUID: "n-1", ClusterUID: "c-1"}},
		{"claim", ledger.Claim{ClusterUID: "c-1"}},
		{"claim/lease", ledger.Claim{ClusterUID: "c-1", Lease: "system/ledger"}},
		{"epoch", ledger.AcceptHead{LedgerID: "l-1", Sequence: 12, Hash: make([]byte, 32), ExpectVersion: 2}},
		{"hold/open", ledger.Hold{
			Account: account, Amount: ledger.Quantity{Base: 60, Unit: "s"}, Origins: []ledger.Origin{{Base: 8, Amount: 60}},
			OpenedAt: 1_794_999_100_000_000, Until: 1_795_000_000_000_000, Scope: scope, Tenant: tenant,
		}},
		{"hold/full", ledger.Hold{
			Account: account, State: ledger.HoldExpired, Amount: ledger.Quantity{Base: 60, Unit: "s"},
			Origins: []ledger.Origin{{Base: 8, Amount: 20}, {Base: 24, Amount: 40}}, Until: 1_795_000_000_000_000,
			OnExpiry: ledger.ExpiryCharges, Charged: 60, Bucket: bucket, Scope: scope, Tenant: tenant,
			OpenedAt: 1_794_999_100_000_000, ClosedAt: 1_795_000_000_000_000,
		}},
		{"reversal", ledger.Reversal{Transaction: key}},
		{"account/time-zone", ledger.AccountSettings{Currency: "EUR", TimeZone: "Asia/Nicosia"}},
		{"bucket/terms", boundBucket},
		{"bucket/first-use", ledger.BucketSettings{
			Account: account, Unit: "GB", UsageType: "Data",
			Validity: ledger.Validity{Lasts: calendar.Period{Count: 30, Unit: calendar.Days}, OnFirstUse: true},
		}},
		{"bucket/shared", sharedBucket},
		{"lot/dated", ledger.Lot{
			Account: account, Bucket: bucket, Number: 3, Base: 24, Class: ledger.Granted, Unit: "B", Tenant: tenant,
			Start: 1_794_000_000_000_000, End: 1_795_000_000_000_000, OfCycle: true, Rolled: 1, Scope: scope, Ended: true,
		}},
		{"hold/product", ledger.Hold{
			Account: account, Amount: ledger.Quantity{Base: 60, Unit: "s"}, Origins: []ledger.Origin{{Base: 8, Amount: 60}},
			OpenedAt: 1_794_999_100_000_000, Until: 1_795_000_000_000_000, Scope: scope, Tenant: tenant, Product: product,
		}},
		{"hold/shared", ledger.Hold{
			Account: account, Amount: ledger.Quantity{Base: 60, Unit: "s"},
			Origins:  []ledger.Origin{{Base: 8, Amount: 20}, {Base: 24, Amount: 40, Owner: tenant, Since: 1_794_000_000_000_000}},
			OpenedAt: 1_794_999_100_000_000, Until: 1_795_000_000_000_000, Scope: scope, Tenant: tenant,
		}},
		{"membership", ledger.Membership{Member: account, Owner: tenant, Bucket: bucket}},
		{"share-use/ever", ledger.ShareUse{Member: account, Owner: tenant, Bucket: bucket}},
		{"share-use/cycle", ledger.ShareUse{Member: account, Owner: tenant, Bucket: bucket, Since: 1_794_000_000_000_000}},
		{"share-use/charged", ledger.ShareUse{
			Member: account, Owner: tenant, Bucket: bucket, Since: 1_794_000_000_000_000, Charged: 40,
		}},
		{"term/waiting", ledger.Term{Account: account, Bucket: bucket, Scope: scope, Tenant: tenant}},
		{"term/full", ledger.Term{
			Account: account, Bucket: bucket, Start: 1_793_000_000_000_000, End: 1_796_000_000_000_000, Cycle: 3,
			Next: 1_795_000_000_000_000, Ended: true, Scope: scope, Tenant: tenant,
		}},
		{"term/begun", ledger.Term{
			Account: account, Bucket: bucket, Start: 1_793_000_000_000_000, Cycle: 3, Next: 1_795_000_000_000_000,
			Began: 1_794_000_000_000_000, Scope: scope, Tenant: tenant,
		}},
	}
	vectors := make([]vector, 0, len(bodies))
	for _, b := range bodies {
		encoded := ledger.EncodeBody(b.body)
		vectors = append(vectors, vector{b.name, encoded})
		back := reflect.New(reflect.TypeOf(b.body))
		if err := ledger.DecodeBody(encoded, back.Interface()); err != nil {
			t.Errorf("%s cannot be read: %v", b.name, err)
		} else if !reflect.DeepEqual(back.Elem().Interface(), b.body) {
			t.Errorf("%s came back as %+v", b.name, back.Elem())
		}
	}
	assertGolden(t, "bodies.golden", vectors)
}

func TestABodyThatThisProgramDoesNotKnowIsAnError(t *testing.T) {
	var settings ledger.AccountSettings
	for _, body := range [][]byte{nil, {0xff}, {0xa1, 0x18, 0x63, 0x01}, {0x01}} {
		if err := ledger.DecodeBody(body, &settings); err == nil {
			t.Errorf("%x was read as %+v", body, settings)
		}
	}
}

// The requester of a command that waits asks again; one that does not wait is
// told to change the command. A code in the wrong list would never end, or give
// up on an account that is about to appear.
func TestEachCodeEitherWaitsOrNeedsACorrection(t *testing.T) {
	codes := map[ledger.Code]bool{
		ledger.AccountUnknown: true, ledger.BucketUnknown: true, ledger.BucketRetained: true,
		ledger.VersionMismatch: true, ledger.BalanceNotZero: true, ledger.AdoptionRequired: true, ledger.ScopeHeld: true,
		ledger.HoldUnknown: true, ledger.HoldNotDue: true, ledger.OriginalUnknown: true,
		ledger.BucketNotStarted: true, ledger.NotDue: true,

		ledger.IdempotencyConflict: false, ledger.Malformed: false, ledger.UnitMismatch: false,
		ledger.WrongAccount: false, ledger.SameBucket: false, ledger.AccountConflict: false,
		ledger.BucketConflict: false, ledger.AmountOverflow: false, ledger.AmountExceedsHold: false,
		ledger.HoldNotLower: false, ledger.EndOutOfRange: false, ledger.NotReversible: false,

		ledger.InsufficientFunds: false, ledger.NotTransferable: false, ledger.AccountSuspended: false,
		ledger.AccountClosed: false, ledger.BalanceCeiling: false, ledger.DuplicatePayment: false, ledger.TooManyLots: false,
		ledger.AccountRechargeOnly: false, ledger.BucketSuspended: false, ledger.TooManyHolds: false,
		ledger.HoldClosed: false, ledger.AlreadyReversed: false,
		ledger.BucketExpired: false, ledger.ValidityOver: false, ledger.ProductMismatch: false,
		ledger.ShareExceeded: false,
	}
	for code, waits := range codes {
		if code.Waits() != waits {
			t.Errorf("%s waits: %t", code, code.Waits())
		}
	}
}

func TestTheNumbersInTheLogKeepTheirMeaning(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"KindGenesis", int(ledger.KindGenesis), 0}, {"KindClaimScope", int(ledger.KindClaimScope), 1},
		{"KindBindTenant", int(ledger.KindBindTenant), 2}, {"KindAcceptHead", int(ledger.KindAcceptHead), 3},
		{"KindSetAccount", int(ledger.KindSetAccount), 4}, {"KindSetBucket", int(ledger.KindSetBucket), 5},
		{"KindGrant", int(ledger.KindGrant), 6}, {"KindTopUp", int(ledger.KindTopUp), 7},
		{"KindTransfer", int(ledger.KindTransfer), 8},
		{"KindReserve", int(ledger.KindReserve), 9}, {"KindAcceptHold", int(ledger.KindAcceptHold), 10},
		{"KindExtendHold", int(ledger.KindExtendHold), 11}, {"KindChargeHold", int(ledger.KindChargeHold), 12},
		{"KindReleaseHold", int(ledger.KindReleaseHold), 13}, {"KindExpireHold", int(ledger.KindExpireHold), 14},
		{"KindAdjust", int(ledger.KindAdjust), 15}, {"KindReverse", int(ledger.KindReverse), 16},
		{"KindExpireLot", int(ledger.KindExpireLot), 17}, {"KindExpireBucket", int(ledger.KindExpireBucket), 18},
		{"KindBeginCycle", int(ledger.KindBeginCycle), 19},
		{"Available", int(ledger.Available), 0}, {"Reserved", int(ledger.Reserved), 1},
		{"AcceptedHold", int(ledger.AcceptedHold), 2}, {"Debt", int(ledger.Debt), 3}, {"External", int(ledger.External), 4},
		{"LotBlock", ledger.LotBlock, 8},
		{"FactAccount", int(ledger.FactAccount), 1}, {"FactBucket", int(ledger.FactBucket), 2},
		{"FactLot", int(ledger.FactLot), 3}, {"FactBinding", int(ledger.FactBinding), 4},
		{"FactScope", int(ledger.FactScope), 5}, {"FactEpoch", int(ledger.FactEpoch), 6},
		{"FactReceipt", int(ledger.FactReceipt), 7}, {"FactHold", int(ledger.FactHold), 8},
		{"FactReversal", int(ledger.FactReversal), 9}, {"FactTerm", int(ledger.FactTerm), 10},
		{"FactMembership", int(ledger.FactMembership), 11}, {"FactShareUse", int(ledger.FactShareUse), 12},
		{"ExtendNone", int(ledger.ExtendNone), 0}, {"ExtendReplace", int(ledger.ExtendReplace), 1},
		{"ExtendMax", int(ledger.ExtendMax), 2}, {"ExtendAdd", int(ledger.ExtendAdd), 3},
		{"Hours", int(calendar.Hours), 1}, {"Days", int(calendar.Days), 2}, {"Months", int(calendar.Months), 3},
		{"AccountStateActive", int(ledger.AccountStateActive), 0}, {"AccountStateSuspended", int(ledger.AccountStateSuspended), 1},
		{"AccountStateClosed", int(ledger.AccountStateClosed), 2},
		{"AccountStateRechargeOnly", int(ledger.AccountStateRechargeOnly), 3},
		{"BucketStateActive", int(ledger.BucketStateActive), 0}, {"BucketStateRetained", int(ledger.BucketStateRetained), 1},
		{"BucketStateSuspended", int(ledger.BucketStateSuspended), 2},
		{"ExpiryReleases", int(ledger.ExpiryReleases), 0}, {"ExpiryCharges", int(ledger.ExpiryCharges), 1},
		{"HoldReserved", int(ledger.HoldReserved), 0}, {"HoldAccepted", int(ledger.HoldAccepted), 1},
		{"HoldCharged", int(ledger.HoldCharged), 2}, {"HoldReleased", int(ledger.HoldReleased), 3},
		{"HoldExpired", int(ledger.HoldExpired), 4},
		{"GoodwillCredit", int(ledger.GoodwillCredit), 1}, {"GeneralCredit", int(ledger.GeneralCredit), 2},
		{"GeneralDebit", int(ledger.GeneralDebit), 3}, {"OneTimeCharge", int(ledger.OneTimeCharge), 4},
		{"RecurringCharge", int(ledger.RecurringCharge), 5},
		{"ShortfallRefuses", int(ledger.ShortfallRefuses), 0}, {"ShortfallOwes", int(ledger.ShortfallOwes), 1},
		{"Paid", int(ledger.Paid), 0}, {"Granted", int(ledger.Granted), 1},
		{"Accepted", int(ledger.Accepted), 1}, {"Refused", int(ledger.Refused), 2},
		{"AdoptionUndecided", int(ledger.AdoptionUndecided), 0}, {"AdoptionAdopt", int(ledger.AdoptionAdopt), 1},
		{"AdoptionFresh", int(ledger.AdoptionFresh), 2},
	} {
		if c.got != c.want {
			t.Errorf("%s is %d and was %d in every log so far", c.name, c.got, c.want)
		}
	}
}

// What the book records by itself can be found under its key before anybody asked.
func TestWhatHappensByItselfIsToldFromWhatIsAskedFor(t *testing.T) {
	settles := map[ledger.Kind]bool{
		ledger.KindExpireHold: true, ledger.KindExpireLot: true, ledger.KindExpireBucket: true, ledger.KindBeginCycle: true,
	}
	for _, o := range operations {
		if got := ledger.IsSettlement(o.op); got != settles[o.op.Kind()] {
			t.Errorf("%s happens by itself: %t", o.name, got)
		}
	}
}

// One that is compared field by field, and was forgotten, would be changed without
// anybody noticing.
func TestTermsAreTheSameOnlyIfEveryFieldIs(t *testing.T) {
	changed := reflect.New(reflect.TypeOf(boundBucket)).Elem()
	changed.Set(reflect.ValueOf(boundBucket))
	eachLeaf(changed, "", func(path string, leaf reflect.Value) {
		was := reflect.ValueOf(leaf.Interface())
		bump(t, leaf)
		if boundBucket.Equal(changed.Interface().(ledger.BucketSettings)) {
			t.Errorf("%s can change and the terms stay the same", path)
		}
		leaf.Set(was)
	})
	if !boundBucket.Equal(changed.Interface().(ledger.BucketSettings)) {
		t.Error("the same terms are others")
	}
}

func TestWhatBoundsNothingIsZero(t *testing.T) {
	period := calendar.Period{Count: 1, Unit: calendar.Days}
	for name, zero := range map[string][2]bool{
		"validity":  {ledger.Validity{}.IsZero(), ledger.Validity{OnFirstUse: true}.IsZero()},
		"cycle":     {ledger.Cycle{}.IsZero(), ledger.Cycle{Every: period}.IsZero()},
		"rollover":  {ledger.Rollover{}.IsZero(), ledger.Rollover{Lasts: period}.IsZero()},
		"extension": {ledger.Extension{}.IsZero(), ledger.Extension{Policy: ledger.ExtendAdd}.IsZero()},
	} {
		if zero != [2]bool{true, false} {
			t.Errorf("no %s is zero: %t; one is: %t", name, zero[0], zero[1])
		}
	}
}

func TestAQuantityIsInTheBaseScaleOfItsUnit(t *testing.T) {
	for written, want := range map[string]ledger.Quantity{
		"25.00 EUR": {Base: 25_000_000, Unit: "EUR"}, "1.5 GB": {Base: 1_500_000_000, Unit: "B"},
		"2 min": {Base: 120, Unit: "s"}, "100 SMS": {Base: 100, Unit: "SMS"},
	} {
		amount, err := money.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if got := ledger.QuantityOf(amount); got != want {
			t.Errorf("%s is %+v, not %+v", written, got, want)
		}
	}
}

func TestARecordAnswersForItsBatch(t *testing.T) {
	b := fullBatch()
	r := &b.Records[0]
	want := ledger.Outcome{
		Status: r.Status, Code: r.Code, Figures: r.Figures, Transaction: r.ID,
		CommittedAt: b.Instant, Sequence: b.Sequence, Impacts: r.Impacts,
	}
	if got := r.Outcome(b); !reflect.DeepEqual(got, want) {
		t.Errorf("the outcome is %+v, not %+v", got, want)
	}
}
