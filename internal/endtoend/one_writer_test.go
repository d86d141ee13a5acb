// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("Two managers on one ledger", func() {
	It("are one: the second refuses to start, until the first has been killed", func(ctx SpecContext) {
		namespace, ledger := shared.namespace(ctx), ledgerFile()
		DeferCleanup(shared.clean)
		first := start(shared.kubeconfig, ledger)
		alice, cash := account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)
		completes(ctx, shared, cash)

		second := launch(shared.kubeconfig, ledger)
		Eventually(second, prompt).Should(gexec.Exit(1))
		message := string(second.Err.Contents())
		Expect(message).To(ContainSubstring(ledger))
		Expect(message).To(ContainSubstring("in use by another manager"))
		Expect(message).To(ContainSubstring("pid " + strconv.Itoa(first.Command.Process.Pid)))
		Expect(first.ready()).To(BeTrue())

		bank := topUp(namespace, "bank", "alice", "5.00 EUR")
		shared.create(ctx, bank)
		completes(ctx, shared, bank)
		first.kill9()
		second = start(shared.kubeconfig, ledger)
		more := topUp(namespace, "more", "alice", "1.00 EUR")
		shared.create(ctx, more)
		completes(ctx, shared, more)
		shared.shows(ctx, alice, "31.00 EUR")
		second.stop()
		expectBalances(ledger, "31.00 EUR")
	})
})
