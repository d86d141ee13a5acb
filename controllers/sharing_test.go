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

// SharedWith lets another account use it; most is "" without a cap.
func (m *bucketMaker) SharedWith(account string, most v1alpha1.Amount) *bucketMaker {
	m.Spec.SharedWith = append(m.Spec.SharedWith, v1alpha1.BucketShare{
		AccountRef: v1alpha1.AccountReference{Name: account}, Cap: most,
	})
	return m
}

// uses are what the members of a bucket have used by its status.
func uses(namespace, name string) func(Gomega) []v1alpha1.BucketShareUse {
	return func(g Gomega) []v1alpha1.BucketShareUse {
		var bucket v1alpha1.Bucket
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &bucket)).To(Succeed())
		return bucket.Status.SharedWith
	}
}

// used is that of the member nikos, who has a cap of 2 GB, and of eleni, who has none.
func used(nikos, eleni v1alpha1.SignedAmount) []v1alpha1.BucketShareUse {
	return []v1alpha1.BucketShareUse{{Account: "nikos", Used: nikos, Cap: "2 GB"}, {Account: "eleni", Used: eleni}}
}

var _ = Describe("A shared bucket", func() {
	var (
		ns   string
		data *v1alpha1.Bucket
	)
	// ends asks for something and waits for its end.
	ends := func(obj conditioned, status string) {
		GinkgoHelper()
		apply(obj)
		becomes(obj, status)
	}
	// shared is a bucket of maria that nikos and eleni may use.
	shared := func(name string) *bucketMaker {
		return MakeBucket(ns, name, "maria").Initial("20 GB").SharedWith("nikos", "2 GB").SharedWith("eleni", "")
	}
	share := func(how func(*v1alpha1.BucketSpec)) {
		GinkgoHelper()
		Eventually(func() error {
			if err := k8s.Get(ctx, client.ObjectKeyFromObject(data), data); err != nil {
				return err
			}
			how(&data.Spec)
			return k8s.Update(ctx, data)
		}).Should(Succeed())
		becomes(data, "True Active")
	}
	impact := func(before, after v1alpha1.SignedAmount) v1alpha1.ImpactedBucket {
		return v1alpha1.ImpactedBucket{Account: "maria", Bucket: "data", Before: before, After: after}
	}
	const capped = "1 GB needed, the account may use 0.5 GB more of the bucket by its cap there in spec.sharedWith; " +
		"once that is raised, or a new cycle has begun if the bucket has cycles, ask again under a new name"

	BeforeEach(func() {
		ns = newNamespace()
		data = shared("data").Obj()
		apply(MakeAccount(ns, "maria").Obj(), MakeAccount(ns, "nikos").Obj(), MakeAccount(ns, "eleni").Obj())
		ends(data, "True Active")
		Expect(data.Status.SharedWith).To(Equal(used("0 GB", "0 GB")))
	})

	It("is charged by its members up to their caps, and shows what each has used", func() {
		film := MakeCharge(ns, "film", "nikos", "1.5 GB").Obj()
		ends(film, "True Completed")
		Expect(messageOf(film)).To(Equal("1.5 GB charged to nikos, from maria/data"))
		Expect(film.Status.ImpactedBuckets).To(ConsistOf(impact("20 GB", "18.5 GB")))
		Eventually(uses(ns, "data")).Should(Equal(used("1.5 GB", "0 GB")))

		unnamed, named := MakeCharge(ns, "unnamed", "nikos", "1 GB").Obj(), MakeCharge(ns, "named", "nikos", "1 GB").Bucket("data").Obj()
		ends(unnamed, "False InsufficientFunds")
		Expect(messageOf(unnamed)).To(Equal("1 GB needed, 0.5 GB available"))
		ends(named, "False ShareExceeded")
		Expect(messageOf(named)).To(Equal(capped))
		Eventually(eventsOf(named)).Should(ConsistOf("ShareExceeded"))

		fits := MakeCharge(ns, "fits", "nikos", "0.5 GB").Bucket("data").Obj()
		ends(fits, "True Completed")
		Expect(messageOf(fits)).To(Equal("0.5 GB charged to nikos, from maria/data"))
		ends(MakeCharge(ns, "much", "eleni", "10 GB").Obj(), "True Completed")
		own := MakeCharge(ns, "own", "maria", "8 GB").Obj()
		ends(own, "True Completed")
		Expect(messageOf(own)).To(Equal("8 GB charged to maria"))
		Eventually(uses(ns, "data")).Should(Equal(used("2 GB", "10 GB")))
		Eventually(remaining(ns, "data")).Should(Equal("0 GB"))
	})

	It("counts what members' reservations hold of it, until they give it back", func() {
		ends(MakeCharge(ns, "film", "nikos", "1.5 GB").Obj(), "True Completed")
		session := MakeReservation(ns, "session", "nikos", "0.4 GB").Obj()
		ends(session, "True Reserved")
		Expect(session.Status.ImpactedBuckets).To(ConsistOf(impact("18.5 GB", "18.1 GB")))
		Eventually(uses(ns, "data")).Should(Equal(used("1.9 GB", "0 GB")))
		ends(MakeReservation(ns, "second", "nikos", "0.2 GB").Bucket("data").Obj(), "False ShareExceeded")

		change(session, func(spec *v1alpha1.BalanceReservationSpec) { spec.Amount = "0.5 GB" })
		becomes(session, "True Reserved")
		Eventually(uses(ns, "data")).Should(Equal(used("2 GB", "0 GB")))
		change(session, toState(v1alpha1.ReservationAccepted))
		becomes(session, "True Accepted")
		Eventually(func(g Gomega) string {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(data), data)).To(Succeed())
			return string(data.Status.Balance.Accepted)
		}).Should(Equal("0.5 GB"))
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "0.2 GB"
		})
		becomes(session, "True Charged")
		Eventually(uses(ns, "data")).Should(Equal(used("1.7 GB", "0 GB")))

		third := MakeReservation(ns, "third", "nikos", "0.3 GB").Bucket("data").Obj()
		ends(third, "True Reserved")
		Eventually(uses(ns, "data")).Should(Equal(used("2 GB", "0 GB")))
		remove(third)
		Eventually(uses(ns, "data")).Should(Equal(used("1.7 GB", "0 GB")))
		Eventually(remaining(ns, "data")).Should(Equal("18.3 GB"))
	})

	It("takes its place in the burn order among a member's own", func() {
		first := MakeBucket(ns, "first", "nikos").Initial("1 GB").Priority(-1).Obj()
		last := MakeBucket(ns, "last", "nikos").Initial("1 GB").Priority(1).Obj()
		ends(first, "True Active")
		ends(last, "True Active")
		charge := MakeCharge(ns, "stream", "nikos", "3.5 GB").Obj()
		ends(charge, "True Completed")
		Expect(messageOf(charge)).To(Equal("3.5 GB charged to nikos, in part from maria/data"))
		Expect(charge.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "nikos", Bucket: "first", Before: "1 GB", After: "0 GB"}, impact("20 GB", "18 GB"),
			{Account: "nikos", Bucket: "last", Before: "1 GB", After: "0.5 GB"},
		}))
	})

	It("ends a member's burn order if it blocks, also when the cap is used up", func() {
		ends(MakeBucket(ns, "last", "nikos").Initial("5 GB").Priority(1).Obj(), "True Active")
		share(func(spec *v1alpha1.BucketSpec) { spec.Blocker = true })
		ends(MakeCharge(ns, "all", "nikos", "2 GB").Obj(), "True Completed")
		blocked := MakeCharge(ns, "blocked", "nikos", "1 GB").Obj()
		ends(blocked, "False InsufficientFunds")
		Expect(messageOf(blocked)).To(Equal("1 GB needed, 0 GB available"))
	})

	It("is its own account's alone for anything else, and nobody's who is not on the list", func() {
		ends(MakeBucket(ns, "own", "nikos").Initial("5 GB").Class(v1alpha1.ClassPaid).Obj(), "True Active")
		apply(MakeAccount(ns, "zoe").Obj())
		for _, obj := range []conditioned{
			MakeTopUp(ns, "gift", "nikos", "1 GB").Bucket("data").Obj(),
			MakeTransfer(ns, "out", "nikos", "nikos", "1 GB").FromBucket("data").ToBucket("own").Obj(),
			MakeTransfer(ns, "in", "nikos", "nikos", "1 GB").FromBucket("own").ToBucket("data").Obj(),
			MakeAdjustment(ns, "debit", "nikos", v1alpha1.AdjustmentGeneralDebit, "1 GB").Bucket("data").Obj(),
			MakeAdjustment(ns, "credit", "nikos", v1alpha1.AdjustmentGeneralCredit, "1 GB").Bucket("data").Obj(),
			MakeCharge(ns, "stranger", "zoe", "1 GB").Bucket("data").Obj(),
			MakeReservation(ns, "session", "zoe", "1 GB").Bucket("data").Obj(),
		} {
			ends(obj, "False BucketOfOtherAccount")
			Expect(messageOf(obj)).To(Equal("bucketRef names a bucket of another account than accountRef, " +
				"and it is not shared with that one for this; name one of the account's own"))
		}
		ends(MakeCharge(ns, "unnamed", "zoe", "1 GB").Obj(), "False InsufficientFunds")
		passesBy := MakeAdjustment(ns, "passes-by", "nikos", v1alpha1.AdjustmentGeneralDebit, "6 GB").Obj()
		ends(passesBy, "False InsufficientFunds")
		Expect(messageOf(passesBy)).To(Equal("6 GB needed, 5 GB available"))
		Expect(uses(ns, "data")(Default)).To(Equal(used("0 GB", "0 GB")))
	})

	It("is of no use to its members while it is suspended, or its account is", func() {
		var maria v1alpha1.PrepayAccount
		Expect(k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: "maria"}, &maria)).To(Succeed())
		for state, reason := range map[v1alpha1.AccountState]string{
			v1alpha1.AccountSuspended: "AccountSuspended", v1alpha1.AccountRechargeOnly: "AccountRechargeOnly",
		} {
			toBe(&maria, state)
			ends(MakeCharge(ns, "named-"+strings.ToLower(string(state)), "nikos", "1 GB").Bucket("data").Obj(), "False "+reason)
			ends(MakeCharge(ns, "unnamed-"+strings.ToLower(string(state)), "nikos", "1 GB").Obj(), "False InsufficientFunds")
			base := maria.DeepCopy()
			maria.Spec.State = v1alpha1.AccountStateActive
			Expect(k8s.Patch(ctx, &maria, client.MergeFrom(base))).To(Succeed())
			becomes(&maria, "True Active")
		}
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(data), data)).To(Succeed())
		base := data.DeepCopy()
		data.Spec.State = v1alpha1.BucketSuspended
		Expect(k8s.Patch(ctx, data, client.MergeFrom(base))).To(Succeed())
		becomes(data, "True Suspended")
		ends(MakeCharge(ns, "named", "nikos", "1 GB").Bucket("data").Obj(), "False BucketSuspended")
		ends(MakeReservation(ns, "session", "nikos", "1 GB").Obj(), "False InsufficientFunds")
	})

	It("takes back what is undone of a member's charge, which then is used no more", func() {
		film := MakeCharge(ns, "film", "nikos", "1.5 GB").Obj()
		ends(film, "True Completed")
		undo := MakeReversal(ns, "undo", v1alpha1.OperationBalanceAdjustment, "film").Obj()
		ends(undo, "True Completed")
		Expect(messageOf(undo)).To(Equal("BalanceAdjustment film reversed: maria/data from 18.5 GB to 20 GB"))
		Expect(undo.Status.ImpactedBuckets).To(ConsistOf(impact("18.5 GB", "20 GB")))
		Eventually(uses(ns, "data")).Should(Equal(used("0 GB", "0 GB")))
		ends(MakeCharge(ns, "again", "nikos", "2 GB").Bucket("data").Obj(), "True Completed")
	})

	It("may be shared with others, or with other caps, and forgets nobody's use of it", func() {
		ends(MakeCharge(ns, "film", "nikos", "1.5 GB").Obj(), "True Completed")
		Eventually(uses(ns, "data")).Should(Equal(used("1.5 GB", "0 GB")))
		share(func(spec *v1alpha1.BucketSpec) { spec.SharedWith[0].Cap = "1 GB" })
		Eventually(uses(ns, "data")).Should(Equal([]v1alpha1.BucketShareUse{
			{Account: "nikos", Used: "1.5 GB", Cap: "1 GB"}, {Account: "eleni", Used: "0 GB"},
		}))
		none := MakeCharge(ns, "none", "nikos", "1 GB").Bucket("data").Obj()
		ends(none, "False ShareExceeded")
		Expect(messageOf(none)).To(HavePrefix("1 GB needed, the account may use 0 GB more of the bucket"))

		share(func(spec *v1alpha1.BucketSpec) { spec.SharedWith = spec.SharedWith[1:] })
		Eventually(uses(ns, "data")).Should(Equal([]v1alpha1.BucketShareUse{{Account: "eleni", Used: "0 GB"}}))
		ends(MakeCharge(ns, "gone", "nikos", "0.1 GB").Bucket("data").Obj(), "False BucketOfOtherAccount")
		share(func(spec *v1alpha1.BucketSpec) { spec.SharedWith = nil })
		Eventually(uses(ns, "data")).Should(BeEmpty())
		share(func(spec *v1alpha1.BucketSpec) { spec.SharedWith = shared("data").Spec.SharedWith })
		Eventually(uses(ns, "data")).Should(Equal(used("1.5 GB", "0 GB")))
		ends(MakeCharge(ns, "rest", "nikos", "0.5 GB").Bucket("data").Obj(), "True Completed")
	})

	It("starts with its first use, also by a member", func() {
		pass := shared("pass").LastsFromFirstUse("1w").Priority(-1).Obj()
		ends(pass, "True NotStarted")
		ends(MakeCharge(ns, "first", "nikos", "1 GB").Obj(), "True Completed")
		becomes(pass, "True Active")
		Eventually(uses(ns, "pass")).Should(Equal(used("1 GB", "0 GB")))
	})

	It("is money of its own account, and none of its members' until they spend it", func() {
		purse := MakeBucket(ns, "purse", "maria").Unit(v1alpha1.UsageMonetary, "EUR").Initial("8.00 EUR").SharedWith("nikos", "5.00 EUR").Obj()
		ends(purse, "True Active")
		ends(MakeCharge(ns, "ride", "nikos", "3.00 EUR").Obj(), "True Completed")
		Eventually(shown(ns, "maria")).Should(Equal(balanceOf("5.00 EUR", "5.00 EUR")))
		Expect(shown(ns, "nikos")(Default)).To(Equal(balanceOf("0.00 EUR", "0.00 EUR")))
		Eventually(uses(ns, "purse")).Should(Equal([]v1alpha1.BucketShareUse{{Account: "nikos", Used: "3.00 EUR", Cap: "5.00 EUR"}}))
	})

	It("has its account's name when that account has no object any more", func() {
		maria := MakeAccount(ns, "maria").Obj()
		remove(maria)
		charge := MakeCharge(ns, "late", "nikos", "1 GB").Obj()
		ends(charge, "True Completed")
		Expect(charge.Status.ImpactedBuckets).To(ConsistOf(impact("20 GB", "19 GB")))
	})

	It("waits for no member, and what is applied with it ends the same way in any order", func() {
		charge := MakeCharge(ns, "film", "petros", "12 GB").Obj()
		session := MakeReservation(ns, "session", "petros", "1 GB").Bucket("plan").Obj()
		topUp := MakeTopUp(ns, "more", "anna", "8 GB").Bucket("plan").Obj()
		plan := MakeBucket(ns, "plan", "anna").Initial("5 GB").SharedWith("petros", "").SharedWith("nobody", "1 GB").Obj()
		apply(charge, session, topUp, plan, MakeAccount(ns, "petros").Obj(), MakeAccount(ns, "anna").Obj())
		becomes(charge, "True Completed")
		becomes(session, "True Reserved")
		becomes(topUp, "True Completed")
		Eventually(uses(ns, "plan")).Should(Equal([]v1alpha1.BucketShareUse{
			{Account: "petros", Used: "13 GB"}, {Account: "nobody", Used: "0 GB", Cap: "1 GB"},
		}))
	})
})
