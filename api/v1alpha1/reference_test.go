// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var references = []struct{ kind, path string }{
	{"Bucket", "spec.accountRef"},
	{"Bucket", "spec.sharedWith[0].accountRef"},
	{"TopUp", "spec.accountRef"},
	{"TopUp", "spec.bucketRef"},
	{"BalanceReservation", "spec.accountRef"},
	{"BalanceReservation", "spec.bucketRef"},
	{"BalanceAdjustment", "spec.accountRef"},
	{"BalanceAdjustment", "spec.bucketRef"},
	{"BalanceTransfer", "spec.source.accountRef"},
	{"BalanceTransfer", "spec.source.bucketRef"},
	{"BalanceTransfer", "spec.destination.accountRef"},
	{"BalanceTransfer", "spec.destination.bucketRef"},
}

var _ = Describe("A reference", func() {
	for _, reference := range references {
		Describe(reference.kind+" "+reference.path, func() {
			It("is refused with a namespace, its own included, also from clients that do not validate", func(ctx SpecContext) {
				for _, namespace := range []string{"elsewhere", "default"} {
					object := parse(complete[reference.kind])
					set(object, reference.path+".namespace", namespace)
					Expect(apiServer.Create(ctx, object, client.FieldValidation("Ignore"))).
						To(beRefusedWith("must be in the same namespace; remove namespace"))
				}
			})

			It("takes a name of 63 characters and refuses one of 64", func(ctx SpecContext) {
				object := parse(complete[reference.kind])
				set(object, reference.path+".name", strings.Repeat("a", 63))
				Expect(admit(ctx, object)).To(Succeed())
				set(object, reference.path+".name", strings.Repeat("a", 64))
				Expect(admit(ctx, object)).To(beRefusedWith("may not be more than 63"))
			})

			It("is refused without a name, and with what cannot be one", func(ctx SpecContext) {
				object := parse(complete[reference.kind])
				for _, name := range []string{"", "@main", "Alice", "-alice", "alice-", "a/b", "a b"} {
					set(object, reference.path+".name", name)
					Expect(admit(ctx, object)).To(beRefusedWith(reference.path+".name"), "%q", name)
				}
				remove(object, reference.path+".name")
				Expect(admit(ctx, object)).To(beRefusedWith(reference.path + ".name: Required value"))
			})
		})
	}

	DescribeTable("can be selected by", func(ctx SpecContext, kind, path string) {
		name := "selected-by-" + strings.ToLower(strings.NewReplacer(".", "-", "spec", kind).Replace(path))
		object := parse(complete[kind])
		set(object, path, name)
		create(ctx, object)
		create(ctx, parse(complete[kind]))

		found := &unstructured.UnstructuredList{}
		found.SetGroupVersionKind(object.GroupVersionKind())
		Expect(apiServer.List(ctx, found, client.InNamespace("default"), client.MatchingFields{path: name})).To(Succeed())
		Expect(found.Items).To(HaveLen(1))
		Expect(found.Items[0].GetName()).To(Equal(object.GetName()))
	},
		Entry("a bucket's account", "Bucket", "spec.accountRef.name"),
		Entry("a top-up's account", "TopUp", "spec.accountRef.name"),
		Entry("a transfer's source", "BalanceTransfer", "spec.source.accountRef.name"),
		Entry("a transfer's destination", "BalanceTransfer", "spec.destination.accountRef.name"),
		Entry("a reservation's account", "BalanceReservation", "spec.accountRef.name"),
		Entry("an adjustment's account", "BalanceAdjustment", "spec.accountRef.name"),
	)
})

var _ = Describe("A transfer", func() {
	transfer := func(source, destination map[string]any) *unstructured.Unstructured {
		object := parse(minimal["BalanceTransfer"])
		set(object, "spec.source", source)
		set(object, "spec.destination", destination)
		return object
	}
	end := func(account string, bucket ...string) map[string]any {
		end := map[string]any{"accountRef": map[string]any{"name": account}}
		for _, name := range bucket {
			end["bucketRef"] = map[string]any{"name": name}
		}
		return end
	}

	DescribeTable("between two ends that are one is refused", func(ctx SpecContext, source, destination map[string]any) {
		Expect(admit(ctx, transfer(source, destination))).To(beRefusedWith("source and destination must differ"))
	},
		Entry("one account's main bucket", end("alice"), end("alice")),
		Entry("one bucket", end("alice", "data"), end("alice", "data")),
	)

	DescribeTable("between two ends that differ is taken", func(ctx SpecContext, source, destination map[string]any) {
		Expect(admit(ctx, transfer(source, destination))).To(Succeed())
	},
		Entry("two accounts", end("alice"), end("bob")),
		Entry("one account's main bucket and another bucket of it", end("alice"), end("alice", "savings")),
		Entry("another bucket and the main bucket", end("alice", "savings"), end("alice")),
		Entry("two buckets of one account", end("alice", "savings"), end("alice", "holiday")),
	)
})
