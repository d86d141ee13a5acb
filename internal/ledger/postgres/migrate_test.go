// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"

	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// before is a ledger of the first program with one annotated transaction.
type before struct {
	url            string
	role           string
	genesis, batch *ledger.Batch
	// owner is connected to it.
	owner *pgx.Conn
}

// insertAnnotation is how the first program writes an annotation.
const insertAnnotation = "INSERT INTO annotation (seq, pos, channel, reason) VALUES ($1, 0, 'Retail', 'a gift')"

func writtenBefore(ctx context.Context) *before {
	GinkgoHelper()
	b := &before{url: newURL(ctx)}
	config, err := pgx.ParseConfig(b.url)
	Expect(err).NotTo(HaveOccurred())
	b.role = config.Database + "_manager"
	b.owner, err = pgx.Connect(ctx, b.url)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) {
		execute(ctx, b.url, "DROP OWNED BY "+b.role, "DROP ROLE "+b.role)
		Expect(b.owner.Close(ctx)).To(Succeed())
	})
	execute(ctx, b.url, "CREATE ROLE "+b.role)
	Expect(postgres.MigrateTo(ctx, b.url, postgres.FirstSchema, b.role)).To(Succeed())

	var payload []byte
	Expect(b.owner.QueryRow(ctx, "SELECT payload FROM batch").Scan(&payload)).To(Succeed())
	b.genesis, err = ledger.Open(payload)
	Expect(err).NotTo(HaveOccurred())
	record := ledger.Record{
		ID: ledger.TenantID("test", "before", 1), Kind: ledger.KindTopUp, Status: ledger.Accepted, PrintVersion: 1,
	}
	b.batch = &ledger.Batch{
		Sequence: 1, Previous: b.genesis.Hash, Instant: b.genesis.Instant, Rules: 1, Records: []ledger.Record{record},
	}
	Expect(b.batch.Seal()).To(Succeed())
	_, err = b.owner.Exec(ctx, "INSERT INTO batch (shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload) "+
		"VALUES (0, 1, 0, 1, 1, $1, $2, $3, $4)", b.batch.Instant.UnixMicro(), b.batch.Previous[:], b.batch.Hash[:], b.batch.Payload)
	Expect(err).NotTo(HaveOccurred())
	_, err = b.owner.Exec(ctx, "INSERT INTO tx (seq, pos, id, op, status, fingerprint_version, code, fingerprint) "+
		"VALUES (1, 0, $1, $2, 1, 1, '', $3)", [16]byte(record.ID), int32(record.Kind), record.Fingerprint[:])
	Expect(err).NotTo(HaveOccurred())
	_, err = b.owner.Exec(ctx, insertAnnotation, 1)
	Expect(err).NotTo(HaveOccurred())
	return b
}

var _ = Describe("The tables of an older program", func() {
	It("are brought up to date with all that is in them, and may be written by whoever might before", func(ctx SpecContext) {
		b := writtenBefore(ctx)
		_, err := postgres.Open(ctx, b.url, postgres.Options{})
		Expect(err).To(MatchError(ContainSubstring("they are version 2 and this program reads 3; run manager migrate")))
		Expect(postgres.Migrate(ctx, b.url, postgres.Options{}, "")).To(BeEquivalentTo(3))

		store := open(b.url, postgres.Options{})
		Expect(store.Identity()).To(Equal(b.genesis.Ledger))
		Expect(store.Head(ctx)).To(Equal(b.batch.Head()))
		s := scribe(ctx, store)
		record := s.Record("afterwards")
		record.Annotation = ledger.Annotation{Requestor: "jane@example.com"}
		_, err = s.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		report, err := audit.Run(ctx, store)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Findings).To(BeEmpty())
		Expect(report.Annotations).To(BeEquivalentTo(2))

		rows, _ := b.owner.Query(ctx, "SELECT channel, reason, requestor FROM annotation ORDER BY seq")
		Expect(pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Annotation])).To(Equal([]ledger.Annotation{
			{Channel: "Retail", Reason: "a gift"}, record.Annotation,
		}))
		for _, statement := range []string{
			"SET ROLE " + b.role,
			"INSERT INTO annotation (seq, pos, channel, reason, requestor) VALUES (3, 0, '', '', 'jane@example.com')",
			"SELECT requestor FROM annotation",
		} {
			_, err := b.owner.Exec(ctx, statement)
			Expect(err).NotTo(HaveOccurred(), statement)
		}
		_, err = b.owner.Exec(ctx, "UPDATE annotation SET requestor = ''")
		Expect(err).To(beRefused())
	})

	It("are still written by an older manager that is running", func(ctx SpecContext) {
		b := writtenBefore(ctx)
		const name = "as-it-did"
		_, err := b.owner.Prepare(ctx, name, insertAnnotation)
		Expect(err).NotTo(HaveOccurred())
		Expect(postgres.Migrate(ctx, b.url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
		_, err = b.owner.Exec(ctx, name, 2)
		Expect(err).NotTo(HaveOccurred())
	})

	It("are left as they are while they are read for long, and can be brought up to date later", func(ctx SpecContext) {
		b := writtenBefore(ctx)
		reading, err := b.owner.Begin(ctx)
		Expect(err).NotTo(HaveOccurred())
		_, err = reading.Exec(ctx, "SELECT 1 FROM annotation")
		Expect(err).NotTo(HaveOccurred())
		_, err = postgres.Migrate(ctx, with(b.url, "lock_timeout=50"), postgres.Options{}, "")
		Expect(err).To(MatchError(ContainSubstring("lock timeout")))
		Expect(postgres.Unreachable(err)).To(BeTrue(), "it is worth trying again")
		Expect(reading.Commit(ctx)).To(Succeed())
		Expect(postgres.Migrate(ctx, b.url, postgres.Options{}, "")).To(BeEquivalentTo(postgres.NewestSchema))
	})
})
