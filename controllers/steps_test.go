// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// newNamespace makes a namespace that no other spec has.
func newNamespace() string {
	GinkgoHelper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "spec-"}}
	Expect(k8s.Create(ctx, ns)).To(Succeed())
	return ns.Name
}

// apply creates objects.
func apply(objects ...client.Object) {
	GinkgoHelper()
	for _, obj := range objects {
		Expect(k8s.Create(ctx, obj)).To(Succeed())
	}
}

// ready is an object's Ready status and reason, read now.
func ready(obj conditioned) func(Gomega) string {
	return func(g Gomega) string {
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())
		if obj.GetObservedGeneration() != obj.GetGeneration() {
			return ""
		}
		return readyOf(obj)
	}
}

// becomes waits until the object's Ready has this status and reason for its
// present generation.
func becomes(obj conditioned, status string) {
	GinkgoHelper()
	Eventually(ready(obj)).Should(Equal(status), "%T %s", obj, obj.GetName())
}

// vanishes waits until an object is gone.
func vanishes(obj client.Object) {
	GinkgoHelper()
	Eventually(func() bool {
		return apierrors.IsNotFound(k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj))
	}).Should(BeTrue(), "%T %s", obj, obj.GetName())
}

// losesItsFinalizer replaces an object by one without finalizers.
func losesItsFinalizer(obj client.Object) {
	GinkgoHelper()
	Eventually(func() error {
		if err := k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
			return err
		}
		obj.SetFinalizers(nil)
		return k8s.Update(ctx, obj)
	}).Should(Succeed())
}

// finalizersOf reads the finalizers of an object.
func finalizersOf(obj client.Object) func(Gomega) []string {
	return func(g Gomega) []string {
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())
		return obj.GetFinalizers()
	}
}

// remove deletes objects and waits until they are gone.
func remove(objects ...client.Object) {
	GinkgoHelper()
	for _, obj := range objects {
		Expect(k8s.Delete(ctx, obj)).To(Succeed())
		vanishes(obj)
	}
}

// credit is what an account holds by its status, once that is true of the
// ledger.
func credit(namespace, name string) func(Gomega) string {
	return func(g Gomega) string {
		var account v1alpha1.PrepayAccount
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &account)).To(Succeed())
		if account.Status.Balance == nil {
			return ""
		}
		return string(account.Status.Balance.Credit)
	}
}

// balanceOf is an account's balance in EUR of which nothing is held or owed.
func balanceOf(available, credit v1alpha1.SignedAmount) v1alpha1.AccountBalance {
	const none = "0.00 EUR"
	return v1alpha1.AccountBalance{Available: available, Credit: credit, Reserved: none, Accepted: none, Restricted: none, Debt: none}
}

// restricted is a balance of which a part cannot be used for anything and now.
func restricted(balance v1alpha1.AccountBalance, part v1alpha1.SignedAmount) v1alpha1.AccountBalance {
	balance.Restricted = part
	return balance
}

// shown is an account's balance by its status.
func shown(namespace, name string) func(Gomega) v1alpha1.AccountBalance {
	return func(g Gomega) v1alpha1.AccountBalance {
		var account v1alpha1.PrepayAccount
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &account)).To(Succeed())
		g.Expect(account.Status.Balance).NotTo(BeNil())
		return *account.Status.Balance
	}
}

// toBe asks for an account in another state and waits until it has it.
func toBe(account *v1alpha1.PrepayAccount, state v1alpha1.AccountState) {
	GinkgoHelper()
	becomes(account, "True Active")
	base := account.DeepCopy()
	account.Spec.State = state
	Expect(k8s.Patch(ctx, account, client.MergeFrom(base))).To(Succeed())
	becomes(account, "True "+string(state))
}

// remaining is what is left in a bucket by its status.
func remaining(namespace, name string) func(Gomega) string {
	return func(g Gomega) string {
		var bucket v1alpha1.Bucket
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &bucket)).To(Succeed())
		if bucket.Status.Balance == nil {
			return ""
		}
		return string(bucket.Status.Balance.Remaining)
	}
}

// funded makes an account in EUR with an amount on it.
func funded(namespace, name string, amount v1alpha1.Amount) *v1alpha1.PrepayAccount {
	GinkgoHelper()
	account := MakeAccount(namespace, name).Obj()
	topUp := MakeTopUp(namespace, "funding-"+name, name, amount).Obj()
	apply(account, topUp)
	becomes(topUp, "True Completed")
	return account
}

// eventsOf are the reasons of the warnings about an object.
func eventsOf(obj client.Object) func(Gomega) []string {
	return func(g Gomega) []string {
		var list eventsv1.EventList
		g.Expect(k8s.List(ctx, &list, client.InNamespace(obj.GetNamespace()))).To(Succeed())
		var reasons []string
		for _, event := range list.Items {
			if event.Regarding.UID == obj.GetUID() && event.Type == corev1.EventTypeWarning {
				reasons = append(reasons, event.Reason)
			}
		}
		return reasons
	}
}

// at is an instant as it is written.
func at(instant string) time.Time {
	GinkgoHelper()
	parsed, err := time.Parse(time.RFC3339, instant)
	Expect(err).NotTo(HaveOccurred())
	return parsed
}

// toTime is an instant as a spec has it.
func toTime(instant string) *metav1.Time { return &metav1.Time{Time: at(instant)} }

// written is an instant of a status, "" if there is none.
func written(instant *metav1.Time) string {
	if instant == nil {
		return ""
	}
	return instant.UTC().Format(time.RFC3339)
}

// emptied deletes a kind's objects in a namespace and waits until they are gone.
func emptied(namespace string, list client.ObjectList) {
	GinkgoHelper()
	Expect(k8s.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	Expect(meta.EachListItem(list, func(item runtime.Object) error {
		remove(item.(client.Object))
		return nil
	})).To(Succeed())
}

// toUnstructured is an object as a client without our types sees it.
func toUnstructured(obj client.Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	return &unstructured.Unstructured{Object: content}, err
}
