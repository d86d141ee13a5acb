// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"os"
	"path/filepath"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("Another ledger behind the same cluster", func() {
	var (
		namespace, ledger string
		alice             *v1alpha1.PrepayAccount
		record            = &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	)

	BeforeEach(func(ctx SpecContext) {
		namespace, ledger = shared.namespace(ctx), ledgerFile()
		DeferCleanup(shared.clean)
		alice = account(namespace, "alice")
	})

	// serve runs a manager until these top-ups are Completed.
	serve := func(ctx context.Context, topUps ...*v1alpha1.TopUp) {
		GinkgoHelper()
		manager := start(shared.kubeconfig, ledger)
		for _, topUp := range topUps {
			shared.create(ctx, topUp)
			completes(ctx, shared, topUp)
		}
		manager.stop()
	}

	// expectRefused starts a manager and expects that it takes nothing from the
	// ledger, and says so wherever somebody may look.
	expectRefused := func(ctx context.Context, waits *v1alpha1.TopUp) {
		GinkgoHelper()
		recorded := fetch(ctx, shared, record)(Default)
		manager := launch(shared.kubeconfig, ledger)
		Eventually(func(g Gomega) {
			object := fetch(ctx, shared, record)(g)
			g.Expect(state(object)).To(Equal(v1alpha1.ReasonLedgerMismatch))
			g.Expect(object.Status.LedgerID).To(Equal(recorded.Status.LedgerID), "the record is kept")
			g.Expect(object.Status.Head).To(Equal(recorded.Status.Head), "the record is kept")
		}, prompt, "50ms").Should(Succeed())
		Expect(shared.kstatusOf(ctx, record)(Default)).To(Equal(status.InProgressStatus))
		Expect(manager.probe("/readyz")).To(Equal(500))

		shared.create(ctx, waits)
		Expect(becomes(ctx, shared, waits, v1alpha1.ReasonLedgerMismatch).TransactionID).To(BeEmpty())
		Expect(manager.probe("/readyz")).To(Equal(500))

		accept := execute(shared.kubeconfig, "ledger", "accept", at(ledger))
		Eventually(accept, prompt).Should(gexec.Exit(1))
		Expect(string(accept.Err.Contents())).To(ContainSubstring("in use by another manager"))
		manager.stop()
	}

	// acceptIt is what a person does who takes the ledger as it is.
	acceptIt := func() {
		GinkgoHelper()
		accept := execute(shared.kubeconfig, "ledger", "accept", at(ledger))
		Eventually(accept, prompt).Should(gexec.Exit(0))
		Expect(string(accept.Out.Contents())).To(ContainSubstring("is accepted"))
	}

	It("gives nobody money if it is new, until a person accepts it", func(ctx SpecContext) {
		shared.create(ctx, alice)
		serve(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		was := audited(ledger).Ledger
		ledger = ledgerFile()
		waits := topUp(namespace, "bank", "alice", "5.00 EUR")
		expectRefused(ctx, waits)
		Expect(audited(ledger).Head.Sequence).To(BeZero(), "nothing was committed")

		acceptIt()
		manager := start(shared.kubeconfig, ledger)
		Expect(completes(ctx, shared, waits).Replayed).To(BeFalse())
		shared.shows(ctx, alice, "5.00 EUR")
		taken := fetch(ctx, shared, record)(Default)
		Expect(state(taken)).To(Equal(v1alpha1.ReasonServing))
		Expect(shared.kstatusOf(ctx, record)(Default)).To(Equal(status.CurrentStatus))
		shared.kubectl("wait", "--for=condition=Ready", "ledgers.prepay.dev/default", "--timeout=30s")
		Expect(taken.Status.LedgerID).NotTo(Equal(was))
		manager.stop()
		expectBalances(ledger, "5.00 EUR")

		By("starting again without asking again")
		start(shared.kubeconfig, ledger).stop()
	})

	It("gives nobody money if it is a copy from an earlier time, until a person accepts it", func(ctx SpecContext) {
		shared.create(ctx, alice)
		serve(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		backup := copyLedger(ledger)
		serve(ctx, topUp(namespace, "bank", "alice", "5.00 EUR"))
		held := audited(backup).Head
		ledger = backup
		waits := topUp(namespace, "more", "alice", "1.00 EUR")
		expectRefused(ctx, waits)
		Expect(audited(ledger).Head).To(Equal(held), "nothing was committed")

		acceptIt()
		manager := start(shared.kubeconfig, ledger)
		Expect(completes(ctx, shared, waits).Replayed).To(BeFalse())
		shared.shows(ctx, alice, "26.00 EUR")
		Expect(state(fetch(ctx, shared, record)(Default))).To(Equal(v1alpha1.ReasonServing))
		manager.stop()
		expectBalances(ledger, "26.00 EUR")
	})

	// expectNotAccepted expects that the program refuses to accept the ledger,
	// and returns what it says.
	expectNotAccepted := func() string {
		GinkgoHelper()
		accept := execute(shared.kubeconfig, "ledger", "accept", at(ledger))
		Eventually(accept, prompt).Should(gexec.Exit(1))
		Expect(accept.Out.Contents()).To(BeEmpty())
		return string(accept.Err.Contents())
	}

	It("is nothing to accept before a manager has recorded one", func() {
		Expect(expectNotAccepted()).To(ContainSubstring("there is nothing to accept"))
		Expect(os.ReadDir(filepath.Dir(ledger))).To(BeEmpty())
	})

	It("is nothing to accept if it is the recorded one, even if it has grown since", func(ctx SpecContext) {
		shared.create(ctx, alice)
		serve(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		recorded := fetch(ctx, shared, record)(Default)
		held := audited(ledger).Head
		Expect(expectNotAccepted()).To(ContainSubstring("there is nothing to accept"))
		Expect(audited(ledger).Head).To(Equal(held), "nothing was committed")

		serve(ctx, topUp(namespace, "bank", "alice", "5.00 EUR"))
		grown := audited(ledger).Head
		Expect(grown.Sequence).To(BeNumerically(">", held.Sequence))
		now := fetch(ctx, shared, record)(Default)
		now.Status.Head = recorded.Status.Head
		Expect(shared.Status().Update(ctx, now)).To(Succeed())
		Expect(expectNotAccepted()).To(ContainSubstring("there is nothing to accept"))
		Expect(audited(ledger).Head).To(Equal(grown), "nothing was committed")
		start(shared.kubeconfig, ledger).stop()
	})

	It("is not made by accepting it", func(ctx SpecContext) {
		shared.create(ctx, alice)
		serve(ctx, topUp(namespace, "cash", "alice", "25.00 EUR"))
		ledger = ledgerFile()
		Expect(expectNotAccepted()).To(ContainSubstring(ledger))
		Expect(os.ReadDir(filepath.Dir(ledger))).To(BeEmpty())
	})
})

// copyLedger copies the ledger of a manager that is stopped.
func copyLedger(ledger string) string {
	GinkgoHelper()
	backup := ledgerFile()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(ledger + suffix)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(backup+suffix, content, 0o600)).To(Succeed())
	}
	return backup
}
