// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// kstatusOf is what a GitOps tool that knows nothing of these kinds computes.
func kstatusOf(obj client.Object) func(Gomega) status.Status {
	return func(g Gomega) status.Status {
		gvk, err := apiutil.GVKForObject(obj, scheme)
		g.Expect(err).NotTo(HaveOccurred())
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(gvk)
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(obj), u)).To(Succeed())
		result, err := status.Compute(u)
		g.Expect(err).NotTo(HaveOccurred())
		return result.Status
	}
}

var _ = Describe("kstatus", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	DescribeTable("computes InProgress, then Current",
		func(waits func() client.Object) {
			obj := waits()
			apply(obj)
			Consistently(kstatusOf(obj), "500ms").Should(Equal(status.InProgressStatus))
			apply(MakeAccount(ns, "alice").CreditLimit("9.00 EUR").Obj(), MakeAccount(ns, "bob").Obj())
			Eventually(kstatusOf(obj)).Should(Equal(status.CurrentStatus))
		},
		Entry("for a Bucket", func() client.Object { return MakeBucket(ns, "data", "alice").Obj() }),
		Entry("for a TopUp", func() client.Object { return MakeTopUp(ns, "cash", "alice", "5.00 EUR").Obj() }),
		Entry("for a BalanceTransfer", func() client.Object { return MakeTransfer(ns, "lunch", "alice", "bob", "5.00 EUR").Obj() }),
		Entry("for a BalanceAdjustment", func() client.Object { return MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj() }),
		Entry("for a BalanceReservation", func() client.Object { return MakeReservation(ns, "session", "alice", "5.00 EUR").Obj() }),
	)

	DescribeTable("computes Failed if a person has to change something",
		func(fails func() client.Object) {
			apply(MakeAccount(ns, "alice").Obj(), MakeAccount(ns, "bob").Obj())
			obj := fails()
			apply(obj)
			Eventually(kstatusOf(obj)).Should(Equal(status.FailedStatus))
		},
		Entry("for a PrepayAccount", func() client.Object { return MakeAccount(ns, "carol").Currency("XYZ").Obj() }),
		Entry("for a Bucket", func() client.Object { return MakeBucket(ns, "data", "alice").Initial("5 min").Obj() }),
		Entry("for a TopUp", func() client.Object { return MakeTopUp(ns, "cash", "alice", "5.005 EUR").Obj() }),
		Entry("for a BalanceTransfer", func() client.Object { return MakeTransfer(ns, "lunch", "alice", "bob", "5.00 EUR").Obj() }),
		Entry("for a BalanceAdjustment", func() client.Object { return MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj() }),
		Entry("for a BalanceReservation", func() client.Object { return MakeReservation(ns, "session", "alice", "5.00 EUR").Obj() }),
	)

	DescribeTable("never takes a new object for finished",
		func(kind func() client.Object) {
			obj := kind()
			apply(obj)
			content, err := toUnstructured(obj)
			Expect(err).NotTo(HaveOccurred())
			result, err := status.Compute(content)
			Expect(err).NotTo(HaveOccurred())
			Expect(result.Status).To(Equal(status.InProgressStatus))
		},
		Entry("a PrepayAccount", func() client.Object { return MakeAccount(ns, "alice").Obj() }),
		Entry("a Bucket", func() client.Object { return MakeBucket(ns, "data", "alice").Obj() }),
		Entry("a TopUp", func() client.Object { return MakeTopUp(ns, "cash", "alice", "5.00 EUR").Obj() }),
		Entry("a BalanceTransfer", func() client.Object { return MakeTransfer(ns, "lunch", "alice", "bob", "5.00 EUR").Obj() }),
		Entry("a BalanceAdjustment", func() client.Object { return MakeCharge(ns, "fee", "alice", "5.00 EUR").Obj() }),
		Entry("a BalanceReservation", func() client.Object { return MakeReservation(ns, "session", "alice", "5.00 EUR").Obj() }),
		Entry("a Ledger", func() client.Object { return &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: ns}} }),
	)

	It("computes Current, InProgress and Current again for an account whose spec changes, whatever its state", func() {
		account := MakeAccount(ns, "alice").Obj()
		apply(account)
		Eventually(kstatusOf(account)).Should(Equal(status.CurrentStatus))
		becomes(account, "True Active")
		account.Spec.State = v1alpha1.AccountSuspended
		Expect(k8s.Update(ctx, account)).To(Succeed())
		content, err := toUnstructured(account)
		Expect(err).NotTo(HaveOccurred())
		result, err := status.Compute(content)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Status).To(Equal(status.InProgressStatus), "as the answer to the update had it")
		becomes(account, "True Suspended")
		Expect(kstatusOf(account)(Default)).To(Equal(status.CurrentStatus))
	})
})
