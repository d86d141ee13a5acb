// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (s *suite) originals() {
	// first are the first lots of some accounts.
	first := func(names ...string) (lots []ledger.ID) {
		for _, name := range names {
			lots = append(lots, ledger.LotID(ledger.MainBucketID(s.Account(name)), 0))
		}
		return lots
	}

	It("tells what transactions did, when, on whose accounts and in which lots", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		second, other := s.Settings(s.Account("bob"), ledger.Available, "EUR")
		topUp := s.move("topup", inside, outside, 100)
		early := s.write(ctx, second, topUp).Instant.UnixMicro()
		transfer := s.Record("transfer")
		transfer.Kind = ledger.KindTransfer
		s.Entry(&transfer, inside, -30, Floor(0))
		s.Entry(&transfer, other, 30, Floor(0))
		settings := s.Record("settings")
		settings.Kind = ledger.KindSetAccount
		s.Fact(&settings, account, ledger.FactAccount, ledger.AccountSettings{})
		late := s.write(ctx, s.Record("between"), transfer, settings).Instant.UnixMicro()

		Expect(s.Store.Originals(ctx, []ledger.ID{transfer.ID, topUp.ID, settings.ID, transfer.ID})).To(Equal(
			map[ledger.ID]ledger.Original{
				topUp.ID: {
					Kind: ledger.KindTopUp, Entries: topUp.Entries, Accounts: []ledger.ID{account, s.Account("outside")},
					Lots: first("alice", "outside"), Instant: early,
				},
				transfer.ID: {
					Kind: ledger.KindTransfer, Entries: transfer.Entries, Accounts: []ledger.ID{account, s.Account("bob")},
					Lots: first("alice", "bob"), Instant: late,
				},
				settings.ID: {Kind: ledger.KindSetAccount, Instant: late},
			}))
	})

	It("tells the lots of one bucket apart, those that are gone too", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		bucket := ledger.BucketID("test", s.Tenant, "data")
		record := s.Record("topup")
		var want []ledger.ID
		for _, number := range []int64{0, 7, 1 << 40} {
			lot := s.Open(&record, ledger.Lot{
				Account: account, Bucket: bucket, Number: number, Unit: "EUR", Start: 1, End: 5,
			}, ledger.Available)
			s.Entry(&record, lot, 9, Floor(0))
			s.Entry(&record, lot, -9, Floor(0))
			s.End(&record, lot)
			want = append(want, ledger.LotID(bucket, number))
		}
		s.Entry(&record, inside, 3, Floor(0))
		s.Entry(&record, outside, -3, nil)
		s.write(ctx, record)
		originals, err := s.Store.Originals(ctx, []ledger.ID{record.ID})
		Expect(err).NotTo(HaveOccurred())
		Expect(originals[record.ID].Lots).To(Equal(append(want, first("alice", "outside")...)))
		Expect(originals[record.ID].Accounts).To(Equal([]ledger.ID{account, s.Account("outside")}))
	})

	It("tells of no transaction that was refused, is not there, or was not asked for", func(ctx SpecContext) {
		refusal := s.Refusal("refused", ledger.InsufficientFunds)
		s.write(ctx, refusal, s.Record("another"))
		Expect(s.Store.Originals(ctx, []ledger.ID{refusal.ID, s.Key("refused"), s.Key("unknown"), {}})).To(BeEmpty())
		Expect(s.Store.Originals(ctx, nil)).To(BeEmpty())
	})

	It("tells what many transactions did, in many batches and on many cells", func(ctx SpecContext) {
		_, inside, outside := s.pair(ctx)
		const batches, inEach = 7, 60
		var ids []ledger.ID
		want := map[ledger.ID]ledger.Original{}
		for range batches {
			records := make([]ledger.Record, inEach)
			for i := range records {
				name := Name("topup", len(ids))
				opened, cell := s.Settings(s.Account(name), ledger.Available, "EUR")
				opened.ID = s.Key(name)
				s.Entry(&opened, cell, 5, Floor(0))
				s.Entry(&opened, inside, 2, Floor(0))
				s.Entry(&opened, outside, -7, nil)
				records[i] = opened
				ids = append(ids, opened.ID)
				want[opened.ID] = ledger.Original{
					Kind: ledger.KindSetAccount, Entries: opened.Entries,
					Accounts: []ledger.ID{s.Account(name), s.Account("alice"), s.Account("outside")},
					Lots:     first(name, "alice", "outside"), Instant: s.Head.Instant.Add(time.Second).UnixMicro(),
				}
			}
			s.write(ctx, records...)
		}
		Expect(s.Store.Originals(ctx, ids)).To(Equal(want))
	})
}

// dueRow is a row of due for an account of that name.
func (s *suite) dueRow(at int64, subject ledger.ID, account string) ledger.Due {
	return ledger.Due{At: at, Subject: subject, Account: s.Account(account)}
}

// dueRows writes rows of due in a record of its own.
func (s *suite) dueRows(ctx context.Context, name string, rows ...ledger.Due) {
	GinkgoHelper()
	record := s.Record(name)
	record.Due = rows
	s.write(ctx, record)
}

