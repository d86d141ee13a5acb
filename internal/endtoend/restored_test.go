// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
		Eventually(func(g Gomega) {
			shown, has := fetch(ctx, shared, alice)(g).Status, fetch(ctx, shared, record)(g).Status
			g.Expect(shown.LedgerID).To(HavePrefix(has.LedgerID+"-"), "the log is another one")
			g.Expect(shown.Balance).To(HaveValue(HaveField("Credit", Equal(v1alpha1.SignedAmount("0.00 EUR")))), "what was lost is not shown")
			g.Expect(shown.LedgerSequence).To(BeNumerically("<=", audited(ledger).Head.Sequence))
		}, prompt, "100ms").Should(Succeed())

		By("taking settings of an account whose settings were lost")
		limited := fetch(ctx, shared, alice)(Default)
		base := client.MergeFrom(limited.DeepCopy())
		limited.Spec.CreditLimit = "5.00 EUR"
		Expect(shared.Patch(ctx, limited, base)).To(Succeed())
		Eventually(func(g Gomega) {
			shown := fetch(ctx, shared, alice)(g)
			g.Expect(shown.Status.ObservedGeneration).To(Equal(limited.Generation))
			g.Expect(shown.Status.Balance).To(HaveValue(HaveField("Available", Equal(v1alpha1.SignedAmount("5.00 EUR")))))
		}, prompt, "100ms").Should(Succeed())
		Expect(state(fetch(ctx, shared, record)(Default))).To(Equal(v1alpha1.ReasonServing))
		Expect(len(manager.exits())).To(BeNumerically("<=", 2), "it does not loop")
		manager.stop((*process).stop)
		judge(ctx, ledger, 1, before)
	})
})
