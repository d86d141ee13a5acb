// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"database/sql"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// damage is a ledger's file, opened behind the store's back, without what
// protects the log.
type damage struct {
	*books
	db *sql.DB
	// last is the newest batch: a top-up of cell, from outside, and a refusal.
	last          *ledger.Batch
	cell, outside int64
	topUp, refusal,
	receipt ledger.ID
}

func damaged(ctx context.Context) *damage {
	GinkgoHelper()
	b := write(ctx)
	at := b.places[0]
	b.Tenant = at.tenant
	topUp, refusal := b.Record("last"), b.Refusal("refused", ledger.InsufficientFunds)
	b.Entry(&topUp, at.available, 100, ledgertest.Floor(0))
	b.Entry(&topUp, at.outside, -100, nil)
	b.Fact(&topUp, b.Key("receipt"), ledger.FactReceipt, ledger.Receipt{Transaction: topUp.ID})
	last, err := b.Append(ctx, topUp, refusal)
	Expect(err).NotTo(HaveOccurred())
	db, err := sql.Open("sqlite", "file:"+b.path+"?_busy_timeout=5000")
	Expect(err).NotTo(HaveOccurred())
	db.SetMaxOpenConns(1)
	DeferCleanup(db.Close)
	for _, table := range []string{"batch", "tx", "cell", "entry", "fact"} {
		for _, trigger := range []string{"_is_kept", "_is_fixed"} {
			_, err := db.ExecContext(ctx, "DROP TRIGGER "+table+trigger)
			Expect(err).NotTo(HaveOccurred())
		}
	}
	return &damage{
		books: b, db: db, last: last, cell: at.available, outside: at.outside,
		topUp: topUp.ID, refusal: refusal.ID, receipt: b.Key("receipt"),
	}
}

// change changes rows, at least one.
func (d *damage) change(ctx context.Context, statement string, arguments ...any) {
	GinkgoHelper()
	result, err := d.db.ExecContext(ctx, statement, arguments...)
	Expect(err).NotTo(HaveOccurred())
	Expect(result.RowsAffected()).To(BeNumerically(">=", 1))
}

// number reads one number.
func (d *damage) number(ctx context.Context, query string, arguments ...any) int64 {
	GinkgoHelper()
	var value int64
	Expect(d.db.QueryRowContext(ctx, query, arguments...).Scan(&value)).To(Succeed())
	return value
}

// entry names the entry of the last batch on the topped-up cell, or one some
// versions from it.
func (d *damage) entry(ctx context.Context, from int64) string {
	GinkgoHelper()
	return fmt.Sprintf("entry cell %d version %d", d.cell, d.version(ctx)+from)
}

func (d *damage) version(ctx context.Context) int64 {
	GinkgoHelper()
	return d.number(ctx, "SELECT version FROM entry WHERE cell_id = ? AND seq = ?", d.cell, d.last.Sequence)
}

// forge changes what the last batch says, and its row with it as far as told.
func (d *damage) forge(ctx context.Context, change func(*ledger.Batch), columns string) *ledger.Batch {
	GinkgoHelper()
	forged, err := ledger.Open(d.last.Payload)
	Expect(err).NotTo(HaveOccurred())
	change(forged)
	Expect(forged.Seal()).To(Succeed())
	d.change(ctx, "UPDATE batch SET "+columns+" WHERE seq = $seq", sql.Named("seq", d.last.Sequence),
		sql.Named("payload", forged.Payload), sql.Named("hash", forged.Hash[:]))
	return forged
}

// finds expects findings: these texts among them, and about these rows only.
func (d *damage) finds(ctx context.Context, rows []string, texts ...string) {
	GinkgoHelper()
	report := run(ctx, d.books)
	found, about := []string{}, map[string]bool{}
	for _, finding := range report.Findings {
		found = append(found, finding.String())
		about[finding.Row] = true
	}
	Expect(found).To(ContainElements(texts))
	// One wrong row must not be lost in the noise it makes.
	for _, row := range rows {
		Expect(about).To(HaveKey(row), "%v", found)
		delete(about, row)
	}
	Expect(about).To(BeEmpty(), "%v", found)
	Expect(report.Clean()).To(BeFalse())
	Expect(report.String()).To(ContainSubstring(texts[0]))
}

func transaction(id ledger.ID) string { return "transaction " + id.String() }

func fact(id ledger.ID) string { return "fact " + id.String() + " version 1" }
