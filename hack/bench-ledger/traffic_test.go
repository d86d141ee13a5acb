// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// shared is made once: it names a hundred thousand accounts.
var shared = sync.OnceValue(newTraffic)

func TestTrafficUsesNoKeyTwiceAndNoAccountForBothSides(t *testing.T) {
	const series, many = 7, 10_000
	keys := map[ledger.ID]bool{}
	zeros := 0
	for n := range uint64(many) {
		for _, key := range []ledger.ID{keyOf(series, n), keyOf(series+1, n), keyOf(series, n|1<<40)} {
			if keys[key] {
				t.Fatalf("key %s is used twice", key)
			}
			keys[key] = true
		}
		from, to := pair(series, n)
		if from == to || from < 0 || to < 0 || from >= accounts || to >= accounts {
			t.Fatalf("transfer %d is from %d to %d", n, from, to)
		}
		from, to = hotPair(series, n)
		if from == to || from*to != 0 || from+to >= accounts {
			t.Fatalf("hot transfer %d is from %d to %d", n, from, to)
		}
		if from == 0 {
			zeros++
		}
	}
	if zeros < many*45/100 || zeros > many*55/100 {
		t.Errorf("%d of %d hot transfers take from the hot account", zeros, many)
	}
}

func TestArrivalsAreEvenWhateverTheRate(t *testing.T) {
	s := schedule{rate: 28_000}
	for n, want := range map[int64]time.Duration{0: 0, 28: time.Millisecond, 28_000: time.Second, 1_680_000: time.Minute} {
		if got := s.after(n); got != want {
			t.Errorf("arrival %d is after %s, it should be after %s", n, got, want)
		}
	}
}

// It stops long before money moves: the accounts alone take too long for a test.
func TestLoadingGoesOnWhereItStopped(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "ledger.db")
	commands := shared()
	store := open(t, path)
	for _, c := range []struct {
		transactions int64
		added        bool
		now          int64
	}{{2000, true, 2}, {2000, false, 2}, {3000, true, 3}, {2000, false, 3}} {
		added, err := load(ctx, "test", store, commands, c.transactions)
		if err != nil || added != c.added {
			t.Fatalf("loading %d: added is %t, %v", c.transactions, added, err)
		}
		if head, err := store.Head(ctx); err != nil || head.Sequence != c.now {
			t.Fatalf("after loading %d the newest batch is %d, %v", c.transactions, head.Sequence, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = open(t, path) // the next load knows nothing of this one
	}
	report, err := audit.Run(ctx, store)
	if err != nil || !report.Clean() || report.Transactions != 3000 {
		t.Errorf("the audit says %v, %v", report, err)
	}
	if err := recognize(ctx, store, commands, 2); err != nil {
		t.Error(err)
	}
	other := &traffic{tenant: commands.tenant, places: slices.Clone(commands.places)}
	other.places[2999], other.places[0] = other.places[0], other.places[2999]
	if err := recognize(ctx, store, other, 3); err == nil || !strings.Contains(err.Error(), "batch 3") {
		t.Errorf("a ledger of something else is taken: %v", err)
	}
}

func TestTheLoadPhaseOpensAccountsThenFillsThemThenMovesMoney(t *testing.T) {
	commands := shared()
	for n, want := range map[int64]ledger.Kind{
		0: ledger.KindSetAccount, accounts - 1: ledger.KindSetAccount, accounts: ledger.KindTopUp,
		2*accounts - 1: ledger.KindTopUp, 2 * accounts: ledger.KindTransfer,
	} {
		if got := commands.loading(n).Operation.Kind(); got != want {
			t.Errorf("command %d is of kind %d, it should be %d", n, got, want)
		}
	}
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // most are closed already
	return store
}
