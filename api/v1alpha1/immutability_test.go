// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var _ = Describe("What was asked for", func() {
	const (
		anotherTopUp    = "spec is immutable; create a new TopUp; only ttlSecondsAfterFinished may change"
		anotherTransfer = "spec is immutable; create a new BalanceTransfer; only ttlSecondsAfterFinished may change"
		anotherAdjust   = "spec is immutable; create a new BalanceAdjustment; only ttlSecondsAfterFinished may change"
		anotherHold     = "bucketRef, channel, reason and idempotencyKey are immutable; create a new BalanceReservation"
		stampedOnce     = "requestor is stamped at creation and never changes; leave it out"
		anotherOwner    = "owner.id is immutable once set; create a new PrepayAccount and transfer the balance to it"
	)

	DescribeTable("cannot be changed", func(ctx SpecContext, kind, path string, value any, message string) {
		object := create(ctx, parse(complete[kind]))
		set(object, path, value)
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(message))
	},
		Entry("an account's currency", "PrepayAccount", "spec.currency", "USD",
			"currency is immutable; create a new PrepayAccount for another currency"),
		Entry("an account's owner", "PrepayAccount", "spec.owner.id", "cust-1002", anotherOwner),
		Entry("a bucket's account", "Bucket", "spec.accountRef.name", "bob",
			"accountRef is immutable; create a new Bucket on the other account"),
		Entry("a bucket's usage type", "Bucket", "spec.usageType", "Other", "usageType is immutable; create a new Bucket"),
		Entry("a bucket's unit", "Bucket", "spec.unit", "MB", "unit is immutable; create a new Bucket"),
		Entry("a bucket's start", "Bucket", "spec.initialAmount", "20 GB",
			"initialAmount is immutable; create a TopUp to add to the bucket"),
		Entry("a bucket's class", "Bucket", "spec.class", "Granted", "class is immutable; create a new Bucket"),
		Entry("a top-up's account", "TopUp", "spec.accountRef.name", "bob", anotherTopUp),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef.name", "bob-data", anotherTopUp),
		Entry("a top-up's amount", "TopUp", "spec.amount", "26.00 EUR", anotherTopUp),
		Entry("a top-up's amount, though it is worth the same", "TopUp", "spec.amount", "25 EUR", anotherTopUp),
		Entry("a top-up's payment", "TopUp", "spec.payment.type", "BankTransfer", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", "till-4/8813", anotherTopUp),
		Entry("a top-up's channel", "TopUp", "spec.channel", "Web", anotherTopUp),
		Entry("a top-up's reason", "TopUp", "spec.reason", "another", anotherTopUp),
		Entry("a top-up's key", "TopUp", "spec.idempotencyKey", "another", anotherTopUp),
		Entry("a transfer's source", "BalanceTransfer", "spec.source.accountRef.name", "carol", anotherTransfer),
		Entry("a transfer's source bucket", "BalanceTransfer", "spec.source.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's destination", "BalanceTransfer", "spec.destination.accountRef.name", "carol", anotherTransfer),
		Entry("a transfer's destination bucket", "BalanceTransfer", "spec.destination.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's amount", "BalanceTransfer", "spec.amount", "11.00 EUR", anotherTransfer),
		Entry("a transfer's reason", "BalanceTransfer", "spec.reason", "dinner", anotherTransfer),
		Entry("a transfer's key", "BalanceTransfer", "spec.idempotencyKey", "another", anotherTransfer),
		Entry("a reservation's account", "BalanceReservation", "spec.accountRef.name", "bob",
			"accountRef is immutable; create a new BalanceReservation on the other account"),
		Entry("a reservation's bucket", "BalanceReservation", "spec.bucketRef.name", "other", anotherHold),
		Entry("a reservation's time", "BalanceReservation", "spec.expiresAfter", "37h",
			"expiresAfter is immutable; set expiresAt to hold for longer"),
		Entry("what becomes of a reservation", "BalanceReservation", "spec.onExpiry", "Release",
			"onExpiry is immutable; create a new BalanceReservation"),
		Entry("a reservation's channel", "BalanceReservation", "spec.channel", "Web", anotherHold),
		Entry("a reservation's reason", "BalanceReservation", "spec.reason", "another", anotherHold),
		Entry("a reservation's key", "BalanceReservation", "spec.idempotencyKey", "another", anotherHold),
		Entry("an adjustment's type", "BalanceAdjustment", "spec.type", "GeneralCredit", anotherAdjust),
		Entry("an adjustment's account", "BalanceAdjustment", "spec.accountRef.name", "bob", anotherAdjust),
		Entry("an adjustment's bucket", "BalanceAdjustment", "spec.bucketRef.name", "other", anotherAdjust),
		Entry("an adjustment's amount", "BalanceAdjustment", "spec.amount", "4.01 EUR", anotherAdjust),
		Entry("an adjustment's channel", "BalanceAdjustment", "spec.channel", "Web", anotherAdjust),
		Entry("an adjustment's reason", "BalanceAdjustment", "spec.reason", "another", anotherAdjust),
		Entry("an adjustment's key", "BalanceAdjustment", "spec.idempotencyKey", "another", anotherAdjust),
		Entry("who asked for a top-up", "TopUp", "spec.requestor", "mallory", stampedOnce),
		Entry("who asked for a transfer", "BalanceTransfer", "spec.requestor", "mallory", stampedOnce),
		Entry("who asked for an adjustment", "BalanceAdjustment", "spec.requestor", "mallory", stampedOnce),
	)

	DescribeTable("of a Reversal cannot be changed", func(ctx SpecContext, path string, value any) {
		object := create(ctx, parse(reversal))
		set(object, path, value)
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(anotherAdjust))
	},
		Entry("the kind that is undone", "spec.of.kind", "TopUp"),
		Entry("the name that is undone", "spec.of.name", "another"),
		Entry("what happens if too little is there", "spec.onShortfall", "Refuse"),
	)

	DescribeTable("cannot be taken away", func(ctx SpecContext, kind, path, message string) {
		object := create(ctx, parse(complete[kind]))
		remove(object, path)
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(message))
	},
		Entry("an account's owner", "PrepayAccount", "spec.owner", anotherOwner),
		Entry("a bucket's start", "Bucket", "spec.initialAmount", "initialAmount is immutable"),
		Entry("a bucket's class", "Bucket", "spec.class", "class is immutable"),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", anotherTopUp),
		Entry("a top-up's channel", "TopUp", "spec.channel", anotherTopUp),
		Entry("a top-up's reason", "TopUp", "spec.reason", anotherTopUp),
		Entry("a top-up's key", "TopUp", "spec.idempotencyKey", anotherTopUp),
		Entry("a transfer's source bucket", "BalanceTransfer", "spec.source.bucketRef", anotherTransfer),
		Entry("a transfer's destination bucket", "BalanceTransfer", "spec.destination.bucketRef", anotherTransfer),
		Entry("a transfer's reason", "BalanceTransfer", "spec.reason", anotherTransfer),
		Entry("a transfer's key", "BalanceTransfer", "spec.idempotencyKey", anotherTransfer),
		Entry("a reservation's bucket", "BalanceReservation", "spec.bucketRef", anotherHold),
		Entry("a reservation's time", "BalanceReservation", "spec.expiresAfter", "expiresAfter is immutable"),
		Entry("what becomes of a reservation", "BalanceReservation", "spec.onExpiry", "onExpiry is immutable"),
		Entry("a reservation's channel", "BalanceReservation", "spec.channel", anotherHold),
		Entry("a reservation's reason", "BalanceReservation", "spec.reason", anotherHold),
		Entry("a reservation's key", "BalanceReservation", "spec.idempotencyKey", anotherHold),
		Entry("an adjustment's bucket", "BalanceAdjustment", "spec.bucketRef", anotherAdjust),
		Entry("an adjustment's channel", "BalanceAdjustment", "spec.channel", anotherAdjust),
		Entry("an adjustment's reason", "BalanceAdjustment", "spec.reason", anotherAdjust),
		Entry("an adjustment's key", "BalanceAdjustment", "spec.idempotencyKey", anotherAdjust),
	)

	DescribeTable("cannot be added later", func(ctx SpecContext, kind, path string, value any, message string) {
		object := create(ctx, parse(minimal[kind]))
		set(object, path, value)
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(message))
	},
		Entry("a bucket's start", "Bucket", "spec.initialAmount", "10 GB", "initialAmount is immutable"),
		Entry("a bucket's class", "Bucket", "spec.class", "Paid", "class is immutable"),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef.name", "alice-data", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", "till-4/8812", anotherTopUp),
		Entry("a top-up's key", "TopUp", "spec.idempotencyKey", "another", anotherTopUp),
		Entry("a transfer's source bucket", "BalanceTransfer", "spec.source.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's destination bucket", "BalanceTransfer", "spec.destination.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's key", "BalanceTransfer", "spec.idempotencyKey", "another", anotherTransfer),
		Entry("a reservation's bucket", "BalanceReservation", "spec.bucketRef.name", "other", anotherHold),
		Entry("a reservation's channel", "BalanceReservation", "spec.channel", "Web", anotherHold),
		Entry("a reservation's reason", "BalanceReservation", "spec.reason", "another", anotherHold),
		Entry("a reservation's key", "BalanceReservation", "spec.idempotencyKey", "another", anotherHold),
		Entry("an adjustment's bucket", "BalanceAdjustment", "spec.bucketRef.name", "other", anotherAdjust),
		Entry("an adjustment's key", "BalanceAdjustment", "spec.idempotencyKey", "another", anotherAdjust),
		Entry("who asked for a top-up", "TopUp", "spec.requestor", "clerk", stampedOnce),
		Entry("who asked for a transfer", "BalanceTransfer", "spec.requestor", "clerk", stampedOnce),
		Entry("who asked for an adjustment", "BalanceAdjustment", "spec.requestor", "clerk", stampedOnce),
	)

	DescribeTable("may be changed where that is said", func(ctx SpecContext, manifest map[string]string, kind, path string, value any) {
		object := create(ctx, parse(manifest[kind]))
		set(object, path, value)
		Expect(apiServer.Update(ctx, object)).To(Succeed())
		got, _, err := unstructured.NestedFieldNoCopy(object.Object, splitPath(path)...)
		Expect(err).NotTo(HaveOccurred())
		Expect(got).To(Equal(value))
	},
		Entry("an account's state", complete, "PrepayAccount", "spec.state", "Suspended"),
		Entry("an account's credit limit", complete, "PrepayAccount", "spec.creditLimit", "50.00 EUR"),
		Entry("an account's ceiling", complete, "PrepayAccount", "spec.maximumBalance", "1000.00 EUR"),
		Entry("an account's deletion policy", complete, "PrepayAccount", "spec.deletionPolicy", "Retain"),
		Entry("an account's owner's name", complete, "PrepayAccount", "spec.owner.name", "Alice Smith"),
		Entry("an account's owner, once", minimal, "PrepayAccount", "spec.owner.id", "cust-1001"),
		Entry("a bucket's state", complete, "Bucket", "spec.state", "Suspended"),
		Entry("a bucket's deletion policy", complete, "Bucket", "spec.deletionPolicy", "Retain"),
		Entry("a top-up's time to live", complete, "TopUp", "spec.ttlSecondsAfterFinished", int64(0)),
		Entry("a top-up's time to live, given later", minimal, "TopUp", "spec.ttlSecondsAfterFinished", int64(60)),
		Entry("a transfer's time to live", complete, "BalanceTransfer", "spec.ttlSecondsAfterFinished", int64(60)),
		Entry("a reservation's time to live", complete, "BalanceReservation", "spec.ttlSecondsAfterFinished", int64(60)),
		Entry("who asked for a reservation's newest step", complete, "BalanceReservation", "spec.requestor", "agent"),
		Entry("an adjustment's time to live", complete, "BalanceAdjustment", "spec.ttlSecondsAfterFinished", int64(60)),
	)

	DescribeTable("stays as written: no field is filled in or rewritten by the server", func(ctx SpecContext, kind string, defaults map[string]any) {
		for _, manifest := range []string{complete[kind], minimal[kind]} {
			want, _, err := unstructured.NestedMap(parse(manifest).Object, "spec")
			Expect(err).NotTo(HaveOccurred())
			for field, value := range defaults {
				if _, isSet := want[field]; !isSet {
					want[field] = value
				}
			}
			got, _, err := unstructured.NestedMap(create(ctx, parse(manifest)).Object, "spec")
			Expect(err).NotTo(HaveOccurred())
			Expect(got).To(BeComparableTo(want))
		}
	},
		Entry("of an account, but for its deletion policy", "PrepayAccount", map[string]any{"deletionPolicy": "Retain"}),
		Entry("of a bucket, but for its class and deletion policy", "Bucket",
			map[string]any{"class": "Granted", "deletionPolicy": "Retain"}),
		Entry("of a top-up", "TopUp", nil),
		Entry("of a transfer", "BalanceTransfer", nil),
		Entry("of a reservation, but for how it ends", "BalanceReservation",
			map[string]any{"expiresAfter": "15m", "onExpiry": "Release"}),
		Entry("of an adjustment", "BalanceAdjustment", nil),
	)
})
