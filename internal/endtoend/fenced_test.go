// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("Two managers that commit at once", func() {
	It("cannot: one is fenced and exits, and when it is started again it waits and says so", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerURL(ctx)
		DeferCleanup(shared.clean)
		here, there := namespace, shared.namespace(ctx) // of their leases, so that both lead
		old := supervise(shared.kubeconfig, ledger, elected(here)...)
		Eventually(old.said, prompt, "50ms").WithArguments(opened).Should(Equal(1))
		load := newTraffic(ctx, shared, namespace)
		load.funded(ctx)
		load.flow(ctx)
		load.hears(50)

		heir := supervise(shared.kubeconfig, ledger, elected(there, "--take-over")...)
		Eventually(old.exits, prompt, "50ms").ShouldNot(BeEmpty())
		Eventually(old.said, prompt, "50ms").WithArguments("The ledger takes no commands").Should(Equal(1))
		load.hears(200)
		load.settle(ctx)
		Expect(old.exits()).To(Equal([]int{1}), "it does not loop")
		Expect(old.said(fenced)).To(BeNumerically(">", 0))
		Expect(old.now().probe("/healthz")).To(Equal(200))
		Expect(old.now().probe("/readyz")).To(Equal(500))
		Expect(heir.exits()).To(BeEmpty())
		Expect(heir.now().ready()).To(BeTrue())

		By("having said whose the scope is")
		Expect(old.said("with the lease " + there + "/")).To(BeNumerically(">", 0))
		old.stop((*process).stop)
		heir.stop((*process).stop)
		judge(ctx, ledger, 1, load)
	})

	It("cannot with another scope either: the second waits, and throws nobody out", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerURL(ctx)
		DeferCleanup(shared.clean)
		first := supervise(shared.kubeconfig, ledger, elected(namespace)...)
		load := newTraffic(ctx, shared, namespace)
		load.funded(ctx)

		second := supervise(shared.kubeconfig, ledger, elected(namespace, "--scope=other")...)
		holder := ContainSubstring("with the lease " + namespace + "/ledger." + scope + ".prepay.dev writes to it")
		record := &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "other"}}
		Eventually(func(g Gomega) {
			g.Expect(state(fetch(ctx, shared, record)(g))).To(Equal(v1alpha1.ReasonScopeHeld))
		}, prompt, "50ms").Should(Succeed())
		Eventually(second.now().answer, prompt, "50ms").WithArguments("/readyz/ledger").Should(holder)
		load.more(ctx, 40)
		load.settle(ctx)
		Expect(append(first.exits(), second.exits()...)).To(BeEmpty())
		second.stop((*process).stop)
		first.stop((*process).stop)
		judge(ctx, ledger, 1, load)
	})
})
