// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// +kubebuilder:rbac:groups=prepay.dev,resources=balancereservations,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=prepay.dev,resources=balancereservations/status,verbs=update

const kindBalanceReservation = "BalanceReservation"

// BalanceReservationReconciler takes a hold of the ledger, step by step, to the
// state that spec wants, and shows what became of it. The finalizer is there
// while something may be held: deleting the object gives it back.
type BalanceReservationReconciler struct {
	environment

	tries tries
}

// Reconcile implements reconcile.Reconciler.
func (r *BalanceReservationReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	// The copy is shallow; see OneShotReconciler.
	obj := &v1alpha1.BalanceReservation{}
	if err := r.client.Get(ctx, req.NamespacedName, obj, client.UnsafeDisableDeepCopy); err != nil {
		r.tries.over(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	switch {
	case obj.DeletionTimestamp != nil:
		return r.finalize(ctx, obj)
	case isRefused(obj), isClosed(obj) && obj.Status.ObservedGeneration == obj.Generation:
		return r.over(ctx, obj, false)
	}
	r.followers.projection.Began()
	wrote := false
	defer func() { r.followers.projection.Ended(wrote) }()
	r.tries.begin()

	shown := *obj
	view, err := r.settle(ctx, &shown)
	if errors.Is(err, errYields) {
		return ctrl.Result{RequeueAfter: lagging}, nil
	}
	if apierrors.IsConflict(err) {
		return again(err)
	}
	is, err := r.report(ctx, &shown, view, err)
	if err != nil {
		return ctrl.Result{}, err
	}
	if undisturbed(obj, is) {
		return ctrl.Result{RequeueAfter: is.again}, nil
	}
	record(&shown, is, time.Now())
	written := shown.DeepCopy()
	if !equality.Semantic.DeepEqual(obj.Status, shown.Status) {
		if err := r.client.Status().Update(ctx, written); err != nil {
			if view != nil {
				r.tries.decided(obj)
			}
			return again(err)
		}
		wrote = true
		r.announce(written, standingBefore(obj, is), is)
	}
	if isClosed(written) || isRefused(written) {
		return r.over(ctx, written, true)
	}
	return ctrl.Result{RequeueAfter: is.again}, nil
}

// isClosed reports whether the hold is resolved, as status tells it.
func isClosed(obj *v1alpha1.BalanceReservation) bool { return obj.Status.Released != "" }

// isRefused reports whether nothing was ever held, and never will be.
func isRefused(obj *v1alpha1.BalanceReservation) bool {
	return obj.Status.CommittedAt != nil && obj.Status.TransactionID == ""
}

// over is all that happens to a reservation that holds nothing any more.
func (r *BalanceReservationReconciler) over(ctx context.Context, obj *v1alpha1.BalanceReservation, justFinished bool) (ctrl.Result, error) {
	r.tries.over(client.ObjectKeyFromObject(obj))
	obj, err := setFinalizer(ctx, r.client, obj, false)
	if err != nil {
		return again(err)
	}
	return r.afterwards(ctx, obj, justFinished)
}

// holdView is a hold as it was read, and what the newest step did.
type holdView struct {
	id   ledger.ID
	hold ledger.Hold
	// step is the answer to the last step that this reconcile took; its
	// transaction is zero if it took none.
	step ledger.Outcome
	// made says that this reconcile has made the hold.
	made bool
	// noMore says that an extension was refused.
	noMore bool
}

// settle takes the steps that make the hold as spec wants it. A hold of the object
// is shown, and comes to its end, whatever is wrong with spec.
func (r *BalanceReservationReconciler) settle(ctx context.Context, obj *v1alpha1.BalanceReservation) (*holdView, error) {
	wanted, invalid := readBalanceReservation(obj)
	if invalid != nil && obj.Status.TransactionID == "" {
		return nil, invalid
	}
	tenant, err := r.tenants.resolveFor(ctx, obj)
	if err != nil {
		return nil, err
	}
	view := &holdView{id: r.holdID(tenant, obj)}
	for range 2 * attempts {
		known, err := r.read(ctx, view)
		if err != nil {
			return nil, err
		}
		if known {
			if err := r.own(ctx, obj, view, wanted, tenant, invalid == nil); err != nil {
				return nil, err
			}
		}
		op, key := r.step(wanted, view, known, tenant, invalid == nil)
		switch {
		case op == nil:
			return view, invalid
		case known:
			if done, err := r.proceed(ctx, obj, view, wanted, key, op); done {
				return view, err
			}
		default:
			if err := r.reserve(ctx, obj, view, wanted, tenant, op); err != nil {
				return nil, err
			}
		}
	}
	return nil, against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// announce makes an event where a person has something to learn.
func (r *BalanceReservationReconciler) announce(obj *v1alpha1.BalanceReservation, was, is standing) {
	if is != was && is.class == stuck {
		r.events.Eventf(obj, nil, corev1.EventTypeWarning, is.reason, "Post", "%s", is.message)
	}
}