func (s *suite) due() {
	It("lists what is due, the earliest first, those of one instant by subject", func(ctx SpecContext) {
		rows := []ledger.Due{
			s.dueRow(-3, ledger.ID{0: 9}, "alice"),
			s.dueRow(5, ledger.ID{15: 1}, "bob"),
			s.dueRow(5, ledger.ID{0: 1}, "alice"),
			s.dueRow(5, ledger.ID{0: 0x80}, "alice"),
			s.dueRow(5, ledger.ID{0: 0xff, 15: 0xff}, "carol"),
			s.dueRow(6, ledger.ID{}, "alice"),
			s.dueRow(1<<62, ledger.ID{0: 2}, "alice"),
		}
		shuffled := slices.Clone(rows)
		slices.Reverse(shuffled)
		s.dueRows(ctx, "some", shuffled[:3]...)
		s.dueRows(ctx, "the others", shuffled[3:]...)

		for _, c := range []struct {
			until int64
			limit int
			want  []ledger.Due
		}{
			{-4, 10, nil}, {-3, 10, rows[:1]}, {4, 10, rows[:1]}, {5, 10, rows[:5]}, {5, 3, rows[:3]},
			{6, 10, rows[:6]}, {1 << 62, 7, rows}, {1 << 62, 1, rows[:1]},
		} {
			due, err := s.Store.Due(ctx, c.until, c.limit)
			Expect(err).NotTo(HaveOccurred())
			Expect(due).To(HaveExactElements(c.want), "until %d, at most %d", c.until, c.limit)
		}
	})

	It("lists a subject at the instant it was moved to only", func(ctx SpecContext) {
		hold := s.Key("hold")
		early, late := s.dueRow(5, hold, "alice"), s.dueRow(9, hold, "alice")
		settled := early
		settled.Settled = true
		until := func(at int64) []ledger.Due {
			GinkgoHelper()
			due, err := s.Store.Due(ctx, at, 10)
			Expect(err).NotTo(HaveOccurred())
			return due
		}

		s.dueRows(ctx, "reserved", early)
		Expect(until(9)).To(HaveExactElements(early))
		s.dueRows(ctx, "extended", settled, late)
		Expect(until(8)).To(BeEmpty())
		Expect(until(9)).To(HaveExactElements(late))

		later := s.dueRow(12, hold, "alice")
		gone := late
		gone.Settled = true
		latest := later
		latest.Settled = true
		s.dueRows(ctx, "extended and closed in one batch", gone, later, latest)
		Expect(until(20)).To(BeEmpty())
		s.dueRows(ctx, "settled once more", gone)
		Expect(until(20)).To(BeEmpty())
	})

	It("keeps what goes and comes back in one batch", func(ctx SpecContext) {
		opened, _ := s.Settings(s.Account("alice"), ledger.Available, "EUR")
		shared, subject := s.dueRow(5, s.Key("shared"), "alice"), s.Key("shared")
		s.Fact(&opened, subject, ledger.FactBucket, ledger.BucketSettings{Account: s.Account("alice"), Unit: "GB", UsageType: "Data"})
		live := ledger.Live{Account: s.Account("alice"), Subject: subject}
		opened.Live, opened.Due = append(opened.Live, live), append(opened.Due, shared)
		s.write(ctx, opened)

		ended, settled := live, shared
		ended.Ended, settled.Settled = true, true
		gone, back := s.Record("gone"), s.Record("back")
		gone.Live, gone.Due = []ledger.Live{ended}, []ledger.Due{settled}
		back.Live, back.Due = []ledger.Live{live}, []ledger.Due{shared}
		s.write(ctx, gone, back)
		loaded, err := s.Store.Load(ctx, ledger.Request{Accounts: []ledger.ID{s.Account("alice")}})
		Expect(err).NotTo(HaveOccurred())
		Expect(loaded.Accounts[s.Account("alice")].Facts).To(ContainElement(HaveField("Subject", subject)))
		Expect(s.Store.Due(ctx, 5, 10)).To(HaveExactElements(shared))
	})

	It("loads a hold with its account until it is closed, and its newest version", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		s.write(ctx, s.move("topup", inside, outside, 100))
		opened := s.Record("reserved")
		hold := ledger.Hold{
			Account: account, Amount: ledger.Quantity{Base: 30, Unit: "EUR"}, Until: 5,
			Origins: []ledger.Origin{{Base: inside, Amount: 30}},
		}
		s.Hold(&opened, s.Key("hold"), hold)
		batch := s.write(ctx, opened)
		Expect(s.account(ctx, account).Facts).To(ContainElement(
			ledger.FactRow{Fact: opened.Facts[0], Sequence: batch.Sequence}))

		extended := s.Record("extended")
		hold.Until, hold.Amount.Base, hold.Origins[0].Amount = 9, 40, 40
		s.Hold(&extended, s.Key("hold"), hold)
		batch = s.write(ctx, extended)
		rows := s.account(ctx, account)
		Expect(rows.Facts).To(ContainElement(ledger.FactRow{Fact: extended.Facts[0], Sequence: batch.Sequence}))
		Expect(rows.Facts).NotTo(ContainElement(ledger.FactRow{Fact: opened.Facts[0], Sequence: batch.Sequence - 1}))
		Expect(s.Store.Due(ctx, 9, 10)).To(HaveExactElements(ledger.Due{At: 9, Subject: s.Key("hold"), Account: account}))

		released := s.Record("released")
		hold.State, hold.Origins = ledger.HoldReleased, nil
		s.Hold(&released, s.Key("hold"), hold)
		s.write(ctx, released)
		Expect(s.account(ctx, account).Facts).NotTo(ContainElement(HaveField("Subject", s.Key("hold"))))
		Expect(s.Store.Due(ctx, 9, 10)).To(BeEmpty())
		Expect(s.load(ctx, ledger.Request{Facts: []ledger.ID{s.Key("hold")}}).Facts[s.Key("hold")]).To(Equal(released.Facts[0]))
	})
}
