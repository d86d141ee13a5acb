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
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
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
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
	ledgermetrics "github.com/prepay-operator/prepay-operator/internal/metrics"
	"github.com/prepay-operator/prepay-operator/internal/projection"
)

// podNamespace is where a pod reads its namespace.
const podNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

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
	ledger          cmd.Location
	scope           string
	takeOver        bool
	metricsAddress  string
	secureMetrics   bool
	probeAddress    string
	pprofAddress    string
	leaderElect     bool
	leaseNamespace  string
	leaseDuration   time.Duration
	renewDeadline   time.Duration
	retryPeriod     time.Duration
	recordRequestor bool
	workers         int
	qps             float32
	burst           int
	logging         zap.Options
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
		Long: "Manager reconciles PrepayAccounts, Buckets, TopUps, BalanceTransfers, BalanceReservations and BalanceAdjustments of\n" +
			"the cluster that KUBECONFIG names (or of the one it runs in) and keeps their money in a ledger of its own.",
		Example: "  KUBECONFIG=~/.kube/config manager --ledger sqlite:///var/lib/prepay/ledger.db\n" +
			"  manager --leader-elect --ledger 'postgres://prepay_manager@db.example.com/prepay?sslmode=verify-full' --ledger-password-file password",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	flags := command.Flags()
	o.ledger.Bind(flags)
	o.ledger.BindPipelining(flags)
	cmd.BindScope(flags, &o.scope)
	flags.BoolVar(&o.takeOver, "take-over", false,
		"take the ledger over from another cluster or lease at once, without waiting for it to be silent for a minute")
	flags.BoolVar(&o.recordRequestor, "record-requestor", false,
		"keep spec.requestor in the ledger; config/policy sets this beside the policies that stamp the field.\n"+
			"Without those anybody can write any name there: do not set it then")
	flags.IntVar(&o.workers, "max-concurrent-reconciles", 64,
		"how many objects of each one-shot kind are worked on at once; together they make the ledger's batches")
	flags.Float32Var(&o.qps, "kube-api-qps", 0,
		"most requests a second to the API server; 0 leaves it to the server's own priority and fairness")
	flags.IntVar(&o.burst, "kube-api-burst", 0, "most requests at once where --kube-api-qps bounds the rate; 0 is twice that rate")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", "0", "where /metrics is served, for example :8443; 0 turns it off")
	flags.BoolVar(&o.secureMetrics, "metrics-secure", true, "serve /metrics over HTTPS to whom the API server authorises")
	flags.StringVar(&o.probeAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served; 0 turns it off")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", "0", "where /debug/pprof is served, for example 127.0.0.1:6060; 0 turns it off")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "let one of several replicas be the active one; PostgreSQL needs it")
	flags.StringVar(&o.leaseNamespace, "leader-election-namespace", "",
		"where the replicas' lease is; by default the namespace of the manager's pod")
	flags.DurationVar(&o.leaseDuration, "leader-election-lease-duration", 15*time.Second,
		"how long the lease of an active replica that has gone silent keeps the others waiting")
	flags.DurationVar(&o.renewDeadline, "leader-election-renew-deadline", 10*time.Second,
		"how long the active replica tries to renew its lease before it exits; shorter than the lease's duration")
	flags.DurationVar(&o.retryPeriod, "leader-election-retry-period", 2*time.Second,
		"how often the active replica renews its lease, and the others look whether it is free")
	logging := flag.NewFlagSet("logging", flag.ContinueOnError)
	o.logging.BindFlags(logging)
	flags.AddGoFlagSet(logging)
	if kubeconfig := flag.Lookup("kubeconfig"); kubeconfig != nil {
		command.PersistentFlags().AddGoFlag(kubeconfig)
	}
	command.AddCommand(cmd.NewAudit(), cmd.NewLedger(), cmd.NewMigrate())
	return command
}

