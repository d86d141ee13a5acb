// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A reversal", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		funded(ns, "alice", "20.00 EUR")
	})

	// completes applies an object and waits until it is done.
	completes := func(obj conditioned) {
		GinkgoHelper()
		apply(obj)
		becomes(obj, "True Completed")
	}
	// undone reverses an operation, which changes these buckets, and once only.
	undone := func(kind v1alpha1.OperationKind, of, message string, impacted ...v1alpha1.ImpactedBucket) {
		GinkgoHelper()
		undo := MakeReversal(ns, "undo", kind, of).Obj()
		completes(undo)
		Expect(messageOf(undo)).To(Equal(message))
		Expect(undo.Status.ImpactedBuckets).To(Equal(impacted))

		again := MakeReversal(ns, "undo-again", kind, of).Obj()
		apply(again)
		becomes(again, "False AlreadyReversed")
		Expect(messageOf(again)).To(Equal("spec.of was undone before by transaction " + undo.Status.TransactionID +
			"; an operation is undone at most once"))
		Eventually(eventsOf(again)).Should(ConsistOf("AlreadyReversed"))
	}
	main := func(account string, before, after v1alpha1.SignedAmount) v1alpha1.ImpactedBucket {
		return v1alpha1.ImpactedBucket{Account: account, Bucket: v1alpha1.MainBucket, Before: before, After: after}
	}

	It("takes a top-up back, once", func() {
		undone(v1alpha1.OperationTopUp, "funding-alice", "TopUp funding-alice reversed: alice from 20.00 EUR to 0.00 EUR",
			main("alice", "20.00 EUR", "0.00 EUR"))
		Eventually(credit(ns, "alice")).Should(Equal("0.00 EUR"))
	})

	It("takes a transfer back, once, and names both accounts", func() {
		apply(MakeAccount(ns, "bob").Obj())
		completes(MakeTransfer(ns, "lunch", "alice", "bob", "12.00 EUR").Obj())
		undone(v1alpha1.OperationBalanceTransfer, "lunch",
			"BalanceTransfer lunch reversed: bob from 12.00 EUR to 0.00 EUR, alice from 8.00 EUR to 20.00 EUR",
			main("bob", "12.00 EUR", "0.00 EUR"), main("alice", "8.00 EUR", "20.00 EUR"))
	})

	It("gives a charge back to each bucket it came from, once", func() {
		promo := MakeBucket(ns, "promo", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Initial("5.00 EUR").Obj()
		apply(promo)
		becomes(promo, "True Active")
		completes(MakeCharge(ns, "phone", "alice", "24.00 EUR").Obj())
		undone(v1alpha1.OperationBalanceAdjustment, "phone",
			"BalanceAdjustment phone reversed: alice from 0.00 EUR to 20.00 EUR, alice/promo from 1.00 EUR to 5.00 EUR",
			main("alice", "0.00 EUR", "20.00 EUR"),
			v1alpha1.ImpactedBucket{Account: "alice", Bucket: "promo", Before: "1.00 EUR", After: "5.00 EUR"})
	})

	It("takes a goodwill back, once", func() {
		completes(MakeAdjustment(ns, "sorry", "alice", v1alpha1.AdjustmentGoodwillCredit, "5.00 EUR").Obj())
		undone(v1alpha1.OperationBalanceAdjustment, "sorry", "BalanceAdjustment sorry reversed: alice from 25.00 EUR to 20.00 EUR",
			main("alice", "25.00 EUR", "20.00 EUR"))
	})

	It("gives back what a reservation charged, once, and not what it released before", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Charge("3.20 EUR").Obj()
		apply(session)
		becomes(session, "True Charged")
		undone(v1alpha1.OperationBalanceReservation, "session",
			"BalanceReservation session reversed: alice from 16.80 EUR to 20.00 EUR", main("alice", "16.80 EUR", "20.00 EUR"))
	})

	It("gives back what a reservation charged at its end, once", func() {
		parking := MakeReservation(ns, "parking", "alice", "5.00 EUR").Lasts("1s").ChargesAtItsEnd().Obj()
		apply(parking)
		becomes(parking, "True Charged")
		undone(v1alpha1.OperationBalanceReservation, "parking",
			"BalanceReservation parking reversed: alice from 15.00 EUR to 20.00 EUR", main("alice", "15.00 EUR", "20.00 EUR"))
	})

	It("shows data in the bucket's own unit", func() {
		data := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(data)
		becomes(data, "True Active")
		completes(MakeCharge(ns, "stream", "alice", "1500 MB").Obj())
		undone(v1alpha1.OperationBalanceAdjustment, "stream", "BalanceAdjustment stream reversed: alice/data from 8.5 GB to 10 GB",
			v1alpha1.ImpactedBucket{Account: "alice", Bucket: "data", Before: "8.5 GB", After: "10 GB"})
	})

	It("finds an operation by its idempotencyKey, and not by its object's name then", func() {
		completes(MakeTopUp(ns, "release-1-cash", "alice", "5.00 EUR").Key("cash").Obj())
		byName := MakeReversal(ns, "by-name", v1alpha1.OperationTopUp, "release-1-cash").Obj()
		apply(byName)
		becomes(byName, "False OriginalNotFound")
		byKey := MakeReversal(ns, "by-key", v1alpha1.OperationTopUp, "").OfKey("cash").Obj()
		completes(byKey)
		Expect(messageOf(byKey)).To(Equal(
			"TopUp with the idempotencyKey cash reversed: alice from 25.00 EUR to 20.00 EUR"))
	})

	It("needs neither the operation's object nor the account's", func() {
		funding := MakeTopUp(ns, "funding-alice", "alice", "20.00 EUR").Obj()
		remove(funding, MakeAccount(ns, "alice").Obj())
		undo := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").Obj()
		completes(undo)
		Expect(undo.Status.ImpactedBuckets).To(BeEmpty(), "what has no object has no name")
		Expect(messageOf(undo)).To(Equal("TopUp funding-alice reversed"))
		apply(MakeAccount(ns, "alice").Obj())
		Eventually(credit(ns, "alice")).Should(Equal("0.00 EUR"))
	})

	It("waits for an operation that is not there, and for one that is not done", func() {
		undo := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "later").Obj()
		apply(undo)
		becomes(undo, "False OriginalNotFound")
		Expect(messageOf(undo)).To(Equal(
			"The ledger has no accepted operation of the kind and name in spec.of; once it has, this goes on by itself"))
		apply(MakeTopUp(ns, "later", "alice", "3.00 EUR").Obj())
		becomes(undo, "True Completed")

		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		open := MakeReversal(ns, "open", v1alpha1.OperationBalanceReservation, "session").Obj()
		apply(session, open)
		becomes(session, "True Reserved")
		becomes(open, "False OriginalNotFound")
		change(session, toState(v1alpha1.ReservationCharged))
		becomes(open, "True Completed")
		Eventually(credit(ns, "alice")).Should(Equal("20.00 EUR"))
	})

	DescribeTable("is not possible of what charged nothing, or of another reversal",
		func(kind v1alpha1.OperationKind, original func() (conditioned, string)) {
			obj, status := original()
			apply(obj)
			becomes(obj, status)
			undo := MakeReversal(ns, "undo-it", kind, obj.GetName()).Obj()
			apply(undo)
			becomes(undo, "False NotReversible")
			Expect(messageOf(undo)).To(Equal("spec.of names what cannot be undone: a reversal, or a reservation that charged " +
				"nothing; make the correction with a GeneralCredit or a GeneralDebit"))
		},
		Entry("released", v1alpha1.OperationBalanceReservation, func() (conditioned, string) {
			return MakeReservation(ns, "session", "alice", "5.00 EUR").State(v1alpha1.ReservationReleased).Obj(), "True Released"
		}),
		Entry("expired", v1alpha1.OperationBalanceReservation, func() (conditioned, string) {
			return MakeReservation(ns, "session", "alice", "5.00 EUR").Lasts("1s").Obj(), "True Expired"
		}),
		Entry("reversed", v1alpha1.OperationBalanceAdjustment, func() (conditioned, string) {
			return MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").Obj(), "True Completed"
		}),
	)

	It("is refused if what came is gone, or becomes a debt that the next top-up pays", func() {
		completes(MakeCharge(ns, "phone", "alice", "15.00 EUR").Obj())
		refused := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").Obj()
		apply(refused)
		becomes(refused, "False InsufficientFunds")
		Expect(messageOf(refused)).To(Equal("20.00 EUR needed, 5.00 EUR available; " +
			"a new Reversal with onShortfall: Debt lets the account owe what is missing"))
		remove(refused)

		owing := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").OnShortfall(v1alpha1.ShortfallDebt).Obj()
		completes(owing)
		Expect(messageOf(owing)).To(Equal("TopUp funding-alice reversed: alice from 5.00 EUR to 0.00 EUR; whatever was missing is owed"))
		owed := balanceOf("-15.00 EUR", "0.00 EUR")
		owed.Debt = "15.00 EUR"
		Eventually(shown(ns, "alice")).Should(Equal(owed))
		spend := MakeCharge(ns, "spend", "alice", "1.00 EUR").Obj()
		apply(spend)
		becomes(spend, "False InsufficientFunds")
		Expect(messageOf(spend)).To(Equal("1.00 EUR needed, -15.00 EUR available"))

		completes(MakeTopUp(ns, "cash", "alice", "18.00 EUR").Obj())
		Eventually(shown(ns, "alice")).Should(Equal(balanceOf("3.00 EUR", "3.00 EUR")))
	})

	It("happens once, however often it is applied", func() {
		first := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").Obj()
		completes(first)
		remove(first)
		again := MakeReversal(ns, "undo", v1alpha1.OperationTopUp, "funding-alice").Obj()
		completes(again)
		Expect(again.Status.Replayed).To(BeTrue())
		Expect(again.Status.ImpactedBuckets).To(Equal(first.Status.ImpactedBuckets))
		Eventually(credit(ns, "alice")).Should(Equal("0.00 EUR"))
	})

	It("goes on after a restart, and still knows what it changed", func() {
		completes(MakeCharge(ns, "phone", "alice", "4.00 EUR").Obj())
		operator.stop()
		undo := MakeReversal(ns, "undo", v1alpha1.OperationBalanceAdjustment, "phone").Obj()
		Expect(k8s.Create(ctx, undo)).To(Succeed())
		operator = startOperator(ledgerPath)
		becomes(undo, "True Completed")
		Expect(undo.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{main("alice", "16.00 EUR", "20.00 EUR")}))
	})

	It("cannot be of an operation in words that contradict each other", func() {
		Expect(k8s.Create(ctx, MakeReversal(ns, "both", v1alpha1.OperationTopUp, "cash").Bucket("data").Obj())).
			To(MatchError(ContainSubstring("a Reversal undoes the whole operation that of names")))
		var list v1alpha1.BalanceAdjustmentList
		Expect(k8s.List(ctx, &list, client.InNamespace(ns))).To(Succeed())
		Expect(list.Items).To(BeEmpty())
	})
})
