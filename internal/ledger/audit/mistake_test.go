// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// A store keeps what it is given. These are the mistakes of a program that
// writes log and tables alike: nothing differs, and it is wrong all the same.
var _ = Describe("An audit of a ledger that was written by a faulty program", func() {
	var b *books
	BeforeEach(func(ctx SpecContext) { b = write(ctx) })

	finds := func(ctx context.Context, texts ...string) {
		GinkgoHelper()
		found := []string{}
		for _, finding := range run(ctx, b).Findings {
			found = append(found, finding.String())
		}
		Expect(found).To(ConsistOf(texts))
	}
	// post appends a record that names its cells by hand.
	post := func(ctx context.Context, change func(r *ledger.Record, at place)) ledger.Record {
		GinkgoHelper()
		at := b.places[0]
		b.Tenant = at.tenant
		record := b.Record("mistake")
		change(&record, at)
		_, err := b.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		return record
	}
	zero := ledgertest.Floor(0)

	It("finds a transaction that makes money", func(ctx SpecContext) {
		record := post(ctx, func(r *ledger.Record, at place) {
			b.Entry(r, at.available, 100, zero)
			b.Entry(r, at.outside, -99, nil)
		})
		finds(ctx,
			fmt.Sprintf("transaction %s: its entries of tenant %s in EUR sum to 1, not to zero", record.ID, b.Tenant),
			fmt.Sprintf("tenant %s unit EUR: all its cells sum to 1, not to zero", b.Tenant))
	})

	It("finds money that left a tenant", func(ctx SpecContext) {
		other := b.places[len(b.places)-8]
		Expect(other.tenant).NotTo(Equal(b.places[0].tenant))
		record := post(ctx, func(r *ledger.Record, at place) {
			b.Entry(r, other.available, 100, zero)
			b.Entry(r, at.outside, -100, nil)
		})
		finds(ctx,
			fmt.Sprintf("transaction %s: its entries of tenant %s in EUR sum to -100, not to zero", record.ID, b.Tenant),
			fmt.Sprintf("transaction %s: its entries of tenant %s in EUR sum to 100, not to zero", record.ID, other.tenant),
			fmt.Sprintf("tenant %s unit EUR: all its cells sum to -100, not to zero", b.Tenant),
			fmt.Sprintf("tenant %s unit EUR: all its cells sum to 100, not to zero", other.tenant))
	})

	It("finds a version that was left out, and a balance that does not add up", func(ctx SpecContext) {
		var name string
		var before, version int64
		post(ctx, func(r *ledger.Record, at place) {
			before = b.Balance(at.available)
			b.Entry(r, at.available, 5, zero)
			b.Entry(r, at.outside, -5, nil)
			r.Entries[0].Version++
			r.Entries[0].Balance++
			version = r.Entries[0].Version
			name = fmt.Sprintf("entry cell %d version %d", at.available, version)
		})
		finds(ctx,
			fmt.Sprintf("%s: the version before it is %d", name, version-2),
			fmt.Sprintf("%s: balance_after is %d, %d before and an amount of 5 make %d", name, before+6, before, before+5),
			fmt.Sprintf("tenant %s unit EUR: all its cells sum to 1, not to zero", b.Tenant))
	})

	It("finds a cell without a floor that has to have one, and a debt that is owed to nobody", func(ctx SpecContext) {
		var row, debt string
		post(ctx, func(r *ledger.Record, at place) {
			owed := 1 - b.Balance(at.debt)
			b.Entry(r, at.available, -owed, nil)
			b.Entry(r, at.debt, owed, nil)
			row = fmt.Sprintf("entry cell %d version %d", at.available, r.Entries[0].Version)
			debt = fmt.Sprintf("entry cell %d version %d", at.debt, r.Entries[1].Version)
		})
		finds(ctx, row+": it has no floor; only debt and external cells have none",
			debt+": balance_after is 1; a debt is never positive")
	})

	It("finds an entry on a cell that there is not", func(ctx SpecContext) {
		post(ctx, func(r *ledger.Record, _ place) {
			r.Entries = []ledger.Entry{{Cell: 800_000, Version: 1, Amount: 5, Balance: 5, Floor: zero}}
		})
		finds(ctx, "entry cell 800000 version 1: the log has no cell 800000")
	})

	It("finds a fact whose version was left out", func(ctx SpecContext) {
		var subject ledger.ID
		post(ctx, func(r *ledger.Record, _ place) {
			subject = b.Key("skips")
			b.Fact(r, subject, ledger.FactReceipt, ledger.Receipt{Transaction: r.ID})
			r.Facts[0].Version = 2
		})
		finds(ctx, fmt.Sprintf("fact %s version 2: the version before it is 0", subject))
	})

	It("finds a refusal that moved money, under a key it may not have, without a reason", func(ctx SpecContext) {
		record := post(ctx, func(r *ledger.Record, at place) {
			r.Status, r.Key = ledger.Refused, r.ID
			b.Entry(r, at.available, 100, zero)
			b.Entry(r, at.outside, -100, nil)
		})
		name := fmt.Sprintf("transaction %s: ", record.ID)
		finds(ctx, name+"it was refused without a code", name+"it was refused and moves money",
			name+fmt.Sprintf("a refusal of this key and content has the ID %s", ledger.RefusalID(record.ID, record.Fingerprint)))
	})

	It("finds an acceptance with a reason for a refusal", func(ctx SpecContext) {
		record := post(ctx, func(r *ledger.Record, _ place) { r.Code = ledger.InsufficientFunds })
		finds(ctx, fmt.Sprintf("transaction %s: it was accepted, with code InsufficientFunds", record.ID))
	})

	It("finds a batch from before the one before", func(ctx SpecContext) {
		batch := b.Seal()
		batch.Instant = b.Head.Instant.Add(-time.Microsecond)
		Expect(batch.Seal()).To(Succeed())
		Expect(b.Store.Append(ctx, batch)).To(Succeed())
		finds(ctx, fmt.Sprintf("batch %d: its instant %s is before that of the batch before, %s", batch.Sequence,
			batch.Instant.Format(time.RFC3339Nano), b.Head.Instant.Format(time.RFC3339Nano)))
	})

	It("finds a second ledger's name in the log", func(ctx SpecContext) {
		batch := b.Seal()
		batch.Ledger = "another"
		Expect(batch.Seal()).To(Succeed())
		Expect(b.Store.Append(ctx, batch)).To(Succeed())
		finds(ctx, fmt.Sprintf("batch %d: the ledger's ID belongs in batch 0 and nowhere else; here it is %q",
			batch.Sequence, "another"))
	})
})
