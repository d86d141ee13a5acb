// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// damage is a ledger whose rows are changed behind the manager's back, as only
// the tables' owner can. What an audit finds in which row is specified on SQLite;
// here it is that every row of this store is read and compared.
type damage struct {
	*ledgertest.Scribe
	reader *postgres.Reader
	owner  *pgx.Conn
	// last is the newest batch: a top-up of cell, with a receipt, and a refusal.
	last                    *ledger.Batch
	cell                    int64
	topUp, refusal, receipt ledger.ID
}

// damaged writes a ledger to the database, in which there may be another one.
func damaged(ctx context.Context, url string) *damage {
	GinkgoHelper()
	empty(ctx, url)
	d := &damage{}
	var err error
	d.owner, err = pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx SpecContext) { Expect(d.owner.Close(ctx)).To(Succeed()) })
	d.reader, err = postgres.OpenReadOnly(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(d.reader.Close)
	d.Scribe, err = ledgertest.NewScribe(ctx, open(url, postgres.Options{}))
	Expect(err).NotTo(HaveOccurred())

	mine, available := d.Settings(d.Account("alice"), ledger.Available, "EUR")
	theirs, base := d.Settings(d.Account("outside"), ledger.External, "EUR")
	outside := ledger.CellID(base, ledger.External)
	d.cell = available
	d.write(ctx, mine, theirs)
	for i := range 5 {
		d.write(ctx, d.top(ledgertest.Name("top-up", i), outside))
	}
	topUp, refusal := d.top("last", outside), d.Refusal("refused", ledger.InsufficientFunds)
	d.last = d.write(ctx, topUp, refusal)
	d.topUp, d.refusal, d.receipt = topUp.ID, refusal.ID, topUp.Facts[0].Subject
	return d
}

// top is a top-up of 100 with a receipt.
func (d *damage) top(name string, outside int64) ledger.Record {
	record := d.Record(name)
	d.Entry(&record, d.cell, 100, ledgertest.Floor(0))
	d.Entry(&record, outside, -100, nil)
	receipt := ledger.ReceiptSubject(d.Tenant, "cash", name)
	d.Fact(&record, receipt, ledger.FactReceipt, ledger.Receipt{Transaction: record.ID})
	record.Annotation = ledger.Annotation{Channel: "Retail"}
	return record
}

func (d *damage) write(ctx context.Context, records ...ledger.Record) *ledger.Batch {
	GinkgoHelper()
	batch, err := d.Append(ctx, records...)
	Expect(err).NotTo(HaveOccurred())
	return batch
}

// change changes one row.
func (d *damage) change(ctx context.Context, statement string, arguments ...any) {
	GinkgoHelper()
	changed, err := d.owner.Exec(ctx, statement, arguments...)
	Expect(err).NotTo(HaveOccurred())
	Expect(changed.RowsAffected()).To(BeEquivalentTo(1))
}

// exchange gives the value of a column in one row to that of another, and the
// other way round, by way of a third value.
func (d *damage) exchange(ctx context.Context, statement string, one, other, aside any) {
	GinkgoHelper()
	for _, step := range [][2]any{{one, aside}, {other, one}, {aside, other}} {
		d.change(ctx, statement, step[0], step[1])
	}
}

// finds expects that an audit finds something in these rows, and in no others.
func (d *damage) finds(ctx context.Context, rows ...string) []string {
	GinkgoHelper()
	report, err := audit.Run(ctx, d.reader)
	Expect(err).NotTo(HaveOccurred())
	about, found := map[string]bool{}, []string{}
	for _, finding := range report.Findings {
		about[finding.Row] = true
		found = append(found, finding.String())
	}
	named := make([]string, 0, len(about))
	for row := range about {
		named = append(named, row)
	}
	Expect(named).To(ConsistOf(rows), "%v", found)
	return found
}

// entry names the entry of a version of the topped-up cell.
func (d *damage) entry(version int64) string {
	return fmt.Sprintf("entry cell %d version %d", d.cell, version)
}

func (d *damage) missing(row string) string {
	return fmt.Sprintf("%s: missing: batch %d of the log has it, the table has not", row, d.last.Sequence)
}

