// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
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
		Expect(report.CounterAccounts).To(HaveLen(4))
		for i, outside := range report.CounterAccounts {
			Expect(outside).To(Equal(audit.CounterAccount{
				Tenant: report.Balances[i].Tenant, Name: "funding:test",
				Unit: report.Balances[i].Unit, Balance: report.Balances[i].External,
			}))
		}
		Expect(report.String()).To(And(
			ContainSubstring("COUNTER-ACCOUNT"), ContainSubstring(b.Store.Identity()), ContainSubstring("Nothing is wrong.")))
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

	It("keeps a report readable, whatever happened", func(ctx SpecContext) {
		b := damaged(ctx)
		b.change(ctx, "UPDATE entry SET amount = amount + 1")
		report := run(ctx, b.books)
		Expect(report.Findings).To(HaveLen(audit.MaxFindings))
		Expect(report.Omitted).To(BeNumerically(">", 0))
		Expect(report.String()).To(ContainSubstring(fmt.Sprintf("… and %d more", report.Omitted)))
	})

	It("says so when it cannot read to the end", func(ctx SpecContext) {
		b := write(ctx)
		gone, leave := context.WithCancel(ctx)
		leave()
		_, err := audit.Run(gone, b.Store.(*sqlite.Store))
		Expect(err).To(MatchError(context.Canceled))
	})
})
