// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
	"github.com/prepay-operator/prepay-operator/internal/projection"
)

const scope = "specs"

var (
	ctx    context.Context
	scheme = runtime.NewScheme()
	env    *envtest.Environment
	cfg    *rest.Config
	// k8s reads and writes the API server as a person does, without a cache.
	k8s        client.WithWatch
	faults     = newFaults()
	operator   *running
	ledgerPath string
)

func TestControllers(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	RunSpecs(t, "Controllers")
}

var _ = BeforeSuite(func() {
	logf.SetLogger(GinkgoLogr)
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())

	var cancel context.CancelFunc
	ctx, cancel = context.WithCancel(context.Background())

	env = &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join("..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	var err error
	cfg, err = env.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(env.Stop()).To(Succeed()) })
	// Before that, or the API server waits for the watches to end.
	DeferCleanup(cancel)
	cfg.QPS = -1

	k8s, err = client.NewWithWatch(cfg, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())

	inspector = inspectConditions()
	ledgerPath = filepath.Join(GinkgoT().TempDir(), "ledger.db")
	operator = startOperator(ledgerPath)
	DeferCleanup(func() { operator.stop() })
})

// running is a manager with a ledger of its own, in this process.
type running struct {
	ledger *committer.Committer
	store  *sqlite.Store
	cancel context.CancelFunc
	ended  chan error
}

func startOperator(path string, change ...func(*controllers.Options)) *running {
	GinkgoHelper()
	return startOperatorBy(clock.RealClock{}, path, controllers.CacheOptions(), change...)
}

// startOperatorBy starts a manager whose ledger goes by a clock, and which sees what
// its cache may have.
func startOperatorBy(
	now clock.PassiveClock, path string, sees cache.Options, change ...func(*controllers.Options),
) *running {
	GinkgoHelper()
	store, err := sqlite.Open(ctx, path)
	Expect(err).NotTo(HaveOccurred())
	var cluster corev1.Namespace
	Expect(k8s.Get(ctx, client.ObjectKey{Name: "kube-system"}, &cluster)).To(Succeed())

	skip := true
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme: scheme, Cache: sees, NewClient: faults.newClient,
		Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		// A manager that is started again in this process has the same names.
		Controller: config.Controller{SkipNameValidation: &skip},
	})
	Expect(err).NotTo(HaveOccurred())

	writer := committer.New(store, committer.Options{Clock: now, Log: GinkgoLogr})
	head, err := store.Head(ctx)
	Expect(err).NotTo(HaveOccurred())
	shown := projection.New(store, head.Sequence, writer.Committed, clock.RealClock{}, GinkgoLogr)
	for _, part := range []manager.RunnableFunc{writer.Run, shown.Run} {
		Expect(mgr.Add(part)).To(Succeed())
	}
	options := controllers.Options{
		Ledger: writer, Projection: shown, Scope: scope, ClusterUID: string(cluster.UID), LedgerID: store.Identity,
		Clock: now,
	}
	for _, do := range change {
		do(&options)
	}
	Expect(controllers.Setup(mgr, options)).To(Succeed())
	writer.Open()

	r := &running{ledger: writer, store: store, ended: make(chan error, 1)}
	var runCtx context.Context
	runCtx, r.cancel = context.WithCancel(ctx)
	go func() { r.ended <- mgr.Start(runCtx) }()
	return r
}

func (r *running) stop() {
	GinkgoHelper()
	r.cancel()
	Eventually(r.ended).Should(Receive(BeNil()))
	Expect(r.store.Close()).To(Succeed())
}
