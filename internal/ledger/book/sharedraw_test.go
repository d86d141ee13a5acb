// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var caps = rapid.SampledFrom([]int64{0, 5, 20, 40})

// anyShares is sharing with some of the others, each with a cap of its own.
func anyShares(t *rapid.T, owner ledger.ID) []ledger.Share {
	var shares []ledger.Share
	for _, account := range people {
		if account != owner && often(rapid.Just(true), rapid.Just(false)).Draw(t, "shared") {
			shares = append(shares, ledger.Share{Account: account, Cap: caps.Draw(t, "cap")})
		}
	}
	slices.SortFunc(shares, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
	return shares
}

// families are small worlds that are all alike, with buckets that are shared.
func families(t *rapid.T, n int) []*desk {
	worlds := timelies(t, n)
	if rapid.Bool().Draw(t, "all are there") {
		for _, d := range worlds {
			d.must(open(carol))
		}
	}
	for _, owner := range people[:2] {
		for _, place := range []ledger.Place{bonusOf(owner), packageOf(owner), purseOf(owner), dataOf(owner)} {
			shares := anyShares(t, owner)
			for _, d := range worlds {
				if bucket, ok := d.view(owner).Buckets[place.Bucket]; ok {
					bucket.Settings.SharedWith = shares
					d.must(setBucket(place, bucket.Version, bucket.Settings))
				}
			}
		}
	}
	return worlds
}

// anyInFamily draws an operation about buckets that are shared, or any other.
func anyInFamily(t *rapid.T, d *desk) ledger.Operation {
	owner := rapid.SampledFrom(people[:2]).Draw(t, "owner")
	place := rapid.SampledFrom([]ledger.Place{bonusOf(owner), packageOf(owner), bonusOf(owner), packageOf(owner), purseOf(owner)}).Draw(t, "place")
	amount := eur(rapid.Int64Range(1, 30).Draw(t, "amount"))
	named := place
	named.Account = rapid.SampledFrom(people).Draw(t, "member")
	if rapid.Bool().Draw(t, "everywhere") {
		named.Bucket = ledger.ID{}
	}
	switch rapid.IntRange(0, 13).Draw(t, "in family") {
	case 0, 1, 2:
		op := adjust(rapid.SampledFrom([]ledger.AdjustmentType{
			ledger.OneTimeCharge, ledger.OneTimeCharge, ledger.RecurringCharge, ledger.GeneralDebit,
		}).Draw(t, "type"), named, amount)
		op.Product = topical.Draw(t, "product")
		return op
	case 3, 4:
		op := anyReservation(t, d, rapid.Just(named), amount)
		op.From, op.Product = named, topical.Draw(t, "product")
		return op
	case 5:
		bucket := d.view(owner).Buckets[place.Bucket]
		bucket.Settings.Account, bucket.Settings.SharedWith = owner, anyShares(t, owner)
		return setBucket(place, bucket.Version, bucket.Settings)
	case 6:
		return rapid.SampledFrom([]ledger.Operation{
			cash(named, amount), transfer(named, mainOfAlice, amount), transfer(mainOfAlice, named, amount),
			adjust(ledger.GoodwillCredit, named, amount), open(carol),
		}).Draw(t, "other")
	case 7:
		return anyReversal(t, d)
	case 8:
		account := d.view(owner)
		account.Settings.State = often(rapid.Just(ledger.AccountStateActive), rapid.SampledFrom([]ledger.AccountState{
			ledger.AccountStateSuspended, ledger.AccountStateRechargeOnly,
		})).Draw(t, "state")
		return setAccount(owner, account.Version, account.Settings)
	case 9, 10, 11:
		return anyStepOfOpen(t, d, amount)
	default:
		return anyTimely(t, d)
	}
}

// mostlyNow lets no time pass, mostly, so that holds are still open.
func mostlyNow(t *rapid.T, d *desk) time.Time {
	if rapid.IntRange(0, 3).Draw(t, "later") > 0 {
		return d.now
	}
	return anyInstant(t, d)
}

func TestAfterAnyCommandsInAFamilyTheInvariantsHold(t *testing.T) {
	afterAnyCommands(t, func(t *rapid.T) *desk { return families(t, 1)[0] }, mostlyNow, anyInFamily, 24, wanted{
		answers: []ledger.Code{"", ledger.ShareExceeded, ledger.WrongAccount, ledger.InsufficientFunds, ledger.ProductMismatch},
		done: []ledger.Kind{
			ledger.KindReserve, ledger.KindExtendHold, ledger.KindChargeHold, ledger.KindReleaseHold, ledger.KindExpireHold,
			ledger.KindAdjust, ledger.KindReverse, ledger.KindBeginCycle, ledger.KindExpireLot, ledger.KindExpireBucket,
		},
	})
}

func TestSharingMakesTheSameBytesWhateverWasCached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		worlds := families(t, 2)
		kept, evicted := worlds[0], worlds[1]
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			kept.now = anyInstant(t, kept)
			evicted.now = kept.now
			var a, b []ledger.Command
			for range rapid.IntRange(1, 3).Draw(t, "commands") {
				op := anyInFamily(t, kept)
				a, b = append(a, kept.command(op)), append(b, evicted.command(op))
			}
			kept.batch(a...)
			evicted.state.Forget(anyOf(t, evicted))
			evicted.batch(b...)
		}
		if !slices.EqualFunc(kept.payloads, evicted.payloads, bytes.Equal) {
			t.Fatal("the batches differ")
		}
	})
}

// anyOf is a part of what a desk knows.
func anyOf(t *rapid.T, d *desk) (accounts, facts []ledger.ID) {
	for _, id := range people {
		if d.state.Knows(id) && rapid.Bool().Draw(t, "forget") {
			accounts = append(accounts, id)
		}
	}
	for _, subject := range slices.SortedFunc(maps.Keys(d.kept.facts), func(x, y ledger.ID) int { return bytes.Compare(x[:], y[:]) }) {
		if d.state.KnowsFact(subject) && rapid.Bool().Draw(t, "forget") {
			facts = append(facts, subject)
		}
	}
	return accounts, facts
}
