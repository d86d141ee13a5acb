// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A bucket's terms", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		apply(MakeAccount(ns, "alice").TimeZone("Asia/Nicosia").Obj())
	})

	money := func(name string, amount v1alpha1.Amount) *bucketMaker {
		return MakeBucket(ns, name, "alice").Unit(v1alpha1.UsageMonetary, "EUR").Initial(amount)
	}
	ask := func(bucket *v1alpha1.Bucket, how func(*v1alpha1.BucketSpec), status string) {
		GinkgoHelper()
		base := bucket.DeepCopy()
		how(&bucket.Spec)
		Expect(k8s.Patch(ctx, bucket, client.MergeFrom(base))).To(Succeed())
		becomes(bucket, status)
	}
	ends := func(obj conditioned, status string) {
		GinkgoHelper()
		apply(obj)
		becomes(obj, status)
	}

	It("keep it for its products, whoever asks", func() {
		bucket := money("bundle", "8.00 EUR").For("bundle-7", "bundle-8").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		Eventually(shown(ns, "alice")).Should(Equal(restricted(balanceOf("0.00 EUR", "8.00 EUR"), "8.00 EUR")))

		const refusal = "bucketRef names a bucket that only charges and reservations for one of its spec.products may use; " +
			"name that as spec.product, or another bucket, under a new name"
		for _, obj := range []conditioned{
			MakeCharge(ns, "nothing", "alice", "1.00 EUR").Bucket("bundle").Obj(),
			MakeCharge(ns, "another", "alice", "1.00 EUR").Bucket("bundle").Product("bundle-9").Obj(),
			MakeTransfer(ns, "out", "alice", "alice", "1.00 EUR").FromBucket("bundle").Obj(),
			MakeReservation(ns, "session", "alice", "1.00 EUR").Bucket("bundle").Obj(),
		} {
			ends(obj, "False ProductMismatch")
			Expect(messageOf(obj)).To(Equal(refusal))
		}
		ends(MakeCharge(ns, "unnamed", "alice", "1.00 EUR").Obj(), "False InsufficientFunds")
		ends(MakeCharge(ns, "any", "alice", "1.00 EUR").Product("bundle-7").Obj(), "True Completed")
		ends(MakeCharge(ns, "named", "alice", "1.00 EUR").Bucket("bundle").Product("bundle-8").Obj(), "True Completed")
		held, other := MakeReservation(ns, "held", "alice", "1.00 EUR").Obj(), MakeReservation(ns, "other", "alice", "1.00 EUR").Obj()
		held.Spec.Product, held.Spec.IdempotencyKey = &v1alpha1.ProductReference{ID: "bundle-7"}, "order-9"
		other.Spec.Product, other.Spec.IdempotencyKey = &v1alpha1.ProductReference{ID: "bundle-8"}, "order-9"
		ends(held, "True Reserved")
		ends(other, "False IdempotencyConflict")
		Eventually(remaining(ns, "bundle")).Should(Equal("5.00 EUR"))

		By("being for other products from now on")
		ask(bucket, func(spec *v1alpha1.BucketSpec) { spec.Products = []v1alpha1.ProductReference{{ID: "bundle-9"}} }, "True Active")
		ends(MakeCharge(ns, "late", "alice", "1.00 EUR").Product("bundle-7").Obj(), "False InsufficientFunds")
		ask(bucket, func(spec *v1alpha1.BucketSpec) { spec.Products = nil }, "True Active")
		ends(MakeCharge(ns, "open", "alice", "1.00 EUR").Obj(), "True Completed")
	})

	It("give it a place in the burn order, which may change, and may end that order", func() {
		first, second := money("first", "5.00 EUR").Priority(1).Obj(), money("second", "5.00 EUR").Priority(2).Obj()
		apply(first, second)
		becomes(first, "True Active")
		becomes(second, "True Active")
		ends(MakeCharge(ns, "a", "alice", "1.00 EUR").Obj(), "True Completed")
		Eventually(remaining(ns, "first")).Should(Equal("4.00 EUR"))
		ask(first, func(spec *v1alpha1.BucketSpec) { spec.Priority = 3 }, "True Active")
		ends(MakeCharge(ns, "b", "alice", "1.00 EUR").Obj(), "True Completed")
		Eventually(remaining(ns, "second")).Should(Equal("4.00 EUR"))

		ask(second, func(spec *v1alpha1.BucketSpec) { spec.Blocker = true }, "True Active")
		blocked := MakeCharge(ns, "c", "alice", "5.00 EUR").Obj()
		ends(blocked, "False InsufficientFunds")
		Expect(messageOf(blocked)).To(Equal("5.00 EUR needed, 4.00 EUR available"))
	})

	It("end it by the clocks of the account's time zone", func() {
		// Midnight of 31 January, and a month later that of 28 February.
		bucket := MakeBucket(ns, "month", "alice").Starts(at("2031-01-30T22:00:00Z")).Obj()
		bucket.Spec.ValidFor.Duration = "1mo"
		apply(bucket)
		becomes(bucket, "True NotStarted")
		Expect(messageOf(bucket)).To(Equal("The bucket can be used from the start in status.validFor on"))
		Expect(inTime(ns, "month")(Default)).To(Equal(timeShown{
			remaining: "0 GB", start: "2031-01-30T22:00:00Z", end: "2031-02-27T22:00:00Z",
		}))
	})

	It("say so if its end had passed before anything could be in it", func() {
		late, empty := MakeBucket(ns, "late", "alice").Initial("1 GB").Starts(at("2025-01-01T00:00:00Z")), MakeBucket(ns, "empty", "alice")
		late.Spec.ValidFor.Duration, empty.Spec.ValidFor = "30d", &v1alpha1.Validity{End: toTime("2025-02-01T00:00:00Z")}
		bucket := late.Obj()
		ends(bucket, "False BucketExpired")
		Expect(messageOf(bucket)).To(Equal("The bucket's end had passed before it could be given spec.initialAmount; " +
			"create one under another name with a later end"))
		ends(empty.Obj(), "True Expired")
	})

	It("may be corrected, and keep what is in it if it is deleted before they are", func() {
		bucket := money("plan", "8.00 EUR").Every("1mo", "8.00 EUR").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
		ask(bucket, func(spec *v1alpha1.BucketSpec) { spec.Refill.Amount = "8 GB" }, "False InvalidSpec")
		Expect(messageOf(bucket)).To(Equal(`spec.refill.amount: "8 GB" does not convert to spec.unit: write it in EUR`))
		ask(bucket, func(spec *v1alpha1.BucketSpec) { spec.Refill.Amount = "9.00 EUR" }, "True Active")

		ask(bucket, func(spec *v1alpha1.BucketSpec) { spec.Refill.Amount = "9 GB" }, "False InvalidSpec")
		remove(bucket)
		Eventually(shown(ns, "alice")).Should(Equal(restricted(balanceOf("0.00 EUR", "8.00 EUR"), "8.00 EUR")))
		ends(MakeCharge(ns, "fee", "alice", "1.00 EUR").Obj(), "False InsufficientFunds")
	})
})
