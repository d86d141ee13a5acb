// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A top-up", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	It("adds its amount once and shows what it changed", func() {
		account := MakeAccount(ns, "alice").Obj()
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Receipt("till-4/8812").Obj()
		apply(account, topUp)

		becomes(topUp, "True Completed")
		Expect(topUp.Status.TransactionID).NotTo(BeEmpty())
		Expect(topUp.Status.CommittedAt).NotTo(BeNil())
		Expect(topUp.Status.Replayed).To(BeFalse())
		Expect(topUp.Status.ImpactedBuckets).To(ConsistOf(v1alpha1.ImpactedBucket{
			Account: "alice", Bucket: v1alpha1.MainBucket, Before: "0.00 EUR", After: "25.00 EUR",
		}))
		Expect(messageOf(topUp)).To(Equal("25.00 EUR added to alice"))
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
		Expect(eventsOf(topUp)(Default)).To(BeEmpty())
	})

	It("fills a bucket in the bucket's unit", func() {
		apply(MakeAccount(ns, "alice").Obj(), MakeBucket(ns, "data", "alice").Initial("10 GB").Obj())
		topUp := MakeTopUp(ns, "more", "alice", "512 MB").Bucket("data").Obj()
		apply(topUp)

		becomes(topUp, "True Completed")
		Expect(topUp.Status.ImpactedBuckets).To(ConsistOf(v1alpha1.ImpactedBucket{
			Account: "alice", Bucket: "data", Before: "10 GB", After: "10.512 GB",
		}))
		Eventually(remaining(ns, "data")).Should(Equal("10.512 GB"))
	})

	It("uses its receipt up only if it is accepted", func() {
		apply(MakeAccount(ns, "alice").MaximumBalance("50.00 EUR").Obj())
		tooMuch := MakeTopUp(ns, "too-much", "alice", "60.00 EUR").Receipt("r-1").Obj()
		apply(tooMuch)
		becomes(tooMuch, "False BalanceCeiling")
		Expect(messageOf(tooMuch)).To(Equal("The account would hold 60.00 EUR, its maximumBalance is 50.00 EUR"))

		first := MakeTopUp(ns, "first", "alice", "20.00 EUR").Receipt("r-1").Obj()
		apply(first)
		becomes(first, "True Completed")

		second := MakeTopUp(ns, "second", "alice", "20.00 EUR").Receipt("r-1").Obj()
		apply(second)
		becomes(second, "False DuplicatePayment")
		Expect(messageOf(second)).To(ContainSubstring(first.Status.TransactionID))
		Eventually(credit(ns, "alice")).Should(Equal("20.00 EUR"))
	})

	It("may have a name of 253 characters", func() {
		apply(MakeAccount(ns, "alice").Obj())
		topUp := MakeTopUp(ns, strings.Repeat("a", 253), "alice", "1.00 EUR").Obj()
		apply(topUp)
		becomes(topUp, "True Completed")
	})

	It("is refused by an account that is suspended or closed, with a warning", func() {
		apply(
			MakeAccount(ns, "suspended").State(v1alpha1.AccountSuspended).Obj(),
			MakeAccount(ns, "closed").State(v1alpha1.AccountClosed).Obj(),
		)
		toSuspended := MakeTopUp(ns, "to-suspended", "suspended", "1.00 EUR").Obj()
		toClosed := MakeTopUp(ns, "to-closed", "closed", "1.00 EUR").Obj()
		apply(toSuspended, toClosed)
		becomes(toSuspended, "False AccountSuspended")
		becomes(toClosed, "False AccountClosed")
		Eventually(eventsOf(toClosed)).Should(ConsistOf("AccountClosed"))
	})

	It("does not go into a bucket of another account", func() {
		apply(MakeAccount(ns, "alice").Obj(), MakeAccount(ns, "bob").Obj(), MakeBucket(ns, "bobs", "bob").Obj())
		topUp := MakeTopUp(ns, "astray", "alice", "1 GB").Bucket("bobs").Obj()
		apply(topUp)
		becomes(topUp, "False BucketOfOtherAccount")
	})

	DescribeTable("is refused by the API server if it cannot be meant",
		func(change func(*topUpMaker), complaint string) {
			topUp := MakeTopUp(ns, "bad", "alice", "1.00 EUR")
			change(topUp)
			Expect(k8s.Create(ctx, topUp.Obj())).To(MatchError(ContainSubstring(complaint)))
		},
		Entry("negative", amount("-5 EUR"), "spec.amount"),
		Entry("with an exponent", amount("1e3 EUR"), "spec.amount"),
		Entry("without a unit", amount("5"), "spec.amount"),
		Entry("nothing", amount("0 EUR"), "must be greater than zero"),
		Entry("of 30 digits", amount("123456789012345678901234567890 EUR"), "spec.amount"),
		Entry("not a number", amount("NaN EUR"), "spec.amount"),
		Entry("not a number, alone", amount("NaN"), "spec.amount"),
		Entry("to another namespace", func(m *topUpMaker) { m.AccountNamespace("other") }, "remove namespace"),
		Entry("with a NUL in its reason", func(m *topUpMaker) { m.Reason("a\x00b") }, "spec.reason"),
		Entry("with a control character in its reason", func(m *topUpMaker) { m.Reason("a\u0085b") }, "spec.reason"),
		Entry("with a line break in its receipt", func(m *topUpMaker) { m.Receipt("a\nb") }, "spec.payment.reference"),
		Entry("with a control character in its key", func(m *topUpMaker) { m.Key("a\x7f") }, "spec.idempotencyKey"),
	)

	DescribeTable("ends with a clear reason and moves nothing if its amount does not fit",
		func(amount v1alpha1.Amount, status, complaint string) {
			apply(MakeAccount(ns, "alice").Obj())
			topUp := MakeTopUp(ns, "bad", "alice", amount).Obj()
			apply(topUp)
			becomes(topUp, status)
			Expect(messageOf(topUp)).To(ContainSubstring(complaint))
			Eventually(credit(ns, "alice")).Should(Equal("0.00 EUR"))
		},
		Entry("too many decimals", v1alpha1.Amount("10.505 EUR"), "False InvalidSpec",
			`spec.amount: "10.505 EUR" has 3 decimals; EUR has 2: write 10.50 EUR or 10.51 EUR`),
		Entry("decimals of a currency without", v1alpha1.Amount("1.5 JPY"), "False InvalidSpec", "JPY has none"),
		Entry("a currency in lower case", v1alpha1.Amount("5 eur"), "False InvalidSpec", "write 5 EUR"),
		Entry("no currency at all", v1alpha1.Amount("5 XYZ"), "False InvalidSpec", "5 XYZ"),
		Entry("no whole number of bytes", v1alpha1.Amount("0.1 GiB"), "False InvalidSpec", "no whole number of bytes"),
		Entry("another dimension", v1alpha1.Amount("5 GB"), "False UnitMismatch", "spec asks for GB, and the ledger keeps EUR there"),
		Entry("another currency", v1alpha1.Amount("5 USD"), "False UnitMismatch", "USD"),
	)

	It("cannot be changed but for its TTL", func() {
		topUp := MakeTopUp(ns, "fixed", "alice", "1.00 EUR").Obj()
		apply(topUp)
		base := topUp.DeepCopy()
		topUp.Spec.Amount = "2.00 EUR"
		Expect(k8s.Patch(ctx, topUp, client.MergeFrom(base))).
			To(MatchError(ContainSubstring("spec is immutable; create a new TopUp")))
		topUp = base.DeepCopy()
		ttl := int32(86400)
		topUp.Spec.TTLSecondsAfterFinished = &ttl
		Expect(k8s.Patch(ctx, topUp, client.MergeFrom(base))).To(Succeed())
	})
})

func amount(value v1alpha1.Amount) func(*topUpMaker) {
	return func(m *topUpMaker) { m.Spec.Amount = value }
}
