// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// Conformance registers the specs that every store has to pass. create returns a
// store with a new log; reopen closes a store and opens its log again. A store
// that can be audited has to be in order after each spec.
//
// It is called as Ginkgo's Describe is, and returns true.
func Conformance(name string, create func() ledger.Store, reopen func(ledger.Store) ledger.Store) bool {
	return Describe("The "+name+" store", func() {
		s := &suite{reopen: reopen}
		BeforeEach(func(ctx SpecContext) {
			scribe, err := NewScribe(ctx, create())
			Expect(err).NotTo(HaveOccurred())
			s.Scribe = scribe
		})
		AfterEach(func(ctx SpecContext) {
			if source, ok := s.Store.(audit.Source); ok {
				report, err := audit.Run(ctx, source)
				Expect(err).NotTo(HaveOccurred())
				Expect(report.Findings).To(BeEmpty())
			}
		})
		s.log()
		s.loading()
		s.newest()
		s.originals()
		s.shares()
		s.due()
		s.fencing()
		s.rejecting()
		s.counters()
		s.past()
	})
}

// suite is what the specs of one store share.
type suite struct {
	*Scribe
	reopen func(ledger.Store) ledger.Store
}

// write appends a batch that has to be taken.
func (s *suite) write(ctx context.Context, records ...ledger.Record) *ledger.Batch {
	GinkgoHelper()
	batch, err := s.Append(ctx, records...)
	Expect(err).NotTo(HaveOccurred())
	return batch
}

// load reads rows, without the time of reading, so that two loads can be compared.
func (s *suite) load(ctx context.Context, what ledger.Request) *ledger.Loaded {
	GinkgoHelper()
	loaded, err := s.Store.Load(ctx, what)
	Expect(err).NotTo(HaveOccurred())
	loaded.Clock = time.Time{}
	return loaded
}

func (s *suite) account(ctx context.Context, account ledger.ID) ledger.AccountRows {
	GinkgoHelper()
	return s.load(ctx, ledger.Request{Accounts: []ledger.ID{account}}).Accounts[account]
}

// payloads reads the log after a sequence.
func (s *suite) payloads(ctx context.Context, after int64) [][]byte {
	GinkgoHelper()
	var all [][]byte
	Expect(s.Store.Payloads(ctx, after, func(payload []byte) error {
		all = append(all, payload)
		return nil
	})).To(Succeed())
	return all
}

func (s *suite) log() {
	It("begins with batch 0, which names the ledger", func(ctx SpecContext) {
		Expect(s.Head.Sequence).To(BeZero())
		payloads := s.payloads(ctx, -1)
		Expect(payloads).To(HaveLen(1))
		first, err := ledger.Open(payloads[0])
		Expect(err).NotTo(HaveOccurred())
		Expect(first.Ledger).NotTo(BeEmpty())
		Expect(first.Ledger).To(Equal(s.Store.Identity()))
		Expect(first.Head()).To(Equal(s.Head))
	})

	It("gives the log back byte by byte, in order, from any point", func(ctx SpecContext) {
		// More than any store reads at once.
		const batches = 150
		written := s.payloads(ctx, -1)
		for i := range batches {
			written = append(written, s.write(ctx, s.Record(Name("topup", i))).Payload)
		}
		Expect(s.payloads(ctx, -1)).To(Equal(written))
		Expect(s.payloads(ctx, 63)).To(Equal(written[64:]))
		Expect(s.payloads(ctx, 64)).To(Equal(written[65:]))
		Expect(s.payloads(ctx, batches-1)).To(Equal(written[batches:]))
		Expect(s.payloads(ctx, batches)).To(BeEmpty())
		Expect(s.Store.Head(ctx)).To(Equal(s.Head))
	})

	It("stops reading the log where it is told to", func(ctx SpecContext) {
		for i := range 3 {
			s.write(ctx, s.Record(Name("topup", i)))
		}
		enough := errors.New("enough")
		seen := 0
		err := s.Store.Payloads(ctx, 0, func([]byte) error {
			if seen++; seen == 2 {
				return enough
			}
			return nil
		})
		Expect(err).To(MatchError(enough))
		Expect(seen).To(Equal(2))
	})

	It("tells the time by its own clock, if it has one", func(ctx SpecContext) {
		before := time.Now()
		loaded, err := s.Store.Load(ctx, ledger.Request{})
		Expect(err).NotTo(HaveOccurred())
		if !loaded.Clock.IsZero() {
			Expect(loaded.Clock).To(And(BeTemporally(">", before.Add(-time.Minute)), BeTemporally("<", time.Now().Add(time.Minute))))
		}
	})

	It("takes a batch without records", func(ctx SpecContext) {
		batch := s.write(ctx)
		Expect(s.Store.Head(ctx)).To(Equal(batch.Head()))
	})

	It("has everything after it was closed and opened again", func(ctx SpecContext) {
		account := s.Account("alice")
		record, base := s.Settings(account, ledger.Available, "EUR")
		s.write(ctx, record)
		what := ledger.Request{
			Transactions: []ledger.ID{record.ID}, Accounts: []ledger.ID{account}, Facts: []ledger.ID{account},
		}
		before, identity, log := s.load(ctx, what), s.Store.Identity(), s.payloads(ctx, -1)

		s.Store = s.reopen(s.Store)

		Expect(s.Store.Identity()).To(Equal(identity))
		Expect(s.Store.Head(ctx)).To(Equal(s.Head))
		Expect(s.load(ctx, what)).To(Equal(before))
		Expect(s.payloads(ctx, -1)).To(Equal(log))
		outside, other := s.Settings(s.Account("outside"), ledger.External, "EUR")
		s.write(ctx, outside)
		next := s.Record("topup")
		s.Entry(&next, base, 5, Floor(0))
		s.Entry(&next, other+int64(ledger.External), -5, nil)
		s.write(ctx, next)
		Expect(s.account(ctx, account).Cells).To(ConsistOf(
			ledger.CellRow{ID: base, Version: 1, Balance: 5, Sequence: s.Head.Sequence}))
	})
}
