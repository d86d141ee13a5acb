// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// operations is how many commands the model posts.
var operations = flag.Int64("operations", 200_000, "how many `commands` the model posts; with serializable isolation a tenth")

// TestMain spreads the commands over databases, unless told otherwise on the
// command line.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.steps": "5"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if err := postgrestest.StopShared(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func TestTheModelOnPostgreSQL(t *testing.T) { modelOnPostgreSQL(t, *operations, "") }

func TestTheModelOnPostgreSQLSerializable(t *testing.T) {
	modelOnPostgreSQL(t, *operations/10, "default_transaction_isolation=serializable")
}

func modelOnPostgreSQL(t *testing.T, operations int64, parameter string) {
	t.Parallel()
	ctx := context.Background()
	server, err := postgrestest.Shared(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ledgertest.Model(t, operations, func() (ledger.Store, func() error) {
		url, err := server.CreateDatabase(ctx)
		if err == nil {
			_, err = postgres.Migrate(ctx, url, postgres.Options{}, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		store, err := postgres.Open(ctx, url+"&"+parameter, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return store, func() error { return errors.Join(store.Close(), server.DropDatabase(ctx, url)) }
	})
}
