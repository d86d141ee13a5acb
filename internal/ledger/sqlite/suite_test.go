// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// holdVariable makes this binary a process that holds a ledger: the specs about
// the lock start it again with a path in it.
const holdVariable = "PREPAY_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		hold(path)
	}
	os.Exit(m.Run())
}

// hold opens the ledger, says so, and holds it until it is killed or its
// standard input ends.
func hold(path string) {
	if _, err := sqlite.Open(context.Background(), path); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func TestSQLite(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "SQLite Suite")
}

// newPath is where a ledger can be made.
func newPath() string { return filepath.Join(GinkgoT().TempDir(), "ledger.db") }

// open opens the ledger at path until the end of the spec.
func open(path string) *sqlite.Store {
	GinkgoHelper()
	store, err := sqlite.Open(context.Background(), path)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = store.Close() }) // some specs have closed it
	return store
}

// paths are where the stores of the conformance suite are.
var paths = map[ledger.Store]string{}

var _ = ledgertest.Conformance("SQLite",
	func() ledger.Store {
		path := newPath()
		store := open(path)
		paths[store] = path
		return store
	},
	func(store ledger.Store) ledger.Store {
		path := paths[store]
		Expect(store.(*sqlite.Store).Close()).To(Succeed())
		again := open(path)
		paths[again] = path
		return again
	},
)
