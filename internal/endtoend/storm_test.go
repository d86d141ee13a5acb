// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("Many BalanceTransfers at once", func() {
	var (
		namespace, ledger string
		alice, bob        *v1alpha1.PrepayAccount
		manager           *process
	)

	BeforeEach(func(ctx SpecContext) {
		namespace, ledger = shared.namespace(ctx), ledgerFile()
		DeferCleanup(shared.clean)
		manager = start(shared.kubeconfig, ledger)
		alice, bob = account(namespace, "alice"), account(namespace, "bob")
		shared.create(ctx, alice, bob)
	})

	It("spend exactly what is there, to the cent", func(ctx SpecContext) {
		funds := topUp(namespace, "funds", "alice", "50.00 EUR")
		shared.create(ctx, funds)
		completes(ctx, shared, funds)
		storm := make([]client.Object, 200)
		for i := range storm {
			storm[i] = transfer(namespace, fmt.Sprintf("x-%d", i), "alice", "bob", "1.00 EUR")
		}
		shared.create(ctx, storm...)
		Eventually(shared.states(ctx, namespace), prompt).Should(Equal(map[string]int{
			v1alpha1.ReasonCompleted:         1 + 50,
			v1alpha1.ReasonInsufficientFunds: 150,
		}))
		shared.shows(ctx, alice, "0.00 EUR")
		shared.shows(ctx, bob, "50.00 EUR")
		manager.stop()
		expectBalances(ledger, "50.00 EUR")
		Expect(audited(ledger).Refusals).To(Equal(int64(150)))
	})

	It("against each other all come to their end", func(ctx SpecContext) {
		there, back := topUp(namespace, "there", "alice", "100.00 EUR"), topUp(namespace, "back", "bob", "100.00 EUR")
		shared.create(ctx, there, back)
		completes(ctx, shared, there)
		completes(ctx, shared, back)
		var storm []client.Object
		for i := range 100 {
			storm = append(storm,
				transfer(namespace, fmt.Sprintf("there-%d", i), "alice", "bob", "1.00 EUR"),
				transfer(namespace, fmt.Sprintf("back-%d", i), "bob", "alice", "0.50 EUR"))
		}
		shared.create(ctx, storm...)
		Eventually(shared.states(ctx, namespace), prompt).Should(Equal(map[string]int{v1alpha1.ReasonCompleted: 202}))
		shared.shows(ctx, alice, "50.00 EUR")
		shared.shows(ctx, bob, "150.00 EUR")
		manager.stop()
		expectBalances(ledger, "200.00 EUR")
	})
})
