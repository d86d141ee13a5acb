// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// own makes sure that a hold is the object's, as far as its spec is valid, and that
// the object cannot go away unnoticed while it is open: others may replace an
// object with its finalizers.
func (r *BalanceReservationReconciler) own(
	ctx context.Context, obj *v1alpha1.BalanceReservation, view *holdView, wanted wantedHold, tenant ledger.ID, valid bool,
) error {
	if valid {
		own := obj.Status.TransactionID != "" || view.made || r.tries.own(obj, time.UnixMicro(view.hold.OpenedAt))
		if err := wanted.contradicts(&view.hold, r.place(tenant, wanted.from), r.product(tenant, wanted.product), own); err != nil {
			return err
		}
	}
	if !view.hold.State.IsOpen() {
		return nil
	}
	return r.keep(ctx, obj)
}

// keep makes the object have the finalizer.
func (r *BalanceReservationReconciler) keep(ctx context.Context, obj *v1alpha1.BalanceReservation) error {
	kept, err := setFinalizer(ctx, r.client, obj, true)
	if err == nil && kept != obj {
		obj.Finalizers, obj.ResourceVersion = kept.Finalizers, kept.ResourceVersion
	}
	return err
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
		view.step, view.made = outcome, !outcome.Replayed
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
	_, extends := op.(ledger.ExtendHold)
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
	case extends && outcome.Code == ledger.EndOutOfRange:
		return true, stalled(v1alpha1.ReasonInvalidSpec,
			"spec.expiresAt: is more than 30 days away, or past; what is held stays held until %s",
			time.UnixMicro(view.hold.Until).UTC().Format(time.RFC3339))
	case extends && outcome.Status == ledger.Refused:
		view.noMore = true
		if wanted.state == v1alpha1.ReservationCharged && wanted.charge.Base == 0 {
			return false, nil // then what is held is charged
		}
		is := against(outcome.Code, outcome.Figures, wanted.amount.Unit())
		is.message += "; what is held stays held. To ask again raise spec.amount or spec.expiresAt"
		return true, is
	default:
		return true, against(outcome.Code, outcome.Figures, wanted.amount.Unit())
	}
}

// step is what is to be done next, and under which key; nil if nothing is.
func (r *BalanceReservationReconciler) step(
	wanted wantedHold, view *holdView, known bool, tenant ledger.ID, valid bool,
) (ledger.Operation, ledger.ID) {
	switch h := &view.hold; {
	case !known && !valid:
		return nil, ledger.ID{}
	case !known:
		op := ledger.Reserve{
			Hold: view.id, From: r.place(tenant, wanted.from), Amount: ledger.QuantityOf(wanted.amount),
			Until: wanted.until, OnExpiry: wanted.onExpiry, Product: r.product(tenant, wanted.product),
		}
		if op.Until == 0 {
			op.For = wanted.lasts.Microseconds()
		}
		return op, ledger.HoldKey(view.id, "reserve")
	case !h.State.IsOpen():
		return nil, ledger.ID{}
	case r.clock.Now().UnixMicro() >= h.Until:
		return ledger.ExpireHold{Account: h.Account, Hold: view.id}, ledger.HoldKey(view.id, "expire")
	case !valid:
		return nil, ledger.ID{}
	default:
		return wanted.next(view.id, h, view.noMore)
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
	return r.keep(ctx, obj)
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
	requestor := obj.Spec.Requestor
	if obj.DeletionTimestamp != nil {
		requestor = "" // who deletes is not told
	}
	return r.ledger.Post(ctx, ledger.Command{
		Key: key, Scope: r.scope, Tenant: tenant, Operation: op,
		Annotation: r.annotation(obj.Spec.Channel, obj.Spec.Reason, requestor),
	})
}
