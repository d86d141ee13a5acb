// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// environment is what every reconciler works with.
type environment struct {
	client    client.Client
	ledger    ledger.Ledger
	tenants   *tenants
	followers *followers
	events    events.EventRecorder
	scope     string
	ledgerID  func() string
	// clock is the ledger's. What is about objects alone goes by the real one.
	clock clock.PassiveClock
	// recordRequestor says that spec.requestor can be believed.
	recordRequestor bool
}

// annotation is what is kept of those who asked. Where no policy stamps
// spec.requestor anybody can have written it, and it is worth nothing.
func (e *environment) annotation(channel, reason, requestor string) ledger.Annotation {
	if !e.recordRequestor {
		requestor = ""
	}
	return ledger.Annotation{Channel: channel, Reason: reason, Requestor: requestor}
}

// longest is how long an object is not looked at although something is to come:
// clocks are set, and then a timer is wrong.
const longest = 24 * time.Hour

// left is how long to wait for an instant of the ledger, in microseconds since 1970,
// UTC; 0 if there is none to wait for.
func (e *environment) left(instant int64) time.Duration {
	if instant == 0 {
		return 0
	}
	return min(max(time.UnixMicro(instant).Sub(e.clock.Now()), lagging), longest)
}

// attempts is how often settings are read and posted anew when somebody else
// changed them in between, before the object takes its turn again.
const attempts = 5

// balanceHolder is an object that shows a balance of the ledger.
type balanceHolder interface {
	object
	GetProjectionStatus() *v1alpha1.ProjectionStatus
}

// setFinalizer makes an object have the finalizer or not. It returns the object
// as it is then: a copy, if it had to be changed. The patch names the version
// that was read and nothing but the finalizers, because the cache leaves parts
// of the object out.
func setFinalizer[O client.Object](ctx context.Context, c client.Client, obj O, want bool) (O, error) {
	if controllerutil.ContainsFinalizer(obj, v1alpha1.Finalizer) == want {
		return obj, nil
	}
	changed := obj.DeepCopyObject().(O)
	if want {
		controllerutil.AddFinalizer(changed, v1alpha1.Finalizer)
	} else {
		controllerutil.RemoveFinalizer(changed, v1alpha1.Finalizer)
	}
	patch := client.MergeFromWithOptions(obj, client.MergeFromWithOptimisticLock{})
	return changed, c.Patch(ctx, changed, patch)
}

// project notes which point of the log a balance was read at. Of what has ended the
// ledger shows nothing any more, the batch that ended it neither: then the balance
// includes what it included before, and more.
func (e *environment) project(status *v1alpha1.ProjectionStatus, sequence int64, asOf time.Time) {
	at, ledgerID := metav1.NewTime(asOf), e.ledgerID()
	if status.LedgerID == ledgerID {
		sequence = max(sequence, status.LedgerSequence)
	}
	status.AsOf, status.LedgerSequence, status.LedgerID = &at, sequence, ledgerID
}

// sameProjection tells whether two statuses say the same, but for the time at
// which they say it.
func sameProjection(a, b *v1alpha1.ProjectionStatus) bool {
	return a.LedgerSequence == b.LedgerSequence && a.LedgerID == b.LedgerID &&
		a.ObservedGeneration == b.ObservedGeneration && slices.Equal(a.Conditions, b.Conditions)
}

// undisturbed reports whether an object that is as its spec asks stays as it is
// although the ledger is out of reach: what it shows was true when it was read,
// the Ledger object says what is wrong, and a manager that was started on the
// wrong ledger must not make a whole cluster look broken.
func undisturbed(obj object, is standing) bool {
	return outOfReach(is.reason) && settled(obj)
}

// outOfReach reports whether a reason is about the ledger and not the object.
func outOfReach(reason string) bool {
	switch reason {
	case v1alpha1.ReasonLedgerMismatch, v1alpha1.ReasonLedgerUnavailable, v1alpha1.ReasonScopeHeld:
		return true
	default:
		return false
	}
}

// write stores the status of an object that shows a balance, unless it is what
// the API server has already.
func (e *environment) write(ctx context.Context, obj balanceHolder, changed bool, was, is standing) (ctrl.Result, error) {
	if changed {
		written := obj.DeepCopyObject().(balanceHolder)
		if err := e.client.Status().Update(ctx, written); err != nil {
			return again(err)
		}
		if is != was && (is.class == stuck || is.reason == v1alpha1.ReasonDeletionBlocked) {
			e.events.Eventf(written, nil, corev1.EventTypeWarning, is.reason, "Settle", "%s", is.message)
		}
	}
	return ctrl.Result{RequeueAfter: is.again}, nil
}

// standingBefore is the standing that an object's conditions tell, to see
// whether it changed.
func standingBefore(obj object, is standing) standing {
	was := standing{class: classOf(obj), again: is.again}
	if condition := conditionOf(obj, v1alpha1.ConditionReady); condition != nil {
		was.reason, was.message = condition.Reason, condition.Message
	}
	return was
}

// amountOf shows what the ledger has of a unit that it once accepted.
func amountOf(base int64, unit string) v1alpha1.SignedAmount {
	return v1alpha1.SignedAmount(show(base, unit, money.Unit{}))
}

// equal compares what two pointers point at.
func equal[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
