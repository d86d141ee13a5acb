// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("A manager that is paused past its lease", func() {
	It("writes nothing when it goes on, and exits", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerURL(ctx)
		DeferCleanup(shared.clean)
		load := newTraffic(ctx, shared, namespace)
		paused := start(shared.kubeconfig, ledger, elected(namespace)...)
		standby := start(shared.kubeconfig, ledger, elected(namespace)...)
		load.funded(ctx)
		load.flow(ctx)
		load.hears(50)
		paused.Signal(syscall.SIGSTOP)
		Eventually(standby.said, prompt, "50ms").WithArguments(opened).Should(Equal(1), "the standby takes over")
		load.hears(100)
		load.settle(ctx)
		head := audited(ledger).Head

		paused.Signal(syscall.SIGCONT)
		Eventually(paused, prompt).Should(gexec.Exit(1))
		Expect(paused.said("leader election lost") + paused.said(fenced)).To(BeNumerically(">", 0))
		Expect(audited(ledger).Head).To(Equal(head), "nothing was written")
		load.settle(ctx)
		Expect(standby.ready()).To(BeTrue())
		standby.stop()
		judge(ctx, ledger, 1, load)
	})
})
