// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// Whatever reaches the book, it answers: a panic or a text that the log cannot
// give back would stop everybody's money. The desk reads each batch back.
func TestNoCommandWhateverItHoldsStopsTheBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := opened(t)
		for range rapid.IntRange(1, 10).Draw(t, "commands") {
			command := d.command(anyGarbage(t))
			if rapid.IntRange(0, 9).Draw(t, "no key") == 0 {
				command.Key = ledger.ID{}
			}
			command.Scope = garbageText.Draw(t, "scope")
			command.Annotation.Reason = garbageText.Draw(t, "reason")
			d.batch(command)
			d.now = d.now.Add(garbageTime.Draw(t, "later"))
		}
		for subject, row := range d.kept.facts {
			if err := readBody(row.Fact); err != nil {
				t.Fatalf("the body of %s cannot be read any more: %v", subject, err)
			}
		}
		for id, cell := range d.kept.cells {
			if !utf8.ValidString(cell.Unit) {
				t.Fatalf("cell %d has the unit %q", id, cell.Unit)
			}
		}
	})
}

func readBody(fact ledger.Fact) error {
	var into any
	switch fact.Kind {
	case ledger.FactAccount:
		into = &ledger.AccountSettings{}
	case ledger.FactBucket:
		into = &ledger.BucketSettings{}
	case ledger.FactLot:
		into = &ledger.Lot{}
	case ledger.FactBinding:
		into = &ledger.Binding{}
	case ledger.FactScope:
		into = &ledger.Claim{}
	case ledger.FactEpoch:
		into = &ledger.AcceptHead{}
	case ledger.FactReceipt:
		into = &ledger.Receipt{}
	case ledger.FactHold:
		into = &ledger.Hold{}
	case ledger.FactReversal:
		into = &ledger.Reversal{}
	case ledger.FactTerm:
		into = &ledger.Term{}
	default:
		return fmt.Errorf("kind %d is unknown", fact.Kind)
	}
	return ledger.DecodeBody(fact.Body, into)
}

var (
	garbageText = rapid.SampledFrom([]string{
		"", "EUR", "GB", "B", "Cash", "a\x00b", "\xff", "\xed\xa0\x80", "a\xc3", "\u202e", "\u0085", "eur", "İ", strings.Repeat("x", 70_000),
	})
	garbageNumber = rapid.SampledFrom([]int64{0, 1, 2, 5, -1, 100, money.MaxBase, money.MaxBase + 1, math.MaxInt64, math.MinInt64})
	garbageByte   = rapid.Byte()
)

// someID is the zero ID, one that nobody knows, or one of what it is asked for.
func someID(t *rapid.T, known ...ledger.ID) ledger.ID {
	return rapid.SampledFrom(append(known, ledger.ID{}, ledger.ID{15: 1}, ledger.ID{0: 0xff})).Draw(t, "id")
}

func garbagePlace(t *rapid.T) ledger.Place {
	buckets := []ledger.ID{ledger.MainBucketID(ledger.ID{})}
	for _, owner := range people {
		buckets = append(buckets, ledger.MainBucketID(owner), at(owner, "data "+owner.String()).Bucket, owner)
	}
	return ledger.Place{Account: someID(t, people...), Bucket: someID(t, buckets...)}
}

func garbageQuantity(t *rapid.T) ledger.Quantity {
	return ledger.Quantity{Base: garbageNumber.Draw(t, "base"), Unit: garbageText.Draw(t, "unit")}
}

type unheardOf struct{}

func (unheardOf) Kind() ledger.Kind { return math.MaxUint16 }

