// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A namespace that is deleted and made anew", func() {
	var ns string

	// terminate deletes the namespace; without a namespace controller it stays
	// in that state.
	terminate := func() {
		GinkgoHelper()
		Expect(k8s.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})).To(Succeed())
	}
	// makeAnew does what a namespace controller would do at last, and then what
	// a person does.
	makeAnew := func(annotations map[string]string) {
		GinkgoHelper()
		var old corev1.Namespace
		Expect(k8s.Get(ctx, client.ObjectKey{Name: ns}, &old)).To(Succeed())
		old.Spec.Finalizers = nil
		Expect(k8s.SubResource("finalize").Update(ctx, &old)).To(Succeed())
		vanishes(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})
		apply(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns, Annotations: annotations}})
	}
	annotate := func(word string) {
		GinkgoHelper()
		patch := client.RawPatch("application/merge-patch+json",
			[]byte(`{"metadata":{"annotations":{"prepay.dev/ledger":"`+word+`"}}}`))
		Expect(k8s.Patch(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, patch)).To(Succeed())
	}

	BeforeEach(func() { ns = newNamespace() })

	// leave puts 25.00 EUR on alice's account and deletes everything.
	leave := func() {
		GinkgoHelper()
		account := funded(ns, "alice", "25.00 EUR")
		becomes(account, "True Active")
		remove(account, MakeTopUp(ns, "funding-alice", "alice", "25.00 EUR").Obj())
		terminate()
	}

	It("does not inherit a cent until it is annotated with adopt", func() {
		leave()
		makeAnew(nil)
		account := MakeAccount(ns, "alice").Obj()
		topUp := MakeTopUp(ns, "more", "alice", "5.00 EUR").Obj()
		bucket := MakeBucket(ns, "data", "alice").Obj()
		replay := MakeTopUp(ns, "funding-alice", "alice", "25.00 EUR").Obj()
		apply(account, topUp, bucket, replay)
		becomes(account, "False AdoptionRequired")
		becomes(topUp, "False AdoptionRequired")
		becomes(bucket, "False AdoptionRequired")
		becomes(replay, "False AdoptionRequired")
		Expect(account.Status.Balance).To(BeNil())
		Expect(messageOf(account)).To(ContainSubstring(
			"kubectl annotate namespace " + ns + " prepay.dev/ledger=adopt --overwrite"))

		annotate("maybe")
		annotate(v1alpha1.LedgerAdopt)
		becomes(account, "True Active")
		becomes(topUp, "True Completed")
		becomes(bucket, "True Depleted")
		becomes(replay, "True Completed")
		Expect(replay.Status.Replayed).To(BeTrue())
		Eventually(credit(ns, "alice")).Should(Equal("30.00 EUR"))
	})

	It("starts at zero with fresh, and every old name can be used", func() {
		leave()
		makeAnew(map[string]string{v1alpha1.LedgerAnnotation: v1alpha1.LedgerFresh})
		account := MakeAccount(ns, "alice").Currency("USD").Obj()
		apply(account)
		becomes(account, "True Active")
		Expect(string(account.Status.Balance.Credit)).To(Equal("0.00 USD"))
		topUp := MakeTopUp(ns, "funding-alice", "alice", "1.00 USD").Obj()
		apply(topUp)
		becomes(topUp, "True Completed")
		Expect(topUp.Status.Replayed).To(BeFalse())
		Eventually(credit(ns, "alice")).Should(Equal("1.00 USD"))
	})

	It("lets go of accounts and buckets while it is deleted, and keeps their money", func() {
		account := MakeAccount(ns, "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		bucket := MakeBucket(ns, "data", "alice").Initial("10 GB").DeletionPolicy(v1alpha1.BucketDeletionForfeit).Obj()
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		waiting := MakeTopUp(ns, "early", "nobody", "25.00 EUR").Obj()
		apply(account, bucket, topUp, waiting)
		becomes(topUp, "True Completed")
		becomes(bucket, "True Active")
		becomes(waiting, "False AccountNotFound")
		terminate()
		becomes(waiting, "False NamespaceTerminating")
		remove(account, bucket, topUp, waiting)

		makeAnew(map[string]string{v1alpha1.LedgerAnnotation: v1alpha1.LedgerAdopt})
		account = MakeAccount(ns, "alice").Obj()
		bucket = MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(account, bucket)
		becomes(account, "True Active")
		becomes(bucket, "True Active")
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
		Eventually(remaining(ns, "data")).Should(Equal("10 GB"))
	})

	It("does not pay what was asked for in its forerunner and left over", func() {
		left := MakeTopUp(ns, "left", "alice", "25.00 EUR").Obj()
		apply(left)
		becomes(left, "False AccountNotFound")
		terminate()
		becomes(left, "False NamespaceTerminating")
		// Creation times have whole seconds.
		Eventually(time.Now).Should(BeTemporally(">", left.CreationTimestamp.Add(time.Second)))
		makeAnew(map[string]string{v1alpha1.LedgerAnnotation: v1alpha1.LedgerFresh})
		account := MakeAccount(ns, "alice").Obj()
		apply(account)
		becomes(account, "True Active")
		becomes(left, "False AdoptionRequired")
		Expect(messageOf(left)).To(ContainSubstring("older than its namespace"))
		Eventually(credit(ns, "alice")).Should(Equal("0.00 EUR"))
	})
})
