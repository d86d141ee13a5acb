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

// TestMain makes the models post about 20,000 commands each, unless told
// otherwise on the command line.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "20", "rapid.steps": "60"} {
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

func TestTheModelOnPostgreSQL(t *testing.T) { modelOnPostgreSQL(t, "") }

func TestTheModelOnPostgreSQLSerializable(t *testing.T) {
	modelOnPostgreSQL(t, "default_transaction_isolation=serializable")
}

func modelOnPostgreSQL(t *testing.T, parameter string) {
	ctx := context.Background()
	server, err := postgrestest.Shared(ctx)
	if err != nil {
		t.Fatal(err)
	}
	commands := ledgertest.Model(t, func() (ledger.Store, func() error) {
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
	t.Logf("%d commands", commands)
}
