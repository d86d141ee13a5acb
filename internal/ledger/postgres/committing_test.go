// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// committing registers the suite for one way to use the server.
func committing(name, parameter string, options postgres.Options) bool {
	var url string
	return ledgertest.Committing(name, func() ledger.Store {
		if url == "" {
			url = newLedger(context.Background())
		}
		empty(context.Background(), url)
		return open(with(url, parameter), options)
	},
		// The book and the API refuse these. Should they not, this is what the
		// server says: 22021 and 23514.
		ledgertest.Content{Name: "a text that PostgreSQL cannot hold", Spoil: func(r *ledger.Record) {
			r.Annotation.Reason = "a\x00b"
		}},
		ledgertest.Content{Name: "a status that is none", Spoil: func(r *ledger.Record) { r.Status = 3 }},
		ledgertest.Content{Name: "a text that is not UTF-8", Spoil: func(r *ledger.Record) { r.Code = "\xff" }},
	)
}

var (
	_ = committing("PostgreSQL", "", postgres.Options{})
	_ = committing("PostgreSQL, serializable", "default_transaction_isolation=serializable", postgres.Options{})
	_ = committing("PostgreSQL, without pipelining", "", postgres.Options{NoPipelining: true})
)
