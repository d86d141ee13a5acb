// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// limit is how long a spec may take.
func limit() SpecTimeout {
	return SpecTimeout(2*time.Minute + time.Duration(*operations)*time.Millisecond)
}

// sharedServer is the server for specs that do no harm to it.
func sharedServer(ctx context.Context) *postgrestest.Server {
	GinkgoHelper()
	server, err := postgrestest.Shared(ctx)
	Expect(err).NotTo(HaveOccurred())
	return server
}

// ownServer is a server for one spec.
func ownServer(ctx context.Context, options postgrestest.Options) *postgrestest.Server {
	GinkgoHelper()
	server, err := postgrestest.Start(ctx, options)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Stop)
	return server
}

// newLedger makes a ledger on a server and returns its URL.
func newLedger(ctx context.Context, server *postgrestest.Server) string {
	GinkgoHelper()
	url, err := server.CreateDatabase(ctx)
	Expect(err).NotTo(HaveOccurred())
	_, err = postgres.Migrate(ctx, url, postgres.Options{}, "")
	Expect(err).NotTo(HaveOccurred())
	return url
}

func openStore(ctx context.Context, url string) closable {
	GinkgoHelper()
	store, err := postgres.Open(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	return store
}

// openReader opens a ledger to look into it, past every proxy and writer.
func openReader(ctx context.Context, url string) *postgres.Reader {
	GinkgoHelper()
	reader, err := postgres.OpenReadOnly(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(reader.Close)
	return reader
}

// execute runs statements as the superuser, past the store.
func execute(ctx context.Context, url string, statements ...string) {
	GinkgoHelper()
	connection, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	defer connection.Close(ctx) //nolint:errcheck // nothing is lost with it
	for _, statement := range statements {
		_, err := connection.Exec(ctx, statement)
		Expect(err).NotTo(HaveOccurred(), statement)
	}
}

// newest is the sequence of the newest batch that can be seen, be it durable or
// not.
func newest(ctx context.Context, url string) (sequence int64) {
	GinkgoHelper()
	connection, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	defer connection.Close(ctx) //nolint:errcheck // nothing is lost with it
	Expect(connection.QueryRow(ctx, "SELECT max(seq) FROM batch").Scan(&sequence)).To(Succeed())
	return sequence
}
