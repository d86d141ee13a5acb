// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("An adjustment", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		funded(ns, "alice", "35.00 EUR")
	})

	// promo is a bucket of alice with money in it that was given.
	promo := func(amount v1alpha1.Amount) {
		GinkgoHelper()
		bucket := MakeBucket(ns, "promo", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Initial(amount).Obj()
		apply(bucket)
		becomes(bucket, "True Active")
	}

	DescribeTable("moves its amount and shows what it changed",
		func(of v1alpha1.AdjustmentType, message, after string) {
			adjustment := MakeAdjustment(ns, "five", "alice", of, "5.00 EUR").Obj()
			apply(adjustment)
			becomes(adjustment, "True Completed")
			Expect(messageOf(adjustment)).To(Equal(message))
			Expect(adjustment.Status.TransactionID).NotTo(BeEmpty())
			Expect(adjustment.Status.ImpactedBuckets).To(ConsistOf(v1alpha1.ImpactedBucket{
				Account: "alice", Bucket: v1alpha1.MainBucket, Before: "35.00 EUR", After: v1alpha1.SignedAmount(after),
			}))
			Eventually(credit(ns, "alice")).Should(Equal(after))
		},
		Entry("as a goodwill credit", v1alpha1.AdjustmentGoodwillCredit, "5.00 EUR given to alice", "40.00 EUR"),
		Entry("as a general credit", v1alpha1.AdjustmentGeneralCredit, "5.00 EUR credited to alice", "40.00 EUR"),
		Entry("as a general debit", v1alpha1.AdjustmentGeneralDebit, "5.00 EUR debited from alice", "30.00 EUR"),
		Entry("as a one-time charge", v1alpha1.AdjustmentOneTimeCharge, "5.00 EUR charged to alice", "30.00 EUR"),
		Entry("as a recurring charge", v1alpha1.AdjustmentRecurringCharge, "5.00 EUR charged to alice", "30.00 EUR"),
	)

	It("takes from all buckets of the unit in burn order, and names each", func() {
		promo("10.00 EUR")
		charge := MakeCharge(ns, "phone", "alice", "40.00 EUR").Obj()
		apply(charge)
		becomes(charge, "True Completed")
		Expect(charge.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: v1alpha1.MainBucket, Before: "35.00 EUR", After: "0.00 EUR"},
			{Account: "alice", Bucket: "promo", Before: "10.00 EUR", After: "5.00 EUR"},
		}))
	})

	It("shows each bucket in its own unit", func() {
		for _, bucket := range []*v1alpha1.Bucket{
			MakeBucket(ns, "plan", "alice").Initial("1 GB").Obj(),
			MakeBucket(ns, "gift", "alice").Unit(v1alpha1.UsageData, "MB").Initial("500 MB").Obj(),
		} {
			apply(bucket)
			becomes(bucket, "True Active")
		}
		charge := MakeCharge(ns, "stream", "alice", "1200 MB").Obj()
		apply(charge)
		becomes(charge, "True Completed")
		Expect(charge.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: "plan", Before: "1 GB", After: "0 GB"},
			{Account: "alice", Bucket: "gift", Before: "500 MB", After: "300 MB"},
		}))
	})

	It("takes from the bucket that it names, and from no other", func() {
		promo("10.00 EUR")
		fits := MakeCharge(ns, "fits", "alice", "6.00 EUR").Bucket("promo").Obj()
		apply(fits)
		becomes(fits, "True Completed")
		Expect(messageOf(fits)).To(Equal("6.00 EUR charged to alice/promo"))
		tooMuch := MakeCharge(ns, "too-much", "alice", "6.00 EUR").Bucket("promo").Obj()
		apply(tooMuch)
		becomes(tooMuch, "False InsufficientFunds")
		Expect(messageOf(tooMuch)).To(Equal("6.00 EUR needed, 4.00 EUR available"))
		Eventually(eventsOf(tooMuch)).Should(ConsistOf("InsufficientFunds"))
	})

	It("puts a credit that names no bucket into the main one", func() {
		promo("10.00 EUR")
		sorry := MakeAdjustment(ns, "sorry", "alice", v1alpha1.AdjustmentGoodwillCredit, "5.00 EUR").Obj()
		apply(sorry)
		becomes(sorry, "True Completed")
		Eventually(remaining(ns, "promo")).Should(Equal("10.00 EUR"))
		Eventually(credit(ns, "alice")).Should(Equal("50.00 EUR"))
	})

	It("gives what cannot be passed on as a goodwill, and what can as a correction", func() {
		funded(ns, "bob", "1.00 EUR")
		apply(MakeAccount(ns, "carol").Obj())
		sorry := MakeAdjustment(ns, "sorry", "carol", v1alpha1.AdjustmentGoodwillCredit, "5.00 EUR").Obj()
		apply(sorry)
		becomes(sorry, "True Completed")
		launder := MakeTransfer(ns, "launder", "carol", "bob", "5.00 EUR").Obj()
		apply(launder)
		becomes(launder, "False NotTransferable")
		Expect(messageOf(launder)).To(Equal("5.00 EUR needed, 0.00 EUR transferable: only what was paid for can be transferred"))

		right := MakeAdjustment(ns, "right", "carol", v1alpha1.AdjustmentGeneralCredit, "3.00 EUR").Obj()
		apply(right)
		becomes(right, "True Completed")
		passOn := MakeTransfer(ns, "pass-on", "carol", "bob", "3.00 EUR").Obj()
		apply(passOn)
		becomes(passOn, "True Completed")
	})

	It("is bound by the ceiling as a gift, and not as a correction", func() {
		apply(MakeAccount(ns, "carol").MaximumBalance("4.00 EUR").Obj())
		gift := MakeAdjustment(ns, "gift", "carol", v1alpha1.AdjustmentGoodwillCredit, "5.00 EUR").Obj()
		correction := MakeAdjustment(ns, "correction", "carol", v1alpha1.AdjustmentGeneralCredit, "5.00 EUR").Obj()
		apply(gift)
		becomes(gift, "False BalanceCeiling")
		Expect(messageOf(gift)).To(Equal("The account would hold 5.00 EUR, its maximumBalance is 4.00 EUR"))
		apply(correction)
		becomes(correction, "True Completed")
	})

	It("charges down to the credit limit, and says what there was beyond", func() {
		apply(MakeAccount(ns, "carol").CreditLimit("5.00 EUR").Obj())
		first, second := MakeCharge(ns, "first", "carol", "3.1234 EUR").Obj(), MakeCharge(ns, "second", "carol", "2.00 EUR").Obj()
		apply(first)
		becomes(first, "True Completed")
		apply(second)
		becomes(second, "False InsufficientFunds")
		Expect(messageOf(second)).To(Equal("2.00 EUR needed, 1.8766 EUR available"))
		Eventually(credit(ns, "carol")).Should(Equal("-3.1234 EUR"))
	})

	It("lets what was applied with it come in first", func() {
		charge := MakeCharge(ns, "fee", "carol", "12.00 EUR").Obj()
		apply(charge,
			MakeBucket(ns, "welcome", "carol").Unit(v1alpha1.UsageMonetary, "EUR").Initial("5.00 EUR").Obj(),
			MakeTopUp(ns, "cash", "carol", "7.00 EUR").Obj(),
			MakeAccount(ns, "carol").Obj())
		becomes(charge, "True Completed")
		Eventually(credit(ns, "carol")).Should(Equal("0.00 EUR"))
	})

	It("happens once, however often it is applied", func() {
		first := MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj()
		apply(first)
		becomes(first, "True Completed")
		remove(first)
		again := MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj()
		apply(again)
		becomes(again, "True Completed")
		Expect(again.Status.Replayed).To(BeTrue())
		Expect(again.Status.ImpactedBuckets).To(Equal(first.Status.ImpactedBuckets))
		remove(again)
		other := MakeAdjustment(ns, "fee", "alice", v1alpha1.AdjustmentRecurringCharge, "5.00 EUR").Obj()
		apply(other)
		becomes(other, "False IdempotencyConflict")
		Eventually(credit(ns, "alice")).Should(Equal("30.00 EUR"))
	})

	DescribeTable("ends with a clear reason and moves nothing if it cannot be",
		func(change func(*adjustmentMaker), status, complaint string) {
			apply(MakeAccount(ns, "bob").Obj(), MakeBucket(ns, "bobs", "bob").Obj())
			maker := MakeCharge(ns, "bad", "alice", "5.00 EUR")
			change(maker)
			obj := maker.Obj()
			apply(obj)
			becomes(obj, status)
			Expect(messageOf(obj)).To(ContainSubstring(complaint))
			Expect(obj.Status.TransactionID).To(BeEmpty())
			Eventually(credit(ns, "alice")).Should(Equal("35.00 EUR"))
		},
		Entry("a bucket of another account", func(m *adjustmentMaker) { m.Bucket("bobs"); m.Spec.Amount = "1 GB" },
			"False BucketOfOtherAccount", "name one of the account's own"),
		Entry("another unit than the bucket's", func(m *adjustmentMaker) { m.Spec.AccountRef.Name = "bob"; m.Bucket("bobs") },
			"False UnitMismatch", "spec asks for EUR, and the ledger keeps B there"),
		Entry("a unit of which the account has nothing", func(m *adjustmentMaker) { m.Spec.Amount = "1 GB" },
			"False InsufficientFunds", "1 GB needed, 0 GB available"),
		Entry("money of another currency", func(m *adjustmentMaker) { m.Spec.Amount = "1.00 USD" },
			"False UnitMismatch", "spec asks for USD, and the ledger keeps EUR there"),
		Entry("a charge of more decimals than can be rated", func(m *adjustmentMaker) { m.Spec.Amount = "5.1234567 EUR" },
			"False InvalidSpec", `spec.amount: "5.1234567 EUR" has 7 decimals`),
		Entry("a gift of more decimals than its currency has", func(m *adjustmentMaker) {
			m.Spec.Type, m.Spec.Amount = v1alpha1.AdjustmentGoodwillCredit, "5.123 EUR"
		}, "False InvalidSpec", `spec.amount: "5.123 EUR" has 3 decimals`),
	)

	It("takes no more than there is when 100 charge 1.00 EUR of 50.00 EUR at once", func() {
		funded(ns, "carol", "50.00 EUR")
		charges := make([]*v1alpha1.BalanceAdjustment, 100)
		var all sync.WaitGroup
		for i := range charges {
			charges[i] = MakeCharge(ns, fmt.Sprintf("c-%d", i), "carol", "1.00 EUR").Obj()
			all.Go(func() {
				defer GinkgoRecover()
				Expect(k8s.Create(ctx, charges[i])).To(Succeed())
			})
		}
		all.Wait()
		ends := map[string]int{}
		for _, charge := range charges {
			Eventually(ready(charge)).Should(Or(Equal("True Completed"), Equal("False InsufficientFunds")))
			ends[readyOf(charge)]++
		}
		Expect(ends).To(Equal(map[string]int{"True Completed": 50, "False InsufficientFunds": 50}))
		Eventually(credit(ns, "carol")).Should(Equal("0.00 EUR"))
	})

	It("cannot be changed but for its TTL", func() {
		charge := MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj()
		apply(charge)
		base, ttl := charge.DeepCopy(), int32(0)
		charge.Spec.Amount = "6.00 EUR"
		Expect(k8s.Patch(ctx, charge, client.MergeFrom(base))).
			To(MatchError(ContainSubstring("spec is immutable; create a new BalanceAdjustment")))
		charge = base.DeepCopy()
		charge.Spec.TTLSecondsAfterFinished = &ttl
		Expect(k8s.Patch(ctx, charge, client.MergeFrom(base))).To(Succeed())
		vanishes(charge)
		Eventually(credit(ns, "alice")).Should(Equal("30.00 EUR"))
	})
})
