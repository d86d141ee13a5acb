// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var _ = Describe("An audit of a ledger whose file was changed", func() {
	var d *damage
	BeforeEach(func(ctx SpecContext) { d = damaged(ctx) })

	missing := func(row string) string {
		return row + fmt.Sprintf(": missing: batch %d of the log has it, the table has not", d.last.Sequence)
	}

	It("starts from one that is in order", func(ctx SpecContext) {
		Expect(run(ctx, d.books).Findings).To(BeEmpty())
	})

	It("names an entry whose amount was changed", func(ctx SpecContext) {
		d.change(ctx, "UPDATE entry SET amount = 999 WHERE cell_id = ? AND seq = ?", d.cell, d.last.Sequence)
		row := d.entry(ctx, 0)
		d.finds(ctx, []string{row}, row+": amount is 999, the log says 100")
	})

	It("names an entry whose balance was changed, and whose money that was", func(ctx SpecContext) {
		is := d.Balance(d.cell)
		d.change(ctx, "UPDATE entry SET balance_after = ? WHERE cell_id = ? AND seq = ?", is+7, d.cell, d.last.Sequence)
		row, tenant := d.entry(ctx, 0), "tenant "+d.Tenant.String()+" unit EUR"
		d.finds(ctx, []string{row, tenant},
			row+fmt.Sprintf(": balance_after is %d, the log says %d", is+7, is),
			row+fmt.Sprintf(": balance_after is %d, %d before and an amount of 100 make %d", is+7, is-100, is),
			tenant+": all its cells sum to 7, not to zero")
	})

	It("names an entry whose floor was taken away", func(ctx SpecContext) {
		d.change(ctx, "UPDATE entry SET floor = NULL WHERE cell_id = ? AND seq = ?", d.cell, d.last.Sequence)
		row := d.entry(ctx, 0)
		d.finds(ctx, []string{row}, row+": floor is absent, the log says 0",
			row+": it has no floor; only debt and external cells have none")
	})

	It("names an entry that was removed, and the one after it", func(ctx SpecContext) {
		row, after := d.entry(ctx, -1), d.entry(ctx, 0)
		version := d.version(ctx)
		seq := d.number(ctx, "SELECT seq FROM entry WHERE cell_id = ? AND version = ?", d.cell, version-1)
		d.change(ctx, "DELETE FROM entry WHERE cell_id = ? AND version = ?", d.cell, version-1)
		d.finds(ctx, []string{row, after},
			row+fmt.Sprintf(": missing: batch %d of the log has it, the table has not", seq),
			after+fmt.Sprintf(": the version before it is %d", version-2))
	})

	It("names both entries of a pair that changed places", func(ctx SpecContext) {
		rows := []string{d.entry(ctx, -1), d.entry(ctx, 0)}
		version := d.version(ctx)
		const aside = 1_000_000
		for _, step := range [][2]int64{{version, aside}, {version - 1, version}, {aside, version - 1}} {
			d.change(ctx, "UPDATE entry SET version = ? WHERE cell_id = ? AND version = ?", step[1], d.cell, step[0])
		}
		d.finds(ctx, append(rows, "tenant "+d.Tenant.String()+" unit EUR"),
			missing(rows[1]),
			rows[0]+fmt.Sprintf(": not in the log: batch %d has no such row", d.last.Sequence))
	})

	It("names money that was made", func(ctx SpecContext) {
		version := d.version(ctx) + 1
		d.change(ctx, `INSERT INTO entry (cell_id, version, seq, pos, amount, balance_after, floor)
			VALUES (?, ?, ?, 0, 1, ?, 0)`, d.cell, version, d.last.Sequence, d.Balance(d.cell)+1)
		row, tenant := fmt.Sprintf("entry cell %d version %d", d.cell, version), "tenant "+d.Tenant.String()+" unit EUR"
		d.finds(ctx, []string{row, tenant},
			row+fmt.Sprintf(": not in the log: batch %d has no such row", d.last.Sequence),
			tenant+": all its cells sum to 1, not to zero")
	})

	It("names a refusal that was removed", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM tx WHERE id = ?", d.refusal[:])
		d.finds(ctx, []string{transaction(d.refusal)}, missing(transaction(d.refusal)))
	})

	It("names a refusal that was made an acceptance", func(ctx SpecContext) {
		d.change(ctx, "UPDATE tx SET status = 1, code = '' WHERE id = ?", d.refusal[:])
		d.finds(ctx, []string{transaction(d.refusal)},
			transaction(d.refusal)+": status is 1, the log says 2",
			transaction(d.refusal)+": code is , the log says InsufficientFunds")
	})

	It("names a transaction that took the ID of another", func(ctx SpecContext) {
		for _, statement := range []string{
			"CREATE TABLE copy AS SELECT * FROM tx", "DROP TABLE tx", "ALTER TABLE copy RENAME TO tx",
		} {
			_, err := d.db.ExecContext(ctx, statement)
			Expect(err).NotTo(HaveOccurred())
		}
		d.change(ctx, "UPDATE tx SET id = ? WHERE id = ?", d.topUp[:], d.refusal[:])
		d.finds(ctx, []string{transaction(d.topUp), transaction(d.refusal)},
			fmt.Sprintf("%s: id is %s, the log says %s", transaction(d.refusal), d.topUp, d.refusal),
			fmt.Sprintf("%s: it is at batch %d position 0 and at batch %d position 1",
				transaction(d.topUp), d.last.Sequence, d.last.Sequence))
	})

	It("names a fact that was removed", func(ctx SpecContext) {
		d.change(ctx, "DELETE FROM fact WHERE subject = ?", d.receipt[:])
		d.finds(ctx, []string{fact(d.receipt)}, missing(fact(d.receipt)))
	})

	It("names a fact whose content, counter or cap was changed", func(ctx SpecContext) {
		d.change(ctx, "UPDATE fact SET body = x'00', used = 9, cap = 5, fell_from = 10 WHERE subject = ?", d.receipt[:])
		d.finds(ctx, []string{fact(d.receipt)},
			fact(d.receipt)+fmt.Sprintf(": body is 00, the log says %x", d.last.Records[0].Facts[0].Body),
			fact(d.receipt)+": used is 9, the log says absent",
			fact(d.receipt)+": cap is 5, the log says absent",
			fact(d.receipt)+": used is 9, above the cap of 5 and not falling",
			fact(d.receipt)+": fell_from is 10, used of the version before is absent")
	})

	It("names a counter that says that it fell from what it never was", func(ctx SpecContext) {
		subject := ledger.LotID(d.places[0].account, 99)
		record := d.Record("counter")
		d.Counter(&record, subject, 5, 5)
		d.Counter(&record, subject, 9, 9)
		d.Counter(&record, subject, 8, 6)
		d.Counter(&record, subject, 3, 6)
		_, err := d.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		Expect(run(ctx, d.books).Findings).To(BeEmpty())
		last := record.Facts[len(record.Facts)-1].Version
		row := func(version int64) string { return fmt.Sprintf("fact %s version %d", subject, version) }
		d.change(ctx, "UPDATE fact SET fell_from = 100 WHERE subject = ? AND version = ?", subject[:], last-1)
		d.change(ctx, "UPDATE fact SET fell_from = 8 WHERE subject = ? AND version = ?", subject[:], last)
		d.finds(ctx, []string{row(last - 1), row(last)},
			row(last-1)+": fell_from is 100, used of the version before is 9",
			row(last)+": fell_from is 8, and used is not above a cap")
	})

	It("names a cell that was given to another tenant", func(ctx SpecContext) {
		tenant := ledger.TenantID("test", "thief", 1)
		d.change(ctx, "UPDATE cell SET tenant = ? WHERE id = ?", tenant[:], d.cell)
		row := fmt.Sprintf("cell %d", d.cell)
		d.finds(ctx, []string{row}, fmt.Sprintf("%s: tenant is %s, the log says %s", row, tenant, d.Tenant))
	})

	It("names an ID that was cut or made longer", func(ctx SpecContext) {
		d.change(ctx, "UPDATE fact SET subject = CAST(subject || x'00' AS BLOB) WHERE subject = ?", d.receipt[:])
		d.finds(ctx, []string{fact(d.receipt), fact(ledger.ID{})}, missing(fact(d.receipt)))
	})

	It("names what is live or due and should not be, and what should be and is not", func(ctx SpecContext) {
		for _, statement := range []string{
			"DELETE FROM live WHERE base = (SELECT max(base) FROM live)",
			"DELETE FROM due WHERE at = (SELECT min(at) FROM due)",
			"UPDATE live SET base = 800000 WHERE base = (SELECT min(base) FROM live WHERE base > 0)",
			"UPDATE due SET account = x'00000000000000000000000000000001' WHERE at = (SELECT max(at) FROM due)",
			"INSERT INTO live VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000002', 8)",
			"INSERT INTO due VALUES (77, x'00000000000000000000000000000002', x'00000000000000000000000000000001')",
		} {
			d.change(ctx, statement)
		}
		found := []string{}
		for _, finding := range run(ctx, d.books).Findings {
			found = append(found, finding.String())
		}
		Expect(found).To(ConsistOf(
			MatchRegexp("^live .*: missing: the log says that it is there$"),
			MatchRegexp("^due .*: missing: the log says that it is there$"),
			MatchRegexp("^live .*: base is 800000, the log says 8$"),
			MatchRegexp("^due .*: account is 00000000-0000-0000-0000-000000000001, the log says .*$"),
			MatchRegexp("^live 00000000-0000-0000-0000-000000000002 of .*: the log makes no such row$"),
			MatchRegexp("^due 00000000-0000-0000-0000-000000000002 at 77: the log makes no such row$"),
		))
	})

	It("names an annotation that belongs to nothing", func(ctx SpecContext) {
		d.change(ctx, "INSERT INTO annotation VALUES (?, 2, 'Retail', '', '')", d.last.Sequence)
		row := fmt.Sprintf("annotation batch %d position 2", d.last.Sequence)
		d.finds(ctx, []string{row}, row+": there is no transaction that it is for")
	})
})
