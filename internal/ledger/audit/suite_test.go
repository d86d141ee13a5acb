// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

func TestAudit(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Audit Suite")
}

// books is a ledger with some hundred batches of everything there is. They are
// the same each time, so that specs can name rows.
type books struct {
	*ledgertest.Scribe
	path   string
	random *rand.Rand
	places []place
	made   int
	// holds are those that are open.
	holds []held
}

// place is an account of a tenant with its cells.
type place struct {
	tenant, account                    ledger.ID
	lot                                ledger.Lot
	available, reserved, debt, outside int64
}

// held is an open hold.
type held struct {
	subject ledger.ID
	hold    ledger.Hold
}

// batches is how many a ledger has after batch 0, 1 and 2, which open accounts.
const batches = 300

// template is written once, and then copied: its content and who wrote it.
var (
	template []byte
	author   *books
)

var _ = BeforeSuite(func(ctx SpecContext) {
	author = &books{path: filepath.Join(GinkgoT().TempDir(), "ledger.db"), random: rand.New(rand.NewPCG(1, 2))}
	store, err := sqlite.Open(ctx, author.path)
	Expect(err).NotTo(HaveOccurred())
	author.Scribe, err = ledgertest.NewScribe(ctx, store)
	Expect(err).NotTo(HaveOccurred())
	for _, tenant := range []string{"shop", "office"} {
		author.open(ctx, tenant)
	}
	for range batches {
		records := make([]ledger.Record, author.random.IntN(6))
		for i := range records {
			records[i] = author.record()
		}
		_, err := author.Append(ctx, records...)
		Expect(err).NotTo(HaveOccurred())
	}
	Expect(store.Close()).To(Succeed())
	template, err = os.ReadFile(author.path)
	Expect(err).NotTo(HaveOccurred())
})

// write makes a ledger for one spec.
func write(ctx context.Context) *books {
	GinkgoHelper()
	b := *author
	b.path = filepath.Join(GinkgoT().TempDir(), "ledger.db")
	Expect(os.WriteFile(b.path, template, 0o600)).To(Succeed())
	store, err := sqlite.Open(ctx, b.path)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	b.Scribe = author.Clone()
	b.Store = store
	return &b
}

// open writes the accounts of a tenant in one batch.
func (b *books) open(ctx context.Context, tenant string) {
	GinkgoHelper()
	b.Tenant = ledger.TenantID("test", tenant, 1)
	var records []ledger.Record
	for _, unit := range []string{"EUR", "B"} {
		outside, base := b.Settings(b.Account("outside "+unit), ledger.External, unit)
		records = append(records, outside)
		for i := range 4 {
			account := b.Account(ledgertest.Name(unit, i))
			record, available := b.Settings(account, ledger.Available, unit)
			lot := ledger.Lot{Account: account, Bucket: ledger.MainBucketID(account), Base: available, Unit: unit}
			b.Cell(&record, lot, ledger.Debt)
			records = append(records, record)
			b.places = append(b.places, place{
				tenant: b.Tenant, account: account, lot: lot, available: available,
				reserved: ledger.CellID(available, ledger.Reserved), debt: ledger.CellID(available, ledger.Debt),
				outside: ledger.CellID(base, ledger.External),
			})
		}
	}
	_, err := b.Append(ctx, records...)
	Expect(err).NotTo(HaveOccurred())
}

// record is one more operation, drawn at random.
func (b *books) record() ledger.Record {
	b.made++
	at := b.places[b.random.IntN(len(b.places))]
	b.Tenant = at.tenant
	name := ledgertest.Name("operation", b.made)
	record := b.Record(name)
	zero := ledgertest.Floor(0)
	has := b.Balance(at.available)
	switch choice := b.random.IntN(9); {
	case choice == 0:
		return b.Refusal(name, ledger.InsufficientFunds)
	case choice == 1 && has > 1:
		b.reserve(&record, at, has/2)
	case choice == 6 && len(b.holds) > 3:
		b.resolve(&record)
	case choice == 2:
		b.Entry(&record, at.debt, -7, nil)
		b.Entry(&record, at.outside, 7, nil)
	case choice == 3:
		b.Fact(&record, at.account, ledger.FactAccount, ledger.AccountSettings{CreditLimit: int64(b.made)})
		record.Due = append(record.Due, ledger.Due{At: int64(b.made), Subject: record.ID, Account: at.account})
	case choice == 4:
		b.Counter(&record, ledger.LotID(at.account, 99), int64(b.made), int64(b.made)+5)
	case choice == 5:
		b.lot(&record, at)
	default:
		amount := b.random.Int64N(1_000_000) + 1
		b.Entry(&record, at.available, amount, zero)
		b.Entry(&record, at.outside, -amount, nil)
		b.Fact(&record, ledger.ReceiptSubject(at.tenant, "cash", name), ledger.FactReceipt, ledger.Receipt{Transaction: record.ID})
		record.Annotation = ledger.Annotation{Channel: "Retail"}
	}
	return record
}

// reserve opens a hold.
func (b *books) reserve(r *ledger.Record, at place, amount int64) {
	h := held{subject: r.ID, hold: ledger.Hold{
		Account: at.account, Amount: ledger.Quantity{Base: amount, Unit: at.lot.Unit}, Until: int64(1_000_000 + b.made),
		Origins: []ledger.Origin{{Base: at.available, Amount: amount}},
	}}
	b.Hold(r, h.subject, h.hold)
	b.holds = append(b.holds, h)
}

// lot opens a lot: one that never ends, one that will, or one that has ended.
func (b *books) lot(r *ledger.Record, at place) {
	lot := ledger.Lot{
		Account: at.account, Bucket: ledger.MainBucketID(at.account), Number: int64(b.made), Unit: at.lot.Unit, Scope: "test",
	}
	choice := b.random.IntN(3)
	if choice > 0 {
		lot.Start, lot.End = int64(b.made), int64(2_000_000+b.made)
	}
	base := b.Open(r, lot, ledger.Available)
	if choice > 1 {
		b.End(r, base)
	}
}

// resolve accepts an open hold, or releases one that was accepted.
func (b *books) resolve(r *ledger.Record) {
	h := &b.holds[b.random.IntN(len(b.holds))]
	b.Tenant = b.tenantOf(h.hold.Account)
	if h.hold.State == ledger.HoldReserved {
		h.hold.State = ledger.HoldAccepted
		b.Hold(r, h.subject, h.hold)
		return
	}
	h.hold.State, h.hold.Origins = ledger.HoldReleased, nil
	b.Hold(r, h.subject, h.hold)
	*h = b.holds[len(b.holds)-1]
	b.holds = b.holds[:len(b.holds)-1]
}

func (b *books) tenantOf(account ledger.ID) ledger.ID {
	for _, at := range b.places {
		if at.account == account {
			return at.tenant
		}
	}
	panic("nobody has the account")
}
