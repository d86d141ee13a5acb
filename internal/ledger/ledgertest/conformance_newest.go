// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// pair opens two lots that money can move between, the second outside, and
// returns their cells.
func (s *suite) pair(ctx context.Context) (account ledger.ID, inside, outside int64) {
	GinkgoHelper()
	account = s.Account("alice")
	mine, inside := s.Settings(account, ledger.Available, "EUR")
	theirs, base := s.Settings(s.Account("outside"), ledger.External, "EUR")
	s.write(ctx, mine, theirs)
	return account, inside, base + int64(ledger.External)
}

// move is a record that moves an amount into a cell from one without a floor.
func (s *suite) move(name string, into, from, amount int64) ledger.Record {
	record := s.Record(name)
	s.Entry(&record, into, amount, Floor(0))
	s.Entry(&record, from, -amount, nil)
	return record
}

func (s *suite) newest() {
	It("loads the newest entry of a cell and the newest version of a fact", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		for i := range 12 {
			record := s.move(Name("topup", i), inside, outside, 100)
			s.Fact(&record, account, ledger.FactAccount, ledger.AccountSettings{CreditLimit: int64(i)})
			s.write(ctx, record)
		}
		last := s.move("two in a batch", inside, outside, 1)
		s.Fact(&last, account, ledger.FactAccount, ledger.AccountSettings{CreditLimit: 12})
		s.Fact(&last, account, ledger.FactAccount, ledger.AccountSettings{CreditLimit: 13})
		s.write(ctx, last, s.move("the second of them", inside, outside, -2))

		rows := s.account(ctx, account)
		Expect(rows.Cells).To(ConsistOf(
			ledger.CellRow{ID: inside, Version: 14, Balance: 1199, Sequence: s.Head.Sequence}))
		Expect(rows.Facts).To(ContainElement(
			ledger.FactRow{Fact: last.Facts[1], Sequence: s.Head.Sequence}))
		Expect(s.load(ctx, ledger.Request{Facts: []ledger.ID{account}}).Facts[account]).To(Equal(last.Facts[1]))
	})

	It("takes the largest and the smallest amounts", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		s.write(ctx, s.move("all there is", inside, outside, largest))
		Expect(s.account(ctx, account).Cells).To(ConsistOf(HaveField("Balance", BeEquivalentTo(largest))))
		Expect(s.account(ctx, s.Account("outside")).Cells).To(ConsistOf(HaveField("Balance", BeEquivalentTo(-largest))))
		s.write(ctx, s.move("and back", inside, outside, -largest))
		Expect(s.account(ctx, account).Cells).To(ConsistOf(HaveField("Balance", BeZero())))
	})

	It("counts the next cell from the highest block, whatever was written last", func(ctx SpecContext) {
		account := s.Account("alice")
		record := s.Record("two lots")
		one := s.Lot(&record, account, 0, ledger.Available, "EUR")
		two := s.Lot(&record, account, 1, ledger.External, "EUR")
		s.write(ctx, record)
		Expect(s.load(ctx, ledger.Request{}).NextCell).To(Equal(two + ledger.LotBlock))
		debt := s.Record("a debt on the first")
		s.Cell(&debt, ledger.Lot{Account: account, Bucket: ledger.MainBucketID(account), Base: one, Unit: "EUR"}, ledger.Debt)
		s.write(ctx, debt)
		Expect(s.load(ctx, ledger.Request{}).NextCell).To(Equal(two + ledger.LotBlock))
	})

	It("loads as of one committed state while it is written to", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		before := s.Head.Sequence
		const moves = 100
		done := make(chan error, 1)
		go func() {
			defer GinkgoRecover()
			for i := range moves {
				if _, err := s.Append(ctx, s.move(Name("topup", i), inside, outside, 7)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		what := ledger.Request{Accounts: []ledger.ID{account, s.Account("outside")}, Transactions: []ledger.ID{}}
		for i := range moves {
			what.Transactions = append(what.Transactions, s.Key(Name("topup", i)))
		}
		for seen := int64(0); seen < moves; {
			loaded := s.load(ctx, what)
			seen = loaded.Head.Sequence - before
			Expect(loaded.Transactions).To(HaveLen(int(seen)))
			if seen == 0 {
				continue
			}
			Expect(loaded.Accounts[account].Cells).To(ConsistOf(
				ledger.CellRow{ID: inside, Version: seen, Balance: 7 * seen, Sequence: loaded.Head.Sequence}))
			Expect(loaded.Accounts[s.Account("outside")].Cells).To(ConsistOf(
				ledger.CellRow{ID: outside, Version: seen, Balance: -7 * seen, Sequence: loaded.Head.Sequence}))
		}
		Eventually(done).Should(Receive(BeNil()))
	}, specTimeout)
}
