// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// files are the names in the directory of a ledger.
func files(path string) []string {
	GinkgoHelper()
	entries, err := os.ReadDir(filepath.Dir(path))
	Expect(err).NotTo(HaveOccurred())
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

var _ = Describe("Opening a SQLite ledger", func() {
	It("refuses the tables of a newer program, for writing and for reading", func(ctx SpecContext) {
		path := newPath()
		Expect(open(path).Close()).To(Succeed())
		_, err := raw(path).ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		Expect(err).NotTo(HaveOccurred())
		_, err = sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrSchema))
		Expect(err).To(MatchError(ContainSubstring("version 99 and this program knows up to 4; use a newer program")))
		_, err = sqlite.OpenReadOnly(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrSchema))
	})

	It("refuses the database of another program, and leaves it as it is", func(ctx SpecContext) {
		path := newPath()
		other := raw(path)
		_, err := other.ExecContext(ctx, "CREATE TABLE music (title TEXT)")
		Expect(err).NotTo(HaveOccurred())
		_, err = sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrNoLedger))
		_, err = sqlite.OpenReadOnly(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrNoLedger))
		var tables int
		Expect(other.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)).To(Succeed())
		Expect(tables).To(Equal(1))
	})

	It("refuses what is no database, and leaves it as it is", func(ctx SpecContext) {
		path := newPath()
		Expect(os.WriteFile(path, []byte("a letter to my aunt, which is longer than a header"), 0o600)).To(Succeed())
		_, err := sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrNoLedger))
		_, err = sqlite.OpenReadOnly(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrNoLedger))
		Expect(os.ReadFile(path)).To(HavePrefix("a letter to my aunt"))
	})

	It("names the directory that is missing", func(ctx SpecContext) {
		path := filepath.Join(GinkgoT().TempDir(), "absent", "ledger.db")
		_, err := sqlite.Open(ctx, path)
		Expect(err).To(MatchError(ContainSubstring("there is no directory " + filepath.Dir(path))))
	})

	It("takes a path with any characters", func(ctx SpecContext) {
		path := filepath.Join(GinkgoT().TempDir(), "a b?c#d%20é.db")
		store := open(path)
		batch, err := scribe(ctx, store).Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(files(path)).To(ConsistOf("a b?c#d%20é.db", "a b?c#d%20é.db-wal", "a b?c#d%20é.db-shm", "a b?c#d%20é.db.lock"))
		reader, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(reader.Close)
		Expect(reader.Head(ctx)).To(Equal(batch.Head()))
	})
})

var _ = Describe("Reading a SQLite ledger only", func() {
	It("works while a manager writes, and sees what it commits", func(ctx SpecContext) {
		path := newPath()
		store := open(path)
		s := scribe(ctx, store)
		reader, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(reader.Close)
		Expect(reader.Identity()).To(Equal(store.Identity()))
		reading, err := reader.Rows(ctx)
		Expect(err).NotTo(HaveOccurred())
		for i := range 5 {
			_, err := s.Append(ctx, s.Record(ledgertest.Name("topup", i)))
			Expect(err).NotTo(HaveOccurred())
			Expect(reader.Head(ctx)).To(Equal(s.Head))
		}
		// What was begun before sees what was there before.
		batches := 0
		for _, err := range reading.Batches() {
			Expect(err).NotTo(HaveOccurred())
			batches++
		}
		Expect(batches).To(Equal(1))
		Expect(reading.Close()).To(Succeed())
		report, err := audit.Run(ctx, reader)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Batches).To(BeEquivalentTo(6))
	})

	It("works while no manager runs, and on a copy, and leaves no file behind", func(ctx SpecContext) {
		path := newPath()
		Expect(open(path).Close()).To(Succeed())
		before := files(path)
		reader, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).NotTo(HaveOccurred())
		Expect(reader.Close()).To(Succeed())
		Expect(files(path)).To(Equal(before))

		content, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		copied := newPath()
		Expect(os.WriteFile(copied, content, 0o400)).To(Succeed())
		reader, err = sqlite.OpenReadOnly(ctx, copied)
		Expect(err).NotTo(HaveOccurred())
		Expect(reader.Head(ctx)).To(HaveField("Sequence", BeZero()))
		Expect(reader.Close()).To(Succeed())
		Expect(files(copied)).To(ConsistOf("ledger.db"))
	})

	It("reads what a killed manager committed", func(ctx SpecContext) {
		path := newPath()
		process := holder(path)
		Expect(process.Process.Kill()).To(Succeed())
		_ = process.Wait() // it was killed, which Wait reports as an error
		reader, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(reader.Close)
		Expect(reader.Head(ctx)).To(HaveField("Sequence", BeZero()))
	})

	It("makes no file where there is none", func(ctx SpecContext) {
		path := newPath()
		_, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).To(MatchError(os.ErrNotExist))
		Expect(err).To(MatchError(ContainSubstring(path)))
		Expect(files(path)).To(BeEmpty())
	})
})
