// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const scope = "default"

var (
	tenant  = ledger.TenantID(scope, "retail", 1)
	account = ledger.AccountID(scope, tenant, "alice")
	bucket  = ledger.BucketID(scope, tenant, "alice-data")
	key     = ledger.OperationKey(scope, tenant, "TopUp", "first", "")
	hold    = ledger.OperationKey(scope, tenant, "BalanceReservation", "call", "")
	product = ledger.ProductID(scope, tenant, "data-bundle-7")
)

func TestEveryIDIsTheOneThatLedgersInTheFieldHave(t *testing.T) {
	var print ledger.Fingerprint
	for i := range print {
		print[i] = byte(i)
	}
	ids := []struct {
		name string
		id   ledger.ID
	}{
		{"tenant/first", tenant},
		{"tenant/second-generation", ledger.TenantID(scope, "retail", 2)},
		{"tenant/other-scope", ledger.TenantID("eu-1", "retail", 1)},
		{"account", account},
		{"bucket", bucket},
		{"bucket/main", ledger.MainBucketID(account)},
		{"external/funding-cash", ledger.ExternalID(scope, tenant, "funding:cash")},
		{"external/grants", ledger.ExternalID(scope, tenant, "grants")},
		{"external/breakage", ledger.ExternalID(scope, tenant, "breakage")},
		{"lot/0", ledger.LotID(bucket, 0)},
		{"lot/7", ledger.LotID(bucket, 7)},
		{"subject/scope", ledger.ScopeSubject(scope)},
		{"subject/binding", ledger.BindingSubject(scope, "retail")},
		{"subject/epoch", ledger.EpochSubject(scope)},
		{"subject/receipt", ledger.ReceiptSubject(tenant, "Cash", "till-4/8812")},
		{"key/operation-by-name", key},
		{"key/operation-by-explicit-key", ledger.OperationKey(scope, tenant, "TopUp", "ignored", "first")},
		{"key/settings", ledger.SettingsKey(account, 1)},
		{"refusal", ledger.RefusalID(key, print)},
		{"hold", hold},
		{"key/hold-reserve", ledger.HoldKey(hold, "reserve")},
		{"key/hold-accept", ledger.HoldKey(hold, "accept")},
		{"key/hold-charge", ledger.HoldKey(hold, "charge")},
		{"key/hold-release", ledger.HoldKey(hold, "release")},
		{"key/hold-expire", ledger.HoldKey(hold, "expire")},
		{"key/extension", ledger.ExtensionKey(hold, 90, 1_795_000_900_000_000)},
		{"subject/reversal", ledger.ReversalSubject(key)},
		{"product", product},
		{"subject/term", ledger.TermID(bucket)},
		{"subject/membership", ledger.MembershipID(bucket, account)},
		{"subject/share-use", ledger.ShareUseID(bucket, account)},
		{"key/lot-expiry", ledger.LotExpiryKey(ledger.LotID(bucket, 7))},
		{"key/bucket-expiry", ledger.BucketExpiryKey(bucket, 1_795_000_000_000_000)},
		{"key/cycle-first", ledger.CycleKey(bucket, 0)},
		{"key/cycle-later", ledger.CycleKey(bucket, 12)},
	}
	vectors := make([]vector, 0, len(ids))
	for _, v := range ids {
		vectors = append(vectors, vector{v.name, v.id[:]})
		if v.id.Version() != 5 {
			t.Errorf("%s is a UUID of version %d, not 5", v.name, v.id.Version())
		}
	}
	assertGolden(t, "ids.golden", vectors)
}

// what is one thing that an ID can stand for, by all that tells it apart.
type what struct{ role, a, b, c, d string }

