// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

func TestPostgreSQL(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "PostgreSQL Suite")
}

// newURL is the URL of a new and empty database.
func newURL(ctx context.Context) string {
	GinkgoHelper()
	server, err := postgrestest.Shared(ctx)
	Expect(err).NotTo(HaveOccurred())
	url, err := server.CreateDatabase(ctx)
	Expect(err).NotTo(HaveOccurred())
	return url
}

// newLedger is the URL of a database with a new ledger.
func newLedger(ctx context.Context) string {
	GinkgoHelper()
	url := newURL(ctx)
	Expect(postgres.Migrate(ctx, url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
	return url
}

// open opens the ledger at url until the end of the spec.
func open(url string, options postgres.Options) *postgres.Store {
	GinkgoHelper()
	store, err := postgres.Open(context.Background(), url, options)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = store.Close() }) // some specs have closed it
	return store
}

// conformance registers the suite for one way to use the server. Its ledgers are
// one after the other in one database, as making one takes longer than a spec.
func conformance(name, parameter string, options postgres.Options) bool {
	var url string
	next := func(ctx context.Context) string {
		if url == "" {
			url = newLedger(ctx)
			return url
		}
		empty(ctx, url)
		return url
	}
	urls := map[ledger.Store]string{}
	at := func(url string) ledger.Store {
		store := open(url, options)
		urls[store] = url
		return store
	}
	return ledgertest.Conformance(name,
		func() ledger.Store { return at(with(next(context.Background()), parameter)) },
		func(store ledger.Store) ledger.Store {
			Expect(store.(*postgres.Store).Close()).To(Succeed())
			return at(urls[store])
		},
	)
}

// empty takes everything out of a ledger but batch 0, as only its owner can.
func empty(ctx context.Context, url string) {
	GinkgoHelper()
	owner, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
	for _, statement := range []string{
		"TRUNCATE tx, cell, entry, fact, live, due, annotation",
		"DELETE FROM batch WHERE seq > 0",
	} {
		_, err := owner.Exec(ctx, statement)
		Expect(err).NotTo(HaveOccurred())
	}
}

// with adds a parameter to a URL.
func with(url, parameter string) string {
	if parameter == "" {
		return url
	}
	if strings.Contains(url, "?") {
		return url + "&" + parameter
	}
	return url + "?" + parameter
}

var (
	_ = conformance("PostgreSQL", "", postgres.Options{})
	_ = conformance("PostgreSQL, serializable", "default_transaction_isolation=serializable", postgres.Options{})
	_ = conformance("PostgreSQL, without pipelining", "", postgres.Options{NoPipelining: true})
)
