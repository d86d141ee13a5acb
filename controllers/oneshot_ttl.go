// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// afterwards is all that happens to a finished one-shot: its TTL. Neither spec
// nor ledger is looked at again. justFinished says that its last status write
// was made now.
func (e *environment) afterwards(ctx context.Context, obj oneShot, justFinished bool) (ctrl.Result, error) {
	if obj.GetObservedGeneration() != obj.GetGeneration() {
		// The TTL was changed: the one later status write.
		written := obj.DeepCopyObject().(oneShot)
		observe(written)
		if err := e.client.Status().Update(ctx, written); err != nil {
			return again(err)
		}
		obj, justFinished = written, true
	}
	if obj.GetTTL() == nil {
		return ctrl.Result{}, nil
	}
	if tool := appliedBy(obj); tool != "" {
		if justFinished {
			e.events.Eventf(obj, nil, corev1.EventTypeWarning, "NotDeleted", "Expire",
				"%s keeps this object applied and would create it again: spec.ttlSecondsAfterFinished does not delete it", tool)
		}
		return ctrl.Result{}, nil
	}
	if left := expiry(obj).Sub(e.clock.Now()); left > 0 {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	// With the version that was read, a TTL that was raised meanwhile counts.
	uid, version := obj.GetUID(), obj.GetResourceVersion()
	err := e.client.Delete(ctx, obj, client.Preconditions{UID: &uid, ResourceVersion: &version})
	return again(err)
}

// again turns a failed write into what comes next: nothing if the object is
// gone, a silent second look after a conflict, the error otherwise.
func again(err error) (ctrl.Result, error) {
	switch {
	case apierrors.IsConflict(err):
		return ctrl.Result{RequeueAfter: lagging}, nil
	default:
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
}

// expiry is when the TTL is over: it counts from the later of the object's
// creation and the decision, which for a replay lies before. What was never
// decided finished when its conditions say so.
func expiry(obj oneShot) time.Time {
	from := obj.GetCreationTimestamp().Time
	decided := from
	if at := obj.GetOneShotStatus().CommittedAt; at != nil {
		decided = at.Time
	} else if condition := conditionOf(obj, v1alpha1.ConditionReady); condition != nil {
		decided = condition.LastTransitionTime.Time
	}
	if decided.After(from) {
		from = decided
	}
	return from.Add(time.Duration(*obj.GetTTL()) * time.Second)
}

// appliedBy names the tool that would create the object again if it were
// deleted, "" if none does.
func appliedBy(obj client.Object) string {
	labels, annotations := obj.GetLabels(), obj.GetAnnotations()
	switch {
	case annotations["argocd.argoproj.io/tracking-id"] != "",
		labels["argocd.argoproj.io/instance"] != "":
		return "Argo CD"
	case labels["kustomize.toolkit.fluxcd.io/name"] != "",
		labels["helm.toolkit.fluxcd.io/name"] != "":
		return "Flux"
	}
	return ""
}
