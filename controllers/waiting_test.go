// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/conditioncheck"
)

var _ = Describe("What is applied early", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	It("waits for an account that is absent, and completes when it appears", func() {
		topUp := MakeTopUp(ns, "early", "alice", "25.00 EUR").Obj()
		apply(topUp)
		becomes(topUp, "False AccountNotFound")
		Expect(messageOf(topUp)).To(ContainSubstring(`PrepayAccount "alice" does not exist`))
		apply(MakeAccount(ns, "alice").Obj())
		becomes(topUp, "True Completed")
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})

	It("waits for a bucket that is absent, and completes when it appears", func() {
		apply(MakeAccount(ns, "alice").Obj())
		topUp := MakeTopUp(ns, "early", "alice", "1 GB").Bucket("data").Obj()
		apply(topUp)
		becomes(topUp, "False BucketNotFound")
		apply(MakeBucket(ns, "data", "alice").Obj())
		becomes(topUp, "True Completed")
		Eventually(remaining(ns, "data")).Should(Equal("1 GB"))
	})

	It("waits for an account that has to be corrected", func() {
		alice := MakeAccount(ns, "alice").CreditLimit("1.00 USD").Obj()
		topUp := MakeTopUp(ns, "early", "alice", "25.00 EUR").Obj()
		apply(topUp, alice)
		becomes(topUp, "False AccountNotReady")
		base := alice.DeepCopy()
		alice.Spec.CreditLimit = "1.00 EUR"
		Expect(k8s.Patch(ctx, alice, client.MergeFrom(base))).To(Succeed())
		becomes(topUp, "True Completed")
	})

	It("waits for an account that is applied with an amount in its currency and not in another", func() {
		topUp := MakeTopUp(ns, "early", "alice", "25.00 USD").Obj()
		apply(topUp)
		becomes(topUp, "False AccountNotFound")
		apply(MakeAccount(ns, "alice").Obj())
		becomes(topUp, "False UnitMismatch")
	})

	It("is never refused for its place in a file", func() {
		const accounts = 5
		var objects []client.Object
		var topUps []*v1alpha1.TopUp
		for i := range accounts {
			name := fmt.Sprintf("line-%d", i)
			objects = append(objects,
				MakeAccount(ns, name).Obj(), MakeBucket(ns, name+"-data", name).Initial("10 GB").Obj())
			topUps = append(topUps,
				MakeTopUp(ns, name+"-cash", name, "25.00 EUR").Obj(),
				MakeTopUp(ns, name+"-more", name, "5 GB").Bucket(name+"-data").Obj())
		}
		for _, topUp := range topUps {
			objects = append(objects, topUp)
		}
		rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 0)).
			Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		apply(objects...)
		for _, topUp := range topUps {
			becomes(topUp, "True Completed")
			Expect(topUp.Status.Replayed).To(BeFalse())
		}
		for i := range accounts {
			name := fmt.Sprintf("line-%d", i)
			Eventually(credit(ns, name)).Should(Equal("25.00 EUR"))
			Eventually(remaining(ns, name+"-data")).Should(Equal("15 GB"))
		}
	})

	It("ends the same way in any order: a transfer waits for the top-ups it was applied with", func() {
		lunch := MakeTransfer(ns, "lunch", "alice", "bob", "30.00 EUR").Obj()
		apply(lunch,
			MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj(), MakeTopUp(ns, "bank", "alice", "10.00 EUR").Obj(),
			MakeTopUp(ns, "lost", "alice", "1 GB").Bucket("nowhere").Obj(), // and not for one that waits itself
			MakeAccount(ns, "bob").Obj(), MakeAccount(ns, "alice").Obj())
		becomes(lunch, "True Completed")
		Eventually(credit(ns, "alice")).Should(Equal("5.00 EUR"))
		Eventually(credit(ns, "bob")).Should(Equal("30.00 EUR"))
	})

	It("is put right when a manager on another ledger has called it out of reach", func() {
		account, bucket := MakeAccount(ns, "alice").Obj(), MakeBucket(ns, "data", "alice").Initial("1 GB").Obj()
		apply(account, bucket)
		becomes(account, "True Active")
		becomes(bucket, "True Active")
		for _, obj := range []conditioncheck.Object{account, bucket} {
			condition := func(kind string, status metav1.ConditionStatus) metav1.Condition {
				return metav1.Condition{
					Type: kind, Status: status, Reason: v1alpha1.ReasonLedgerMismatch, Message: "Another ledger",
					ObservedGeneration: obj.GetGeneration(), LastTransitionTime: metav1.Now(),
				}
			}
			Eventually(func() error {
				if err := k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
					return err
				}
				obj.(interface{ SetConditions([]metav1.Condition) }).SetConditions([]metav1.Condition{
					condition(v1alpha1.ConditionReady, metav1.ConditionFalse),
					condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue),
				})
				return k8s.Status().Update(ctx, obj)
			}).Should(Succeed())
		}
		becomes(account, "True Active")
		becomes(bucket, "True Active")
	})
})
