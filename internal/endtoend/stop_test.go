// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"fmt"
	"net/http"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A stop of the manager", func() {
	const accounts, perAccount = 10, 30

	It("under load records the head and ends well; what is finished is not written again at the next start", func(ctx SpecContext) {
		namespace, ledger, apiServer := shared.namespace(ctx), ledgerFile(), newProxy(shared)
		DeferCleanup(shared.clean)
		var objects []client.Object
		holders := make([]*v1alpha1.PrepayAccount, accounts)
		for i := range holders {
			holders[i] = account(namespace, fmt.Sprintf("a-%d", i))
			objects = append(objects, holders[i])
			for j := range perAccount {
				objects = append(objects, topUp(namespace, fmt.Sprintf("t-%d-%d", i, j), holders[i].Name, "1.10 EUR"))
			}
		}
		shared.create(ctx, objects...)

		busy, outcomes, once := make(chan struct{}), 0, sync.Once{}
		apiServer.on(func(c *call) answer {
			if c.outcome() {
				outcomes++
			}
			if outcomes == 50 {
				once.Do(func() { close(busy) })
			}
			return forward
		})
		manager := start(apiServer.kubeconfig, ledger)
		Eventually(busy, prompt).Should(BeClosed())
		Eventually(manager.Terminate(), "15s").Should(gexec.Exit(0))
		report := audited(ledger)
		recorded := fetch(ctx, shared, &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "default"}})(Default)
		Expect(recorded.Status.LedgerID).To(Equal(report.Ledger))
		Expect(recorded.Status.Head).To(HaveValue(And(
			HaveField("Sequence", report.Head.Sequence), HaveField("Hash", report.Head.Hash),
		)))

		By("finishing the rest")
		manager = start(apiServer.kubeconfig, ledger)
		Eventually(shared.states(ctx, namespace), prompt).Should(Equal(map[string]int{v1alpha1.ReasonCompleted: accounts * perAccount}))
		for _, holder := range holders {
			shared.shows(ctx, holder, "33.00 EUR")
		}
		manager.stop()
		expectBalances(ledger, "330.00 EUR")

		By("starting again with one thing to do")
		apiServer.written()
		metrics := freeAddress()
		manager = start(apiServer.kubeconfig, ledger, "--metrics-bind-address="+metrics, "--metrics-secure=false")
		shared.create(ctx, account(namespace, "new"), topUp(namespace, "new", "new", "1.00 EUR"))
		shared.shows(ctx, account(namespace, "new"), "1.00 EUR")
		Eventually(func(g Gomega) {
			g.Expect(scrape(g, metrics, "controller_runtime_reconcile_total")["prepayaccount"]).To(BeNumerically(">", accounts))
			for _, name := range []string{"workqueue_depth", "controller_runtime_active_workers"} {
				g.Expect(scrape(g, metrics, name)).To(HaveEach(BeZero()), name)
			}
		}, prompt, "50ms").Should(Succeed())
		manager.stop()
		Expect(apiServer.written("topups", "balancetransfers", "prepayaccounts", "buckets")).To(HaveEach(ContainSubstring("/new")))
		expectBalances(ledger, "331.00 EUR")
	})
})

// scrape reads a metric's sum by controller.
func scrape(g Gomega, address, name string) map[string]float64 {
	response, err := http.Get("http://" + address + "/metrics")
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close() //nolint:errcheck // read to its end
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	sums := map[string]float64{}
	for _, metric := range families[name].GetMetric() {
		for _, label := range metric.GetLabel() {
			if label.GetName() == "controller" {
				sums[label.GetValue()] += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return sums
}
