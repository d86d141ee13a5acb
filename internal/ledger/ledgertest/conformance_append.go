// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// specTimeout bounds the specs that wait for another goroutine.
const specTimeout = NodeTimeout(time.Minute)

// unchanged expects that a batch was not written: neither its head nor any of
// its rows.
func (s *suite) unchanged(ctx context.Context, log [][]byte, rows *ledger.Loaded, what ledger.Request) {
	GinkgoHelper()
	Expect(s.Store.Head(ctx)).To(Equal(s.Head))
	Expect(s.payloads(ctx, -1)).To(Equal(log))
	Expect(s.load(ctx, what)).To(Equal(rows))
}

func (s *suite) fencing() {
	DescribeTable("does not take a batch that does not follow the newest one",
		func(ctx SpecContext, change func(*ledger.Batch)) {
			s.write(ctx, s.Record("first"))
			s.write(ctx, s.Record("second"))
			log, what := s.payloads(ctx, -1), ledger.Request{Transactions: []ledger.ID{s.Key("late")}}
			rows := s.load(ctx, what)
			batch := s.Seal(s.Record("late"))
			change(batch)
			Expect(batch.Seal()).To(Succeed())

			err := s.Store.Append(ctx, batch)

			Expect(err).To(HaveOccurred())
			// The content is not at fault: another writer was here.
			Expect(err).NotTo(MatchError(ledger.ErrRejected))
			s.unchanged(ctx, log, rows, what)
			s.write(ctx, s.Record("late"))
		},
		Entry("because there is one with its sequence", func(b *ledger.Batch) { b.Sequence-- }),
		Entry("because there is batch 0", func(b *ledger.Batch) { b.Sequence = 0 }),
		Entry("because one is missing between them", func(b *ledger.Batch) { b.Sequence++ }),
		Entry("because it follows another one", func(b *ledger.Batch) { b.Previous[0] ^= 1 }),
	)

	It("does not take the same batch twice", func(ctx SpecContext) {
		batch := s.write(ctx, s.Record("first"))
		err := s.Store.Append(ctx, batch)
		Expect(err).To(HaveOccurred())
		Expect(err).NotTo(MatchError(ledger.ErrRejected))
		Expect(s.payloads(ctx, 0)).To(HaveLen(1))
	})

	It("takes one batch of two writers that meet", func(ctx SpecContext) {
		const writers = 8
		results := make(chan error, writers)
		for i := range writers {
			batch := s.Seal(s.Record(Name("writer", i)))
			go func() { results <- s.Store.Append(ctx, batch) }()
		}
		taken := 0
		for range writers {
			var err error
			Eventually(ctx, results).Should(Receive(&err))
			if err == nil {
				taken++
			} else {
				Expect(err).NotTo(MatchError(ledger.ErrRejected))
			}
		}
		Expect(taken).To(Equal(1))
		Expect(s.payloads(ctx, 0)).To(HaveLen(1))
	}, specTimeout)
}

