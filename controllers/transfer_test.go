// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A transfer", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		funded(ns, "alice", "35.00 EUR")
		apply(MakeAccount(ns, "bob").Obj())
	})

	It("moves its amount and shows both ends", func() {
		transfer := MakeTransfer(ns, "lunch", "alice", "bob", "10.00 EUR").Obj()
		apply(transfer)
		becomes(transfer, "True Completed")
		Expect(messageOf(transfer)).To(Equal("10.00 EUR moved from alice to bob"))
		Expect(transfer.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: v1alpha1.MainBucket, Before: "35.00 EUR", After: "25.00 EUR"},
			{Account: "bob", Bucket: v1alpha1.MainBucket, Before: "0.00 EUR", After: "10.00 EUR"},
		}))
		Eventually(credit(ns, "alice")).Should(Equal("25.00 EUR"))
		Eventually(credit(ns, "bob")).Should(Equal("10.00 EUR"))
	})

	It("is refused for lack of funds, with the figures and a warning", func() {
		transfer := MakeTransfer(ns, "car", "alice", "bob", "500.00 EUR").Obj()
		apply(transfer)
		becomes(transfer, "False InsufficientFunds")
		Expect(messageOf(transfer)).To(Equal("500.00 EUR needed, 35.00 EUR available"))
		Expect(transfer.Status.CommittedAt).NotTo(BeNil())
		Eventually(eventsOf(transfer)).Should(ConsistOf("InsufficientFunds"))
		Eventually(credit(ns, "alice")).Should(Equal("35.00 EUR"))
	})

	It("does not move what was given", func() {
		apply(
			MakeBucket(ns, "gift", "alice").Unit(v1alpha1.UsageData, "GB").Initial("10 GB").Obj(),
			MakeBucket(ns, "data", "bob").Unit(v1alpha1.UsageData, "MB").Obj(),
		)
		transfer := MakeTransfer(ns, "launder", "alice", "bob", "1 GB").FromBucket("gift").ToBucket("data").Obj()
		apply(transfer)
		becomes(transfer, "False NotTransferable")
		Expect(messageOf(transfer)).To(ContainSubstring("1 GB needed, 0 GB transferable"))
	})

	It("moves between two buckets of one account", func() {
		apply(MakeBucket(ns, "savings", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Obj())
		transfer := MakeTransfer(ns, "save", "alice", "alice", "5.00 EUR").ToBucket("savings").Obj()
		apply(transfer)
		becomes(transfer, "True Completed")
		Expect(messageOf(transfer)).To(Equal("5.00 EUR moved from alice to alice/savings"))
		Eventually(remaining(ns, "savings")).Should(Equal("5.00 EUR"))
		Eventually(credit(ns, "alice")).Should(Equal("35.00 EUR"))
	})

	It("is refused by the API server if both ends are one", func() {
		Expect(k8s.Create(ctx, MakeTransfer(ns, "loop", "alice", "alice", "1.00 EUR").Obj())).
			To(MatchError(ContainSubstring("source and destination must differ")))
	})

	It("takes no more than there is from an account that 200 want to spend from", func() {
		// 17 × 2.00 EUR fit into 35.00 EUR.
		transfers := make([]*v1alpha1.BalanceTransfer, 200)
		var all sync.WaitGroup
		for i := range transfers {
			transfers[i] = MakeTransfer(ns, fmt.Sprintf("t-%d", i), "alice", "bob", "2.00 EUR").Obj()
			all.Go(func() {
				defer GinkgoRecover()
				Expect(k8s.Create(ctx, transfers[i])).To(Succeed())
			})
		}
		all.Wait()
		ends := map[string]int{}
		for _, transfer := range transfers {
			Eventually(ready(transfer)).Should(Or(Equal("True Completed"), Equal("False InsufficientFunds")))
			ends[readyOf(transfer)]++
		}
		Expect(ends).To(Equal(map[string]int{"True Completed": 17, "False InsufficientFunds": 183}))
		Eventually(credit(ns, "alice")).Should(Equal("1.00 EUR"))
		Eventually(credit(ns, "bob")).Should(Equal("34.00 EUR"))
	})

	It("never deadlocks with one the other way", func() {
		back := MakeTopUp(ns, "bobs", "bob", "35.00 EUR").Obj()
		apply(back)
		becomes(back, "True Completed")
		transfers := make([]*v1alpha1.BalanceTransfer, 0, 60)
		for i := range 30 {
			transfers = append(transfers,
				MakeTransfer(ns, fmt.Sprintf("there-%d", i), "alice", "bob", "1.00 EUR").Obj(),
				MakeTransfer(ns, fmt.Sprintf("back-%d", i), "bob", "alice", "1.00 EUR").Obj())
		}
		var all sync.WaitGroup
		for _, transfer := range transfers {
			all.Go(func() {
				defer GinkgoRecover()
				Expect(k8s.Create(ctx, transfer)).To(Succeed())
			})
		}
		all.Wait()
		for _, transfer := range transfers {
			becomes(transfer, "True Completed")
		}
		Eventually(credit(ns, "alice")).Should(Equal("35.00 EUR"))
		Eventually(credit(ns, "bob")).Should(Equal("35.00 EUR"))
	})
})
