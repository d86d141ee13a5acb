// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A name", func() {
	DescribeTable("that others refer to has at most 63 characters", func(ctx SpecContext, kind string) {
		object := parse(complete[kind])
		object.SetName(strings.Repeat("a", 63))
		Expect(admit(ctx, object)).To(Succeed())
		object.SetName(strings.Repeat("a", 64))
		Expect(admit(ctx, object)).To(beRefusedWith("name must be at most 63 characters"))
	},
		Entry("an account's", "PrepayAccount"),
		Entry("a bucket's", "Bucket"),
	)

	It("of a ledger has at most 63 characters", func(ctx SpecContext) {
		ledger := &prepayv1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: strings.Repeat("a", 64)}}
		Expect(apiServer.Create(ctx, ledger, client.DryRunAll)).To(beRefusedWith("name must be at most 63 characters"))
		ledger = &prepayv1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: strings.Repeat("a", 63)}}
		Expect(apiServer.Create(ctx, ledger, client.DryRunAll)).To(Succeed())
	})

	DescribeTable("of an operation may have 253 characters", func(ctx SpecContext, kind string) {
		object := parse(complete[kind])
		object.SetName(strings.Repeat("a", 253))
		Expect(admit(ctx, object)).To(Succeed())
	},
		Entry("a top-up's", "TopUp"),
		Entry("a transfer's", "BalanceTransfer"),
		Entry("a reservation's", "BalanceReservation"),
		Entry("an adjustment's", "BalanceAdjustment"),
	)
})
