// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("The whole of etcd lost", func() {
	const namespace = "rebuilt"
	var (
		ledger, manifests string
		alice, bob        *v1alpha1.PrepayAccount
		data              *v1alpha1.Bucket
		oneShots          []oneShot
		before            map[string]string
		lostUID           types.UID
	)

	BeforeEach(func(ctx SpecContext) {
		ledger = ledgerFile()
		alice, bob = account(namespace, "alice"), account(namespace, "bob")
		data = &v1alpha1.Bucket{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "alice-data"},
			Spec: v1alpha1.BucketSpec{
				AccountRef: v1alpha1.AccountReference{Name: "alice"}, UsageType: v1alpha1.UsageData, Unit: "GB", InitialAmount: "10 GB",
			},
		}
		cash, lunch := topUp(namespace, "cash", "alice", "25.00 EUR"), transfer(namespace, "lunch", "alice", "bob", "10.00 EUR")
		bank, car := topUp(namespace, "bank", "alice", "7.50 EUR"), transfer(namespace, "car", "alice", "bob", "500.00 EUR")
		oneShots = []oneShot{cash, bank, lunch}
		manifests = manifest(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
			car, lunch, cash, bank, alice, bob, data)

		lost := startCluster(ctx)
		manager := start(lost.kubeconfig, ledger)
		lost.create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
		lost.create(ctx, fresh(alice), fresh(bob), fresh(data), fresh(cash), fresh(bank))
		completes(ctx, lost, cash)
		completes(ctx, lost, bank)
		lost.create(ctx, fresh(lunch), fresh(car))
		before = map[string]string{}
		for _, object := range oneShots {
			before[object.GetName()] = completes(ctx, lost, object).TransactionID
		}
		becomes(ctx, lost, car, v1alpha1.ReasonInsufficientFunds)
		expectStory(ctx, lost, alice, bob, data)
		lostUID = fetch(ctx, lost, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})(Default).UID
		manager.stop()
		lost.stop(ctx)
		expectBalances(ledger, "32.50 EUR")
	})

	It("keeps a new cluster waiting while the lost one may be alive, and charges nothing twice once it is told to take over", func(ctx SpecContext) {
		held := audited(ledger)
		rebuilt := startCluster(ctx)
		DeferCleanup(rebuilt.stop)
		rebuilt.kubectl("apply", "-f", manifests)
		Expect(fetch(ctx, rebuilt, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})(Default).UID).NotTo(Equal(lostUID))

		manager := launch(rebuilt.kubeconfig, ledger)
		record := &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
		Eventually(func(g Gomega) {
			g.Expect(state(fetch(ctx, rebuilt, record)(g))).To(Equal(v1alpha1.ReasonScopeHeld))
			g.Expect(manager.probe("/readyz")).To(Equal(500))
			g.Expect(manager.probe("/healthz")).To(Equal(200))
		}, prompt, "50ms").Should(Succeed())
		Expect(rebuilt.kstatusOf(ctx, record)(Default)).To(Equal(status.InProgressStatus))
		wait := rebuilt.startKubectl("wait", "--for=condition=Ready", "ledgers.prepay.dev/default", "--timeout=10m")
		for _, object := range oneShots {
			Expect(becomes(ctx, rebuilt, object, v1alpha1.ReasonScopeHeld).TransactionID).To(BeEmpty())
		}
		manager.stop()
		Expect(audited(ledger).Head).To(Equal(held.Head), "nothing was committed")

		Expect(wait).NotTo(gexec.Exit(), "nothing is ready")

		manager = start(rebuilt.kubeconfig, ledger, "--take-over")
		Eventually(wait, prompt).Should(gexec.Exit(0))
		for _, object := range oneShots {
			replayed := completes(ctx, rebuilt, object)
			Expect(replayed.Replayed).To(BeTrue(), object.GetName())
			Expect(replayed.TransactionID).To(Equal(before[object.GetName()]))
		}
		expectStory(ctx, rebuilt, alice, bob, data)
		taken := fetch(ctx, rebuilt, record)(Default)
		Expect(state(taken)).To(Equal(v1alpha1.ReasonServing))
		Expect(taken.Status.LedgerID).To(Equal(held.Ledger))
		Expect(rebuilt.kstatusOf(ctx, record)(Default)).To(Equal(status.CurrentStatus))

		By("going on as before")
		dinner := transfer(namespace, "dinner", "bob", "alice", "2.00 EUR")
		rebuilt.create(ctx, dinner)
		Expect(completes(ctx, rebuilt, dinner).Replayed).To(BeFalse())
		rebuilt.shows(ctx, alice, "24.50 EUR")
		rebuilt.shows(ctx, bob, "8.00 EUR")
		manager.stop()
		expectBalances(ledger, "32.50 EUR")

		By("starting again without the word, because the scope is its own now")
		start(rebuilt.kubeconfig, ledger).stop()
	})
})

// expectStory expects what is left at the end of the story.
func expectStory(ctx context.Context, c *cluster, alice, bob *v1alpha1.PrepayAccount, data *v1alpha1.Bucket) {
	GinkgoHelper()
	c.shows(ctx, alice, "22.50 EUR")
	c.shows(ctx, bob, "10.00 EUR")
	Eventually(func(g Gomega) {
		g.Expect(fetch(ctx, c, data)(g).Status.Balance).To(HaveValue(HaveField("Remaining", v1alpha1.SignedAmount("10 GB"))))
	}, prompt, "50ms").Should(Succeed())
}

// fresh is a copy of an object that can be created in another cluster.
func fresh(object client.Object) client.Object {
	duplicate := object.DeepCopyObject().(client.Object)
	duplicate.SetResourceVersion("")
	duplicate.SetUID("")
	return duplicate
}
