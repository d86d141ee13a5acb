// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strconv"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("When 100 members charge a shared bucket and reserve of it at once", func() {
	const members = 100
	name := func(i int) string { return fmt.Sprintf("line-%d", i) }
	// most is the cap of a member in GB.
	most := func(i int) int { return 1 + i%2 }
	// sum is how much has come of them all.
	type sum struct{ done, refused int }

	DescribeTable("the caps and the bucket hold exactly",
		func(initial v1alpha1.Amount, isNamed bool, refusal string, want sum, left string) {
			ns := newNamespace()
			apply(MakeAccount(ns, "owner").Obj())
			maker := MakeBucket(ns, "data", "owner").Initial(initial)
			for i := range members {
				apply(MakeAccount(ns, name(i)).Obj())
				maker.SharedWith(name(i), v1alpha1.Amount(strconv.Itoa(most(i))+" GB"))
			}
			data := maker.Obj()
			apply(data)
			becomes(data, "True Active")

			charges, sessions := make([]*v1alpha1.BalanceAdjustment, members), make([]*v1alpha1.BalanceReservation, members)
			var all sync.WaitGroup
			for i := range members {
				charge, session := MakeCharge(ns, fmt.Sprintf("c-%d", i), name(i), "1 GB"), MakeReservation(ns, fmt.Sprintf("r-%d", i), name(i), "1 GB")
				if isNamed {
					charge.Bucket("data")
					session.Bucket("data")
				}
				charges[i], sessions[i] = charge.Obj(), session.Obj()
				for _, obj := range []conditioned{charges[i], sessions[i]} {
					all.Go(func() {
						defer GinkgoRecover()
						Expect(k8s.Create(ctx, obj)).To(Succeed())
					})
				}
			}
			all.Wait()

			var got sum
			used := make([]v1alpha1.BucketShareUse, members)
			for i := range members {
				gigabytes := 0
				for _, obj := range []conditioned{charges[i], sessions[i]} {
					Eventually(ready(obj)).Should(Or(Equal("True Completed"), Equal("True Reserved"), Equal("False "+refusal)))
					if readyOf(obj) == "False "+refusal {
						got.refused++
					} else {
						got.done++
						gigabytes++
					}
				}
				Expect(gigabytes).To(BeNumerically("<=", most(i)), name(i))
				used[i] = v1alpha1.BucketShareUse{
					Account: name(i), Used: v1alpha1.SignedAmount(strconv.Itoa(gigabytes) + " GB"),
					Cap: v1alpha1.SignedAmount(strconv.Itoa(most(i)) + " GB"),
				}
			}
			Expect(got).To(Equal(want))
			Eventually(uses(ns, "data")).Should(Equal(used))
			Eventually(remaining(ns, "data")).Should(Equal(left))
		},
		// The caps are 150 GB together, and everybody asks for 2.
		Entry("when there is less than the caps allow", v1alpha1.Amount("100 GB"), false, "InsufficientFunds", sum{100, 100}, "0 GB"),
		Entry("when there is more than they allow", v1alpha1.Amount("1 TB"), true, "ShareExceeded", sum{150, 50}, "850 GB"),
	)
})
