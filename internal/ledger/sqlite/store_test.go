// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/google/uuid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// raw opens the file behind the store's back.
func raw(path string) *sql.DB {
	GinkgoHelper()
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=5000")
	Expect(err).NotTo(HaveOccurred())
	db.SetMaxOpenConns(1)
	DeferCleanup(db.Close)
	return db
}

func scribe(ctx context.Context, store *sqlite.Store) *ledgertest.Scribe {
	GinkgoHelper()
	s, err := ledgertest.NewScribe(ctx, store)
	Expect(err).NotTo(HaveOccurred())
	return s
}

var _ = Describe("A ledger in a SQLite file", func() {
	It("has a random ID that it keeps", func() {
		path := newPath()
		store := open(path)
		Expect(uuid.MustParse(store.Identity()).Version()).To(BeEquivalentTo(4))
		Expect(open(newPath()).Identity()).NotTo(Equal(store.Identity()))
		Expect(store.Close()).To(Succeed())
		Expect(open(path).Identity()).To(Equal(store.Identity()))
	})

	It("is durable at each commit: WAL, synchronous FULL", func(ctx SpecContext) {
		store := open(newPath())
		Expect(sqlite.Pragma(ctx, store, "journal_mode")).To(Equal("wal"))
		Expect(sqlite.Pragma(ctx, store, "synchronous")).To(Equal("2"))
		Expect(sqlite.Pragma(ctx, store, "locking_mode")).To(Equal("normal"))
		Expect(sqlite.Pragma(ctx, store, "foreign_keys")).To(Equal("1"))
	})

	It("is complete by itself after a clean stop", func(ctx SpecContext) {
		path := newPath()
		store := open(path)
		batch, err := scribe(ctx, store).Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(store.Close()).To(Succeed())
		wal, err := os.Stat(path + "-wal")
		Expect(err).NotTo(HaveOccurred())
		Expect(wal.Size()).To(BeZero())

		content, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		copied := newPath()
		Expect(os.WriteFile(copied, content, 0o600)).To(Succeed())
		Expect(open(copied).Head(ctx)).To(Equal(batch.Head()))
	})

	It("is brought up to date beside the writer, long before that one would stop for it", func(ctx SpecContext) {
		path := newPath()
		store := open(path)
		size := func() int64 {
			file, err := os.Stat(path)
			Expect(err).NotTo(HaveOccurred())
			return file.Size()
		}
		before, s := size(), scribe(ctx, store)
		var records []ledger.Record
		for i := range 1500 {
			records = append(records, s.Record(ledgertest.Name("r", i)))
		}
		_, err := s.Append(ctx, records...)
		Expect(err).NotTo(HaveOccurred())
		Eventually(size).Should(BeNumerically(">", before))
	})

	DescribeTable("lets nobody change or remove what was written", func(ctx SpecContext, statement string) {
		path := newPath()
		store := open(path)
		s := scribe(ctx, store)
		record, base := s.Settings(s.Account("alice"), ledger.Available, "EUR")
		s.Entry(&record, base, 5, ledgertest.Floor(0))
		outside := s.Lot(&record, s.Account("outside"), 0, ledger.External, "EUR")
		s.Entry(&record, outside+int64(ledger.External), -5, nil)
		_, err := s.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())

		_, err = raw(path).ExecContext(ctx, statement)

		Expect(err).To(MatchError(ContainSubstring("the log is append-only")))
		report, err := audit.Run(ctx, store)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Findings).To(BeEmpty())
		Expect(report.Entries).To(BeEquivalentTo(2))
	},
		Entry("batches changed", "UPDATE batch SET instant = 0"),
		Entry("batches removed", "DELETE FROM batch WHERE seq = 1"),
		Entry("transactions changed", "UPDATE tx SET status = 2"),
		Entry("transactions removed", "DELETE FROM tx"),
		Entry("cells changed", "UPDATE cell SET unit = 'USD'"),
		Entry("cells removed", "DELETE FROM cell"),
		Entry("entries changed", "UPDATE entry SET amount = 1000"),
		Entry("entries removed", "DELETE FROM entry"),
		Entry("facts changed", "UPDATE fact SET body = x''"),
		Entry("facts removed", "DELETE FROM fact"),
	)

	It("reads a payload once, however many of its transactions are looked up", func(ctx SpecContext) {
		store := open(newPath())
		s := scribe(ctx, store)
		var what ledger.Request
		var records []ledger.Record
		for i := range 600 {
			records = append(records, s.Record(ledgertest.Name("record", i)))
			what.Transactions = append(what.Transactions, records[i].ID)
		}
		first, err := s.Append(ctx, records[:300]...)
		Expect(err).NotTo(HaveOccurred())
		second, err := s.Append(ctx, records[300:]...)
		Expect(err).NotTo(HaveOccurred())

		loaded, err := store.Load(ctx, what)
		Expect(err).NotTo(HaveOccurred())
		Expect(loaded.Transactions).To(HaveLen(600))
		copies := map[*byte]bool{}
		for i, id := range what.Transactions {
			payload := loaded.Transactions[id].Payload
			copies[&payload[0]] = true
			want := first.Payload
			if i >= 300 {
				want = second.Payload
			}
			Expect(bytes.Equal(payload, want)).To(BeTrue(), "transaction %d", i)
		}
		Expect(copies).To(HaveLen(2))
	})

	It("keeps what may be personal beside the log, where it can be erased", func(ctx SpecContext) {
		path := newPath()
		store := open(path)
		s := scribe(ctx, store)
		annotated, plain := s.Record("annotated"), s.Record("plain")
		annotated.Annotation = ledger.Annotation{Channel: "Retail", Reason: "подарок 🎁 «ça va»", Requestor: "jürgen@example.com"}
		batch, err := s.Append(ctx, plain, annotated)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(batch.Payload)).NotTo(Or(ContainSubstring("Retail"), ContainSubstring("example.com")))

		db := raw(path)
		var channel, reason, requestor string
		var id []byte
		Expect(db.QueryRowContext(ctx, "SELECT tx.id, channel, reason, requestor FROM annotation JOIN tx USING (seq, pos)").
			Scan(&id, &channel, &reason, &requestor)).To(Succeed())
		Expect(id).To(Equal(annotated.ID[:]))
		Expect(ledger.Annotation{Channel: channel, Reason: reason, Requestor: requestor}).To(Equal(annotated.Annotation))
		_, err = db.ExecContext(ctx, "DELETE FROM annotation")
		Expect(err).NotTo(HaveOccurred())
	})
})
