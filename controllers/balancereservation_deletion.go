// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// finalize lets an object go that is being deleted, once nothing is held for it.
func (r *BalanceReservationReconciler) finalize(ctx context.Context, obj *v1alpha1.BalanceReservation) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(obj, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	if err := r.release(ctx, obj); err != nil {
		is, err := standingOf(err)
		if err != nil {
			return ctrl.Result{}, err
		}
		shown := *obj
		record(&shown, is, time.Now())
		if !equality.Semantic.DeepEqual(obj.Status, shown.Status) {
			if err := r.client.Status().Update(ctx, shown.DeepCopy()); err != nil {
				return again(err)
			}
		}
		return ctrl.Result{RequeueAfter: is.again}, nil
	}
	_, err := setFinalizer(ctx, r.client, obj, false)
	return again(err)
}

// isShared reports whether another object has the same idempotency key, as after it
// was renamed: then it is that one's hold too, and stays.
func (r *BalanceReservationReconciler) isShared(ctx context.Context, obj *v1alpha1.BalanceReservation) (bool, error) {
	if obj.Spec.IdempotencyKey == "" {
		return false, nil
	}
	var all v1alpha1.BalanceReservationList
	if err := r.client.List(ctx, &all, client.InNamespace(obj.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return false, err
	}
	return slices.ContainsFunc(all.Items, func(other v1alpha1.BalanceReservation) bool {
		return other.Spec.IdempotencyKey == obj.Spec.IdempotencyKey && other.UID != obj.UID && other.DeletionTimestamp == nil
	}), nil
}

// release gives back what is held for an object, if anything is, or charges it if
// that is what spec wants and the hold has it. What is held for another one that
// has its name in the ledger stays.
func (r *BalanceReservationReconciler) release(ctx context.Context, obj *v1alpha1.BalanceReservation) error {
	tenant, _, err := r.tenants.known(ctx, obj.Namespace)
	if errors.Is(err, ledger.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	view := &holdView{id: r.holdID(tenant, obj)}
	known, err := r.read(ctx, view)
	if err != nil || !known || !view.hold.State.IsOpen() {
		return err
	}
	if view.hold.Account != ledger.AccountID(r.scope, tenant, obj.Spec.AccountRef.Name) {
		return nil
	}
	if shared, err := r.isShared(ctx, obj); shared || err != nil {
		return err
	}
	if wanted, err := readBalanceReservation(obj); err == nil && wanted.state == v1alpha1.ReservationCharged {
		op, key := wanted.settlement(view.id, &view.hold)
		if outcome, err := r.post(ctx, obj, tenant, key, op); err != nil || outcome.Status == ledger.Accepted {
			return err
		}
	}
	outcome, err := r.post(ctx, obj, tenant, ledger.HoldKey(view.id, "release"),
		ledger.ReleaseHold{Account: view.hold.Account, Hold: view.id})
	switch {
	case err != nil:
		return err
	case outcome.Status == ledger.Accepted, outcome.Code == ledger.HoldClosed:
		return nil
	default:
		return against(outcome.Code, outcome.Figures, money.Unit{})
	}
}
