// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A bucket that is shared", func() {
	const (
		twice = "must have each account once; remove all but one of its entries"
		own   = "sharedWith must not have the bucket's own account, which may use the bucket already; remove its entry"
	)
	share := func(account string, limit ...any) map[string]any {
		share := map[string]any{"accountRef": map[string]any{"name": account}}
		for _, amount := range limit {
			share["cap"] = amount
		}
		return share
	}
	// family has accounts whose names are as long as can be, and differ in nothing but their ends.
	family := func(count int) []any {
		var list []any
		for i := range count {
			list = append(list, share(strings.Repeat("n", 60)+fmt.Sprintf("%03d", i), "2 GB"))
		}
		return list
	}

	It("says with whom", func(ctx SpecContext) {
		object := parse(minimal["Bucket"])
		set(object, "spec.sharedWith", []any{map[string]any{"cap": "2 GB"}})
		Expect(admit(ctx, object)).To(beRefusedWith("spec.sharedWith[0].accountRef: Required value"))
	})

	DescribeTable("may be so with", func(ctx SpecContext, list []any) {
		object := parse(minimal["Bucket"])
		set(object, "spec.sharedWith", list)
		Expect(nested(create(ctx, object), "spec.sharedWith")).To(Equal(list))
	},
		Entry("nobody", []any{}),
		Entry("one who may use it all", []any{share("nikos")}),
		Entry("accounts in any order, with a cap or without", []any{share("nikos", "2 GB"), share("eleni"), share("dora", "500 MB")}),
		Entry("100 accounts", family(100)),
	)

	DescribeTable("cannot be so with", func(ctx SpecContext, list []any, message string) {
		object := parse(minimal["Bucket"])
		set(object, "spec.sharedWith", list)
		Expect(admit(ctx, object)).To(beRefusedWith(message))
	},
		Entry("101 accounts", family(101), "spec.sharedWith: Too many: 101"),
		Entry("an account twice", []any{share("nikos"), share("eleni"), share("nikos")}, twice),
		Entry("an account twice, with two caps", []any{share("nikos", "2 GB"), share("nikos", "3 GB")}, twice),
		Entry("the last of 100 accounts twice", append(family(100)[1:], family(100)[99]), twice),
		Entry("the account that it belongs to", []any{share("nikos"), share("alice", "2 GB")}, own),
	)

	It("cannot come to be so with its own account, or with one twice", func(ctx SpecContext) {
		object := create(ctx, parse(complete["Bucket"]))
		set(object, "spec.sharedWith[0].accountRef.name", "alice")
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(own))
		set(object, "spec.sharedWith", []any{share("nikos"), share("nikos")})
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(twice))
	})

	It("shows what each has used, also more than a person may write, and at most 100 of them", func(ctx SpecContext) {
		object := create(ctx, parse(complete["Bucket"]))
		uses := []any{
			map[string]any{"account": "nikos", "used": "1.2 GB", "cap": "2 GB"},
			map[string]any{"account": "eleni", "used": "999999999999999999 B"},
			map[string]any{"account": "dora", "used": "0 B", "cap": "999999999999999999 B"},
		}
		set(object, "status.sharedWith", uses)
		Expect(apiServer.Status().Update(ctx, object)).To(Succeed())

		typed := &prepayv1alpha1.Bucket{}
		Expect(apiServer.Get(ctx, client.ObjectKeyFromObject(object), typed)).To(Succeed())
		Expect(typed.Spec.SharedWith).To(Equal([]prepayv1alpha1.BucketShare{
			{AccountRef: prepayv1alpha1.AccountReference{Name: "nikos"}, Cap: "2 GB"},
		}))
		Expect(typed.Status.SharedWith).To(Equal([]prepayv1alpha1.BucketShareUse{
			{Account: "nikos", Used: "1.2 GB", Cap: "2 GB"},
			{Account: "eleni", Used: "999999999999999999 B"},
			{Account: "dora", Used: "0 B", Cap: "999999999999999999 B"},
		}))

		var many []any
		for range 34 {
			many = append(many, uses...)
		}
		set(object, "status.sharedWith", many[:101])
		Expect(apiServer.Status().Update(ctx, object)).To(beRefusedWith("status.sharedWith: Too many: 101"))
		set(object, "status.sharedWith", many[:100])
		Expect(apiServer.Status().Update(ctx, object)).To(Succeed())
	})
})
