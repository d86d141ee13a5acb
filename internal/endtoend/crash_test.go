// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A crash of the manager", func() {
	var (
		namespace, ledger string
		apiServer         *proxy
	)

	BeforeEach(func(ctx SpecContext) {
		namespace, ledger, apiServer = shared.namespace(ctx), ledgerFile(), newProxy(shared)
		DeferCleanup(shared.clean)
	})

	It("between a ledger commit and the status write leaves the money moved once", func(ctx SpecContext) {
		lost := make(chan []byte, 1)
		apiServer.on(func(c *call) answer {
			if !c.outcome() {
				return forward
			}
			select {
			case lost <- c.body:
			default:
			}
			return hold
		})
		manager := start(apiServer.kubeconfig, ledger)
		alice, cash := account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)

		var body []byte
		Eventually(lost, prompt).Should(Receive(&body))
		manager.kill9()
		var unwritten v1alpha1.TopUp
		Expect(json.Unmarshal(body, &unwritten)).To(Succeed())
		Expect(unwritten.Status.TransactionID).NotTo(BeEmpty())
		told := fetch(ctx, shared, cash)(Default)
		Expect(told.Status.TransactionID).To(BeEmpty(), "nobody has been told")
		Expect(state(told)).NotTo(Equal(v1alpha1.ReasonCompleted), "nobody has been told")
		expectBalances(ledger, "25.00 EUR")

		manager = start(shared.kubeconfig, ledger)
		status := completes(ctx, shared, cash)
		Expect(status.TransactionID).To(Equal(unwritten.Status.TransactionID))
		Expect(status.CommittedAt.UTC()).To(Equal(unwritten.Status.CommittedAt.UTC()))
		Expect(status.ImpactedBuckets).To(Equal(unwritten.Status.ImpactedBuckets))
		Expect(status.Replayed).To(BeFalse(), "it was decided for this object")
		shared.shows(ctx, alice, "25.00 EUR")
		manager.stop()
		expectBalances(ledger, "25.00 EUR")
	})

	It("at any moment, again and again, loses nothing and moves nothing twice", func(ctx SpecContext) {
		const lives, topUps, transfers = 5, 140, 60
		random := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 0)) //nolint:gosec // a seed makes a failure repeatable
		alice, bob := account(namespace, "alice"), account(namespace, "bob")
		funds := topUp(namespace, "funds", "alice", "6.00 EUR")
		manager := start(shared.kubeconfig, ledger)
		shared.create(ctx, alice, bob, funds)
		completes(ctx, shared, funds)
		manager.stop()

		objects := make([]client.Object, 0, topUps+transfers)
		for i := range topUps {
			objects = append(objects, topUp(namespace, fmt.Sprintf("t-%d", i), "alice", fmt.Sprintf("%d.01 EUR", i)))
		}
		for i := range transfers {
			objects = append(objects, transfer(namespace, fmt.Sprintf("x-%d", i), "alice", "bob", "0.10 EUR"))
		}
		random.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		created := make(chan struct{})
		go func() {
			defer GinkgoRecover()
			defer close(created)
			shared.create(ctx, objects...)
		}()
		for range lives {
			manager := launch(apiServer.kubeconfig, ledger)
			crashAt(apiServer, manager, 1+random.IntN(30), random.IntN(2) == 0)
			Eventually(manager.Exited, prompt).Should(BeClosed())
		}
		Eventually(created, prompt).Should(BeClosed())
		apiServer.on(func(*call) answer { return forward })
		manager = start(apiServer.kubeconfig, ledger)
		Eventually(shared.states(ctx, namespace), prompt).Should(Equal(map[string]int{
			v1alpha1.ReasonCompleted: 1 + topUps + transfers,
		}))
		expectOwnTransactions(ctx, namespace)
		// 0.01 + 1.01 + … + 139.01, and the funds, less the transfers.
		shared.shows(ctx, alice, "9731.40 EUR")
		shared.shows(ctx, bob, "6.00 EUR")
		manager.stop()
		expectBalances(ledger, "9737.40 EUR")
	})
})

// crashAt kills the manager when it makes its n-th write of an outcome from now
// on, which then reaches the API server or not.
func crashAt(apiServer *proxy, manager *process, n int, reaches bool) {
	apiServer.on(func(c *call) answer {
		if !c.outcome() {
			return forward
		}
		if n--; n > 0 {
			return forward
		}
		manager.Kill()
		if reaches {
			return cutAfter
		}
		return cut
	})
}

// expectOwnTransactions expects that no two one-shot objects of a namespace have
// the same transaction, and that none was taken for the replay of another.
func expectOwnTransactions(ctx context.Context, namespace string) {
	GinkgoHelper()
	seen := map[string]string{}
	for _, list := range []client.ObjectList{&v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{}} {
		Expect(shared.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
		for _, object := range itemsOf(list) {
			status := object.(oneShot).GetOneShotStatus()
			Expect(status.Replayed).To(BeFalse(), object.GetName())
			Expect(seen).NotTo(HaveKey(status.TransactionID), object.GetName())
			seen[status.TransactionID] = object.GetName()
		}
	}
}
