// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
)

// lotShown is what is told of a lot, but for its number.
type lotShown struct {
	class      v1alpha1.BucketClass
	remaining  string
	start, end string
	rolledOver int32
}

// timeShown is what a bucket's status tells of its time.
type timeShown struct {
	remaining, start, end, next string
	lots                        []lotShown
}

// inTime is what a bucket shows of its time.
func inTime(namespace, name string) func(Gomega) timeShown {
	return func(g Gomega) timeShown {
		var bucket v1alpha1.Bucket
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &bucket)).To(Succeed())
		status := &bucket.Status
		g.Expect(status.Balance).NotTo(BeNil())
		seen := timeShown{remaining: string(status.Balance.Remaining), next: written(status.NextCycleAt)}
		if status.ValidFor != nil {
			seen.start, seen.end = written(status.ValidFor.Start), written(status.ValidFor.End)
		}
		for _, lot := range status.Lots {
			seen.lots = append(seen.lots, lotShown{
				lot.Class, string(lot.Remaining), written(lot.Start), written(lot.End), lot.RolledOver,
			})
		}
		return seen
	}
}

// The clock of these specs is moved by them alone, and always forward.
var _ = Describe("In time", Ordered, func() {
	var (
		ns  string
		now *clocktesting.FakeClock
	)
	// comes moves the clock to an instant.
	comes := func(instant string) {
		GinkgoHelper()
		at := at(instant)
		Expect(at).To(BeTemporally(">=", now.Now()), "the clock goes forward")
		now.SetTime(at)
	}

	BeforeAll(func() {
		ns = newNamespace()
		now = clocktesting.NewFakeClock(at("2030-01-31T12:00:00Z"))
		// Only this namespace: other specs' objects have another ledger.
		sees := controllers.CacheOptions()
		sees.DefaultNamespaces = map[string]cache.Config{ns: {}}
		operator.stop()
		operator = startOperatorBy(now, filepath.Join(GinkgoT().TempDir(), "ledger.db"), sees)
		sweeping, stop := context.WithCancel(ctx)
		swept := make(chan error, 1)
		go func() {
			swept <- sweeper.New(operator.store, operator.ledger, sweeper.Options{Clock: now, Log: GinkgoLogr}).Start(sweeping)
		}()
		DeferCleanup(func() {
			for _, list := range []client.ObjectList{&v1alpha1.BucketList{}, &v1alpha1.PrepayAccountList{}} {
				emptied(ns, list)
			}
			stop()
			Eventually(swept).Should(Receive(BeNil()))
			operator.stop()
			operator = startOperator(ledgerPath)
		})
	})

	It("a bucket lasts a month, however long that is, and what is left is lost", func() {
		bucket := MakeBucket(ns, "month", "ann").Initial("10 GB").Lasts("1mo").Obj()
		apply(MakeAccount(ns, "ann").Obj(), bucket)
		becomes(bucket, "True Active")
		const start, end = "2030-01-31T12:00:00Z", "2030-02-28T12:00:00Z"
		Expect(inTime(ns, "month")(Default)).To(Equal(timeShown{
			remaining: "10 GB", start: start, end: end,
			lots: []lotShown{{class: v1alpha1.ClassGranted, remaining: "10 GB", start: start, end: end}},
		}))

		comes(end)
		becomes(bucket, "True Expired")
		Expect(messageOf(bucket)).To(Equal("The bucket has ended; a TopUp with a validityExtension opens it again"))
		Eventually(inTime(ns, "month")).Should(Equal(timeShown{remaining: "0 GB", start: start, end: end}))

		By("refusing what comes too late")
		late := MakeTopUp(ns, "late", "ann", "1 GB").Bucket("month").Obj()
		apply(late)
		becomes(late, "False BucketExpired")
		none := MakeTopUp(ns, "none", "ann", "1 GB").Bucket("month").Extends(v1alpha1.ExtendNone, "").Obj()
		apply(none)
		becomes(none, "False BucketExpired")
		Expect(messageOf(none)).To(Equal("The bucket has ended, as its status.validFor says; " +
			"create a TopUp under a new name whose validityExtension moves its end, or top up another bucket"))
		over := MakeTopUp(ns, "over", "ann", "1 GB").Bucket("month").Extends(v1alpha1.ExtendReplace, "").Obj()
		over.Spec.ValidityExtension.End = toTime(start)
		apply(over)
		becomes(over, "False ValidityOver")
		Expect(messageOf(over)).To(Equal(
			"spec.validityExtension: the bucket would end in the past, or before it starts; ask for a later end under a new name"))
		past := MakeTopUp(ns, "past", "ann", "1.00 EUR").Obj()
		past.Spec.ValidFor = &v1alpha1.TopUpValidity{End: toTime(start)}
		apply(past)
		becomes(past, "False ValidityOver")
		Expect(messageOf(past)).To(Equal("spec.validFor: what is added would have ended already; ask for a later end under a new name"))

		By("being opened again")
		again := MakeTopUp(ns, "again", "ann", "1 GB").Bucket("month").Extends(v1alpha1.ExtendAdd, "1mo").Obj()
		apply(again)
		becomes(again, "True Completed")
		becomes(bucket, "True Active")
		Eventually(func(g Gomega) string { return inTime(ns, "month")(g).end }).Should(Equal("2030-03-28T12:00:00Z"))
		Eventually(remaining(ns, "month")).Should(Equal("1 GB"))
	})

	It("a cycle brings its refill, and half of what is left rolls over once, also after months that nobody looked", func() {
		comes("2030-03-01T00:00:00Z")
		bucket := MakeBucket(ns, "plan", "bob").Initial("10 GB").Every("1mo", "10 GB").Rollover(50, "3 GB").Obj()
		apply(MakeAccount(ns, "bob").Obj(), bucket)
		becomes(bucket, "True Active")
		const march, april, may = "2030-03-01T00:00:00Z", "2030-04-01T00:00:00Z", "2030-05-01T00:00:00Z"
		Expect(inTime(ns, "plan")(Default)).To(Equal(timeShown{
			remaining: "10 GB", start: march, next: april,
			lots: []lotShown{{class: v1alpha1.ClassGranted, remaining: "10 GB", start: march, end: april}},
		}))
		use := MakeCharge(ns, "use", "bob", "2 GB").Bucket("plan").Obj()
		apply(use)
		becomes(use, "True Completed")

		comes(april)
		Eventually(inTime(ns, "plan")).Should(Equal(timeShown{
			remaining: "13 GB", start: march, next: may,
			lots: []lotShown{
				{class: v1alpha1.ClassGranted, remaining: "3 GB", start: april, end: may, rolledOver: 1},
				{class: v1alpha1.ClassGranted, remaining: "10 GB", start: april, end: may},
			},
		}))

		comes("2030-07-01T00:00:00Z")
		Eventually(func(g Gomega) string { return inTime(ns, "plan")(g).next }).Should(Equal("2030-08-01T00:00:00Z"))
		Eventually(remaining(ns, "plan")).Should(Equal("13 GB"))
	})

	It("a member's cap is for one cycle, also if that brings nothing", func() {
		const first, second, third = "2030-07-10T00:00:00Z", "2030-07-11T00:00:00Z", "2030-07-12T00:00:00Z"
		comes(first)
		bucket := MakeBucket(ns, "daily", "amy").Initial("5 GB").SharedWith("kid", "1 GB").Obj()
		bucket.Spec.Cycle = &v1alpha1.BucketCycle{Every: "1d"}
		apply(MakeAccount(ns, "amy").Obj(), MakeAccount(ns, "kid").Obj(), bucket)
		becomes(bucket, "True Active")
		usedOf := func(amount v1alpha1.SignedAmount) []v1alpha1.BucketShareUse {
			return []v1alpha1.BucketShareUse{{Account: "kid", Used: amount, Cap: "1 GB"}}
		}
		topUp := MakeTopUp(ns, "amys", "amy", "5 GB").Bucket("daily").Obj()
		apply(topUp)
		becomes(topUp, "True Completed")
		for _, day := range []string{second, third} {
			use, more := MakeCharge(ns, "use-until-"+day[:10], "kid", "1 GB").Obj(), MakeCharge(ns, "more-until-"+day[:10], "kid", "1 GB").Bucket("daily").Obj()
			apply(use)
			becomes(use, "True Completed")
			apply(more)
			becomes(more, "False ShareExceeded")
			Eventually(uses(ns, "daily")).Should(Equal(usedOf("1 GB")))
			comes(day)
			Eventually(uses(ns, "daily")).Should(Equal(usedOf("0 GB")))
		}
		Eventually(func(g Gomega) string { return inTime(ns, "daily")(g).next }).Should(Equal("2030-07-13T00:00:00Z"))
		Eventually(remaining(ns, "daily")).Should(Equal("4 GB"))
	})

	It("a bucket starts with the first charge that takes from it, and lasts from then on", func() {
		bucket := MakeBucket(ns, "pass", "cay").Initial("10 GB").LastsFromFirstUse("30d").Obj()
		apply(MakeAccount(ns, "cay").Obj(), bucket)
		becomes(bucket, "True NotStarted")
		Expect(messageOf(bucket)).To(Equal("The bucket starts with the first charge or reservation that uses it"))
		Expect(inTime(ns, "pass")(Default)).To(Equal(timeShown{
			remaining: "10 GB", lots: []lotShown{{class: v1alpha1.ClassGranted, remaining: "10 GB"}},
		}))

		comes("2030-08-10T09:30:00Z")
		use := MakeCharge(ns, "first", "cay", "1 GB").Obj()
		apply(use)
		becomes(use, "True Completed")
		becomes(bucket, "True Active")
		const start, end = "2030-08-10T09:30:00Z", "2030-09-09T09:30:00Z"
		Eventually(inTime(ns, "pass")).Should(Equal(timeShown{
			remaining: "9 GB", start: start, end: end,
			lots: []lotShown{{class: v1alpha1.ClassGranted, remaining: "9 GB", start: start, end: end}},
		}))
	})

	It("a bucket starts by itself, and what waits for it goes on", func() {
		bucket := MakeBucket(ns, "soon", "dee").Unit(v1alpha1.UsageMonetary, "EUR").Initial("8.00 EUR").
			Starts(now.Now().Add(time.Second)).Obj()
		charge := MakeCharge(ns, "early", "dee", "1.00 EUR").Bucket("soon").Obj()
		apply(MakeAccount(ns, "dee").Obj(), bucket)
		becomes(bucket, "True NotStarted")
		Eventually(shown(ns, "dee")).Should(Equal(restricted(balanceOf("0.00 EUR", "8.00 EUR"), "8.00 EUR")))
		apply(charge)
		becomes(charge, "False BucketNotStarted")

		now.Step(time.Second)
		becomes(bucket, "True Active")
		becomes(charge, "True Completed")
		Eventually(shown(ns, "dee")).Should(Equal(balanceOf("7.00 EUR", "7.00 EUR")))
	})

	It("money starts by itself, and is available then", func() {
		bucket := MakeBucket(ns, "rise", "eve").Unit(v1alpha1.UsageMonetary, "EUR").Initial("8.00 EUR").
			Starts(now.Now().Add(time.Second)).Obj()
		apply(MakeAccount(ns, "eve").Obj(), bucket)
		becomes(bucket, "True NotStarted")
		Eventually(shown(ns, "eve")).Should(Equal(restricted(balanceOf("0.00 EUR", "8.00 EUR"), "8.00 EUR")))
		Consistently(ready(bucket), "1s").Should(Equal("True NotStarted"), "what was recorded has been shown")
		now.Step(time.Second)
		becomes(bucket, "True Active")
		Eventually(shown(ns, "eve")).Should(Equal(balanceOf("8.00 EUR", "8.00 EUR")))
	})

	It("a top-up may bring what ends by itself, to a bucket or the account", func() {
		comes("2030-10-01T00:00:00Z")
		apply(MakeAccount(ns, "fay").Obj(), MakeBucket(ns, "extra", "fay").Obj())
		for _, topUp := range []*v1alpha1.TopUp{
			MakeTopUp(ns, "stays", "fay", "2 GB").Bucket("extra").Obj(),
			MakeTopUp(ns, "goes", "fay", "5 GB").Bucket("extra").Lasts("1d").Obj(),
			MakeTopUp(ns, "bonus", "fay", "5.00 EUR").Lasts("1d").Obj(),
		} {
			apply(topUp)
			becomes(topUp, "True Completed")
		}
		Eventually(inTime(ns, "extra")).Should(Equal(timeShown{remaining: "7 GB", lots: []lotShown{
			{class: v1alpha1.ClassPaid, remaining: "5 GB", start: "2030-10-01T00:00:00Z", end: "2030-10-02T00:00:00Z"},
			{class: v1alpha1.ClassPaid, remaining: "2 GB"},
		}}))
		Eventually(shown(ns, "fay")).Should(Equal(balanceOf("5.00 EUR", "5.00 EUR")))

		comes("2030-10-02T00:00:00Z")
		Eventually(inTime(ns, "extra")).Should(Equal(timeShown{remaining: "2 GB", lots: []lotShown{
			{class: v1alpha1.ClassPaid, remaining: "2 GB"},
		}}))
		Eventually(shown(ns, "fay")).Should(Equal(balanceOf("0.00 EUR", "0.00 EUR")))
	})
})
