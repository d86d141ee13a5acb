// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// execute does something behind the store's back.
func execute(ctx context.Context, url string, statements ...string) {
	GinkgoHelper()
	owner, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
	for _, statement := range statements {
		_, err := owner.Exec(ctx, statement)
		Expect(err).NotTo(HaveOccurred(), statement)
	}
}

func scribe(ctx context.Context, store ledger.Store) *ledgertest.Scribe {
	GinkgoHelper()
	s, err := ledgertest.NewScribe(ctx, store)
	Expect(err).NotTo(HaveOccurred())
	return s
}

var _ = Describe("A ledger in a PostgreSQL database", func() {
	It("is made once by all who migrate at the same time, and keeps its random ID", func(ctx SpecContext) {
		url := newURL(ctx)
		var several sync.WaitGroup
		for range 3 {
			several.Go(func() {
				defer GinkgoRecover()
				Expect(postgres.Migrate(ctx, url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
			})
		}
		several.Wait()
		first := open(url, postgres.Options{})
		Expect(uuid.MustParse(first.Identity()).Version()).To(BeEquivalentTo(4))
		Expect(postgres.Migrate(ctx, url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
		Expect(open(url, postgres.Options{}).Identity()).To(Equal(first.Identity()))
		Expect(open(newLedger(ctx), postgres.Options{}).Identity()).NotTo(Equal(first.Identity()))
	})

	It("is not there before it was migrated", func(ctx SpecContext) {
		_, err := postgres.Open(ctx, newURL(ctx), postgres.Options{})
		Expect(err).To(MatchError(postgres.ErrNoLedger))
		Expect(err).To(MatchError(ContainSubstring("manager migrate")))
		Expect(postgres.Unreachable(err)).To(BeFalse())
	})

	DescribeTable("is not opened with tables of another version", func(ctx SpecContext, change int, wayOut string) {
		url := newLedger(ctx)
		execute(ctx, url, fmt.Sprintf("UPDATE goose_db_version SET version_id = version_id + %d WHERE version_id = %d",
			change, postgres.NewestSchema))
		_, err := postgres.Open(ctx, url, postgres.Options{})
		Expect(err).To(MatchError(postgres.ErrSchema))
		Expect(err).To(MatchError(ContainSubstring(wayOut)))
		Expect(postgres.Unreachable(err)).To(BeFalse())
	},
		Entry("newer ones", 7, "use a newer program"),
		Entry("older ones", -1, "run manager migrate"),
	)

	It("is not migrated by an older program", func(ctx SpecContext) {
		url := newLedger(ctx)
		execute(ctx, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (1000, true)")
		_, err := postgres.Migrate(ctx, url, postgres.Options{}, "")
		Expect(err).To(MatchError(postgres.ErrSchema))
	})

	DescribeTable("is unreachable, and may be reached later", func(ctx SpecContext, change func(*pgx.ConnConfig, *string)) {
		url := newLedger(ctx)
		config, err := pgx.ParseConfig(url)
		Expect(err).NotTo(HaveOccurred())
		change(config, &url)
		_, err = postgres.Open(ctx, url, postgres.Options{})
		Expect(err).To(HaveOccurred())
		Expect(postgres.Unreachable(err)).To(BeTrue(), err.Error())
	},
		Entry("at a port where nobody listens", func(_ *pgx.ConnConfig, url *string) {
			*url = "postgres://someone@127.0.0.1:1/prepay"
		}),
		Entry("in a database that is still to be made", func(c *pgx.ConnConfig, url *string) {
			*url = fmt.Sprintf("postgres://%s@%s:%d/not_made_yet?sslmode=disable", c.User, c.Host, c.Port)
		}),
		Entry("for a role that is still to be made", func(c *pgx.ConnConfig, url *string) {
			*url = fmt.Sprintf("postgres://nobody_yet@%s:%d/%s?sslmode=disable", c.Host, c.Port, c.Database)
		}),
	)

	It("does not say a password when it cannot be reached", func(ctx SpecContext) {
		for _, url := range []string{"postgres://someone:hunter2@127.0.0.1:1/prepay", "postgres://someone:hunter2@127.0.0.1:port/prepay"} {
			_, err := postgres.Open(ctx, url, postgres.Options{})
			Expect(err).To(HaveOccurred())
			Expect(err.Error()).NotTo(ContainSubstring("hunter2"))
		}
	})

	It("leaves nothing behind when it tells the head", func(ctx SpecContext) {
		url := newLedger(ctx)
		store := open(url, postgres.Options{})
		batch, err := scribe(ctx, store).Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		Expect(store.Head(ctx)).To(Equal(batch.Head()))
		var left int
		owner, err := pgx.Connect(ctx, url)
		Expect(err).NotTo(HaveOccurred())
		defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
		Expect(owner.QueryRow(ctx, "SELECT count(*) FROM barrier").Scan(&left)).To(Succeed())
		Expect(left).To(BeZero())
	})

	Context("when its server warns", func() {
		const function = "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'the standby is gone'; RETURN NEW; END $$"

		It("does not take a commit for done that comes with a warning, whatever the database hides", func(ctx SpecContext) {
			url := newLedger(ctx)
			execute(ctx, url, function,
				"CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON tx DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()",
				"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET client_min_messages = error', current_database()); END $$")
			store := open(url, postgres.Options{})
			s := scribe(ctx, store)
			batch, err := s.Append(ctx, s.Record("warned"))
			Expect(err).To(MatchError(ContainSubstring("the standby is gone")))
			Expect(err).NotTo(MatchError(ledger.ErrRejected))
			Expect(store.Head(ctx)).To(Equal(batch.Head()), "the head tells that it was written")
		})

		It("goes on if the warning is about something else", func(ctx SpecContext) {
			url := newLedger(ctx)
			execute(ctx, url, function,
				"CREATE TRIGGER warn BEFORE INSERT ON tx FOR EACH ROW EXECUTE FUNCTION warn()",
				// Each new connection is warned about it.
				"UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()")
			store := open(url, postgres.Options{})
			s := scribe(ctx, store)
			batch, err := s.Append(ctx, s.Record("warned"))
			Expect(err).NotTo(HaveOccurred())
			Expect(store.Head(ctx)).To(Equal(batch.Head()))
		})
	})

	It("waits for its commits though the database or the role would not", func(ctx SpecContext) {
		url := newLedger(ctx)
		execute(ctx, url,
			"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
			// It can only be written by a session that waits.
			"CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+
				"IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'does not wait'; END IF; RETURN NEW; END $$",
			"CREATE TRIGGER waits BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION waits()")
		s := scribe(ctx, open(url, postgres.Options{}))
		_, err := s.Append(ctx, s.Record("waited for"))
		Expect(err).NotTo(HaveOccurred())
	})

	It("is migrated and written on the server that takes writes, wherever it is among the hosts", func(ctx SpecContext) {
		primary, err := postgrestest.Start(ctx, postgrestest.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(primary.Stop)
		standby, err := primary.Standby(ctx, "standby")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(standby.Stop)
		config, err := pgx.ParseConfig(primary.URL("postgres"))
		Expect(err).NotTo(HaveOccurred())
		url := fmt.Sprintf("postgres://%s@%s,%s/postgres?sslmode=disable", config.User, standby.Address(), primary.Address())
		Expect(postgres.Migrate(ctx, url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
		_, err = scribe(ctx, open(url, postgres.Options{})).Append(ctx)
		Expect(err).NotTo(HaveOccurred())
	})

	It("is not waited for if it is this side that lacks a file", func(ctx SpecContext) {
		_, err := postgres.Open(ctx, newLedger(ctx), postgres.Options{PasswordFile: "/nowhere/password"})
		Expect(err).To(MatchError(ContainSubstring("/nowhere/password")))
		Expect(postgres.Unreachable(err)).To(BeFalse())
	})

	It("does not wait for ever for a server that is frozen", func(ctx SpecContext) {
		server, err := postgrestest.Start(ctx, postgrestest.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Stop)
		url, err := server.CreateDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		_, err = postgres.Migrate(ctx, url, postgres.Options{}, "")
		Expect(err).NotTo(HaveOccurred())
		store := open(url, postgres.Options{})
		s := scribe(ctx, store)
		_, err = s.Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		postgres.AnswerWithin(store, 100*time.Millisecond)

		Expect(server.Pause()).To(Succeed())
		batch, err := s.Append(ctx, s.Record("frozen"))
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Expect(err).NotTo(MatchError(ledger.ErrRejected))
		_, err = store.Head(ctx)
		Expect(err).To(MatchError(context.DeadlineExceeded))
		Expect(server.Resume()).To(Succeed())

		postgres.AnswerWithin(store, 10*time.Second)
		Eventually(func() (ledger.Head, error) {
			head, err := store.Head(ctx)
			if err == nil && head.Sequence < batch.Sequence {
				_ = store.Append(ctx, batch) // or it is there by now
			}
			return head, err
		}).Should(Equal(batch.Head()))
	})
})
