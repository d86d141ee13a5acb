// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var _ = Describe("An adjustment", func() {
	const (
		required  = "accountRef and amount are required, unless type is Reversal"
		forDebits = "product is what is charged for: it goes with GeneralDebit, OneTimeCharge and RecurringCharge only; remove it"
	)

	for _, kind := range []string{"GoodwillCredit", "GeneralCredit", "GeneralDebit", "OneTimeCharge", "RecurringCharge"} {
		Describe("of the type "+kind, func() {
			adjustment := func() *unstructured.Unstructured {
				object := parse(minimal["BalanceAdjustment"])
				set(object, "spec.type", kind)
				return object
			}

			It("is taken with an account and an amount, and refused without", func(ctx SpecContext) {
				Expect(admit(ctx, adjustment())).To(Succeed())
				for _, path := range []string{"spec.accountRef", "spec.amount"} {
					object := adjustment()
					remove(object, path)
					Expect(admit(ctx, object)).To(beRefusedWith(required), path)
				}
			})

			It("is for a product if it takes, and refused with one if it adds", func(ctx SpecContext) {
				object := adjustment()
				set(object, "spec.product.id", "roaming-pass")
				if strings.HasSuffix(kind, "Credit") {
					Expect(admit(ctx, object)).To(beRefusedWith(forDebits))
				} else {
					Expect(admit(ctx, object)).To(Succeed())
				}
			})

			It("undoes nothing", func(ctx SpecContext) {
				object := adjustment()
				set(object, "spec.of", map[string]any{"kind": "TopUp", "name": "alice-cash"})
				Expect(admit(ctx, object)).To(beRefusedWith("of names what to undo: it is required with type Reversal, and goes with no other"))
				object = adjustment()
				set(object, "spec.onShortfall", "Debt")
				Expect(admit(ctx, object)).To(beRefusedWith("onShortfall goes with type Reversal only; remove it"))
			})
		})
	}

	Describe("of the type Reversal", func() {
		It("is taken without an account and an amount, and refused with them", func(ctx SpecContext) {
			Expect(admit(ctx, parse(reversal))).To(Succeed())
			for path, value := range map[string]string{
				"spec.accountRef.name": "alice", "spec.bucketRef.name": "alice-data", "spec.amount": "4.00 EUR",
			} {
				object := parse(reversal)
				set(object, path, value)
				Expect(admit(ctx, object)).To(beRefusedWith(
					"a Reversal undoes the whole operation that of names; remove accountRef, bucketRef and amount"), path)
			}
		})

		It("says what it undoes, by its name or by its key", func(ctx SpecContext) {
			const either = "must have either name or idempotencyKey"
			object := parse(reversal)
			set(object, "spec.of.idempotencyKey", "sim-8812")
			Expect(admit(ctx, object)).To(beRefusedWith(either))
			remove(object, "spec.of.name")
			Expect(admit(ctx, object)).To(Succeed())
			remove(object, "spec.of.idempotencyKey")
			Expect(admit(ctx, object)).To(beRefusedWith(either))
			remove(object, "spec.of")
			Expect(admit(ctx, object)).To(beRefusedWith("of names what to undo: it is required with type Reversal"))
		})

		It("names whatever an operation may be called", func(ctx SpecContext) {
			object := parse(reversal)
			set(object, "spec.of.name", strings.Repeat("a", 253))
			Expect(admit(ctx, object)).To(Succeed())
			for _, name := range []string{"", "Alice", "a/b", strings.Repeat("a", 254)} {
				set(object, "spec.of.name", name)
				Expect(admit(ctx, object)).To(beRefusedWith("spec.of.name"), "%q", name)
			}
		})

		It("is for no product", func(ctx SpecContext) {
			object := parse(reversal)
			set(object, "spec.product.id", "roaming-pass")
			Expect(admit(ctx, object)).To(beRefusedWith(forDebits))
		})

		It("refuses a shortfall unless it is told otherwise", func(ctx SpecContext) {
			object := parse(reversal)
			remove(object, "spec.onShortfall")
			Expect(create(ctx, object).Object["spec"]).NotTo(HaveKey("onShortfall"))
		})
	})

	It("of another type is refused", func(ctx SpecContext) {
		for _, kind := range []string{"goodwillCredit", "Debit", ""} {
			object := parse(minimal["BalanceAdjustment"])
			set(object, "spec.type", kind)
			Expect(admit(ctx, object)).To(beRefusedWith("Unsupported value"), kind)
		}
	})
})
