// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

var _ = Describe("An audit of a ledger whose log was changed", func() {
	var d *damage
	BeforeEach(func(ctx SpecContext) { d = damaged(ctx) })

	batch := func(back int64) string { return fmt.Sprintf("batch %d", d.last.Sequence-back) }

	It("names a batch whose payload was changed, and the entry", func(ctx SpecContext) {
		forged := d.forge(ctx, func(b *ledger.Batch) { b.Records[0].Entries[0].Amount = 101 }, "payload = $payload")
		d.finds(ctx, []string{batch(0), d.entry(ctx, 0), transaction(d.topUp)},
			fmt.Sprintf("%s: hash is %x, its payload has %x", batch(0), d.last.Hash, forged.Hash),
			d.entry(ctx, 0)+": amount is 100, the log says 101",
			fmt.Sprintf("%s: its entries of tenant %s in EUR sum to 1, not to zero", transaction(d.topUp), d.Tenant))
	})

	It("names the batch after one that was forged with its hash", func(ctx SpecContext) {
		newest, err := d.Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		forged := d.forge(ctx, func(b *ledger.Batch) { b.Rules = 7 }, "payload = $payload, hash = $hash, rules = 7")
		d.finds(ctx, []string{batch(-1)}, fmt.Sprintf("%s: prev_hash is %x, the batch before has %x",
			batch(-1), newest.Previous, forged.Hash))
	})

	It("names a batch whose payload cannot be read", func(ctx SpecContext) {
		d.change(ctx, "UPDATE batch SET payload = x'01ff' WHERE seq = ?", d.last.Sequence)
		report := run(ctx, d.books)
		Expect(report.Findings).To(HaveLen(1))
		Expect(report.Findings[0].Row).To(Equal(batch(0)))
		Expect(report.Findings[0].Problem).To(HavePrefix("its payload cannot be read, so its rows are not checked"))
	})

	It("names a batch whose columns were changed", func(ctx SpecContext) {
		is := d.last.Instant.UnixMicro()
		d.change(ctx, "UPDATE batch SET format = 9, rules = 9, instant = ? WHERE seq = ?", is+1, d.last.Sequence)
		d.finds(ctx, []string{batch(0)}, batch(0)+": format is 9, its payload says 1",
			batch(0)+": rules is 9, its payload says 1",
			fmt.Sprintf("%s: instant is %d, its payload says %d", batch(0), is+1, is))
	})

	It("names the rows that are left of a batch that was removed from the end", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM batch WHERE seq = ?", d.last.Sequence)
		rows := []string{
			transaction(d.topUp), transaction(d.refusal), fact(d.receipt), d.entry(ctx, 0),
			fmt.Sprintf("entry cell %d version %d", d.outside, d.last.Records[0].Entries[1].Version),
		}
		texts := make([]string, 0, len(rows))
		for _, row := range rows {
			texts = append(texts, row+fmt.Sprintf(": not in the log, which has no batch %d", d.last.Sequence))
		}
		d.finds(ctx, rows, texts...)
	})

	It("names a batch that was removed from the middle", func(ctx SpecContext) {
		_, err := d.Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		_, err = d.Append(ctx)
		Expect(err).NotTo(HaveOccurred())
		d.change(ctx, "DELETE FROM batch WHERE seq = ?", d.last.Sequence+1)
		d.finds(ctx, []string{batch(-1)}, fmt.Sprintf("%s: missing: batch %d is followed by batch %d",
			batch(-1), d.last.Sequence, d.last.Sequence+2))
	})

	It("says that a log is empty", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM batch")
		report := run(ctx, d.books)
		Expect(report.Findings).To(ContainElement(audit.Finding{Row: "batch 0", Problem: "the log is empty"}))
	})
})
