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
		anotherHold     = "bucketRef, product, channel, reason and idempotencyKey are immutable; create a new BalanceReservation"
		stampedOnce     = "requestor is stamped at creation and never changes; leave it out"
		anotherValidity = "validFor is immutable; create a TopUp with a validityExtension to move the bucket's end, or a new Bucket"
		anotherCycle    = "cycle is immutable; create a new Bucket"
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
		Entry("when a bucket starts", "Bucket", "spec.validFor.start", firstOfJanuary, anotherValidity),
		Entry("how long a bucket lasts", "Bucket", "spec.validFor.duration", "2y", anotherValidity),
		Entry("a bucket's cycle", "Bucket", "spec.cycle.every", "1w", anotherCycle),
		Entry("a bucket's cycle, though it is as long", "Bucket", "spec.cycle.every", "4w", anotherCycle),
		Entry("where a bucket's cycles begin", "Bucket", "spec.cycle.anchor", firstOfJanuary, anotherCycle),
		Entry("a top-up's account", "TopUp", "spec.accountRef.name", "bob", anotherTopUp),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef.name", "bob-data", anotherTopUp),
		Entry("a top-up's amount", "TopUp", "spec.amount", "26.00 EUR", anotherTopUp),
		Entry("a top-up's amount, though it is worth the same", "TopUp", "spec.amount", "25 EUR", anotherTopUp),
		Entry("a top-up's payment", "TopUp", "spec.payment.type", "BankTransfer", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", "till-4/8813", anotherTopUp),
		Entry("when a top-up starts", "TopUp", "spec.validFor.start", firstOfJanuary, anotherTopUp),
		Entry("how long a top-up lasts", "TopUp", "spec.validFor.duration", "31d", anotherTopUp),
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
		Entry("a reservation's product", "BalanceReservation", "spec.product.id", "other", anotherHold),
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
		Entry("an adjustment's product", "BalanceAdjustment", "spec.product.id", "other", anotherAdjust),
		Entry("an adjustment's channel", "BalanceAdjustment", "spec.channel", "Web", anotherAdjust),
		Entry("an adjustment's reason", "BalanceAdjustment", "spec.reason", "another", anotherAdjust),
		Entry("an adjustment's key", "BalanceAdjustment", "spec.idempotencyKey", "another", anotherAdjust),
		Entry("who asked for a top-up", "TopUp", "spec.requestor", "mallory", stampedOnce),
		Entry("who asked for a transfer", "BalanceTransfer", "spec.requestor", "mallory", stampedOnce),
		Entry("who asked for an adjustment", "BalanceAdjustment", "spec.requestor", "mallory", stampedOnce),
	)

	DescribeTable("of an extension cannot be changed", func(ctx SpecContext, path string, value any) {
		object := create(ctx, parse(extending))
		set(object, path, value)
		Expect(apiServer.Update(ctx, object)).To(beRefusedWith(anotherTopUp))
	},
		Entry("the policy", "spec.validityExtension.policy", "Replace"),
		Entry("the duration", "spec.validityExtension.duration", "31d"),
		Entry("the ceiling", "spec.validityExtension.ceiling", "366d"),
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
		Entry("a bucket's validity", "Bucket", "spec.validFor", anotherValidity),
		Entry("when a bucket starts", "Bucket", "spec.validFor.start", anotherValidity),
		Entry("how long a bucket lasts", "Bucket", "spec.validFor.duration", anotherValidity),
		Entry("where a bucket's cycles begin", "Bucket", "spec.cycle.anchor", anotherCycle),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", anotherTopUp),
		Entry("a top-up's validity", "TopUp", "spec.validFor", anotherTopUp),
		Entry("when a top-up starts", "TopUp", "spec.validFor.start", anotherTopUp),
		Entry("a top-up's channel", "TopUp", "spec.channel", anotherTopUp),
		Entry("a top-up's reason", "TopUp", "spec.reason", anotherTopUp),
		Entry("a top-up's key", "TopUp", "spec.idempotencyKey", anotherTopUp),
		Entry("a transfer's source bucket", "BalanceTransfer", "spec.source.bucketRef", anotherTransfer),
		Entry("a transfer's destination bucket", "BalanceTransfer", "spec.destination.bucketRef", anotherTransfer),
		Entry("a transfer's reason", "BalanceTransfer", "spec.reason", anotherTransfer),
		Entry("a transfer's key", "BalanceTransfer", "spec.idempotencyKey", anotherTransfer),
		Entry("a reservation's bucket", "BalanceReservation", "spec.bucketRef", anotherHold),
		Entry("a reservation's product", "BalanceReservation", "spec.product", anotherHold),
		Entry("a reservation's time", "BalanceReservation", "spec.expiresAfter", "expiresAfter is immutable"),
		Entry("what becomes of a reservation", "BalanceReservation", "spec.onExpiry", "onExpiry is immutable"),
		Entry("a reservation's channel", "BalanceReservation", "spec.channel", anotherHold),
		Entry("a reservation's reason", "BalanceReservation", "spec.reason", anotherHold),
		Entry("a reservation's key", "BalanceReservation", "spec.idempotencyKey", anotherHold),
		Entry("an adjustment's bucket", "BalanceAdjustment", "spec.bucketRef", anotherAdjust),
		Entry("an adjustment's product", "BalanceAdjustment", "spec.product", anotherAdjust),
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
		Entry("a bucket's validity", "Bucket", "spec.validFor", map[string]any{"duration": "30d"}, anotherValidity),
		Entry("a bucket's cycle", "Bucket", "spec.cycle.every", "1mo", anotherCycle),
		Entry("a top-up's bucket", "TopUp", "spec.bucketRef.name", "alice-data", anotherTopUp),
		Entry("a top-up's validity", "TopUp", "spec.validFor.duration", "30d", anotherTopUp),
		Entry("a top-up's extension", "TopUp", "spec.validityExtension.policy", "None", anotherTopUp),
		Entry("a top-up's receipt", "TopUp", "spec.payment.reference", "till-4/8812", anotherTopUp),
		Entry("a top-up's key", "TopUp", "spec.idempotencyKey", "another", anotherTopUp),
		Entry("a transfer's source bucket", "BalanceTransfer", "spec.source.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's destination bucket", "BalanceTransfer", "spec.destination.bucketRef.name", "other", anotherTransfer),
		Entry("a transfer's key", "BalanceTransfer", "spec.idempotencyKey", "another", anotherTransfer),
		Entry("a reservation's bucket", "BalanceReservation", "spec.bucketRef.name", "other", anotherHold),
		Entry("a reservation's product", "BalanceReservation", "spec.product.id", "other", anotherHold),
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
		Expect(nested(object, path)).To(Equal(value))
	},
		Entry("an account's state", complete, "PrepayAccount", "spec.state", "Suspended"),
		Entry("an account's credit limit", complete, "PrepayAccount", "spec.creditLimit", "50.00 EUR"),
		Entry("an account's ceiling", complete, "PrepayAccount", "spec.maximumBalance", "1000.00 EUR"),
		Entry("an account's deletion policy", complete, "PrepayAccount", "spec.deletionPolicy", "Retain"),
		Entry("an account's time zone", complete, "PrepayAccount", "spec.timeZone", "America/New_York"),
		Entry("an account's time zone, given later", minimal, "PrepayAccount", "spec.timeZone", "UTC"),
		Entry("an account's owner's name", complete, "PrepayAccount", "spec.owner.name", "Alice Smith"),
		Entry("an account's owner, once", minimal, "PrepayAccount", "spec.owner.id", "cust-1001"),
		Entry("a bucket's state", complete, "Bucket", "spec.state", "Suspended"),
		Entry("a bucket's deletion policy", complete, "Bucket", "spec.deletionPolicy", "Retain"),
		Entry("a bucket's place", complete, "Bucket", "spec.priority", int64(-10)),
		Entry("whether a bucket is the last one", complete, "Bucket", "spec.blocker", false),
		Entry("what a bucket is for", complete, "Bucket", "spec.products", []any{map[string]any{"id": "data-bundle-8"}}),
		Entry("what a bucket is for, given later", minimal, "Bucket", "spec.products", []any{map[string]any{"id": "data-bundle-7"}}),
		Entry("what a bucket is refilled with", complete, "Bucket", "spec.refill.amount", "20 GB"),
		Entry("how much is kept", complete, "Bucket", "spec.rollover.percentage", int64(100)),
		Entry("how much is kept at most", complete, "Bucket", "spec.rollover.cap", "8 GB"),
		Entry("how often it is kept", complete, "Bucket", "spec.rollover.cycles", int64(3)),
		Entry("whom a bucket is shared with", complete, "Bucket", "spec.sharedWith[0].accountRef.name", "eleni"),
		Entry("whom a bucket is shared with, given later", minimal, "Bucket", "spec.sharedWith",
			[]any{map[string]any{"accountRef": map[string]any{"name": "nikos"}}}),
		Entry("whom a bucket is shared with, taken back", complete, "Bucket", "spec.sharedWith", []any{}),
		Entry("how much of a bucket is shared", complete, "Bucket", "spec.sharedWith[0].cap", "3 GB"),
		Entry("for how long it is kept", complete, "Bucket", "spec.rollover.duration", "1mo"),
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
		Entry("of a bucket, but for its class, its place in the burn order and its deletion policy", "Bucket",
			map[string]any{"class": "Granted", "priority": int64(0), "blocker": false, "deletionPolicy": "Retain"}),
		Entry("of a top-up", "TopUp", nil),
		Entry("of a transfer", "BalanceTransfer", nil),
		Entry("of a reservation, but for how it ends", "BalanceReservation",
			map[string]any{"expiresAfter": "15m", "onExpiry": "Release"}),
		Entry("of an adjustment", "BalanceAdjustment", nil),
	)
})
