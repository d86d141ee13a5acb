// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles the custom resources with the ledger. Its
// reconcilers translate a spec into a command, submit it and report the outcome
// in status; about money they decide nothing.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Options are what the controllers work with.
type Options struct {
	// Ledger is posted to and read. Required.
	Ledger ledger.Ledger
	// LedgerID names the ledger that balances are read from, in status. It is
	// asked after each reading, and answers the same as long as the log only
	// grows. Required.
	LedgerID func() string
	// Scope is the part of the ledger that this installation works in. Required.
	Scope string
	// ClusterUID is the UID of the namespace kube-system. Required.
	ClusterUID string
	// Projection tells which balances to show. Required.
	Projection Projection
	// MaxConcurrentReconciles is how many objects of each one-shot kind are
	// worked on at a time; 64 by default. They mostly wait, and the ledger
	// batches those that do. Of accounts and of buckets it is a quarter.
	MaxConcurrentReconciles int
	// Clock is the one that the ledger goes by; the system's by default.
	Clock clock.PassiveClock
	// RecordRequestor says that policies stamp spec.requestor, so that it can be
	// believed and kept in the ledger.
	RecordRequestor bool
}

const (
	defaultWorkers = 64
	// balanceShare is how many one-shots' workers go with one for balances.
	balanceShare = 4
	// timeout bounds one reconcile.
	timeout = time.Minute

	// How long an object waits after an error: doubled from the first to the
	// last.
	firstBackOff = 50 * time.Millisecond
	lastBackOff  = 60 * time.Second

	eventSource = "prepay-operator"
)

// Setup adds the controllers of this package to a manager, which must have been
// made with [CacheOptions] and a scheme that has this API and the core one.
func Setup(mgr ctrl.Manager, options Options) error {
	workers := options.MaxConcurrentReconciles
	if workers <= 0 {
		workers = defaultWorkers
	}
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	balanceWorkers := max(workers/balanceShare, 1)
	books := &answering{ledger: options.Ledger, log: mgr.GetLogger().WithName("ledger")}
	e := environment{
		client: mgr.GetClient(), ledger: books,
		tenants:   newTenants(mgr.GetClient(), mgr.GetAPIReader(), books, options.Scope, options.ClusterUID),
		followers: newFollowers(options.Projection),
		events:    mgr.GetEventRecorder(eventSource),
		scope:     options.Scope, ledgerID: options.LedgerID, recordRequestor: options.RecordRequestor,
		clock: options.Clock,
	}
	if err := mgr.Add(e.followers); err != nil {
		return fmt.Errorf("add the projection's followers: %w", err)
	}
	if err := setupAccounts(mgr, e, balanceWorkers); err != nil {
		return fmt.Errorf("set up the controller of PrepayAccount: %w", err)
	}
	if err := setupBuckets(mgr, e, balanceWorkers); err != nil {
		return fmt.Errorf("set up the controller of Bucket: %w", err)
	}
	if err := setupOneShot(mgr, e, topUps(), workers); err != nil {
		return fmt.Errorf("set up the controller of TopUp: %w", err)
	}
	if err := setupOneShot(mgr, e, balanceTransfers(), workers); err != nil {
		return fmt.Errorf("set up the controller of BalanceTransfer: %w", err)
	}
	if err := setupOneShot(mgr, e, balanceAdjustments(), workers); err != nil {
		return fmt.Errorf("set up the controller of BalanceAdjustment: %w", err)
	}
	if err := setupReservations(mgr, e, workers); err != nil {
		return fmt.Errorf("set up the controller of BalanceReservation: %w", err)
	}
	return nil
}

func setupAccounts(mgr ctrl.Manager, e environment, workers int) error {
	list := func() client.ObjectList { return &v1alpha1.PrepayAccountList{} }
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.PrepayAccount{}, builder.WithPredicates(predicate.Or(askedFor(), lostFinalizer()))).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(e.unready(list)), builder.WithPredicates(namespaceMoved())).
		WatchesRawSource(e.followers.source(kindPrepayAccount)).
		WithOptions(controllerOptions(workers)).
		Complete(calm(&PrepayAccountReconciler{e}))
}

