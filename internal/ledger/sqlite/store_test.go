// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

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

// holder starts a process that holds the ledger at path.
func holder(path string) *exec.Cmd {
	GinkgoHelper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), holdVariable+"="+path)
	_, err := process.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	out, err := process.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(process.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = process.Process.Kill() // some specs have killed it
		_ = process.Wait()
	})
	Expect(bufio.NewReader(out).ReadString('\n')).To(Equal("held\n"))
	return process
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

	It("keeps what may be personal beside the log, where it can be erased", func(ctx SpecContext) {
		path := newPath()
		store := open(path)
		s := scribe(ctx, store)
		annotated, plain := s.Record("annotated"), s.Record("plain")
		annotated.Annotation = ledger.Annotation{Channel: "Retail", Reason: "подарок 🎁 «ça va»"}
		batch, err := s.Append(ctx, plain, annotated)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(batch.Payload)).NotTo(ContainSubstring("Retail"))

		db := raw(path)
		var channel, reason string
		var id []byte
		Expect(db.QueryRowContext(ctx, "SELECT tx.id, channel, reason FROM annotation JOIN tx USING (seq, pos)").
			Scan(&id, &channel, &reason)).To(Succeed())
		Expect(id).To(Equal(annotated.ID[:]))
		Expect(ledger.Annotation{Channel: channel, Reason: reason}).To(Equal(annotated.Annotation))
		_, err = db.ExecContext(ctx, "DELETE FROM annotation")
		Expect(err).NotTo(HaveOccurred())
	})
})

var _ = Describe("The lock on a SQLite ledger", func() {
	It("gives the ledger to one process, and names it to the others", func(ctx SpecContext) {
		path := newPath()
		process := holder(path)
		_, err := sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrLocked))
		Expect(err).To(MatchError(fmt.Sprintf(
			"ledger %s is in use by another manager (pid %d): one ledger has one writer; stop that one first",
			path, process.Process.Pid)))
	})

	It("is free again when its holder was killed", func(ctx SpecContext) {
		path := newPath()
		process := holder(path)
		Expect(process.Process.Kill()).To(Succeed())
		_ = process.Wait() // it was killed, which Wait reports as an error
		head, err := open(path).Head(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(head.Sequence).To(BeZero())
		Expect(os.ReadFile(path + ".lock")).To(BeEquivalentTo(strconv.Itoa(os.Getpid()) + "\n"))
	})

	It("is one lock, however the ledger is called", func(ctx SpecContext) {
		path := newPath()
		open(path)
		link := filepath.Join(GinkgoT().TempDir(), "link")
		Expect(os.Symlink(path, link)).To(Succeed())
		_, err := sqlite.Open(ctx, link)
		Expect(err).To(MatchError(sqlite.ErrLocked))
		Expect(os.Remove(link)).To(Succeed())
		Expect(os.Symlink(filepath.Dir(path), link)).To(Succeed())
		_, err = sqlite.Open(ctx, filepath.Join(link, filepath.Base(path)))
		Expect(err).To(MatchError(sqlite.ErrLocked))
	})

	It("is free again after a clean stop, and after a start that failed", func(ctx SpecContext) {
		path := newPath()
		Expect(open(path).Close()).To(Succeed())
		db := raw(path)
		_, err := db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		Expect(err).NotTo(HaveOccurred())
		_, err = sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrSchema))
		_, err = db.ExecContext(ctx, "DELETE FROM goose_db_version WHERE version_id = 99")
		Expect(err).NotTo(HaveOccurred())
		Expect(db.Close()).To(Succeed())
		open(path)
	})
})

var _ = Describe("Opening a SQLite ledger", func() {
	It("refuses the tables of a newer program, for writing and for reading", func(ctx SpecContext) {
		path := newPath()
		Expect(open(path).Close()).To(Succeed())
		_, err := raw(path).ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		Expect(err).NotTo(HaveOccurred())
		_, err = sqlite.Open(ctx, path)
		Expect(err).To(MatchError(sqlite.ErrSchema))
		Expect(err).To(MatchError(ContainSubstring("version 99 and this program knows up to 2; use a newer program")))
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