func (w what) id() ledger.ID {
	number := int64(len(w.d))
	owner := ledger.TenantID(w.a, w.b, number)
	switch w.role {
	case "tenant":
		return owner
	case "account":
		return ledger.AccountID(w.a, owner, w.c)
	case "bucket":
		return ledger.BucketID(w.a, owner, w.c)
	case "external":
		return ledger.ExternalID(w.a, owner, w.c)
	case "by name":
		return ledger.OperationKey(w.a, owner, w.b, w.c, "")
	case "by key":
		return ledger.OperationKey(w.a, owner, w.b, "any", w.c)
	case "receipt":
		return ledger.ReceiptSubject(owner, w.b, w.c)
	case "binding":
		return ledger.BindingSubject(w.a, w.b)
	case "lot":
		return ledger.LotID(owner, number)
	case "hold":
		return ledger.HoldKey(owner, w.c)
	case "extension":
		return ledger.ExtensionKey(owner, number, 12)
	case "reversal":
		return ledger.ReversalSubject(owner)
	case "product":
		return ledger.ProductID(w.a, owner, w.c)
	case "term":
		return ledger.TermID(owner)
	case "membership":
		return ledger.MembershipID(owner, ledger.TenantID("", w.c, 1))
	case "use of a share":
		return ledger.ShareUseID(owner, ledger.TenantID("", w.c, 1))
	case "end of a lot":
		return ledger.LotExpiryKey(owner)
	case "end of a bucket":
		return ledger.BucketExpiryKey(owner, number)
	case "cycle":
		return ledger.CycleKey(owner, number)
	default:
		return ledger.SettingsKey(owner, number)
	}
}

// seen says which parts the ID of w is made of.
func (w what) seen() what {
	switch w.role {
	case "tenant", "lot", "settings", "extension", "reversal", "term", "end of a lot", "end of a bucket", "cycle":
		w.c = ""
	case "binding":
		w.c, w.d = "", ""
	}
	w.d = string(rune('0' + len(w.d)))
	if w.role == "binding" {
		w.d = ""
	}
	return w
}

func TestIDsOfDifferentThingsDiffer(t *testing.T) {
	// Short texts of few letters, among them the separators that a careless
	// join would trip over and the words that name the roles of keys.
	text := rapid.SampledFrom([]string{"", "a", "b", "ab", "aa", "a/b", "/", "\x00", "key", "name", "keya", "1", "a\x00\x00\x00\x01b"})
	filled := text.Filter(func(s string) bool { return s != "" })
	thing := rapid.Custom(func(t *rapid.T) what {
		return what{
			role: rapid.SampledFrom([]string{
				"tenant", "account", "bucket", "external", "by name", "by key", "receipt", "binding", "lot", "settings",
				"hold", "extension", "reversal", "product", "term", "end of a lot", "end of a bucket", "cycle",
				"membership", "use of a share",
			}).Draw(t, "role"),
			a: text.Draw(t, "a"), b: text.Draw(t, "b"),
			c: filled.Draw(t, "c"), d: rapid.SampledFrom([]string{"", "1", "12"}).Draw(t, "d"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		x, y := thing.Draw(t, "x"), thing.Draw(t, "y")
		if same := x.seen() == y.seen(); same != (x.id() == y.id()) {
			t.Fatalf("%+v has the ID %s, %+v has %s", x, x.id(), y, y.id())
		}
	})
}

func TestANameAndAnExplicitKeyNeverCollide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringN(1, 20, -1)
		name, explicit := word.Draw(t, "name"), word.Draw(t, "key")
		byName := ledger.OperationKey(scope, tenant, "TopUp", name, "")
		if byName == ledger.OperationKey(scope, tenant, "TopUp", "any", explicit) {
			t.Fatalf("name %q and key %q are one", name, explicit)
		}
		if byName == ledger.OperationKey(scope, tenant, "BalanceTransfer", name, "") {
			t.Fatal("two kinds share a key")
		}
		if byName == ledger.OperationKey(scope, ledger.TenantID(scope, "other", 1), "TopUp", name, "") {
			t.Fatal("two tenants share a key")
		}
		if byName == ledger.OperationKey("elsewhere", tenant, "TopUp", name, "") {
			t.Fatal("two scopes share a key")
		}
	})
}

func TestAnExplicitKeyStandsForTheRequestWhateverTheObjectIsCalled(t *testing.T) {
	if ledger.OperationKey(scope, tenant, "TopUp", "a", "k") != ledger.OperationKey(scope, tenant, "TopUp", "b", "k") {
		t.Error("renaming the object made another request of it")
	}
}

