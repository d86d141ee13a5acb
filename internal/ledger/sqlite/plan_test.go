// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

var _ = Describe("Loading from a SQLite ledger", func() {
	It("searches every table by its key, so that what is past costs nothing", func(ctx SpecContext) {
		store := open(newPath())
		Expect(sqlite.LoadStatements).NotTo(BeEmpty())
		for _, statement := range sqlite.LoadStatements {
			plan, err := sqlite.Plan(ctx, store, statement)
			Expect(err).NotTo(HaveOccurred())
			GinkgoWriter.Println(statement, plan)
			Expect(plan).NotTo(BeEmpty())
			for _, step := range plan {
				// The request itself may be walked; a table, or the sorting of
				// one, may not.
				Expect(step).NotTo(MatchRegexp(`SCAN (batch|tx|cell|entry|fact|live|due|annotation)`), statement)
				Expect(step).NotTo(ContainSubstring("TEMP B-TREE"), statement)
				Expect(step).NotTo(ContainSubstring("AUTOMATIC"), statement)
			}
		}
	})

	It("finds the newest version by its key, and not by walking the others", func(ctx SpecContext) {
		store := open(newPath())
		for _, statement := range sqlite.SelectAccountCells {
			plan, err := sqlite.Plan(ctx, store, statement)
			Expect(err).NotTo(HaveOccurred())
			Expect(plan).To(ContainElements(
				"SEARCH live USING PRIMARY KEY (account=?)",
				"SEARCH cell USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
				"SEARCH entry USING PRIMARY KEY (cell_id=? AND version=?)",
				"SEARCH entry USING PRIMARY KEY (cell_id=?)",
			))
		}
		for _, statement := range sqlite.SelectAccountFacts {
			plan, err := sqlite.Plan(ctx, store, statement)
			Expect(err).NotTo(HaveOccurred())
			Expect(plan).To(ContainElements(
				"SEARCH live USING PRIMARY KEY (account=?)",
				"SEARCH fact USING PRIMARY KEY (subject=? AND version=?)",
				"SEARCH fact USING PRIMARY KEY (subject=?)",
			))
		}
	})
})
