// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
)

var _ = Describe("What the cache leaves out", func() {
	const kubectl, manifest = "kubectl-client-side-apply", `{"kind":"…"}`
	strip := controllers.CacheOptions().DefaultTransform

	// asApplied makes an object look as kubectl apply leaves it.
	asApplied := func(obj client.Object) {
		obj.SetAnnotations(map[string]string{corev1.LastAppliedConfigAnnotation: manifest})
		Expect(k8s.Create(ctx, obj, client.FieldOwner(kubectl))).To(Succeed())
	}
	// writers are who the API server knows to have written the object.
	writers := func(obj client.Object) func(Gomega) []string {
		return func(g Gomega) []string {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())
			g.Expect(obj.GetAnnotations()).To(HaveKeyWithValue(corev1.LastAppliedConfigAnnotation, manifest))
			var names []string
			for _, entry := range obj.GetManagedFields() {
				names = append(names, entry.Manager)
			}
			return names
		}
	}

	It("is the history of the fields and the manifest that kubectl keeps, and nothing else", func() {
		topUp := MakeTopUp("n", "cash", "alice", "25.00 EUR").Obj()
		bare := topUp.DeepCopy()
		topUp.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: kubectl}}
		topUp.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: manifest}
		Expect(strip(topUp)).To(Equal(bare))

		bare.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
		topUp.Annotations = map[string]string{
			corev1.LastAppliedConfigAnnotation: manifest, v1alpha1.RequestedAtAnnotation: "now",
		}
		Expect(strip(topUp)).To(Equal(bare))
	})

	It("is nothing of what an informer says about an object that it missed the end of", func() {
		gone := toolscache.DeletedFinalStateUnknown{Key: "n/cash"}
		Expect(strip(gone)).To(Equal(gone))
	})

	It("stays on the server when an account's finalizer and status are written", func() {
		account := MakeAccount(newNamespace(), "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		asApplied(account)
		becomes(account, "True Active")
		Eventually(writers(account)).Should(ContainElements(kubectl, Not(Equal(kubectl))))
		Expect(account.Finalizers).To(ConsistOf(v1alpha1.Finalizer))

		base := account.DeepCopy()
		account.Spec.DeletionPolicy = v1alpha1.AccountDeletionRetain
		Expect(k8s.Patch(ctx, account, client.MergeFrom(base))).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(writers(account)(g)).To(ContainElement(kubectl))
			g.Expect(account.Finalizers).To(BeEmpty())
		}).Should(Succeed())
	})

	It("stays on the server when a one-shot's status is written, and written again after it has finished", func() {
		ns := newNamespace()
		account, topUp := MakeAccount(ns, "alice").Obj(), MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		Expect(k8s.Create(ctx, account)).To(Succeed())
		asApplied(topUp)
		becomes(topUp, "True Completed")
		Eventually(writers(topUp)).Should(ContainElements(kubectl, Not(Equal(kubectl))))

		base, hour := topUp.DeepCopy(), int32(3600)
		topUp.Spec.TTLSecondsAfterFinished = &hour
		Expect(k8s.Patch(ctx, topUp, client.MergeFrom(base))).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(writers(topUp)(g)).To(ContainElement(kubectl))
			g.Expect(topUp.Status.ObservedGeneration).To(Equal(topUp.Generation))
		}).Should(Succeed())
		Expect(topUp.Status.TransactionID).To(Equal(base.Status.TransactionID))
		Expect(topUp.Status.ImpactedBuckets).To(Equal(base.Status.ImpactedBuckets))
	})
})
