// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A time to live", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		account := MakeAccount(ns, "alice").Obj()
		apply(account)
		becomes(account, "True Active")
	})

	It("removes a completed object when it is over, and moves nothing", func() {
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").TTL(1).Obj()
		apply(topUp)
		vanishes(topUp)
		Expect(time.Since(topUp.CreationTimestamp.Time)).To(BeNumerically(">=", time.Second))
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})

	It("removes a failed object at once if it is zero", func() {
		topUp := MakeTopUp(ns, "bad", "alice", "25.005 EUR").TTL(0).Obj()
		apply(topUp)
		vanishes(topUp)
	})

	It("does not remove what waits", func() {
		topUp := MakeTopUp(ns, "early", "nobody", "25.00 EUR").TTL(0).Obj()
		apply(topUp)
		becomes(topUp, "False AccountNotFound")
		Consistently(ready(topUp), "1500ms").Should(Equal("False AccountNotFound"))
	})

	It("may be set when the object has finished, without the ledger being asked", func() {
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").TTL(3600).Obj()
		apply(topUp)
		becomes(topUp, "True Completed")

		operator.ledger.Close(errors.New("closed by a spec"))
		DeferCleanup(operator.ledger.Open)
		set := func(seconds int32) {
			base := topUp.DeepCopy()
			topUp.Spec.TTLSecondsAfterFinished = &seconds
			Expect(k8s.Patch(ctx, topUp, client.MergeFrom(base))).To(Succeed())
		}
		set(7200)
		Expect(topUp.Status.ObservedGeneration).To(BeNumerically("<", topUp.Generation))
		becomes(topUp, "True Completed")
		set(0)
		vanishes(topUp)
	})

	DescribeTable("does not remove what a GitOps tool would bring back, and says so once",
		func(track func(*topUpMaker)) {
			maker := MakeTopUp(ns, "cash", "alice", "25.00 EUR").TTL(0)
			track(maker)
			topUp := maker.Obj()
			apply(topUp)
			becomes(topUp, "True Completed")
			Eventually(eventsOf(topUp)).Should(ConsistOf("NotDeleted"))
			Expect(ready(topUp)(Default)).To(Equal("True Completed"))
		},
		Entry("Argo CD", func(m *topUpMaker) {
			m.Label("app.kubernetes.io/instance", "balances")
			m.Annotation("argocd.argoproj.io/tracking-id", "balances:prepay.dev/TopUp:x/cash")
		}),
		Entry("Flux, a Kustomization", func(m *topUpMaker) { m.Label("kustomize.toolkit.fluxcd.io/name", "balances") }),
		Entry("Flux, a HelmRelease", func(m *topUpMaker) { m.Label("helm.toolkit.fluxcd.io/name", "balances") }),
	)
})

var _ = Describe("A ledger that takes no commands", func() {
	It("makes everything wait, and everything goes on when it does again", func() {
		ns := newNamespace()
		before := MakeAccount(ns, "alice").Obj()
		apply(before)
		becomes(before, "True Active")

		operator.ledger.Close(errors.New("closed by a spec"))
		DeferCleanup(operator.ledger.Open)
		account := MakeAccount(ns, "bob").Obj()
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		apply(account, topUp)
		becomes(account, "False LedgerUnavailable")
		becomes(topUp, "False LedgerUnavailable")
		Expect(ready(before)(Default)).To(Equal("True Active"))

		operator.ledger.Open()
		becomes(account, "True Active")
		becomes(topUp, "True Completed")
		Expect(topUp.Status.Replayed).To(BeFalse())
	})

	It("lets a transfer wait for the top-up that does not know yet that it does again", func() {
		ns := newNamespace()
		alice := MakeAccount(ns, "alice").Obj()
		apply(alice)
		becomes(alice, "True Active")

		operator.ledger.Close(errors.New("closed by a spec"))
		DeferCleanup(operator.ledger.Open)
		cash, lunch := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj(), MakeTransfer(ns, "lunch", "alice", "bob", "10.00 EUR").Obj()
		apply(cash)
		becomes(cash, "False LedgerUnavailable")
		apply(lunch)
		becomes(lunch, "False AccountNotFound")

		operator.ledger.Open()
		apply(MakeAccount(ns, "bob").Obj()) // which wakes the transfer and not the top-up
		becomes(lunch, "True Completed")
	})
})

var _ = Describe("A manager that starts again", func() {
	It("finishes what it finds, and leaves alone what has finished", func() {
		ns := newNamespace()
		done := MakeTopUp(ns, "done", "alice", "25.00 EUR").Obj()
		apply(MakeAccount(ns, "alice").Obj(), done)
		becomes(done, "True Completed")
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
		operator.stop()

		open := MakeTopUp(ns, "open", "alice", "5.00 EUR").Obj()
		apply(open, MakeBucket(ns, "data", "alice").Initial("10 GB").Obj())
		operator = startOperator(ledgerPath)
		becomes(open, "True Completed")
		Expect(open.Status.Replayed).To(BeFalse())
		Eventually(credit(ns, "alice")).Should(Equal("30.00 EUR"))
		Eventually(remaining(ns, "data")).Should(Equal("10 GB"))

		version := done.ResourceVersion
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(done), done)).To(Succeed())
		Expect(done.ResourceVersion).To(Equal(version))
		Expect(done).To(HaveField("Status.Conditions", ConsistOf(HaveField("Reason", v1alpha1.ReasonCompleted))))
	})

	It("does not call its own unreported outcome a replay", func() {
		ns := newNamespace()
		account := MakeAccount(ns, "alice").Obj()
		apply(account)
		becomes(account, "True Active")
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		reached := make(chan struct{}, 100)
		lift := faults.on(client.ObjectKeyFromObject(topUp), func(func() error) error {
			reached <- struct{}{}
			return errors.New("the manager is about to die")
		})
		DeferCleanup(lift)
		apply(topUp)
		Eventually(reached).Should(Receive())
		operator.stop()
		lift()

		operator = startOperator(ledgerPath)
		becomes(topUp, "True Completed")
		Expect(topUp.Status.Replayed).To(BeFalse())
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
	})
})
