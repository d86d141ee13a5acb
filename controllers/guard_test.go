// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// guarded is a guard with the ledger behind it.
type guarded struct {
	*controllers.Guard
	Ledger ledger.Ledger
	ended  chan error
}

// restorable is a log that can be set back behind everybody's back.
type restorable struct {
	now atomic.Pointer[ledgertest.Memory]
}

func (r *restorable) Identity() string { return r.now.Load().Identity() }

func (r *restorable) Head(ctx context.Context) (ledger.Head, error) { return r.now.Load().Head(ctx) }

func (r *restorable) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	return r.now.Load().Load(ctx, what)
}

func (r *restorable) Append(ctx context.Context, batch *ledger.Batch) error {
	return r.now.Load().Append(ctx, batch)
}

func (r *restorable) Payloads(ctx context.Context, after int64, each func([]byte) error) error {
	return r.now.Load().Payloads(ctx, after, each)
}

var _ = Describe("A guard", func() {
	const guardedScope = "guarded"
	var (
		log *restorable
		now *testingclock.FakeClock
	)
	BeforeEach(func() {
		log, now = &restorable{}, testingclock.NewFakeClock(time.Now())
		log.now.Store(ledgertest.NewMemory())
		DeferCleanup(func() {
			record := &v1alpha1.Ledger{}
			record.Name = guardedScope
			Expect(k8s.Delete(ctx, record)).To(Succeed())
		})
	})

	// start starts a guard of a manager with this lease.
	start := func(lease string, takeOver bool) *guarded {
		GinkgoHelper()
		writer := committer.New(log, committer.Options{Clock: now, Log: GinkgoLogr})
		g := &guarded{Ledger: writer, ended: make(chan error, 1), Guard: &controllers.Guard{
			Client: k8s, Log: log, Gate: writer, Commit: writer.Run,
			Claim: func(ctx context.Context, claim ledger.Command) (ledger.Outcome, error) {
				return committer.Once(ctx, log, committer.Options{Clock: now}, claim)
			},
			Scope: guardedScope, ClusterUID: "here", Lease: lease, TakeOver: takeOver, Clock: now,
		}}
		running, stop := context.WithCancel(ctx)
		over := make(chan struct{})
		go func() {
			defer close(over)
			g.ended <- g.Start(running)
		}()
		DeferCleanup(func() {
			stop()
			Eventually(over).Should(BeClosed())
		})
		return g
	}
	// write moves the log.
	write := func(by *guarded) error {
		head, err := log.Head(ctx)
		Expect(err).NotTo(HaveOccurred())
		namespace := head.Instant.Format(time.RFC3339Nano)
		_, err = by.Ledger.Post(ctx, ledger.Command{
			Key: ledger.SettingsKey(ledger.BindingSubject(guardedScope, namespace), 1), Scope: guardedScope,
			Operation: ledger.BindTenant{Namespace: namespace, NamespaceUID: "n", ClusterUID: "here"},
		})
		return err
	}
	// recorded is the Ledger object.
	recorded := func(g Gomega) *v1alpha1.Ledger {
		object := &v1alpha1.Ledger{}
		g.Expect(k8s.Get(ctx, client.ObjectKey{Name: guardedScope}, object)).To(Succeed())
		return object
	}
	saysScopeHeld := func(g Gomega) {
		condition := meta.FindStatusCondition(recorded(g).Status.Conditions, "Ready")
		g.Expect(condition).NotTo(BeNil())
		g.Expect(condition.Reason).To(Equal(v1alpha1.ReasonScopeHeld))
		g.Expect(condition.Message).To(And(ContainSubstring("cluster here with the lease blue/l"), ContainSubstring("green/l")))
	}

	It("waits while another lease's holder writes, and takes over when that one has been silent", func() {
		blue := start("blue/l", false)
		Eventually(blue.Ready).Should(Succeed())
		Expect(write(blue)).To(Succeed())

		green := start("green/l", false)
		Eventually(saysScopeHeld).Should(Succeed())
		for range 5 {
			now.Step(2 * time.Second)
			Expect(write(blue)).To(Succeed())
			_, err := green.Ledger.Fact(ctx, ledger.ScopeSubject(guardedScope))
			Expect(err).To(MatchError(ledger.ErrClosed))
			Expect(err).To(MatchError(ContainSubstring("the scope is held by another")))
		}
		Expect(green.Ready()).NotTo(Succeed())
		Expect(green.ended).NotTo(Receive(), "what the holder writes ends nobody who waits")

		Eventually(func() error { now.Step(time.Second); return green.Ready() }).Should(Succeed())
		Expect(write(green)).To(Succeed())
		Expect(write(blue)).To(MatchError(ledger.ErrFenced))
		Eventually(blue.ended).Should(Receive(MatchError(ledger.ErrFenced)))

		By("the fenced one waiting when it comes back")
		again := start("blue/l", false)
		Consistently(again.Ready, "100ms").ShouldNot(Succeed())
		Expect(write(green)).To(Succeed())
		Expect(again.ended).NotTo(Receive())
	})

	It("follows the one before it that had the same lease, or none, at once", func() {
		for _, lease := range []string{"", "blue/l", "blue/l"} {
			next := start(lease, false)
			Eventually(next.Ready).Should(Succeed())
			Expect(write(next)).To(Succeed())
		}
	})

	It("takes over at once if it is told to", func() {
		Eventually(start("blue/l", false).Ready).Should(Succeed())
		green := start("green/l", true)
		Eventually(green.Ready).Should(Succeed())
		Expect(write(green)).To(Succeed())
	})

	It("ends when the ledger is set back under it, and keeps the record of what is missing", func() {
		blue := start("blue/l", false)
		Eventually(blue.Ready).Should(Succeed())
		Expect(write(blue)).To(Succeed())
		head, err := log.Head(ctx)
		Expect(err).NotTo(HaveOccurred())
		Eventually(func(g Gomega) {
			now.Step(10 * time.Second)
			g.Expect(recorded(g).Status.Head).To(HaveValue(HaveField("Sequence", head.Sequence)))
		}).Should(Succeed())

		log.now.Store(ledgertest.NewMemory()) // the same ledger, with nothing in it yet
		Eventually(func() chan error { now.Step(10 * time.Second); return blue.ended }).Should(Receive(MatchError(ledger.ErrMismatch)))
		Expect(recorded(Default).Status.Head.Sequence).To(Equal(head.Sequence))

		next := start("blue/l", false)
		Eventually(func(g Gomega) {
			condition := meta.FindStatusCondition(recorded(g).Status.Conditions, "Ready")
			g.Expect(condition.Reason).To(Equal(v1alpha1.ReasonLedgerMismatch))
		}).Should(Succeed())
		Expect(next.Ready()).NotTo(Succeed())
		Expect(log.Head(ctx)).To(HaveField("Sequence", BeZero()), "nothing was committed")
	})
})
