// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Manager runs the controllers of the prepay.dev API and the ledger behind them.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/cmd"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
	ledgermetrics "github.com/prepay-operator/prepay-operator/internal/metrics"
	"github.com/prepay-operator/prepay-operator/internal/projection"
)

var (
	scheme = runtime.NewScheme()
	setup  = ctrl.Log.WithName("setup")
)

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(prepayv1alpha1.AddToScheme(scheme))
}

// options are the flags of the manager.
type options struct {
	ledger         string
	scope          string
	takeOver       bool
	metricsAddress string
	secureMetrics  bool
	probeAddress   string
	pprofAddress   string
	leaderElect    bool
	leaseNamespace string
	workers        int
	qps            float32
	burst          int
	logging        zap.Options
}

func main() {
	if err := newManager().ExecuteContext(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func newManager() *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "manager",
		Short: "Run the controllers of the prepay.dev API and the ledger behind them",
		Long: "Manager reconciles PrepayAccounts, Buckets, TopUps and BalanceTransfers of the cluster that KUBECONFIG names (or of\n" +
			"the one it runs in) and keeps their money in a ledger of its own.",
		Example:       "  KUBECONFIG=~/.kube/config manager --ledger sqlite:///var/lib/prepay/ledger.db",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	flags := command.Flags()
	cmd.BindLedger(flags, &o.ledger)
	cmd.BindScope(flags, &o.scope)
	flags.BoolVar(&o.takeOver, "take-over", false,
		"take the scope over from another cluster at once, without waiting for it to be silent for a minute")
	flags.IntVar(&o.workers, "max-concurrent-reconciles", 64,
		"how many objects of each one-shot kind are worked on at once; together they make the ledger's batches")
	flags.Float32Var(&o.qps, "kube-api-qps", 0,
		"most requests a second to the API server; 0 leaves it to the server's own priority and fairness")
	flags.IntVar(&o.burst, "kube-api-burst", 0, "most requests at once where --kube-api-qps bounds the rate; 0 is twice that rate")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", "0", "where /metrics is served, for example :8443; 0 turns it off")
	flags.BoolVar(&o.secureMetrics, "metrics-secure", true, "serve /metrics over HTTPS to whom the API server authorises")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served; 0 turns it off")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", "0", "where /debug/pprof is served, for example 127.0.0.1:6060; 0 turns it off")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "let one of several replicas be the active one")
	flags.StringVar(&o.leaseNamespace, "leader-election-namespace", "",
		"where the replicas' lease is; by default the namespace of the manager's pod")
	logging := flag.NewFlagSet("logging", flag.ContinueOnError)
	o.logging.BindFlags(logging)
	flags.AddGoFlagSet(logging)
	if kubeconfig := flag.Lookup("kubeconfig"); kubeconfig != nil {
		command.PersistentFlags().AddGoFlag(kubeconfig)
	}
	command.AddCommand(cmd.NewAudit(), cmd.NewLedger())
	return command
}

func (o *options) run(ctx context.Context) (err error) {
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&o.logging)))
	path, err := cmd.LedgerPath(o.ledger)
	if err != nil {
		return err
	}
	if o.workers < 1 {
		return fmt.Errorf("--max-concurrent-reconciles %d: say 1 or more", o.workers)
	}
	if err := cmd.CheckScope(o.scope); err != nil {
		return err
	}
	config, err := o.config()
	if err != nil {
		return err
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	clusterUID, err := identify(ctx, direct)
	if err != nil {
		return err
	}
	// Only now: a wrong cluster leaves no ledger behind.
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	// Closed last: the guard still reads the head when everything else stops.
	defer func() { err = errors.Join(err, store.Close()) }()

	setup.Info("Using the cluster", "server", config.Host, "ledger", store.Identity(), "scope", o.scope)
	mgr, err := o.manager(config)
	if err != nil {
		return err
	}
	if err := o.wire(ctx, mgr, store, direct, clusterUID); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

// config is how the API server is reached. Nothing is throttled here unless a
// flag says so.
func (o *options) config() (*rest.Config, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("%w: set KUBECONFIG or --kubeconfig", err)
	}
	config.QPS, config.Burst = o.qps, o.burst
	if o.qps == 0 {
		config.QPS = -1
	} else if o.burst == 0 {
		config.Burst = int(2 * o.qps)
	}
	return config, nil
}

// identify reads the cluster's identity, the UID of its namespace kube-system,
// which an API server makes soon after its first start.
func identify(ctx context.Context, reader client.Reader) (string, error) {
	cluster := &corev1.Namespace{}
	err := wait.PollUntilContextTimeout(ctx, time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		err := reader.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, cluster)
		return err == nil, client.IgnoreNotFound(err)
	})
	if err != nil {
		return "", fmt.Errorf("read the cluster's identity, the UID of its namespace %s: %w", metav1.NamespaceSystem, err)
	}
	return string(cluster.UID), nil
}

// manager makes the controller manager.
func (o *options) manager(config *rest.Config) (manager.Manager, error) {
	served := metricsserver.Options{BindAddress: o.metricsAddress, SecureServing: o.secureMetrics}
	if o.secureMetrics {
		served.FilterProvider = filters.WithAuthenticationAndAuthorization
		served.TLSOpts = []func(*tls.Config){func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }}
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, Cache: controllers.CacheOptions(), Metrics: served,
		HealthProbeBindAddress: o.probeAddress, PprofBindAddress: o.pprofAddress,
		LeaderElection: o.leaderElect, LeaderElectionID: "ledger." + o.scope + ".prepay.dev",
		LeaderElectionNamespace: o.leaseNamespace,
		// The lease is given back at the very end, after the last commit.
		LeaderElectionReleaseOnCancel: true,
	})
}

// wire connects the ledger, the guard before it and the controllers.
func (o *options) wire(ctx context.Context, mgr manager.Manager, store *sqlite.Store, direct client.Client, clusterUID string) error {
	logger := mgr.GetLogger()
	writer := committer.New(store, committer.Options{
		Log: logger.WithName("ledger"), Observer: ledgermetrics.NewLedger(metrics.Registry),
	})
	head, err := store.Head(ctx)
	if err != nil {
		return err
	}
	shown := projection.New(store, head.Sequence, writer.Committed, clock.RealClock{}, logger.WithName("projection"))
	guard := &controllers.Guard{
		Client: direct, Log: store, Ledger: writer, Gate: writer,
		Scope: o.scope, ClusterUID: clusterUID, TakeOver: o.takeOver,
		Clock: clock.RealClock{}, Elected: mgr.Elected(),
	}
	ended := make(chan struct{})
	commit := func(ctx context.Context) error {
		defer close(ended)
		return writer.Run(ctx)
	}
	guard.Ended = ended
	for _, part := range []manager.Runnable{
		manager.RunnableFunc(commit), manager.RunnableFunc(shown.Run), guard,
	} {
		if err := mgr.Add(part); err != nil {
			return err
		}
	}
	if err := controllers.Setup(mgr, controllers.Options{
		Ledger: writer, Projection: shown, Scope: o.scope,
		ClusterUID: clusterUID, LedgerID: store.Identity(), MaxConcurrentReconciles: o.workers,
	}); err != nil {
		return err
	}
	return errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ledger", guard.Ready))
}
