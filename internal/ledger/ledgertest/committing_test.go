// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest_test

import (
	"context"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

var (
	_ = ledgertest.Committing("memory", func() ledger.Store { return ledgertest.NewMemory() })
	_ = ledgertest.Committing("SQLite", func() ledger.Store {
		GinkgoHelper()
		store, err := sqlite.Open(context.Background(), filepath.Join(GinkgoT().TempDir(), "ledger.db"))
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(store.Close)
		return store
	})
)