// Asked for once more it is the same extension, and any other is another one.
func TestAnExtensionIsWhatTheHoldIsToBe(t *testing.T) {
	target := rapid.SampledFrom([]int64{0, 1, 11, 111, -1})
	rapid.Check(t, func(t *rapid.T) {
		amount, until := target.Draw(t, "amount"), target.Draw(t, "until")
		other, later := target.Draw(t, "other amount"), target.Draw(t, "other end")
		same := amount == other && until == later
		if same != (ledger.ExtensionKey(hold, amount, until) == ledger.ExtensionKey(hold, other, later)) {
			t.Fatalf("%d until %d, and %d until %d", amount, until, other, later)
		}
	})
}

// A bucket that is reopened after its end ends once more, and each of its cycles
// begins once.
func TestABucketEndsOnceAtEachEndAndBeginsEachCycleOnce(t *testing.T) {
	when := rapid.SampledFrom([]int64{0, 1, 11, 1_795_000_000_000_000})
	rapid.Check(t, func(t *rapid.T) {
		one, other := when.Draw(t, "one"), when.Draw(t, "other")
		if (one == other) != (ledger.BucketExpiryKey(bucket, one) == ledger.BucketExpiryKey(bucket, other)) {
			t.Fatalf("the ends %d and %d", one, other)
		}
		if (one == other) != (ledger.CycleKey(bucket, one) == ledger.CycleKey(bucket, other)) {
			t.Fatalf("the cycles %d and %d", one, other)
		}
	})
}

func TestARefusalBelongsToKeyAndContent(t *testing.T) {
	one, other := ledger.Fingerprint{1}, ledger.Fingerprint{2}
	otherKey := ledger.OperationKey(scope, tenant, "TopUp", "second", "")
	if ledger.RefusalID(key, one) == ledger.RefusalID(key, other) {
		t.Error("a corrected command has the refusal of the one it corrects")
	}
	if ledger.RefusalID(key, one) == ledger.RefusalID(otherKey, one) {
		t.Error("two commands share a refusal")
	}
	if ledger.RefusalID(key, one) == key {
		t.Error("a refusal uses the key up")
	}
}

// A refusal of before an upgrade is found after it.
func TestARefusalIsLookedUpUnderEveryVersionOfTheFingerprint(t *testing.T) {
	op := ledger.TopUp{Into: ledger.Main(account), Amount: ledger.Quantity{Base: 1, Unit: "EUR"}}
	prints, err := ledger.Fingerprints(op)
	ids := ledger.RefusalIDs(key, prints)
	if err != nil {
		t.Fatal(err)
	}
	want := map[ledger.ID]bool{}
	for version := uint8(1); version <= ledger.PrintVersion; version++ {
		print, err := ledger.FingerprintOf(version, op)
		if err != nil {
			t.Fatal(err)
		}
		want[ledger.RefusalID(key, print)] = true
	}
	if len(want) != int(ledger.PrintVersion) || len(ids) != len(want) {
		t.Errorf("there are %d places for %d versions", len(ids), len(want))
	}
	for _, id := range ids {
		if !want[id] {
			t.Errorf("%s is the place of no version", id)
		}
	}
}

func TestACellIDTellsItsBlockAndItsKind(t *testing.T) {
	kinds := []ledger.CellKind{ledger.Available, ledger.Reserved, ledger.AcceptedHold, ledger.Debt, ledger.External}
	seen := map[int64]bool{}
	for block := int64(1); block <= 3; block++ {
		base := block * ledger.LotBlock
		for _, kind := range kinds {
			id := ledger.CellID(base, kind)
			if seen[id] {
				t.Errorf("cell %d is two cells", id)
			}
			seen[id] = true
			if ledger.CellKindOf(id) != kind || ledger.LotBaseOf(id) != base {
				t.Errorf("cell %d is read as kind %d of block %d, not %d of %d",
					id, ledger.CellKindOf(id), ledger.LotBaseOf(id), kind, base)
			}
		}
	}
}