var _ = Describe("An audit of a ledger in PostgreSQL", Ordered, ContinueOnFailure, func() {
	var url string
	var d *damage
	BeforeAll(func(ctx SpecContext) { url = newLedger(ctx) })
	BeforeEach(func(ctx SpecContext) { d = damaged(ctx, url) })

	It("finds nothing in one that is in order, and reads it all", func(ctx SpecContext) {
		for _, source := range []audit.Source{d.reader, d.Store.(*postgres.Store)} {
			report, err := audit.Run(ctx, source)
			Expect(err).NotTo(HaveOccurred())
			Expect(report.Findings).To(BeEmpty())
			Expect(report.Head.Hash).To(Equal(hex.EncodeToString(d.Head.Hash[:])))
			Expect([]int64{report.Batches, report.Transactions, report.Refusals, report.Entries, report.Annotations}).
				To(HaveExactElements(BeEquivalentTo(8), BeEquivalentTo(9), BeEquivalentTo(1), BeEquivalentTo(12), BeEquivalentTo(6)))
			Expect(report.Balances).To(ConsistOf(HaveField("Available.String()", "600")))
		}
	})

	It("names an entry whose amount was changed", func(ctx SpecContext) {
		d.change(ctx, "UPDATE entry SET amount = 999 WHERE cell_id = $1 AND version = 6", d.cell)
		Expect(d.finds(ctx, d.entry(6))).To(ContainElement(d.entry(6) + ": amount is 999, the log says 100"))
	})

	It("names an entry that was removed, and the one after it", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM entry WHERE cell_id = $1 AND version = 5", d.cell)
		Expect(d.finds(ctx, d.entry(5), d.entry(6))).To(ContainElement(
			HavePrefix(d.entry(5) + ": missing: batch ")))
	})

	It("names a refusal, which has no entries, that was removed", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM tx WHERE id = $1", d.refusal)
		row := "transaction " + d.refusal.String()
		Expect(d.finds(ctx, row)).To(ConsistOf(d.missing(row)))
	})

	It("names a fact that was removed", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM fact WHERE subject = $1", d.receipt)
		row := "fact " + d.receipt.String() + " version 1"
		Expect(d.finds(ctx, row)).To(ConsistOf(d.missing(row)))
	})

	It("names both entries of a pair that changed places", func(ctx SpecContext) {
		d.exchange(ctx, fmt.Sprintf("UPDATE entry SET version = $2 WHERE version = $1 AND cell_id = %d", d.cell), 5, 6, 1_000_000)
		Expect(d.finds(ctx, d.entry(5), d.entry(6), "tenant "+d.Tenant.String()+" unit EUR")).
			To(ContainElement(d.missing(d.entry(6))))
	})

	It("names both transactions of a pair that changed places", func(ctx SpecContext) {
		d.exchange(ctx, "UPDATE tx SET id = $2 WHERE id = $1", d.topUp, d.refusal, uuid.Nil)
		rows := []string{"transaction " + d.topUp.String(), "transaction " + d.refusal.String()}
		Expect(d.finds(ctx, rows...)).To(ContainElements(
			fmt.Sprintf("%s: id is %s, the log says %s", rows[0], d.refusal, d.topUp),
			fmt.Sprintf("%s: id is %s, the log says %s", rows[1], d.topUp, d.refusal)))
	})

	It("names a batch whose payload was changed, and the entry that it no longer is of", func(ctx SpecContext) {
		forged, err := ledger.Open(d.last.Payload)
		Expect(err).NotTo(HaveOccurred())
		forged.Records[0].Entries[0].Amount = 101
		Expect(forged.Seal()).To(Succeed())
		d.change(ctx, "UPDATE batch SET payload = $1 WHERE seq = $2", forged.Payload, d.last.Sequence)
		batch := fmt.Sprintf("batch %d", d.last.Sequence)
		Expect(d.finds(ctx, batch, d.entry(6), "transaction "+d.topUp.String())).To(ContainElements(
			fmt.Sprintf("%s: hash is %x, its payload has %x", batch, d.last.Hash, forged.Hash),
			d.entry(6)+": amount is 100, the log says 101"))
	})

	It("names a batch with one byte of its payload changed, which was of the key of a refusal", func(ctx SpecContext) {
		d.change(ctx, "UPDATE batch SET payload = set_byte(payload, length(payload) - 1, get_byte(payload, length(payload) - 1) # 1) "+
			"WHERE seq = $1", d.last.Sequence)
		batch := fmt.Sprintf("batch %d", d.last.Sequence)
		Expect(d.finds(ctx, batch, "transaction "+d.refusal.String())).To(ContainElement(
			HavePrefix(fmt.Sprintf("%s: hash is %x, its payload has ", batch, d.last.Hash))))
	})

	It("names a cell that was given to another tenant, and what is live and should not be", func(ctx SpecContext) {
		thief := ledger.TenantID("test", "thief", 1)
		d.change(ctx, "UPDATE cell SET tenant = $1 WHERE id = $2", thief, d.cell)
		d.change(ctx, "INSERT INTO live (account, subject, base) VALUES ($1, $2, 8)", thief, d.receipt)
		found := d.finds(ctx, fmt.Sprintf("cell %d", d.cell), fmt.Sprintf("live %s of account %s", d.receipt, thief))
		Expect(found).To(ContainElement(
			fmt.Sprintf("cell %d: tenant is %s, the log says %s", d.cell, thief, d.Tenant)))
	})
})
