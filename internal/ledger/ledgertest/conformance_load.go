// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// largest is the largest amount there is, in base units.
const largest = 1_000_000_000_000_000_000 - 1

func (s *suite) loading() {
	It("finds nothing where there is nothing", func(ctx SpecContext) {
		ids := []ledger.ID{s.Account("alice"), {}}
		loaded := s.load(ctx, ledger.Request{Transactions: ids, Accounts: ids, Facts: ids})
		Expect(loaded.Head).To(Equal(s.Head))
		Expect(loaded.NextCell).To(BeEquivalentTo(ledger.LotBlock))
		Expect(loaded.Transactions).To(BeEmpty())
		Expect(loaded.Accounts).To(BeEmpty())
		Expect(loaded.Facts).To(BeEmpty())
	})

	It("finds transactions, accepted and refused, with the payload they are in", func(ctx SpecContext) {
		s.write(ctx, s.Record("earlier"))
		refusal := s.Refusal("later", ledger.InsufficientFunds)
		refusal.PrintVersion = 7
		refusal.Fingerprint[31] = 0xff
		refusal.ID = ledger.RefusalID(refusal.Key, refusal.Fingerprint)
		refusal.Annotation = ledger.Annotation{Channel: "Retail", Reason: "подарок 🎁 «ça va»", Requestor: "system:serviceaccount:till"}
		batch := s.write(ctx, s.Record("first"), refusal)

		loaded := s.load(ctx, ledger.Request{Transactions: []ledger.ID{
			refusal.ID, s.Key("first"), s.Key("unknown"), s.Key("later"), refusal.ID,
		}})
		Expect(loaded.Head).To(Equal(batch.Head()))
		Expect(loaded.Transactions).To(Equal(map[ledger.ID]ledger.Transaction{
			s.Key("first"): {
				ID: s.Key("first"), Sequence: 2, Position: 0,
				Fingerprint: ledger.Fingerprint{1, 2, 3}, PrintVersion: ledger.PrintVersion, Payload: batch.Payload,
			},
			refusal.ID: {
				ID: refusal.ID, Sequence: 2, Position: 1,
				Fingerprint: refusal.Fingerprint, PrintVersion: 7, Payload: batch.Payload,
			},
		}))
	})

	It("looks refusals up among what was refused only", func(ctx SpecContext) {
		refusal := s.Refusal("later", ledger.InsufficientFunds)
		s.write(ctx, s.Record("first"), refusal)
		loaded := s.load(ctx, ledger.Request{Refusals: []ledger.ID{s.Key("first"), refusal.ID, s.Key("unknown"), refusal.ID}})
		Expect(loaded.Transactions).To(HaveLen(1))
		Expect(loaded.Transactions[refusal.ID].Position).To(Equal(1))
		Expect(loaded.Transactions[refusal.ID].Payload).NotTo(BeEmpty())
	})

	It("loads an account whole: its settings, what is live, and the cells of its lots", func(ctx SpecContext) {
		account, bucket, hold := s.Account("alice"), ledger.BucketID("test", s.Tenant, "data"), s.Key("hold")
		record := s.Record("settings")
		s.Fact(&record, account, ledger.FactAccount, ledger.AccountSettings{Currency: "EUR"})
		s.Fact(&record, bucket, ledger.FactBucket, ledger.BucketSettings{Account: account, Unit: "☎ звонки"})
		s.Fact(&record, s.Key("elsewhere"), ledger.FactBucket, ledger.BucketSettings{})
		s.Counter(&record, hold, 3, 5)
		record.Live = append(record.Live,
			ledger.Live{Account: account, Subject: bucket}, ledger.Live{Account: account, Subject: hold})
		one := s.Lot(&record, account, 0, ledger.Available, "☎ звонки")
		two := s.Lot(&record, account, 1, ledger.Available, "EUR")
		s.Cell(&record, ledger.Lot{Account: account, Bucket: ledger.MainBucketID(account), Base: one, Unit: "☎ звонки"}, ledger.Debt)
		s.Entry(&record, one, 100, Floor(0))
		s.Entry(&record, one+int64(ledger.Debt), -100, nil)
		s.Hold(&record, s.Key("held"), ledger.Hold{
			Account: account, Amount: ledger.Quantity{Base: 30, Unit: "☎ звонки"}, Until: 5,
			Origins: []ledger.Origin{{Base: one, Amount: 30}},
		})
		batch := s.write(ctx, record)

		rows := s.account(ctx, account)
		facts := make([]ledger.FactRow, 0, len(record.Facts))
		for _, fact := range record.Facts {
			if fact.Subject != s.Key("elsewhere") {
				facts = append(facts, ledger.FactRow{Fact: fact, Sequence: batch.Sequence})
			}
		}
		Expect(rows.Facts).To(ConsistOf(facts))
		Expect(rows.Cells).To(ConsistOf(
			ledger.CellRow{ID: one, Version: 2, Balance: 70, Sequence: batch.Sequence},
			ledger.CellRow{ID: one + int64(ledger.Reserved), Version: 1, Balance: 30, Sequence: batch.Sequence},
			ledger.CellRow{ID: one + int64(ledger.Debt), Version: 1, Balance: -100, Sequence: batch.Sequence},
		))
		Expect(s.load(ctx, ledger.Request{}).NextCell).To(Equal(two + ledger.LotBlock))
	})

	It("loads a counter-account, which has no settings", func(ctx SpecContext) {
		account := ledger.ExternalID("test", s.Tenant, "funding:cash")
		record, _ := s.Settings(account, ledger.External, "EUR")
		s.write(ctx, record)
		Expect(s.account(ctx, account).Facts).To(ConsistOf(ledger.FactRow{Fact: record.Facts[0], Sequence: 1}))
	})

	It("loads no lot that ended, and one that began again", func(ctx SpecContext) {
		account := s.Account("alice")
		opened := s.Record("opened")
		brief := s.Open(&opened, ledger.Lot{
			Account: account, Bucket: ledger.MainBucketID(account), Number: 1, Unit: "EUR", End: 5,
		}, ledger.Available)
		s.Lot(&opened, account, 0, ledger.Available, "EUR")
		s.write(ctx, opened)
		Expect(s.account(ctx, account).Facts).To(HaveLen(2))

		ended := s.Record("ended")
		s.End(&ended, brief)
		s.write(ctx, ended)
		Expect(s.account(ctx, account).Facts).To(ConsistOf(HaveField("Subject", opened.Live[1].Subject)))

		again := s.Record("again")
		again.Live, again.Due = opened.Live[:1], opened.Due
		s.write(ctx, again)
		Expect(s.account(ctx, account).Facts).To(HaveLen(2))
	})

	It("keeps the last word of a batch on what is live and due", func(ctx SpecContext) {
		account, subject := s.Account("alice"), s.Key("hold")
		row := ledger.Live{Account: account, Subject: subject}
		due := ledger.Due{At: 5, Subject: subject, Account: account}
		change := func(name string, ended bool) ledger.Record {
			record := s.Record(name)
			row.Ended, due.Settled = ended, ended
			record.Live, record.Due = append(record.Live, row), append(record.Due, due)
			return record
		}
		opened := change("opened", false)
		s.Fact(&opened, subject, ledger.FactBucket, ledger.BucketSettings{})
		none := func() {
			GinkgoHelper()
			Expect(s.load(ctx, ledger.Request{Accounts: []ledger.ID{account}}).Accounts).To(BeEmpty())
		}
		s.write(ctx, opened, change("ended", true))
		none()
		s.write(ctx, change("ended before it began", true), change("began", false))
		Expect(s.account(ctx, account).Facts).To(HaveLen(1))
		s.write(ctx, change("ended again", true), change("again", false), change("for good", true))
		none()
	})

	It("tells IDs apart by any byte", func(ctx SpecContext) {
		ids := []ledger.ID{{0: 1}, {15: 1}, {0: 0xff, 15: 0xff}, {7: 0x80}, {0: 0x27, 1: 0x22}}
		record := s.Record("facts")
		for i, id := range ids {
			s.Fact(&record, id, ledger.FactAccount, ledger.AccountSettings{CreditLimit: int64(i)})
		}
		s.write(ctx, record)
		absent := ledger.ID{8: 1}
		for i, id := range ids {
			what := []ledger.ID{absent, id, {}}
			loaded := s.load(ctx, ledger.Request{Facts: what, Accounts: what})
			Expect(loaded.Facts).To(Equal(map[ledger.ID]ledger.Fact{id: record.Facts[i]}))
			Expect(loaded.Accounts).To(HaveLen(1))
			Expect(loaded.Accounts[id].Facts).To(ConsistOf(ledger.FactRow{Fact: record.Facts[i], Sequence: 1}))
		}
	})

	It("loads many at once, each once", func(ctx SpecContext) {
		const many = 1000
		var what ledger.Request
		records := make([]ledger.Record, many)
		for i := range records {
			account := s.Account(Name("account", i))
			records[i], _ = s.Settings(account, ledger.Available, "EUR")
			what.Accounts = append(what.Accounts, account, account)
			what.Facts = append(what.Facts, account, s.Key(Name("absent", i)))
			what.Transactions = append(what.Transactions, records[i].ID)
		}
		s.write(ctx, records...)
		loaded := s.load(ctx, what)
		Expect(loaded.Accounts).To(HaveLen(many))
		Expect(loaded.Facts).To(HaveLen(many))
		Expect(loaded.Transactions).To(HaveLen(many))
		for _, rows := range loaded.Accounts {
			Expect(rows.Facts).To(HaveLen(2))
		}
	})
}
