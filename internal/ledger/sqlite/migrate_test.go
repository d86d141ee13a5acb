// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

var _ = Describe("The SQLite ledger of an older program", func() {
	It("is brought up to date when it is opened, with all that is in it", func(ctx SpecContext) {
		path := newPath()
		db := raw(path)
		Expect(sqlite.MigrateTo(ctx, db, path, 3)).To(Succeed())
		_, err := sqlite.OpenReadOnly(ctx, path)
		Expect(err).To(MatchError(ContainSubstring("they are version 3 and this program reads 4; start the manager once")))

		var payload []byte
		Expect(db.QueryRowContext(ctx, "SELECT payload FROM batch").Scan(&payload)).To(Succeed())
		genesis, err := ledger.Open(payload)
		Expect(err).NotTo(HaveOccurred())
		old := ledger.Record{
			ID: ledger.TenantID("test", "before", 1), Kind: ledger.KindTopUp, Status: ledger.Accepted, PrintVersion: 1,
		}
		batch := &ledger.Batch{
			Sequence: 1, Previous: genesis.Hash, Instant: genesis.Instant, Rules: 1, Records: []ledger.Record{old},
		}
		Expect(batch.Seal()).To(Succeed())
		for _, row := range []struct {
			statement string
			values    []any
		}{
			{"INSERT INTO batch (shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload) VALUES (0, 1, 0, 1, 1, ?, ?, ?, ?)",
				[]any{batch.Instant.UnixMicro(), batch.Previous[:], batch.Hash[:], batch.Payload}},
			{"INSERT INTO tx (seq, pos, id, op, status, fingerprint_version, code, fingerprint) VALUES (1, 0, ?, ?, 1, 1, '', ?)",
				[]any{old.ID[:], int64(old.Kind), old.Fingerprint[:]}},
			{"INSERT INTO annotation (seq, pos, channel, reason) VALUES (1, 0, 'Retail', 'a gift')", nil},
		} {
			_, err := db.ExecContext(ctx, row.statement, row.values...)
			Expect(err).NotTo(HaveOccurred())
		}

		store := open(path)
		Expect(store.Identity()).To(Equal(genesis.Ledger))
		Expect(store.Head(ctx)).To(Equal(batch.Head()))
		s := scribe(ctx, store)
		record := s.Record("afterwards")
		record.Annotation = ledger.Annotation{Requestor: "jane@example.com"}
		_, err = s.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		report, err := audit.Run(ctx, store)
		Expect(err).NotTo(HaveOccurred())
		Expect(report.Findings).To(BeEmpty())

		rows, err := db.QueryContext(ctx, "SELECT channel, reason, requestor FROM annotation ORDER BY seq")
		Expect(err).NotTo(HaveOccurred())
		defer rows.Close()
		var annotations []ledger.Annotation
		for rows.Next() {
			var a ledger.Annotation
			Expect(rows.Scan(&a.Channel, &a.Reason, &a.Requestor)).To(Succeed())
			annotations = append(annotations, a)
		}
		Expect(rows.Err()).NotTo(HaveOccurred())
		Expect(annotations).To(Equal([]ledger.Annotation{{Channel: "Retail", Reason: "a gift"}, record.Annotation}))
	})
})
