// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (s *suite) past() {
	It("loads as many rows of an account with 3,650 past lots as of a new one", func(ctx SpecContext) {
		fresh, old, err := writePast(ctx, s.Scribe, pastLots)
		Expect(err).NotTo(HaveOccurred())
		now, then := s.account(ctx, fresh), s.account(ctx, old)
		Expect(now.Facts).To(HaveLen(5), "the account, its main lot, the bucket, its term and its lot")
		Expect(now.Cells).To(HaveLen(1))
		Expect(then.Facts).To(HaveLen(len(now.Facts)))
		Expect(then.Cells).To(ConsistOf(And(HaveField("Balance", BeEquivalentTo(5)), HaveField("Version", BeEquivalentTo(1)))))
		Expect(then.Facts).To(ContainElement(And(
			HaveField("Kind", ledger.FactTerm), HaveField("Version", BeEquivalentTo(pastLots+1)))))
		both := s.load(ctx, ledger.Request{Accounts: []ledger.ID{old, fresh}}).Accounts
		Expect(both).To(Equal(map[ledger.ID]ledger.AccountRows{fresh: now, old: then}))
		due, err := s.Store.Due(ctx, 1<<62, 10)
		Expect(err).NotTo(HaveOccurred())
		Expect(due).To(HaveLen(4))
	})
}