func (s *suite) rejecting() {
	DescribeTable("takes nothing of a batch with a row it refuses, and says that it is the content",
		func(ctx SpecContext, spoil func(r *ledger.Record, account ledger.ID, inside, outside int64)) {
			account, inside, outside := s.pair(ctx)
			s.write(ctx, s.move("there before", inside, outside, 10))
			what := ledger.Request{
				Transactions: []ledger.ID{s.Key("good"), s.Key("bad")},
				Accounts:     []ledger.ID{account, s.Account("bob"), s.Account("outside")},
				Facts:        []ledger.ID{account, s.Account("bob")},
			}
			log, rows, scribe := s.payloads(ctx, -1), s.load(ctx, what), s.Clone()

			good, _ := s.Settings(s.Account("bob"), ledger.Available, "EUR")
			good.ID = s.Key("good")
			moved := s.move("moved", inside, outside, 5)
			s.Fact(&moved, account, ledger.FactAccount, ledger.AccountSettings{})
			bad := s.Record("bad")
			spoil(&bad, account, inside, outside)
			_, err := s.Append(ctx, good, moved, bad)

			Expect(err).To(MatchError(ledger.ErrRejected))
			s.Scribe = scribe
			s.unchanged(ctx, log, rows, what)
			s.write(ctx, s.move("afterwards", inside, outside, -10))
		},
		Entry("a debit below the floor", func(r *ledger.Record, _ ledger.ID, inside, outside int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: inside, Version: 3, Amount: -16, Balance: -1, Floor: Floor(0)},
				ledger.Entry{Cell: outside, Version: 3, Amount: 16, Balance: 1})
		}),
		Entry("an amount of nothing", func(r *ledger.Record, _ ledger.ID, inside, _ int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: inside, Version: 3, Amount: 0, Balance: 15, Floor: Floor(0)})
		}),
		Entry("an amount of 10^18", func(r *ledger.Record, _ ledger.ID, _, outside int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: outside, Version: 3, Amount: largest + 1, Balance: largest - 14})
		}),
		Entry("an amount of -10^18", func(r *ledger.Record, _ ledger.ID, _, outside int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: outside, Version: 3, Amount: -largest - 1, Balance: 0})
		}),
		Entry("a balance of 10^18", func(r *ledger.Record, _ ledger.ID, _, outside int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: outside, Version: 3, Amount: 16, Balance: largest + 1})
		}),
		Entry("a balance of -10^18", func(r *ledger.Record, _ ledger.ID, _, outside int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: outside, Version: 3, Amount: -16, Balance: -largest - 1})
		}),
		Entry("a version of a cell that is there", func(r *ledger.Record, _ ledger.ID, inside, _ int64) {
			r.Entries = append(r.Entries, ledger.Entry{Cell: inside, Version: 1, Amount: 1, Balance: 16, Floor: Floor(0)})
		}),
		Entry("a version of a fact that is there", func(r *ledger.Record, account ledger.ID, _, _ int64) {
			r.Facts = append(r.Facts, ledger.Fact{Subject: account, Version: 1, Kind: ledger.FactAccount})
		}),
		Entry("a cell that is there", func(r *ledger.Record, account ledger.ID, inside, _ int64) {
			r.Cells = append(r.Cells, ledger.Cell{ID: inside, Account: account, Bucket: account, Unit: "USD"})
		}),
		Entry("a transaction that is there", func(r *ledger.Record, _ ledger.ID, _, _ int64) {
			*r = s.Record("there before")
		}),
		Entry("a transaction twice", func(r *ledger.Record, _ ledger.ID, _, _ int64) { *r = s.Record("good") }),
		Entry("a counter above its cap", func(r *ledger.Record, _ ledger.ID, _, _ int64) {
			s.Counter(r, s.Key("counter"), 6, 5)
		}),
	)

	It("takes a credit that leaves less than the floor", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		s.write(ctx, s.move("ten", inside, outside, 10))
		record := s.Record("the floor was raised meanwhile")
		s.Entry(&record, inside, 5, Floor(50))
		s.Entry(&record, outside, -5, nil)
		s.write(ctx, record)
		Expect(s.account(ctx, account).Cells).To(ConsistOf(HaveField("Balance", BeEquivalentTo(15))))
	})

	It("commits a batch whose sender went away", func(ctx SpecContext) {
		gone, leave := context.WithCancel(ctx)
		leave()
		batch, err := s.Append(gone, s.Record("sent"))
		Expect(err).NotTo(HaveOccurred())
		Expect(s.Store.Head(ctx)).To(Equal(batch.Head()))
	})
}

func (s *suite) counters() {
	It("lets a counter stand above its cap only while it falls", func(ctx SpecContext) {
		counter := s.Key("counter")
		post := func(name string, values ...[2]int64) error {
			before := s.Clone()
			record := s.Record(name)
			for _, value := range values {
				s.Counter(&record, counter, value[0], value[1])
			}
			_, err := s.Append(ctx, record)
			if err != nil {
				s.Scribe = before
			}
			return err
		}
		Expect(post("full", [2]int64{10, 10})).To(Succeed())
		Expect(post("rises above", [2]int64{11, 10})).To(MatchError(ledger.ErrRejected))
		Expect(post("the cap falls under it", [2]int64{10, 5})).To(MatchError(ledger.ErrRejected))
		Expect(post("falls, above the cap", [2]int64{9, 5})).To(Succeed())
		Expect(post("stands, above the cap", [2]int64{9, 5})).To(MatchError(ledger.ErrRejected))
		Expect(post("falls twice in a batch", [2]int64{8, 5}, [2]int64{7, 5})).To(Succeed())
		Expect(post("falls and rises", [2]int64{6, 5}, [2]int64{7, 5})).To(MatchError(ledger.ErrRejected))
		Expect(post("falls to the cap", [2]int64{5, 5})).To(Succeed())
		facts := s.load(ctx, ledger.Request{Facts: []ledger.ID{counter}}).Facts
		Expect(facts[counter].Used).To(HaveValue(BeEquivalentTo(5)))
		Expect(facts[counter].Cap).To(HaveValue(BeEquivalentTo(5)))
		Expect(facts[counter].Version).To(BeEquivalentTo(5))
	})
}
