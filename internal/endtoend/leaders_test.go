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
		for i, change := range []struct {
			name   string
			strike func(leader *process, changed func() bool)
		}{
			{"kill -9", func(leader *process, _ func() bool) { leader.Kill() }},
			{"SIGTERM", func(leader *process, _ func() bool) { leader.Terminate() }},
			{"the lease given to nobody", func(_ *process, changed func() bool) { giveAway(ctx, lease, changed) }},
			{"the lease deleted", func(_ *process, changed func() bool) { remove(ctx, lease, changed) }},
			{"kill -9", func(leader *process, _ func() bool) { leader.Kill() }},
		} {
			By(change.name)
			before := terms()
			load.hears(20)
			leader := three.leader()
			Expect(leader).NotTo(BeNil())
			changed := func() bool { return terms() > before }
			change.strike(leader.now(), changed)
			Eventually(changed, prompt, "50ms").Should(BeTrue(), "another one leads")
			Eventually(func() int { return len(three.exits()) }, prompt, "50ms").Should(BeNumerically(">", i), "there is one leader again")
			load.hears(20)
		}
		load.settle(ctx)
		for _, r := range three {
			// Who lost the lease without being told so may only just have noticed.
			Eventually(func() bool { return r.now().ready() }, prompt, "50ms").Should(BeTrue())
		}
		exits := three.exits()
		GinkgoWriter.Printf("the processes ended with %v\n", exits)
		Expect(len(exits)).To(BeNumerically("<=", 2*5), "each change ends a leader; where two believe to be it, perhaps both")
		for _, r := range three {
			r.stop((*process).stop)
		}
		judge(ctx, ledger, 5, load)
	})
})

// giveAway takes a lease from its holder, so that whoever comes first gets it,
// until the leader has changed: for a while two believe that it is theirs.
func giveAway(ctx context.Context, lease *coordinationv1.Lease, changed func() bool) {
	GinkgoHelper()
	snatch(ctx, lease, changed, func(lease *coordinationv1.Lease) error {
		patch := client.MergeFrom(lease.DeepCopy())
		lease.Spec.HolderIdentity = new(string)
		return shared.Patch(ctx, lease, patch)
	})
}

// remove deletes a lease until the leader has changed.
func remove(ctx context.Context, lease *coordinationv1.Lease, changed func() bool) {
	GinkgoHelper()
	snatch(ctx, lease, changed, func(lease *coordinationv1.Lease) error {
		return client.IgnoreNotFound(shared.Delete(ctx, lease))
	})
}

// snatch takes a lease away from whoever has it, again and again until the leader
// has changed: the one that leads may be the first to get it back, also from one
// that has ended since.
func snatch(ctx context.Context, lease *coordinationv1.Lease, changed func() bool, take func(*coordinationv1.Lease) error) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(take(fetch(ctx, shared, lease)(g))).To(Succeed())
		g.Eventually(changed, "2s", "50ms").Should(BeTrue())
	}, prompt).Should(Succeed())
}
