// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("Three replicas", func() {
	It("change their leader five times under load, without a loop, a loss or a double", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerURL(ctx)
		DeferCleanup(shared.clean)
		three := make(replicas, 3)
		for i := range three {
			three[i] = supervise(shared.kubeconfig, ledger, elected(namespace)...)
		}
		terms := func() int { return three.said(opened) }
		Eventually(terms, prompt, "50ms").Should(Equal(1))
		for _, r := range three {
			Eventually(r.now().ready, prompt, "50ms").Should(BeTrue(), "a standby is ready too")
		}
		load := newTraffic(ctx, shared, namespace)
		load.funded(ctx)
		load.flow(ctx)
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ledger.default.prepay.dev"}}
		killed := 0
		for _, change := range []struct {
			name   string
			strike func(leader *process)
		}{
			{"kill -9", func(leader *process) { leader.Kill(); killed++ }},
			{"SIGTERM", func(leader *process) { leader.Terminate() }},
			{"the lease given to nobody", func(*process) { giveAway(ctx, lease) }},
			{"the lease deleted", func(*process) { remove(ctx, lease) }},
			{"kill -9", func(leader *process) { leader.Kill(); killed++ }},
		} {
			By(change.name)
			before := terms()
			load.hears(20)
			leader := three.leader()
			Expect(leader).NotTo(BeNil())
			change.strike(leader.now())
			Eventually(terms, prompt, "50ms").Should(BeNumerically(">", before), "another one leads")
			load.hears(20)
		}
		load.settle(ctx)
		exits := three.exits()
		GinkgoWriter.Printf("the processes ended with %v\n", exits)
		Expect(len(exits)).To(BeNumerically("<=", 5+2), "each change ends a leader; where two believe to be it, perhaps both")
		for _, r := range three {
			Expect(r.now().ready()).To(BeTrue())
			r.stop((*process).stop)
		}
		judge(ctx, ledger, 5, load)
	})
})

// giveAway takes a lease from its holder, so that whoever comes first gets it,
// until that is another one: for a while both believe that it is theirs.
func giveAway(ctx context.Context, lease *coordinationv1.Lease) {
	GinkgoHelper()
	snatch(ctx, lease, func(lease *coordinationv1.Lease) error {
		patch := client.MergeFrom(lease.DeepCopy())
		lease.Spec.HolderIdentity = new(string)
		return shared.Patch(ctx, lease, patch)
	})
}

// remove deletes a lease until another one holds it.
func remove(ctx context.Context, lease *coordinationv1.Lease) {
	GinkgoHelper()
	snatch(ctx, lease, func(lease *coordinationv1.Lease) error {
		return client.IgnoreNotFound(shared.Delete(ctx, lease))
	})
}

// snatch takes a lease away until another one holds it.
func snatch(ctx context.Context, lease *coordinationv1.Lease, take func(*coordinationv1.Lease) error) {
	GinkgoHelper()
	was := ""
	Eventually(func(g Gomega) {
		now := fetch(ctx, shared, lease)(g)
		g.Expect(now.Spec.HolderIdentity).NotTo(HaveValue(BeEmpty()))
		holder := *now.Spec.HolderIdentity
		if was == "" {
			was = holder
		}
		if holder == was {
			g.Expect(take(now)).To(Succeed())
		}
		g.Expect(holder).NotTo(Equal(was))
	}, prompt, "100ms").Should(Succeed())
}