func anyGarbage(t *rapid.T) ledger.Operation {
	text := func(label string) string { return garbageText.Draw(t, label) }
	number := func(label string) int64 { return garbageNumber.Draw(t, label) }
	yes := rapid.Bool().Draw(t, "yes")
	switch rapid.IntRange(0, 21).Draw(t, "operation") {
	case 0:
		return nil
	case 1:
		return unheardOf{}
	case 2:
		return &ledger.Grant{Into: garbagePlace(t), Amount: garbageQuantity(t)} // a pointer is no operation
	case 3:
		return ledger.TopUp{Into: garbagePlace(t), Amount: garbageQuantity(t), Payment: ledger.Payment{Type: text("type"), Reference: text("reference")},
			Validity: garbageValidity(t), Extension: garbageExtension(t)}
	case 4:
		return ledger.Grant{Into: garbagePlace(t), Amount: garbageQuantity(t)}
	case 5:
		return transfer(garbagePlace(t), garbagePlace(t), garbageQuantity(t))
	case 6:
		return ledger.SetAccount{Account: someID(t, people...), ExpectVersion: number("version"), OnlyIfEmpty: yes, Settings: ledger.AccountSettings{
			Currency: text("currency"), State: ledger.AccountState(garbageByte.Draw(t, "state") % 5),
			CreditLimit: number("limit"), MaximumBalance: number("maximum"), TimeZone: text("zone"),
		}}
	case 7:
		place := garbagePlace(t)
		return ledger.SetBucket{Bucket: at(alice, "garbage").Bucket, ExpectVersion: number("version"), Forfeit: yes, Settings: ledger.BucketSettings{
			Account: place.Account, Unit: text("unit"), UsageType: text("usage type"),
			Class: ledger.Class(garbageByte.Draw(t, "class") % 3), State: ledger.BucketState(garbageByte.Draw(t, "state") % 4),
		}}
	case 18, 19:
		return garbageInTime(t)
	case 20:
		return garbageSettlement(t)
	case 8:
		return ledger.BindTenant{Namespace: text("namespace"), NamespaceUID: text("namespace UID"), ClusterUID: text("cluster UID"),
			Adoption: ledger.Adoption(garbageByte.Draw(t, "adoption") % 4), ExpectVersion: number("version")}
	case 9:
		return ledger.ClaimScope{ClusterUID: text("cluster UID"), ExpectVersion: number("version"), TakeOver: yes}
	case 10, 11, 12, 13, 14, 15, 16, 17:
		return garbageOfUse(t)
	default:
		return ledger.AcceptHead{LedgerID: text("ledger"), Sequence: number("sequence"), ExpectVersion: number("version"),
			Hash: make([]byte, rapid.SampledFrom([]int{0, 16, 32, 33}).Draw(t, "hash"))}
	}
}

// garbageOfUse is what is done with holds and adjustments, and makes no sense.
func garbageOfUse(t *rapid.T) ledger.Operation {
	number := func(label string) int64 { return garbageNumber.Draw(t, label) }
	account, held := someID(t, people...), someID(t, hold("garbage"), hold("waste"), alice)
	switch rapid.IntRange(0, 7).Draw(t, "use") {
	case 0:
		return ledger.Reserve{Hold: held, From: garbagePlace(t), Amount: garbageQuantity(t), For: number("for"), Until: number("until"),
			OnExpiry: ledger.OnExpiry(garbageByte.Draw(t, "on expiry") % 3), Product: someID(t)}
	case 1:
		return ledger.AcceptHold{Account: account, Hold: held, Until: number("until")}
	case 2:
		return ledger.ExtendHold{Account: account, Hold: held, Amount: garbageQuantity(t), Until: number("until")}
	case 3:
		return ledger.ChargeHold{Account: account, Hold: held, Amount: garbageQuantity(t)}
	case 4:
		return ledger.ReleaseHold{Account: account, Hold: held}
	case 5:
		return ledger.ExpireHold{Account: account, Hold: held}
	case 6:
		return ledger.Reverse{Of: held, OnShortfall: ledger.OnShortfall(garbageByte.Draw(t, "on shortfall") % 3),
			Original: &ledger.Original{Kind: ledger.Kind(garbageByte.Draw(t, "kind") % 20), Accounts: []ledger.ID{account}, Lots: []ledger.ID{held},
				Instant: number("instant"), Entries: []ledger.Entry{{Cell: number("cell"), Amount: number("amount")}}}}
	default:
		return adjust(ledger.AdjustmentType(garbageByte.Draw(t, "type")%7), garbagePlace(t), garbageQuantity(t))
	}
}

func TestACommandWithoutAKeyIsMalformed(t *testing.T) {
	d := opened(t)
	command := d.command(cash(mainOfAlice, eur(1)))
	command.Key = ledger.ID{}
	if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
		t.Errorf("it is %d %s", out.Status, out.Code)
	}
}

func TestTextThatCannotBeKeptIsMalformed(t *testing.T) {
	d := opened(t)
	for _, text := range []string{"\xff", "a\x00b", "a\nb", "\u0085", "\x7f"} {
		top := cash(mainOfAlice, eur(1))
		top.Payment.Type = text
		d.wantNotTaken(top, ledger.Malformed, none)
		d.wantNotTaken(receipted(mainOfAlice, eur(1), "Cash", text), ledger.Malformed, none)
		for _, beside := range []ledger.Annotation{{Channel: text}, {Reason: text}} {
			command := d.command(cash(mainOfAlice, eur(1)))
			command.Annotation = beside
			if out := d.batch(command)[0]; out.Status != ledger.NotTaken || out.Code != ledger.Malformed {
				t.Errorf("with %q beside the log it is %d %s", beside, out.Status, out.Code)
			}
		}
	}
	d.must(receipted(mainOfAlice, eur(1), "Cash", "Überweisung 漢字"))
}
