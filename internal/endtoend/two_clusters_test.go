// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

var _ = Describe("A cluster on the scope of another one", func() {
	record := &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: scope}}

	// expectHeld expects that a manager waits for the scope, and says so wherever
	// somebody may look.
	expectHeld := func(ctx context.Context, c *cluster, r *replica) {
		GinkgoHelper()
		Eventually(func(g Gomega) { g.Expect(state(fetch(ctx, c, record)(g))).To(Equal(v1alpha1.ReasonScopeHeld)) }, prompt, "50ms").Should(Succeed())
		Eventually(r.now().answer, prompt, "50ms").WithArguments("/readyz/ledger").Should(ContainSubstring("the ledger takes no commands"))
		Expect(r.now().probe("/healthz")).To(Equal(200))
		Eventually(r.now().said, prompt, "50ms").WithArguments("the ledger is held by another").Should(Equal(1), "once")
	}

	It("waits while the other one works, until it is told to take over; then the other one waits", func(ctx SpecContext) {
		first, ledger := shared, ledgerURL(ctx)
		DeferCleanup(first.clean)
		second := startCluster(ctx)
		DeferCleanup(second.stop)
		here := supervise(first.kubeconfig, ledger, elected("default")...)
		old := newTraffic(ctx, first, first.namespace(ctx))
		old.funded(ctx)
		old.flow(ctx)

		there := supervise(second.kubeconfig, ledger, elected("default")...)
		heir := newTraffic(ctx, second, second.namespace(ctx))
		heir.more(ctx, 40)
		expectHeld(ctx, second, there)
		Eventually(second.states(ctx, heir.namespace), prompt, "50ms").Should(Equal(map[string]int{v1alpha1.ReasonScopeHeld: holders + 40}))
		old.hears(50)
		Expect(heir.heard()).To(BeZero())
		Expect(append(here.exits(), there.exits()...)).To(BeEmpty())
		there.stop((*process).stop)

		By("taking over")
		there = supervise(second.kubeconfig, ledger, elected("default", "--take-over")...)
		heir.settle(ctx)
		expectHeld(ctx, first, here)
		Expect(here.exits()).To(Equal([]int{1}), "it was fenced, and does not loop")
		Expect(here.said(fenced)).To(BeNumerically(">", 0))
		there.stop((*process).stop)
		here.stop((*process).stop)

		By("taking it back")
		here = supervise(first.kubeconfig, ledger, elected("default", "--take-over")...)
		old.settle(ctx)
		here.stop((*process).stop)
		judge(ctx, ledger, 2, old, heir)
	})

	It("takes it over by itself when the other one has been silent for a minute", func(ctx SpecContext) {
		namespace, url := shared.namespace(ctx), ledgerURL(ctx)
		DeferCleanup(shared.clean)
		holdScope(ctx, url, time.Now().Add(15*time.Second-ledger.TakeOverAfter))
		manager := supervise(shared.kubeconfig, url, elected(namespace)...)
		load := newTraffic(ctx, shared, namespace)
		load.more(ctx, 20)
		expectHeld(ctx, shared, manager)
		Expect(load.heard()).To(BeZero())
		Expect(audited(url).Head.Sequence).To(Equal(int64(1)), "nothing was committed")
		load.settle(ctx)
		Expect(state(fetch(ctx, shared, record)(Default))).To(Equal(v1alpha1.ReasonServing))
		Expect(manager.exits()).To(BeEmpty())
		manager.stop((*process).stop)
		judge(ctx, url, 1, load)
	})
})

// holdScope makes a manager of another cluster hold the scope that wrote last at
// an instant in the past.
func holdScope(ctx context.Context, url string, at time.Time) {
	GinkgoHelper()
	makeOld(ctx, url, at)
	store, err := postgres.Open(ctx, url, postgres.Options{})
	Expect(err).NotTo(HaveOccurred())
	defer store.Close() //nolint:errcheck // what was told is durable
	another := committer.New(thatDay{store}, committer.Options{Clock: testingclock.NewFakePassiveClock(at)})
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- another.Run(running) }()
	Expect(another.Post(ctx, ledger.Command{
		Key: ledger.SettingsKey(ledger.ScopeSubject(""), 1), Scope: scope,
		Operation: ledger.ClaimScope{ClusterUID: "another", Lease: "prepay/another"},
	})).To(HaveField("Status", ledger.Accepted))
	stop()
	Eventually(ended).Should(Receive(BeNil()))
}

// makeOld makes an empty ledger as old as an instant, as only its owner can.
func makeOld(ctx context.Context, url string, at time.Time) {
	GinkgoHelper()
	owner, err := pgx.Connect(ctx, url)
	Expect(err).NotTo(HaveOccurred())
	defer owner.Close(ctx) //nolint:errcheck // nothing is lost with it
	genesis, err := ledger.Genesis(uuid.NewString(), at)
	Expect(err).NotTo(HaveOccurred())
	_, err = owner.Exec(ctx, "UPDATE batch SET instant = $1, hash = $2, payload = $3",
		genesis.Instant.UnixMicro(), genesis.Hash[:], genesis.Payload)
	Expect(err).NotTo(HaveOccurred())
}

// thatDay is a store as it was when its server's clock and the writer's agreed.
type thatDay struct{ ledger.Store }

// Load implements [ledger.Store].
func (s thatDay) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	found, err := s.Store.Load(ctx, what)
	if err == nil {
		found.Clock = time.Time{}
	}
	return found, err
}
