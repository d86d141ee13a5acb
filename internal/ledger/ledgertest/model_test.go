// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// operations is how many commands each model posts.
var operations = flag.Int64("operations", 0, "how many `commands` each model posts; by default 200,000, and 10,000 with -short")

// TestMain spreads the commands over stores, unless told otherwise on the command
// line.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	if err := flag.Set("rapid.steps", "5"); err != nil {
		panic(err)
	}
	flag.Parse()
	if *operations == 0 {
		*operations = 200_000
		if testing.Short() {
			*operations = 10_000
		}
	}
	os.Exit(m.Run())
}

func TestTheModelInMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Model(t, *operations, func() (ledger.Store, func() error) {
		return ledgertest.NewMemory(), func() error { return nil }
	})
}

func TestTheModelOnSQLite(t *testing.T) {
	t.Parallel()
	dir, made := t.TempDir(), 0
	ledgertest.Model(t, *operations, func() (ledger.Store, func() error) {
		made++
		store, err := sqlite.Open(context.Background(), filepath.Join(dir, strconv.Itoa(made)+".db"))
		if err != nil {
			t.Fatal(err)
		}
		return store, store.Close
	})
}
