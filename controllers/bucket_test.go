// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A bucket", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		apply(MakeAccount(ns, "alice").Obj())
	})

	It("starts with its initial amount, granted once", func() {
		bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		Expect(string(bucket.Status.Balance.Remaining)).To(Equal("10 GB"))

		By("deleting it and applying it again")
		remove(bucket)
		again := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(again)
		becomes(again, "True Active")
		Expect(string(again.Status.Balance.Remaining)).To(Equal("10 GB"))
	})

	It("is depleted without an initial amount, and ready", func() {
		bucket := MakeBucket(ns, "data", "alice").Obj()
		apply(bucket)
		becomes(bucket, "True Depleted")
		Expect(string(bucket.Status.Balance.Remaining)).To(Equal("0 GB"))
	})

	It("follows its account's state", func() {
		bucket := MakeBucket(ns, "data", "carol").Initial("10 GB").Obj()
		carol := MakeAccount(ns, "carol").Obj()
		apply(bucket, carol)
		becomes(bucket, "True Active")
		becomes(carol, "True Active")
		base := client.MergeFrom(carol.DeepCopy())
		carol.Spec.State = v1alpha1.AccountSuspended
		Expect(k8s.Patch(ctx, carol, base)).To(Succeed())
		becomes(bucket, "True Suspended")
		Expect(string(bucket.Status.Balance.Remaining)).To(Equal("10 GB"))
	})

	It("keeps its finalizer, whoever replaces it without", func() {
		bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		for range 3 { // what woke it for another reason at first has gone by then
			losesItsFinalizer(bucket)
			Eventually(finalizersOf(bucket)).Should(ConsistOf(v1alpha1.Finalizer))
		}
	})

	It("keeps what is in it when it is deleted with Retain, and cannot be spent until it is applied again", func() {
		bucket := MakeBucket(ns, "extra", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Class(v1alpha1.ClassPaid).Initial("8.00 EUR").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		Expect(bucket.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		alice := MakeAccount(ns, "alice").Obj()
		Eventually(func(g Gomega) string {
			g.Expect(ready(alice)(g)).To(Equal("True Active"))
			return string(alice.Status.Balance.Available)
		}).Should(Equal("8.00 EUR"))

		remove(bucket)
		Eventually(func(g Gomega) v1alpha1.AccountBalance {
			g.Expect(ready(alice)(g)).To(Equal("True Active"))
			return *alice.Status.Balance
		}).Should(Equal(restricted(balanceOf("0.00 EUR", "8.00 EUR"), "8.00 EUR")))
		spend := MakeTransfer(ns, "spend", "alice", "alice", "1.00 EUR").FromBucket("extra").Obj()
		apply(spend)
		becomes(spend, "False BucketNotFound")

		again := MakeBucket(ns, "extra", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Class(v1alpha1.ClassPaid).Initial("8.00 EUR").Obj()
		apply(again)
		becomes(spend, "True Completed")
		Eventually(remaining(ns, "extra")).Should(Equal("7.00 EUR"))
	})

	It("loses what is in it when it is deleted with Forfeit", func() {
		bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").DeletionPolicy(v1alpha1.BucketDeletionForfeit).Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		remove(bucket)
		again := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(again)
		becomes(again, "True Depleted")
	})

	It("can be deleted after its account's object", func() {
		carol := MakeAccount(ns, "carol").Obj()
		bucket := MakeBucket(ns, "data", "carol").Initial("10 GB").Obj()
		apply(carol, bucket)
		becomes(bucket, "True Active")
		remove(carol)
		remove(bucket)
		again := MakeBucket(ns, "data", "carol").Initial("10 GB").Obj()
		apply(again)
		becomes(again, "False AccountNotFound")
		apply(MakeAccount(ns, "carol").Obj())
		becomes(again, "True Active")
	})

	It("can be deleted although the ledger never had it", func() {
		bucket := MakeBucket(ns, "data", "nobody").Obj()
		apply(bucket)
		becomes(bucket, "False AccountNotFound")
		remove(bucket)
	})

	DescribeTable("conflicts with what the ledger has under its name, and leaves that alone",
		func(change func(*bucketMaker), complaint string) {
			bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
			apply(MakeAccount(ns, "bob").Obj(), bucket)
			becomes(bucket, "True Active")
			remove(bucket)
			other := MakeBucket(ns, "data", "alice").Initial("10 GB").DeletionPolicy(v1alpha1.BucketDeletionForfeit)
			change(other)
			conflicting := other.Obj()
			apply(conflicting)
			becomes(conflicting, "False BucketConflict")
			Expect(messageOf(conflicting)).To(ContainSubstring(complaint))
			remove(conflicting)

			again := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
			apply(again)
			becomes(again, "True Active")
			Expect(string(again.Status.Balance.Remaining)).To(Equal("10 GB"))
		},
		Entry("another unit", func(m *bucketMaker) { m.Spec.Unit = "MB" }, "the unit GB"),
		Entry("another dimension",
			func(m *bucketMaker) { m.Unit(v1alpha1.UsageVoice, "min").Initial("300 min") }, "the unit GB, the usageType Data"),
		Entry("another class", func(m *bucketMaker) { m.Class(v1alpha1.ClassPaid) }, "the class Granted"),
		Entry("another account", func(m *bucketMaker) { m.Spec.AccountRef.Name = "bob" }, "another account"),
		Entry("another validity", func(m *bucketMaker) { m.Lasts("30d") }, "with no validFor"),
		Entry("a cycle", func(m *bucketMaker) { m.Every("1mo", "1 GB") }, "with no cycle"),
		Entry("another initial amount", func(m *bucketMaker) { m.Initial("20 GB") }, "granted 10 GB"),
	)

	It("takes the same initial amount in another unit of the dimension for the same", func() {
		bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		remove(bucket)
		again := MakeBucket(ns, "data", "alice").Initial("10000 MB").Obj()
		apply(again)
		becomes(again, "True Active")
		Expect(string(again.Status.Balance.Remaining)).To(Equal("10 GB"))
	})

	DescribeTable("stalls if its spec cannot be",
		func(change func(*bucketMaker), status, complaint string) {
			bucket := MakeBucket(ns, "bad", "alice")
			change(bucket)
			obj := bucket.Obj()
			apply(obj)
			becomes(obj, status)
			Expect(messageOf(obj)).To(ContainSubstring(complaint))
		},
		Entry("a unit that does not fit its usage type",
			func(m *bucketMaker) { m.Unit(v1alpha1.UsageVoice, "GB") }, "False InvalidSpec", `spec.unit: "GB" does not fit the usageType Voice`),
		Entry("a unit in other capitals",
			func(m *bucketMaker) { m.Unit(v1alpha1.UsageData, "gb") }, "False InvalidSpec", "write GB"),
		Entry("an initial amount of another dimension",
			func(m *bucketMaker) { m.Initial("5 min") }, "False InvalidSpec", `spec.initialAmount: "5 min"`),
		Entry("money in another currency than its account's",
			func(m *bucketMaker) { m.Unit(v1alpha1.UsageMonetary, "USD") }, "False UnitMismatch", "keeps EUR"),
	)

	DescribeTable("may be of each usage type",
		func(usage v1alpha1.UsageType, unit string, initial v1alpha1.Amount) {
			bucket := MakeBucket(ns, "fine", "alice").Unit(usage, unit).Initial(initial).Obj()
			apply(bucket)
			becomes(bucket, "True Active")
			Expect(string(bucket.Status.Balance.Remaining)).To(Equal(string(initial)))
		},
		Entry("money", v1alpha1.UsageMonetary, "EUR", v1alpha1.Amount("5.00 EUR")),
		Entry("voice", v1alpha1.UsageVoice, "min", v1alpha1.Amount("300 min")),
		Entry("data", v1alpha1.UsageData, "MiB", v1alpha1.Amount("1024 MiB")),
		Entry("messages", v1alpha1.UsageSMS, "SMS", v1alpha1.Amount("100 SMS")),
		Entry("points", v1alpha1.UsageLoyalty, "points", v1alpha1.Amount("1200 points")),
		Entry("anything", v1alpha1.UsageOther, "ringtone", v1alpha1.Amount("3 ringtone")),
	)
})
