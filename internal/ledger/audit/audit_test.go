// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

func run(ctx context.Context, b *books) *audit.Report {
	GinkgoHelper()
	report, err := audit.Run(ctx, b.Store.(*sqlite.Store))
	Expect(err).NotTo(HaveOccurred())
	return report
}

// raw opens the file behind the store's back, without what protects the log.
func raw(ctx context.Context, b *books) *sql.DB {
	GinkgoHelper()
	db, err := sql.Open("sqlite", "file:"+b.path+"?_busy_timeout=5000")
	Expect(err).NotTo(HaveOccurred())
	db.SetMaxOpenConns(1)
	DeferCleanup(db.Close)
	for _, table := range []string{"batch", "tx", "cell", "entry", "fact"} {
		for _, trigger := range []string{"_is_kept", "_is_fixed"} {
			execute(ctx, db, "DROP TRIGGER "+table+trigger)
		}
	}
	return db
}

// execute changes at least one row.
func execute(ctx context.Context, db *sql.DB, statement string, arguments ...any) {
	GinkgoHelper()
	result, err := db.ExecContext(ctx, statement, arguments...)
	Expect(err).NotTo(HaveOccurred())
	if statement[:4] != "DROP" && statement[:6] != "PRAGMA" {
		Expect(result.RowsAffected()).To(BeNumerically(">=", 1))
	}
}

// text reads one value as text.
func text(ctx context.Context, db *sql.DB, query string) string {
	GinkgoHelper()
	var value any
	Expect(db.QueryRowContext(ctx, query).Scan(&value)).To(Succeed())
	return fmt.Sprint(value)
}

// uuidOf reads one ID.
func uuidOf(ctx context.Context, db *sql.DB, query string) ledger.ID {
	GinkgoHelper()
	var value []byte
	Expect(db.QueryRowContext(ctx, query).Scan(&value)).To(Succeed())
	return ledger.ID(value)
}

var _ = Describe("An audit", func() {
	It("finds nothing in a ledger that is in order, and adds it up", func(ctx SpecContext) {
		b := write(ctx)
		report := run(ctx, b)
		Expect(report.Findings).To(BeEmpty())
		Expect(report.Clean()).To(BeTrue())
		Expect(report.Ledger).To(Equal(b.Store.Identity()))
		Expect(report.Batches).To(BeEquivalentTo(batches + 3))
		Expect(report.Head.Sequence).To(BeEquivalentTo(batches + 2))
		Expect(report.Head.Instant).To(Equal(b.Head.Instant))
		Expect(report.Transactions).To(BeEquivalentTo(b.made + 20))
		Expect(report.Refusals).To(BeNumerically(">", 10))
		Expect(report.Facts).To(BeNumerically(">", 100))
		Expect(report.Annotations).To(BeNumerically(">", 100))
		Expect(report.Due).To(BeNumerically(">", 10))
		Expect(report.Live).To(BeNumerically(">", 20))
		Expect(report.WithoutFloor).To(BeNumerically(">", 4))

		Expect(report.Balances).To(HaveLen(4))
		available := map[string]*big.Int{}
		for _, p := range b.places {
			key := p.tenant.String() + p.lot.Unit
			if available[key] == nil {
				available[key] = new(big.Int)
			}
			available[key].Add(available[key], big.NewInt(b.Balance(p.available)))
		}
		for _, balance := range report.Balances {
			Expect(balance.Sum.Sign()).To(BeZero())
			Expect(balance.Available).To(Equal(available[balance.Tenant.String()+balance.Unit]))
			Expect(balance.External.Sign()).To(Equal(-1))
			Expect(balance.Debt.Sign()).To(Equal(-1))
		}
		Expect(report.String()).To(And(
			ContainSubstring(b.Store.Identity()), ContainSubstring("Nothing is wrong.")))
		Expect(json.Marshal(report)).To(And(
			ContainSubstring(`"findings":[]`), ContainSubstring(`"sum":0`)))
	})

	It("adds balances up that no int64 holds", func(ctx SpecContext) {
		b := write(ctx)
		const largest = 1_000_000_000_000_000_000 - 1
		b.Tenant = ledger.TenantID("test", "rich", 1)
		for i := range 20 {
			mine, inside := b.Settings(b.Account(ledgertest.Name("in", i)), ledger.Available, "EUR")
			theirs, outside := b.Settings(b.Account(ledgertest.Name("out", i)), ledger.External, "EUR")
			moved := b.Record(ledgertest.Name("moved", i))
			b.Entry(&moved, inside, largest, ledgertest.Floor(0))
			b.Entry(&moved, ledger.CellID(outside, ledger.External), -largest, nil)
			_, err := b.Append(ctx, mine, theirs, moved)
			Expect(err).NotTo(HaveOccurred())
		}
		report := run(ctx, b)
		Expect(report.Findings).To(BeEmpty())
		Expect(report.Balances).To(ContainElement(HaveField("Available.String()", "19999999999999999980")))
	})

	DescribeTable("names the row that was changed in the file",
		func(ctx SpecContext, corrupt func(context.Context, *sql.DB) []string) {
			b := write(ctx)
			db := raw(ctx, b)
			wanted := corrupt(ctx, db)
			report := run(ctx, b)
			found := make([]string, 0, len(report.Findings))
			for _, finding := range report.Findings {
				found = append(found, finding.String())
			}
			// These and no others: one wrong row does not hide in the noise it makes.
			Expect(found).To(ConsistOf(wanted))
			Expect(report.Clean()).To(BeFalse())
			Expect(report.String()).To(ContainSubstring(wanted[0]))
		},
		Entry("an entry's amount", func(ctx context.Context, db *sql.DB) []string {
			is := text(ctx, db, "SELECT amount FROM entry WHERE cell_id = 16 AND version = 3")
			execute(ctx, db, "UPDATE entry SET amount = amount + 1 WHERE cell_id = 16 AND version = 3")
			now := text(ctx, db, "SELECT amount FROM entry WHERE cell_id = 16 AND version = 3")
			after := text(ctx, db, "SELECT balance_after FROM entry WHERE cell_id = 16 AND version = 3")
			before := text(ctx, db, "SELECT balance_after FROM entry WHERE cell_id = 16 AND version = 2")
			made := text(ctx, db, "SELECT balance_after + 1 FROM entry WHERE cell_id = 16 AND version = 3")
			return []string{
				fmt.Sprintf("entry cell 16 version 3: amount is %s, the log says %s", now, is),
				fmt.Sprintf("entry cell 16 version 3: balance_after is %s, %s before and an amount of %s make %s",
					after, before, now, made),
			}
		}),
		Entry("a floor", func(ctx context.Context, db *sql.DB) []string {
			execute(ctx, db, "UPDATE entry SET floor = NULL WHERE cell_id = 16 AND version = 3")
			return []string{
				"entry cell 16 version 3: floor is absent, the log says 0",
				"entry cell 16 version 3: it has no floor; only debt and external cells have none",
			}
		}),
		Entry("two entries, swapped", func(ctx context.Context, db *sql.DB) []string {
			execute(ctx, db, "UPDATE entry SET version = -version WHERE cell_id = 16 AND version IN (3, 4)", sql.Named("x", 1))
			return nil
		}),
	)
})
