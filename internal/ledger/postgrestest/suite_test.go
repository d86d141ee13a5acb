// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// serveVariable makes this binary a process that has a server: a spec kills it.
const serveVariable = "POSTGRESTEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		serve(dir)
	}
	os.Exit(m.Run())
}

// serve starts the server kept in dir, prints its address and holds it until
// this process is killed or its standard input ends.
func serve(dir string) {
	server, err := postgrestest.Start(context.Background(), postgrestest.Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.Address())
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func TestPostgresTest(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "PostgresTest Suite")
}

// specTimeout bounds the specs that wait for a server, on a machine that other
// tests keep busy.
const specTimeout = NodeTimeout(3 * time.Minute)

// connect opens a session until the end of the spec.
func connect(ctx context.Context, url string) *pgx.Conn {
	GinkgoHelper()
	conn, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { _ = conn.Close(ctx) }) // the server may have ended it
	return conn
}

// write makes a table t, if there is none, and adds a row with n.
func write(ctx context.Context, url string, n int) {
	GinkgoHelper()
	conn := connect(ctx, url)
	_, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS t (n int)")
	Expect(err).NotTo(HaveOccurred())
	_, err = conn.Exec(ctx, "INSERT INTO t VALUES ($1)", n)
	Expect(err).NotTo(HaveOccurred())
}

// numbers are those in the rows of t.
func numbers(ctx context.Context, url string) []int {
	GinkgoHelper()
	rows, err := connect(ctx, url).Query(ctx, "SELECT n FROM t ORDER BY n")
	Expect(err).NotTo(HaveOccurred())
	found, err := pgx.CollectRows(rows, pgx.RowTo[int])
	Expect(err).NotTo(HaveOccurred())
	return found
}

// setting is the value of one of the server's settings.
func setting(ctx context.Context, url, name string) string {
	GinkgoHelper()
	var value string
	Expect(connect(ctx, url).QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value)).To(Succeed())
	return value
}

// sharedMemory are the ids of all shared memory there is on this machine.
func sharedMemory() []string {
	GinkgoHelper()
	content, err := os.ReadFile("/proc/sysvipc/shm")
	Expect(err).NotTo(HaveOccurred())
	var ids []string
	for line := range strings.Lines(string(content)) {
		ids = append(ids, strings.Fields(line)[1])
	}
	return ids
}
