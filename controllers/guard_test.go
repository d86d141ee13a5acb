// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"encoding/hex"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

func (r *restorable) Originals(ctx context.Context, transactions []ledger.ID) (map[ledger.ID]ledger.Original, error) {
	return r.now.Load().Originals(ctx, transactions)
}

func (r *restorable) Due(ctx context.Context, until int64, limit int) ([]ledger.Due, error) {
	return r.now.Load().Due(ctx, until, limit)
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

	// startIn starts a guard of a manager of this cluster with this lease.
	startIn := func(cluster, lease string, takeOver bool) *guarded {
		GinkgoHelper()
		writer := committer.New(log, committer.Options{Clock: now, Log: GinkgoLogr})
		g := &guarded{Ledger: writer, ended: make(chan error, 1), Guard: &controllers.Guard{
			Client: k8s, Log: log, Gate: writer, Commit: writer.Run,
			Claim: func(ctx context.Context, claim ledger.Command) (ledger.Outcome, error) {
				return committer.Once(ctx, log, committer.Options{Clock: now}, claim)
			},
			Scope: guardedScope, ClusterUID: cluster, Lease: lease, TakeOver: takeOver, Clock: now,
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
	start := func(lease string, takeOver bool) *guarded { GinkgoHelper(); return startIn("here", lease, takeOver) }
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
	standing := func(g Gomega) *metav1.Condition {
		condition := meta.FindStatusCondition(recorded(g).Status.Conditions, "Ready")
		g.Expect(condition).NotTo(BeNil())
		return condition
	}
	beHeldByBlue := And(ContainSubstring("the ledger is held by another"),
		ContainSubstring("cluster here with the lease blue/l"), ContainSubstring("green/"))

	It("waits while another lease's holder writes, and takes over when that one has been silent", func() {
		blue := start("blue/l", false)
		Eventually(blue.Ready).Should(Succeed())
		Expect(write(blue)).To(Succeed())

		green := start("green/l", false)
		Eventually(green.Ready).Should(MatchError(beHeldByBlue))
		for range 5 {
			now.Step(2 * time.Second)
			Expect(write(blue)).To(Succeed())
			_, err := green.Ledger.Fact(ctx, ledger.ScopeSubject(""))
			Expect(err).To(MatchError(ledger.ErrClosed))
			Expect(err).To(MatchError(beHeldByBlue))
		}
		Expect(standing(Default).Reason).To(Equal(v1alpha1.ReasonServing), "the holder keeps the object that both share")
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

	DescribeTable("waits for whoever holds the ledger, and says so in the Ledger object,", func(cluster, lease string) {
		blue := start("blue/l", false)
		Eventually(blue.Ready).Should(Succeed())
		Expect(write(blue)).To(Succeed())
		green := startIn(cluster, lease, false)
		Eventually(func(g Gomega) {
			is := standing(g)
			g.Expect(is.Reason).To(Equal(v1alpha1.ReasonScopeHeld))
			g.Expect(is.Message).To(beHeldByBlue)
		}).Should(Succeed())
		Expect(write(blue)).To(Succeed(), "nobody was thrown out")
		Expect(green.Ready()).To(MatchError(beHeldByBlue))
	},
		Entry("in another cluster", "there", "green/l"),
		Entry("with the lease of another scope", "here", "green/other"),
	)

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

		By("going on as another ledger once a person has accepted it, while it waits")
		Expect(blue.LedgerID()).To(Equal(log.Identity()))
		lost := recorded(Default).Status
		hash, err := hex.DecodeString(lost.Head.Hash)
		Expect(err).NotTo(HaveOccurred())
		Expect(committer.Once(ctx, log, committer.Options{Clock: now}, ledger.Command{
			Key: ledger.SettingsKey(ledger.EpochSubject(guardedScope), 1), Scope: guardedScope,
			Operation: ledger.AcceptHead{LedgerID: lost.LedgerID, Sequence: lost.Head.Sequence, Hash: hash},
		})).To(HaveField("Status", ledger.Accepted))
		Eventually(func() error { now.Step(time.Second); return next.Ready() }).Should(Succeed())
		Expect(next.LedgerID()).To(Equal(log.Identity() + "-" + lost.Head.Hash[:12]))
		Expect(recorded(Default).Status.LedgerID).To(Equal(log.Identity()))
	})
})