func (o *options) run(ctx context.Context) error {
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&o.logging)))
	if err := o.check(); err != nil {
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
	// Before the ledger: a wrong cluster leaves none behind.
	clusterUID, err := cmd.Identify(ctx, direct)
	if err != nil {
		return err
	}
	setup.Info("Using the cluster", "server", config.Host, "scope", o.scope)
	mgr, err := o.manager(config)
	if err != nil {
		return err
	}
	active := &cmd.Active{
		Ledger: &o.ledger, Standby: o.leaderElect, Manager: mgr, Log: mgr.GetLogger().WithName("ledger"),
		Serve: func(parts *cmd.Parts, store cmd.Store, head ledger.Head) (func() error, error) {
			return o.serve(parts, store, head, direct, clusterUID)
		},
	}
	if err := errors.Join(mgr.Add(active), mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("ledger", active.Ready)); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

// check returns what is wrong with the flags, and completes them.
func (o *options) check() error {
	if err := errors.Join(o.ledger.Check(), cmd.CheckScope(o.scope)); err != nil {
		return err
	}
	switch {
	case o.workers < 1:
		return fmt.Errorf("--max-concurrent-reconciles %d: say 1 or more", o.workers)
	case o.ledger.External() && !o.leaderElect:
		return errors.New("--leader-elect is missing: several managers can reach a ledger in PostgreSQL, and one may be active")
	case o.leaderElect && o.leaseNamespace == "":
		namespace, err := os.ReadFile(podNamespace)
		if err != nil {
			return fmt.Errorf("--leader-election-namespace is missing, and this is no pod with a namespace of its own: %w", err)
		}
		o.leaseNamespace = string(namespace)
	}
	return nil
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

// leaseName is the name of the lease that the replicas of a scope share.
func (o *options) leaseName() string { return "ledger." + o.scope + ".prepay.dev" }

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
		LeaderElection: o.leaderElect, LeaderElectionID: o.leaseName(),
		LeaderElectionNamespace: o.leaseNamespace,
		LeaseDuration:           &o.leaseDuration, RenewDeadline: &o.renewDeadline, RetryPeriod: &o.retryPeriod,
		// The lease is given back at the very end, after the last commit.
		LeaderElectionReleaseOnCancel: true,
	})
}

// serve connects the ledger, the guard before it and the controllers.
func (o *options) serve(
	parts *cmd.Parts, store cmd.Store, head ledger.Head, direct client.Client, clusterUID string,
) (ready func() error, err error) {
	logger, now := parts.GetLogger(), ledgerClock()
	writer := committer.New(store, committer.Options{
		Clock: now, Log: logger.WithName("ledger"), Observer: ledgermetrics.NewLedger(metrics.Registry),
	})
	shown := projection.New(store, head.Sequence, writer.Committed, clock.RealClock{}, logger.WithName("projection"))
	guard := &controllers.Guard{
		Client: direct, Log: store, Gate: writer, Commit: writer.Run,
		Claim: func(ctx context.Context, claim ledger.Command) (ledger.Outcome, error) {
			return committer.Once(ctx, store, committer.Options{Clock: now, Log: logger.WithName("ledger")}, claim)
		},
		Scope: o.scope, ClusterUID: clusterUID, TakeOver: o.takeOver,
		Clock: clock.RealClock{},
	}
	if o.ledger.External() {
		guard.Lease = o.leaseNamespace + "/" + o.leaseName()
	}
	ends := sweeper.New(store, writer, sweeper.Options{Clock: now, Log: logger.WithName("sweeper")})
	for _, part := range []manager.Runnable{manager.RunnableFunc(shown.Run), guard, ends} {
		if err := parts.Add(part); err != nil {
			return nil, err
		}
	}
	return guard.Ready, controllers.Setup(parts, controllers.Options{
		Ledger: writer, Projection: shown, Clock: now, Scope: o.scope,
		ClusterUID: clusterUID, LedgerID: guard.LedgerID, MaxConcurrentReconciles: o.workers,
		RecordRequestor: o.recordRequestor,
	})
}
