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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

	before := *obj.GetOneShotStatus()
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
		r.announce(written, standingFrom(before), is)
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
}

// settle takes the steps that make the hold as spec wants it.
func (r *BalanceReservationReconciler) settle(ctx context.Context, obj *v1alpha1.BalanceReservation) (*holdView, error) {
	wanted, err := readBalanceReservation(obj)
	if err != nil {
		return nil, err
	}
	tenant, err := r.tenants.resolveFor(ctx, obj)
	if err != nil {
		return nil, err
	}
	view := &holdView{id: r.holdID(tenant, obj)}
	for range 2 * attempts {
		known, err := r.read(ctx, view)
		if err == nil && known {
			err = wanted.contradicts(&view.hold, r.place(tenant, wanted.from), obj.Status.TransactionID != "")
		}
		if err != nil {
			return nil, err
		}
		op, key := r.step(wanted, view, known, tenant)
		switch {
		case op == nil:
			return view, nil
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

// reserve makes the hold. A reserve that is refused is the end.
func (r *BalanceReservationReconciler) reserve(
	ctx context.Context, obj *v1alpha1.BalanceReservation, view *holdView, wanted wantedHold, tenant ledger.ID, op ledger.Operation,
) error {
	if err := r.mayReserve(ctx, obj, tenant, wanted); err != nil {
		return err
	}
	outcome, err := r.post(ctx, obj, tenant, ledger.HoldKey(view.id, "reserve"), op)
	if err != nil {
		if _, said := errors.AsType[standing](err); !said {
			r.tries.undecided(obj)
		}
		return err
	}
	if outcome.Status == ledger.Accepted {
		view.step = outcome
		return nil
	}
	if outcome.Status == ledger.Refused {
		obj.Status.CommittedAt = &metav1.MicroTime{Time: outcome.CommittedAt}
		obj.Status.Replayed = outcome.Replayed && !r.tries.own(obj, outcome.CommittedAt)
	}
	return against(outcome.Code, outcome.Figures, wanted.amount.Unit())
}

// proceed takes a step with the hold. It is done if there is none after it.
func (r *BalanceReservationReconciler) proceed(
	ctx context.Context, obj *v1alpha1.BalanceReservation, view *holdView, wanted wantedHold, key ledger.ID, op ledger.Operation,
) (done bool, err error) {
	outcome, err := r.post(ctx, obj, view.hold.Tenant, key, op)
	switch {
	case err != nil:
		return true, err
	case outcome.Status == ledger.Accepted:
		view.step = outcome
		return false, nil
	case outcome.Code == ledger.HoldClosed:
		return false, nil // it has come to its end; that is read next
	case outcome.Code == ledger.HoldNotDue:
		return true, nil // the ledger's clock is behind this one
	default:
		return true, against(outcome.Code, outcome.Figures, wanted.amount.Unit())
	}
}

// step is what is to be done next, and under which key; nil if nothing is.
func (r *BalanceReservationReconciler) step(wanted wantedHold, view *holdView, known bool, tenant ledger.ID) (ledger.Operation, ledger.ID) {
	switch h := &view.hold; {
	case !known:
		op := ledger.Reserve{
			Hold: view.id, From: r.place(tenant, wanted.from), Amount: ledger.QuantityOf(wanted.amount),
			Until: wanted.until, OnExpiry: wanted.onExpiry,
		}
		if op.Until == 0 {
			op.For = wanted.lasts.Microseconds()
		}
		return op, ledger.HoldKey(view.id, "reserve")
	case !h.State.IsOpen():
		return nil, ledger.ID{}
	case time.Now().UnixMicro() >= h.Until:
		return ledger.ExpireHold{Account: h.Account, Hold: view.id}, ledger.HoldKey(view.id, "expire")
	default:
		return wanted.next(view.id, h)
	}
}

// mayReserve returns nil when the account and the bucket are ready, what was
// asked for with the object and brings value has come first, and the object cannot
// go away unnoticed any more.
func (r *BalanceReservationReconciler) mayReserve(ctx context.Context, obj *v1alpha1.BalanceReservation, tenant ledger.ID, wanted wantedHold) error {
	if err := r.references(ctx, obj.Namespace, tenant, []end{wanted.from}); err != nil {
		return err
	}
	if yields, err := yieldsToCredits(ctx, r.client, obj, wanted.from.account); err != nil {
		return err
	} else if yields {
		return errYields
	}
	held, err := setFinalizer(ctx, r.client, obj, true)
	if err == nil && held != obj {
		obj.Finalizers, obj.ResourceVersion = held.Finalizers, held.ResourceVersion
	}
	return err
}

// read reads the hold, and reports whether the ledger has it.
func (r *BalanceReservationReconciler) read(ctx context.Context, view *holdView) (bool, error) {
	fact, err := r.ledger.Fact(ctx, view.id)
	if err != nil || fact.Version == 0 {
		return false, err
	}
	view.hold = ledger.Hold{}
	return true, ledger.DecodeBody(fact.Body, &view.hold)
}

func (r *BalanceReservationReconciler) holdID(tenant ledger.ID, obj *v1alpha1.BalanceReservation) ledger.ID {
	return ledger.OperationKey(r.scope, tenant, kindBalanceReservation, obj.Name, obj.Spec.IdempotencyKey)
}

func (r *BalanceReservationReconciler) post(
	ctx context.Context, obj *v1alpha1.BalanceReservation, tenant, key ledger.ID, op ledger.Operation,
) (ledger.Outcome, error) {
	return r.ledger.Post(ctx, ledger.Command{
		Key: key, Scope: r.scope, Tenant: tenant, Operation: op,
		Annotation: r.annotation(obj.Spec.Channel, obj.Spec.Reason, obj.Spec.Requestor),
	})
}

// announce makes an event where a person has something to learn.
func (r *BalanceReservationReconciler) announce(obj *v1alpha1.BalanceReservation, was, is standing) {
	if is.class == stuck && (was.class != stuck || was.reason != is.reason || was.message != is.message) {
		r.events.Eventf(obj, nil, corev1.EventTypeWarning, is.reason, "Post", "%s", is.message)
	}
}
