// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// A small world, so that commands meet: few accounts and buckets, amounts that
// mostly fit and some at the edge, versions that are mostly right.
var (
	people  = []ledger.ID{alice, bob, carol}
	mostly  = rapid.SampledFrom([]ledger.ID{alice, alice, alice, alice, bob, bob, bob, bob, carol})
	amounts = often(rapid.Int64Range(1, 60), rapid.SampledFrom([]int64{
		0, -1, money.MaxBase, money.MaxBase - 20, money.MaxBase + 1, math.MaxInt64, math.MinInt64,
	}))
	clocks = rapid.SampledFrom([]time.Duration{0, 0, 0, time.Microsecond, time.Second, time.Minute})
)

// often draws from the first seven times out of eight.
func often[T any](first, other *rapid.Generator[T]) *rapid.Generator[T] {
	return rapid.OneOf(first, first, first, first, first, first, first, other)
}

func purseOf(account ledger.ID) ledger.Place { return at(account, "purse "+account.String()) }

func dataOf(account ledger.ID) ledger.Place { return at(account, "data "+account.String()) }

// placesOf are places where a unit may be, or may not.
func placesOf(unit string) *rapid.Generator[ledger.Place] {
	return rapid.Custom(func(t *rapid.T) ledger.Place {
		owner := mostly.Draw(t, "account")
		fitting := []ledger.Place{dataOf(owner)}
		if unit == "EUR" {
			fitting = []ledger.Place{ledger.Main(owner), ledger.Main(owner), purseOf(owner)}
		}
		return often(rapid.SampledFrom(fitting), rapid.SampledFrom([]ledger.Place{
			ledger.Main(owner), purseOf(owner), dataOf(owner), // perhaps of another unit
			{Account: owner, Bucket: dataOf(alice).Bucket}, // perhaps of another account
			at(owner, "never opened"),
		})).Draw(t, "place")
	})
}

// anyOperation draws an operation that is likely to matter to the desk. Of the
// numbers, small ones are drawn more often.
func anyOperation(t *rapid.T, d *desk) ledger.Operation {
	version := func(subject ledger.ID) int64 {
		return d.kept.facts[subject].Version - often(rapid.Just[int64](0), rapid.Just[int64](1)).Draw(t, "behind")
	}
	unit := rapid.SampledFrom([]string{"EUR", "B"}).Draw(t, "unit")
	quantity := ledger.Quantity{Base: amounts.Draw(t, "amount"), Unit: unit}
	places := placesOf(unit)
	switch rapid.IntRange(0, 31).Draw(t, "operation") {
	case 1:
		return transfer(places.Draw(t, "from"), places.Draw(t, "to"), quantity)
	case 2, 3:
		return ledger.TopUp{Into: places.Draw(t, "into"), Amount: quantity, Payment: ledger.Payment{
			Type:      rapid.SampledFrom([]string{"Cash", "BankTransfer"}).Draw(t, "type"),
			Reference: rapid.SampledFrom([]string{"", "r-1", "r-2"}).Draw(t, "reference"),
		}}
	case 4, 5:
		owner := mostly.Draw(t, "account")
		return anySettings(t, owner, version(owner))
	case 6, 7:
		owner := mostly.Draw(t, "account")
		return anyTerms(t, owner, version)
	case 8, 9:
		return ledger.Grant{Into: places.Draw(t, "into"), Amount: quantity}
	case 10:
		return bind(version(ledger.BindingSubject(scope, "retail")), rapid.SampledFrom([]string{"n-1", "n-2", "n-3"}).Draw(t, "namespace"),
			rapid.SampledFrom([]string{"c-1", "c-1", "c-1", "c-2"}).Draw(t, "cluster"),
			rapid.SampledFrom([]ledger.Adoption{0, 0, 0, 1, 2}).Draw(t, "adoption"))
	case 11:
		return ledger.ClaimScope{
			ClusterUID:    rapid.SampledFrom([]string{"c-1", "c-2"}).Draw(t, "cluster"),
			ExpectVersion: version(ledger.ScopeSubject("")), TakeOver: often(rapid.Just(false), rapid.Just(true)).Draw(t, "take over"),
		}
	case 12, 13, 14, 15:
		return anyReversal(t, d)
	case 16, 17, 18, 19, 20, 21, 22, 23:
		return anyAdjustment(t, places, quantity)
	default:
		return anyStep(t, d, places, quantity)
	}
}

func anySettings(t *rapid.T, owner ledger.ID, version int64) ledger.SetAccount {
	op := setAccount(owner, version, ledger.AccountSettings{
		Currency:       often(rapid.Just("EUR"), rapid.Just("USD")).Draw(t, "currency"),
		CreditLimit:    rapid.SampledFrom([]int64{0, 0, 15, money.MaxBase}).Draw(t, "limit"),
		MaximumBalance: rapid.SampledFrom([]int64{0, 60, 150}).Draw(t, "maximum"),
		State: often(rapid.SampledFrom([]ledger.AccountState{
			ledger.AccountStateActive, ledger.AccountStateActive, ledger.AccountStateActive, ledger.AccountStateSuspended, ledger.AccountStateRechargeOnly,
		}), rapid.SampledFrom([]ledger.AccountState{ledger.AccountStateActive, ledger.AccountStateClosed})).Draw(t, "state"),
	})
	op.OnlyIfEmpty = often(rapid.Just(false), rapid.Just(true)).Draw(t, "only if empty")
	return op
}

// anyTerms asks mostly for the terms that a bucket was opened with.
func anyTerms(t *rapid.T, owner ledger.ID, version func(ledger.ID) int64) ledger.SetBucket {
	class := ledger.Granted
	place, settings := dataOf(owner), ledger.BucketSettings{}
	if rapid.Bool().Draw(t, "money") {
		place, settings = purseOf(owner), ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary"}
		if owner == alice {
			class = ledger.Paid
		}
	}
	settings.Class = often(rapid.Just(class), rapid.Just(ledger.Granted-class)).Draw(t, "class")
	settings.State = rapid.SampledFrom([]ledger.BucketState{
		ledger.BucketStateActive, ledger.BucketStateActive, ledger.BucketStateRetained, ledger.BucketStateSuspended,
	}).Draw(t, "state")
	op := setBucket(place, version(place.Bucket), settings)
	op.Forfeit = often(rapid.Just(false), rapid.Just(true)).Draw(t, "forfeit")
	return op
}
