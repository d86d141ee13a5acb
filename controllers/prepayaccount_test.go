// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("An account", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	change := func(account *v1alpha1.PrepayAccount, do func()) {
		GinkgoHelper()
		base := account.DeepCopy()
		do()
		Expect(k8s.Patch(ctx, account, client.MergeFrom(base))).To(Succeed())
	}

	It("is ready once the ledger has it, and shows a balance of zero", func() {
		account := MakeAccount(ns, "alice").Obj()
		apply(account)
		becomes(account, "True Active")
		Expect(*account.Status.Balance).To(Equal(balanceOf("0.00 EUR", "0.00 EUR")))
		Expect(account.Status.LedgerID).To(Equal(operator.store.Identity()))
		Expect(account.Status.LedgerSequence).To(BeNumerically(">", 0))
		Expect(account.Finalizers).To(BeEmpty())
	})

	It("counts its credit limit as available, and lets it be spent", func() {
		alice := MakeAccount(ns, "alice").CreditLimit("10.00 EUR").Obj()
		transfer := MakeTransfer(ns, "lunch", "alice", "bob", "4.00 EUR").Obj()
		apply(alice, MakeAccount(ns, "bob").Obj(), transfer)
		becomes(transfer, "True Completed")
		Eventually(credit(ns, "alice")).Should(Equal("-4.00 EUR"))
		becomes(alice, "True Active")
		Expect(string(alice.Status.Balance.Available)).To(Equal("6.00 EUR"))
	})

	It("follows its settings from A to B and back to A", func() {
		account := MakeAccount(ns, "alice").CreditLimit("0.00 EUR").Obj()
		apply(account)
		for _, limit := range []v1alpha1.Amount{"50.00 EUR", "0.00 EUR"} {
			becomes(account, "True Active")
			change(account, func() { account.Spec.CreditLimit = limit })
			becomes(account, "True Active")
			Expect(string(account.Status.Balance.Available)).To(Equal(string(limit)))
		}
	})

	It("shows zero as available while it is suspended, and all of it afterwards", func() {
		account := funded(ns, "alice", "35.00 EUR")
		becomes(account, "True Active")
		change(account, func() { account.Spec.State = v1alpha1.AccountSuspended })
		becomes(account, "True Suspended")
		Expect(*account.Status.Balance).To(Equal(balanceOf("0.00 EUR", "35.00 EUR")))
		change(account, func() { account.Spec.State = v1alpha1.AccountStateActive })
		becomes(account, "True Active")
		Expect(string(account.Status.Balance.Available)).To(Equal("35.00 EUR"))
	})

	It("never opens again once it is closed", func() {
		account := MakeAccount(ns, "alice").State(v1alpha1.AccountClosed).Obj()
		apply(account)
		becomes(account, "True Closed")
		change(account, func() { account.Spec.State = v1alpha1.AccountStateActive })
		becomes(account, "False AccountConflict")
		Expect(messageOf(account)).To(ContainSubstring("closed"))
		change(account, func() { account.Spec.State, account.Spec.CreditLimit = v1alpha1.AccountClosed, "5.00 EUR" })
		becomes(account, "True Closed")
	})

	It("has the same balance when it is deleted with Retain and applied again", func() {
		account := funded(ns, "alice", "25.00 EUR")
		becomes(account, "True Active")
		remove(account)
		again := MakeAccount(ns, "alice").Obj()
		apply(again)
		becomes(again, "True Active")
		Expect(string(again.Status.Balance.Credit)).To(Equal("25.00 EUR"))
	})

	It("has the settings it is applied again with", func() {
		account := MakeAccount(ns, "alice").CreditLimit("5.00 EUR").State(v1alpha1.AccountSuspended).Obj()
		apply(account)
		becomes(account, "True Suspended")
		remove(account)
		again := MakeAccount(ns, "alice").CreditLimit("7.00 EUR").Obj()
		apply(again)
		becomes(again, "True Active")
		Expect(string(again.Status.Balance.Available)).To(Equal("7.00 EUR"))
	})

	It("conflicts with the ledger when it is applied again in another currency", func() {
		account := funded(ns, "alice", "25.00 EUR")
		remove(account)
		again := MakeAccount(ns, "alice").Currency("USD").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		apply(again)
		becomes(again, "False AccountConflict")
		Expect(messageOf(again)).To(ContainSubstring("EUR"))
		Eventually(eventsOf(again)).Should(ConsistOf("AccountConflict"))

		By("leaving the ledger's account alone when that object goes")
		remove(again)
		third := MakeAccount(ns, "alice").Obj()
		apply(third)
		becomes(third, "True Active")
		Expect(string(third.Status.Balance.Credit)).To(Equal("25.00 EUR"))
	})

	It("stays with Close while money is on it, and is closed when it is gone", func() {
		alice := MakeAccount(ns, "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		topUp := MakeTopUp(ns, "cash", "alice", "25.00 EUR").Obj()
		bob := MakeAccount(ns, "bob").Obj()
		apply(alice, bob, topUp)
		becomes(topUp, "True Completed")
		becomes(alice, "True Active")
		Expect(alice.Finalizers).To(ConsistOf(v1alpha1.Finalizer))

		Expect(k8s.Delete(ctx, alice)).To(Succeed())
		becomes(alice, "False DeletionBlocked")
		Expect(messageOf(alice)).To(Equal("25.00 EUR is still on the account; transfer what is on it and its buckets, or set spec.deletionPolicy to Retain"))

		By("letting money out while it waits")
		part := MakeTransfer(ns, "part", "alice", "bob", "5.00 EUR").Obj()
		apply(part)
		becomes(part, "True Completed")
		Eventually(func(g Gomega) {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(alice), alice)).To(Succeed())
			g.Expect(messageOf(alice)).To(HavePrefix("20.00 EUR is still on the account"))
		}).Should(Succeed())

		By("changing the policy to Retain, which lets it go")
		change(alice, func() { alice.Spec.DeletionPolicy = v1alpha1.AccountDeletionRetain })
		vanishes(alice)

		By("emptying it, which lets the deletion go on and closes it")
		alice = MakeAccount(ns, "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		apply(alice)
		becomes(alice, "True Active")
		Expect(k8s.Delete(ctx, alice)).To(Succeed())
		becomes(alice, "False DeletionBlocked")
		transfer := MakeTransfer(ns, "all", "alice", "bob", "20.00 EUR").Obj()
		apply(transfer)
		becomes(transfer, "True Completed")
		vanishes(alice)

		By("applying it again: a closed account stays closed")
		alice = MakeAccount(ns, "alice").Obj()
		apply(alice)
		becomes(alice, "False AccountConflict")
	})

	It("keeps its finalizer with Close, whoever replaces it without", func() {
		account := MakeAccount(ns, "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		apply(account)
		becomes(account, "True Active")
		losesItsFinalizer(account)
		Eventually(finalizersOf(account)).Should(ConsistOf(v1alpha1.Finalizer))
	})

	It("drops the finalizer when the policy becomes Retain", func() {
		account := MakeAccount(ns, "alice").DeletionPolicy(v1alpha1.AccountDeletionClose).Obj()
		apply(account)
		becomes(account, "True Active")
		Expect(account.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		change(account, func() { account.Spec.DeletionPolicy = v1alpha1.AccountDeletionRetain })
		becomes(account, "True Active")
		Expect(account.Finalizers).To(BeEmpty())
	})

	DescribeTable("stalls if its spec cannot be, and goes on when it is corrected",
		func(account func() *accountMaker, complaint string) {
			obj := account().Obj()
			apply(obj)
			becomes(obj, "False InvalidSpec")
			Expect(messageOf(obj)).To(ContainSubstring(complaint))
			change(obj, func() { obj.Spec.CreditLimit, obj.Spec.MaximumBalance = "", "" })
			becomes(obj, "True Active")
		},
		Entry("a credit limit in another currency",
			func() *accountMaker { return MakeAccount(ns, "a").CreditLimit("5.00 USD") }, `spec.creditLimit: "5.00 USD"`),
		Entry("a ceiling with too many decimals",
			func() *accountMaker { return MakeAccount(ns, "a").MaximumBalance("5.005 EUR") }, `spec.maximumBalance: "5.005 EUR"`),
	)

	It("stalls in a currency that does not exist", func() {
		account := MakeAccount(ns, "alice").Currency("XYZ").Obj()
		apply(account)
		becomes(account, "False InvalidSpec")
		Expect(messageOf(account)).To(ContainSubstring("spec.currency"))
	})

	It("stalls in a time zone that does not exist, and goes on when it is corrected", func() {
		account := MakeAccount(ns, "alice").TimeZone("Europe/Atlantis").Obj()
		apply(account)
		becomes(account, "False InvalidSpec")
		Expect(messageOf(account)).To(Equal(`spec.timeZone: "Europe/Atlantis" is no time zone: ` +
			"write a name of the IANA database, as in Europe/Berlin, or UTC"))
		for _, zone := range []string{"Asia/Nicosia", "America/St_Johns", ""} {
			change(account, func() { account.Spec.TimeZone = zone })
			becomes(account, "True Active")
		}
	})

	It("cannot have a name of 64 characters", func() {
		Expect(k8s.Create(ctx, MakeAccount(ns, strings.Repeat("a", 64)).Obj())).
			To(MatchError(ContainSubstring("at most 63 characters")))
		account := MakeAccount(ns, strings.Repeat("a", 63)).Obj()
		apply(account)
		becomes(account, "True Active")
	})
})
