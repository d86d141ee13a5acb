// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest_test

import (
	"context"
	"flag"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// TestMain makes the models post about 25,000 commands each, unless told
// otherwise on the command line.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.steps": "60"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	m.Run()
}

func TestTheModelInMemory(t *testing.T) {
	commands := ledgertest.Model(t, func() (ledger.Store, func() error) {
		return ledgertest.NewMemory(), func() error { return nil }
	})
	t.Logf("%d commands", commands)
}

func TestTheModelOnSQLite(t *testing.T) {
	dir, made := t.TempDir(), 0
	commands := ledgertest.Model(t, func() (ledger.Store, func() error) {
		made++
		store, err := sqlite.Open(context.Background(), filepath.Join(dir, strconv.Itoa(made)+".db"))
		if err != nil {
			t.Fatal(err)
		}
		return store, store.Close
	})
	t.Logf("%d commands", commands)
}
