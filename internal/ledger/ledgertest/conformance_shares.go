// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (s *suite) shares() {
	It("loads a membership with the member, and what it used with the owner, while the bucket is shared", func(ctx SpecContext) {
		account, _, _ := s.pair(ctx)
		bucket, bob := ledger.BucketID("test", s.Tenant, "data"), s.Account("bob")
		pointer, use := ledger.MembershipID(bucket, bob), ledger.ShareUseID(bucket, bob)
		shared := ledger.BucketSettings{
			Account: account, Unit: "EUR", UsageType: "Data", SharedWith: []ledger.Share{{Account: bob, Cap: 9}},
		}
		set := func(name string, settings ledger.BucketSettings) ledger.Record {
			record := s.Record(name)
			s.Share(&record, bucket, settings)
			return record
		}
		record := set("shared", shared)
		told := s.write(ctx, record).Sequence
		Expect(s.account(ctx, bob).Facts).To(ConsistOf(ledger.FactRow{Fact: record.Facts[1], Sequence: told}),
			"it need not be in the ledger yet")
		var last ledger.FactRow
		for i, used := range []int64{9, 4, 7} {
			counted := s.Record(Name("used", i))
			s.Use(&counted, ledger.ShareUse{Member: bob, Owner: account, Bucket: bucket, Since: 7}, used, Floor(9))
			last = ledger.FactRow{Fact: counted.Facts[0], Sequence: s.write(ctx, counted).Sequence}
		}
		Expect(s.account(ctx, account).Facts).To(ContainElement(last))
		Expect(last.Used).To(HaveValue(BeEquivalentTo(7)))

		ended := shared
		ended.SharedWith = nil
		s.write(ctx, set("no longer", ended))
		Expect(s.account(ctx, bob).Facts).To(BeEmpty())
		Expect(s.account(ctx, account).Facts).NotTo(ContainElement(HaveField("Subject", use)))

		s.write(ctx, set("once more", shared))
		Expect(s.account(ctx, bob).Facts).To(ConsistOf(HaveField("Subject", pointer)))
		Expect(s.account(ctx, account).Facts).To(ContainElement(last))
	})

	It("tells what transactions counted as used of shared buckets, as they wrote it", func(ctx SpecContext) {
		account, inside, outside := s.pair(ctx)
		bucket := ledger.BucketID("test", s.Tenant, "data")
		uses := make([]ledger.ShareUse, 0, 2)
		settings := ledger.BucketSettings{Account: account, Unit: "EUR", UsageType: "Data"}
		for _, member := range []string{"bob", "carol"} {
			settings.SharedWith = append(settings.SharedWith, ledger.Share{Account: s.Account(member), Cap: 9})
			uses = append(uses, ledger.ShareUse{Member: s.Account(member), Owner: account, Bucket: bucket, Since: 7})
		}
		shares := s.Record("shares")
		s.Share(&shares, bucket, settings)
		topUp := s.move("topup", inside, outside, 100)
		s.write(ctx, shares, topUp)
		charge := s.move("charge", inside, outside, -9)
		s.Fact(&charge, account, ledger.FactAccount, ledger.AccountSettings{})
		s.Use(&charge, uses[0], 9, Floor(9))
		s.Use(&charge, uses[1], 3, nil)
		another := s.move("another", inside, outside, -1)
		s.Use(&another, uses[1], 4, Floor(9))
		s.write(ctx, charge, another)

		originals, err := s.Store.Originals(ctx, []ledger.ID{topUp.ID, charge.ID, another.ID})
		Expect(err).NotTo(HaveOccurred())
		Expect(originals[topUp.ID].Shares).To(BeEmpty())
		Expect(originals[charge.ID].Shares).To(Equal(charge.Facts[1:]))
		Expect(originals[another.ID].Shares).To(Equal(another.Facts))
	})
}