func setupBuckets(mgr ctrl.Manager, e environment, workers int) error {
	list := func() client.ObjectList { return &v1alpha1.BucketList{} }
	for index, values := range map[string]client.IndexerFunc{indexAccount: byAccount, indexMember: byMember} {
		if err := mgr.GetFieldIndexer().IndexField(context.Background(), &v1alpha1.Bucket{}, index, values); err != nil {
			return err
		}
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.Bucket{}, builder.WithPredicates(predicate.Or(askedFor(), lostFinalizer()))).
		Watches(&v1alpha1.PrepayAccount{}, handler.EnqueueRequestsFromMapFunc(e.indexed(list, indexAccount, client.Object.GetName)),
			// An account that went may have been closed by that.
			builder.WithPredicates(predicate.Or(becameUsable(), wentAway()))).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(e.unready(list)), builder.WithPredicates(namespaceMoved())).
		WatchesRawSource(e.followers.source(kindBucket)).
		WithOptions(controllerOptions(workers)).
		Complete(calm(&BucketReconciler{e}))
}

func setupOneShot[T any, P pointerTo[T]](mgr ctrl.Manager, e environment, kind oneShotKind[T, P], workers int) error {
	if err := mgr.GetFieldIndexer().IndexField(context.Background(), P(new(T)), indexUnfinished, kind.unfinished); err != nil {
		return err
	}
	setup := ctrl.NewControllerManagedBy(mgr).
		For(P(new(T)), builder.WithPredicates(oneShotAskedFor())).
		Watches(&v1alpha1.PrepayAccount{},
			handler.EnqueueRequestsFromMapFunc(e.indexed(kind.list, indexUnfinished, unfinishedOfAccount)),
			builder.WithPredicates(becameUsable())).
		Watches(&v1alpha1.Bucket{},
			handler.EnqueueRequestsFromMapFunc(e.indexed(kind.list, indexUnfinished, unfinishedOfBucket)),
			builder.WithPredicates(becameUsable())).
		Watches(&corev1.Namespace{},
			handler.EnqueueRequestsFromMapFunc(e.unready(kind.list)),
			builder.WithPredicates(namespaceMoved())).
		WithOptions(controllerOptions(workers))
	if kind.undoes != nil {
		for of, original := range originals() {
			setup.Watches(original,
				handler.EnqueueRequestsFromMapFunc(e.indexed(kind.list, indexUnfinished, unfinishedOf(of))),
				builder.WithPredicates(cameToAnEnd()))
		}
	}
	return setup.Complete(calm(&OneShotReconciler[T, P]{environment: e, kind: kind, tries: newTries(e.clock)}))
}

func setupReservations(mgr ctrl.Manager, e environment, workers int) error {
	list := func() client.ObjectList { return &v1alpha1.BalanceReservationList{} }
	if err := mgr.GetFieldIndexer().IndexField(
		context.Background(), &v1alpha1.BalanceReservation{}, indexUnfinished, unheld); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.BalanceReservation{}, builder.WithPredicates(predicate.Or(askedFor(), lostFinalizer()))).
		Watches(&v1alpha1.PrepayAccount{},
			handler.EnqueueRequestsFromMapFunc(e.indexed(list, indexUnfinished, unfinishedOfAccount)),
			builder.WithPredicates(becameUsable())).
		Watches(&v1alpha1.Bucket{},
			handler.EnqueueRequestsFromMapFunc(e.indexed(list, indexUnfinished, unfinishedOfBucket)),
			builder.WithPredicates(becameUsable())).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(e.unready(list)), builder.WithPredicates(namespaceMoved())).
		WithOptions(controllerOptions(workers)).
		Complete(calm(&BalanceReservationReconciler{environment: e, tries: newTries(e.clock)}))
}

// calm makes no errors of what a manager that stops did not finish: nothing has
// gone wrong, and the next one finishes it.
func calm(inner reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
		result, err := inner.Reconcile(ctx, req)
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return ctrl.Result{}, nil
		}
		return result, err
	})
}

func controllerOptions(workers int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: workers,
		RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](
			firstBackOff, lastBackOff),
		ReconciliationTimeout: timeout,
	}
}

// CacheOptions make a manager's cache leave out what no controller reads and
// what makes up half of an object.
func CacheOptions() cache.Options {
	return cache.Options{DefaultTransform: strip}
}

func strip(in any) (any, error) {
	obj, err := meta.Accessor(in)
	if err != nil {
		if _, gone := in.(toolscache.DeletedFinalStateUnknown); gone {
			return in, nil
		}
		return nil, err
	}
	obj.SetManagedFields(nil)
	if annotations := obj.GetAnnotations(); len(annotations) > 0 {
		delete(annotations, corev1.LastAppliedConfigAnnotation)
		if len(annotations) == 0 {
			// An empty map keeps the room that it once needed.
			obj.SetAnnotations(nil)
		}
	}
	return in, nil
}
