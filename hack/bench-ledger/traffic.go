// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// accounts is over how many accounts transfers are spread.
	accounts = 100_000

	scope    = "bench"
	currency = "EUR"
	// opening is what an account is topped up with, in base units: more than any
	// row can take off it.
	opening = 1_000_000_000_000
)

// traffic makes commands. They are cheap to make, because who makes them shares
// the processors with those who are measured.
type traffic struct {
	tenant ledger.ID
	places []ledger.Place
}

func newTraffic() *traffic {
	t := &traffic{tenant: ledger.TenantID(scope, "bench", 1), places: make([]ledger.Place, accounts)}
	for i := range t.places {
		t.places[i] = ledger.Main(ledger.AccountID(scope, t.tenant, strconv.Itoa(i)))
	}
	return t
}

// loading is the n-th command of the load phase: all accounts, then a top-up of
// each, then transfers.
func (t *traffic) loading(n int64) ledger.Command {
	switch {
	case n < accounts:
		account := t.places[n].Account
		return t.command(ledger.SettingsKey(account, 1), ledger.SetAccount{
			Account: account, Settings: ledger.AccountSettings{Currency: currency},
		})
	case n < 2*accounts:
		return t.command(keyOf(0, uint64(n)), ledger.TopUp{
			Into: t.places[n-accounts], Amount: euros(opening), Payment: ledger.Payment{Type: "Cash"},
		})
	default:
		return t.uniform(0, uint64(n))
	}
}

// of is what a caller posts one after the other under a load, for the n-th time.
func (t *traffic) of(load string) []func(series, n uint64) ledger.Command {
	switch load {
	case loadHot:
		return []func(series, n uint64) ledger.Command{t.hot}
	case loadHold:
		return []func(series, n uint64) ledger.Command{t.reserve, t.charge}
	default:
		return []func(series, n uint64) ledger.Command{t.uniform}
	}
}

// uniform is the n-th transfer of a series, between two accounts.
func (t *traffic) uniform(series, n uint64) ledger.Command {
	from, to := pair(series, n)
	return t.transfer(series, n, from, to)
}

// hot is the n-th transfer of a series, to or from account 0.
func (t *traffic) hot(series, n uint64) ledger.Command {
	from, to := hotPair(series, n)
	return t.transfer(series, n, from, to)
}

func (t *traffic) transfer(series, n uint64, from, to int) ledger.Command {
	return t.command(keyOf(series, n), ledger.Transfer{From: t.places[from], To: t.places[to], Amount: euros(1)})
}

// reserve is the n-th hold of a series.
func (t *traffic) reserve(series, n uint64) ledger.Command {
	hold, from := t.hold(series, n)
	return t.command(ledger.HoldKey(hold, "reserve"), ledger.Reserve{
		Hold: hold, From: ledger.Place{Account: from}, Amount: euros(1), For: (15 * time.Minute).Microseconds(),
	})
}

// charge charges all of it.
func (t *traffic) charge(series, n uint64) ledger.Command {
	hold, from := t.hold(series, n)
	return t.command(ledger.HoldKey(hold, "charge"), ledger.ChargeHold{Account: from, Hold: hold})
}

func (t *traffic) hold(series, n uint64) (hold, account ledger.ID) {
	from, _ := pair(series, n)
	return keyOf(series, n), t.places[from].Account
}

func (t *traffic) command(key ledger.ID, operation ledger.Operation) ledger.Command {
	return ledger.Command{Key: key, Scope: scope, Tenant: t.tenant, Operation: operation}
}

func euros(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: currency} }

// pair is two accounts, each of all with the same chance.
func pair(series, n uint64) (from, to int) {
	dice := mix(mix(series) + n)
	from = int(dice >> 32 % accounts)
	return from, (from + 1 + int(dice&0xffffffff%(accounts-1))) % accounts
}

// hotPair is account 0 and another, in either direction, so that account 0 never
// runs empty.
func hotPair(series, n uint64) (from, to int) {
	dice := mix(mix(series) + n)
	other := 1 + int(dice>>32%(accounts-1))
	if dice&1 == 0 {
		return 0, other
	}
	return other, 0
}

// keyOf is the key of the n-th command of a series. Like a real key it is as
// good as random, so that an index takes it anywhere; unlike a real one it costs
// no SHA-1. Its version says that its bits are the program's own (RFC 9562).
func keyOf(series, n uint64) ledger.ID {
	var key ledger.ID
	first := mix(mix(^series) + n)
	binary.BigEndian.PutUint64(key[:8], first)
	binary.BigEndian.PutUint64(key[8:], mix(first+n))
	key[6] = key[6]&0x0f | 0x80
	key[8] = key[8]&0x3f | 0x80
	return key
}

// mix is the finalizer of SplitMix64: a permutation that leaves no pattern.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
