// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// BenchmarkLoadPast loads an account with ten years of past lots, and one without.
func BenchmarkLoadPast(b *testing.B) {
	ctx := context.Background()
	server, err := postgrestest.Shared(ctx)
	if err != nil {
		b.Fatal(err)
	}
	url, err := server.CreateDatabase(ctx)
	if err == nil {
		_, err = postgres.Migrate(ctx, url, postgres.Options{}, "")
	}
	if err != nil {
		b.Fatal(err)
	}
	store, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	ledgertest.BenchmarkPast(b, store)
}
