// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A database that is restored to an earlier time", func() {
	It("gets not one batch, for no account, until a person accepts it", func(ctx SpecContext) {
		record := &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: scope}}
		server, namespace, lost := ownServer(ctx), shared.namespace(ctx), shared.namespace(ctx)
		ledger := migrated(ctx, server)
		DeferCleanup(shared.clean)
		manager := supervise(shared.kubeconfig, ledger, elected(namespace)...)
		before := newTraffic(ctx, shared, namespace)
		before.funded(ctx)
		backup, err := server.Backup(ctx)
		Expect(err).NotTo(HaveOccurred())
		held := audited(ledger).Head

		By("losing what came later")
		alice, cash := account(lost, "alice"), topUp(lost, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)
		completes(ctx, shared, cash)
		Eventually(func(g Gomega) {
			g.Expect(fetch(ctx, shared, record)(g).Status.Head.Sequence).To(BeNumerically(">", held.Sequence))
		}, prompt, "100ms").Should(Succeed())
		Expect(server.Restore(ctx, backup)).To(Succeed())

		By("meeting traffic on accounts that lost nothing")
		before.more(ctx, 40)
		Eventually(func(g Gomega) {
			g.Expect(state(fetch(ctx, shared, record)(g))).To(Equal(v1alpha1.ReasonLedgerMismatch))
			g.Expect(shared.states(ctx, namespace)(g)).To(HaveKeyWithValue(v1alpha1.ReasonLedgerMismatch, 40))
		}, prompt, "50ms").Should(Succeed())
		Expect(manager.now().probe("/readyz")).To(Equal(500))
		Expect(manager.now().probe("/healthz")).To(Equal(200))
		Expect(len(manager.exits())).To(BeNumerically("<=", 1), "it does not loop")
		Expect(audited(ledger).Head).To(Equal(held), "not one batch")

		By("being accepted, while the manager waits")
		accept := execute(shared.kubeconfig, "ledger", "accept", at(ledger))
		Eventually(accept, prompt).Should(gexec.Exit(0))
		Expect(string(accept.Out.Contents())).To(ContainSubstring("is accepted"))
		before.settle(ctx)
		Expect(state(fetch(ctx, shared, record)(Default))).To(Equal(v1alpha1.ReasonServing))
		Expect(len(manager.exits())).To(BeNumerically("<=", 2), "it does not loop")
		manager.stop((*process).stop)
		judge(ctx, ledger, 1, before)
	})
})
