// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A bucket", func() {
	products := func(count int) []any {
		var list []any
		for i := range count {
			list = append(list, map[string]any{"id": fmt.Sprint("product-", i)})
		}
		return list
	}
	// monthly is a bucket with a cycle and nothing else that is optional.
	monthly := func() *unstructured.Unstructured {
		GinkgoHelper()
		object := parse(minimal["Bucket"])
		set(object, "spec.cycle", map[string]any{"every": "1mo"})
		return object
	}

	Describe("with a cycle", func() {
		It("needs neither an anchor, nor a refill, nor a rollover", func(ctx SpecContext) {
			Expect(admit(ctx, monthly())).To(Succeed())
		})

		It("says how long the cycle is", func(ctx SpecContext) {
			object := monthly()
			set(object, "spec.cycle", map[string]any{"anchor": firstOfDecember})
			Expect(admit(ctx, object)).To(beRefusedWith("spec.cycle.every: Required value"))
		})

		It("that rolls over and says no more keeps all, once", func(ctx SpecContext) {
			object := monthly()
			set(object, "spec.rollover", map[string]any{})
			Expect(nested(create(ctx, object), "spec.rollover")).To(Equal(
				map[string]any{"percentage": int64(100), "cycles": int64(1)}))
		})

		It("that is refilled says with how much", func(ctx SpecContext) {
			object := monthly()
			set(object, "spec.refill", map[string]any{})
			Expect(admit(ctx, object)).To(beRefusedWith("spec.refill.amount: Required value"))
		})

		It("may be refilled and roll over later, or no longer", func(ctx SpecContext) {
			object := create(ctx, monthly())
			set(object, "spec.refill.amount", "10 GB")
			set(object, "spec.rollover.percentage", int64(50))
			Expect(apiServer.Update(ctx, object)).To(Succeed())
			remove(object, "spec.refill")
			remove(object, "spec.rollover")
			Expect(apiServer.Update(ctx, object)).To(Succeed())
		})
	})

	Describe("without a cycle", func() {
		It("cannot be refilled", func(ctx SpecContext) {
			object := parse(minimal["Bucket"])
			set(object, "spec.refill.amount", "10 GB")
			Expect(admit(ctx, object)).To(beRefusedWith(
				"refill needs cycle, which says when a bucket is refilled; create the Bucket with a cycle, or remove refill"))
		})

		It("cannot roll over", func(ctx SpecContext) {
			object := parse(minimal["Bucket"])
			set(object, "spec.rollover", map[string]any{})
			Expect(admit(ctx, object)).To(beRefusedWith(
				"rollover needs cycle, at whose end something is kept; create the Bucket with a cycle, or remove rollover"))
		})
	})

	DescribeTable("may have", func(ctx SpecContext, path string, value any) {
		object := parse(complete["Bucket"])
		set(object, path, value)
		Expect(admit(ctx, object)).To(Succeed())
	},
		Entry("the first place", "spec.priority", int64(-1000)),
		Entry("the last place", "spec.priority", int64(1000)),
		Entry("64 products", "spec.products", products(64)),
		Entry("one percent kept", "spec.rollover.percentage", int64(1)),
		Entry("all kept", "spec.rollover.percentage", int64(100)),
		Entry("it kept a thousand times", "spec.rollover.cycles", int64(1000)),
	)

	DescribeTable("cannot have", func(ctx SpecContext, path string, value any) {
		object := parse(complete["Bucket"])
		set(object, path, value)
		Expect(admit(ctx, object)).To(beRefusedWith(path))
	},
		Entry("a place before the first", "spec.priority", int64(-1001)),
		Entry("a place after the last", "spec.priority", int64(1001)),
		Entry("65 products", "spec.products", products(65)),
		Entry("a product twice", "spec.products", append(products(2), products(1)...)),
		Entry("a product without an id", "spec.products", []any{map[string]any{"id": ""}}),
		Entry("nothing kept", "spec.rollover.percentage", int64(0)),
		Entry("more kept than there is", "spec.rollover.percentage", int64(101)),
		Entry("it kept no time", "spec.rollover.cycles", int64(0)),
		Entry("it kept for ever", "spec.rollover.cycles", int64(1001)),
	)

	It("shows its lots, the first among them, and at most 100", func(ctx SpecContext) {
		object := create(ctx, parse(complete["Bucket"]))
		lot := map[string]any{"number": int64(0), "class": "Granted", "remaining": "4 GB", "held": "0 GB"}
		lots := make([]any, 100)
		for i := range lots {
			lots[i] = lot
		}
		set(object, "status.lots", lots)
		Expect(apiServer.Status().Update(ctx, object)).To(Succeed())

		typed := &prepayv1alpha1.Bucket{}
		Expect(apiServer.Get(ctx, client.ObjectKeyFromObject(object), typed)).To(Succeed())
		Expect(typed.Status.Lots[0]).To(Equal(prepayv1alpha1.BucketLot{
			Number: 0, Class: prepayv1alpha1.ClassGranted, Remaining: "4 GB", Held: "0 GB",
		}))
		typed.Status.Lots = typed.Status.Lots[:1]
		Expect(apiServer.Status().Update(ctx, typed)).To(Succeed())

		set(object, "metadata.resourceVersion", typed.ResourceVersion)
		set(object, "status.lots", append(lots, lot))
		Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith("status.lots"))
	})
})

var _ = Describe("A client with types", func() {
	DescribeTable("changes nothing in the spec of what it reads and writes", func(ctx SpecContext, manifest string, typed client.Object) {
		object := create(ctx, parse(manifest))
		Expect(apiServer.Get(ctx, client.ObjectKeyFromObject(object), typed)).To(Succeed())
		typed.SetLabels(map[string]string{"seen": "yes"})
		Expect(apiServer.Update(ctx, typed)).To(Succeed())
		Expect(typed.GetGeneration()).To(BeEquivalentTo(1))
	},
		Entry("of an account", complete["PrepayAccount"], &prepayv1alpha1.PrepayAccount{}),
		Entry("of a bucket", complete["Bucket"], &prepayv1alpha1.Bucket{}),
		Entry("of a bucket that says little", minimal["Bucket"], &prepayv1alpha1.Bucket{}),
		Entry("of a top-up", complete["TopUp"], &prepayv1alpha1.TopUp{}),
		Entry("of a top-up that extends", extending, &prepayv1alpha1.TopUp{}),
		Entry("of a transfer", complete["BalanceTransfer"], &prepayv1alpha1.BalanceTransfer{}),
		Entry("of a reservation", complete["BalanceReservation"], &prepayv1alpha1.BalanceReservation{}),
		Entry("of an adjustment", complete["BalanceAdjustment"], &prepayv1alpha1.BalanceAdjustment{}),
	)
})
