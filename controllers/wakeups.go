// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// The field indexes. A finished one-shot is in none of them: there are many,
// and nothing has to find them.
const (
	indexUnfinished = "unfinished"
	indexAccount    = "account"
	indexMember     = "member"
)

// The values of indexUnfinished: what an unfinished one-shot may wait for.
func unfinishedOfAccount(account client.Object) string { return "account/" + account.GetName() }
func unfinishedOfBucket(bucket client.Object) string   { return "bucket/" + bucket.GetName() }

// unfinished indexes a one-shot by what it refers to.
func (k oneShotKind[T, P]) unfinished(obj client.Object) []string {
	shot, ok := obj.(P)
	if !ok || finished(shot) {
		return nil
	}
	var values []string
	for _, e := range k.ends(shot) {
		values = append(values, e.unfinished()...)
	}
	if k.undoes != nil {
		if of := k.undoes(shot); of != nil {
			values = append(values, unfinishedOfOriginal(*of))
		}
	}
	return values
}

// unfinished are an end's values in the index of the same name.
func (e end) unfinished() []string {
	values := []string{"account/" + e.account}
	if e.bucket != "" {
		values = append(values, "bucket/"+e.bucket)
	}
	return values
}

// unheld indexes a reservation that has not come to hold anything by what it
// refers to.
func unheld(obj client.Object) []string {
	reservation, ok := obj.(*v1alpha1.BalanceReservation)
	if !ok || reservation.Status.CommittedAt != nil {
		return nil
	}
	return endOf(reservation.Spec.AccountRef, reservation.Spec.BucketRef).unfinished()
}

func byAccount(obj client.Object) []string {
	bucket, ok := obj.(*v1alpha1.Bucket)
	if !ok {
		return nil
	}
	return []string{bucket.Spec.AccountRef.Name}
}

// indexed maps an object to the objects of a list in its namespace that have
// its value in an index.
func (e *environment) indexed(
	list func() client.ObjectList, index string, value func(client.Object) string,
) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []ctrl.Request {
		return e.requests(ctx, list(), func(client.Object) bool { return true },
			client.InNamespace(obj.GetNamespace()), client.MatchingFields{index: value(obj)})
	}
}

// unready maps a namespace to the objects of a list in it that wait.
func (e *environment) unready(list func() client.ObjectList) handler.MapFunc {
	return func(ctx context.Context, namespace client.Object) []ctrl.Request {
		return e.requests(ctx, list(), func(obj client.Object) bool {
			holder, ok := obj.(object)
			return ok && classOf(holder) == passing
		}, client.InNamespace(namespace.GetName()))
	}
}

func (e *environment) requests(
	ctx context.Context, list client.ObjectList, take func(client.Object) bool, options ...client.ListOption,
) []ctrl.Request {
	if err := e.client.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		// Only a cache that has stopped fails; the slow requeue finds what is
		// missed here.
		ctrl.LoggerFrom(ctx).Error(err, "The waiting objects could not be listed")
		return nil
	}
	var requests []ctrl.Request
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		if obj, ok := item.(client.Object); ok && take(obj) {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		}
		return nil
	})
	return requests
}

// askedFor passes what a person wants of an object: a new spec, its deletion,
// or a look at it now. What we write ourselves passes nothing.
func askedFor() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
				e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
				(e.ObjectOld.GetDeletionTimestamp() == nil) != (e.ObjectNew.GetDeletionTimestamp() == nil) ||
				// Another manager, which cannot reach its ledger, may have written that.
				outOfReach(reasonOf(e.ObjectNew)) && reasonOf(e.ObjectOld) != reasonOf(e.ObjectNew) ||
				e.ObjectOld.GetAnnotations()[v1alpha1.RequestedAtAnnotation] !=
					e.ObjectNew.GetAnnotations()[v1alpha1.RequestedAtAnnotation]
		},
	}
}

// lostFinalizer passes an object that somebody has replaced without what keeps it.
func lostFinalizer() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return controllerutil.ContainsFinalizer(e.ObjectOld, v1alpha1.Finalizer) &&
				!controllerutil.ContainsFinalizer(e.ObjectNew, v1alpha1.Finalizer)
		},
	}
}

// oneShotAskedFor is askedFor without what asks for nothing: a finished one-shot
// that is gone, or that is kept when the cache fills at start.
func oneShotAskedFor() predicate.Predicate {
	pass := askedFor()
	return predicate.Funcs{
		UpdateFunc: pass.Update,
		DeleteFunc: func(e event.DeleteEvent) bool {
			shot, ok := e.Object.(oneShot)
			return !ok || !finished(shot)
		},
		CreateFunc: func(e event.CreateEvent) bool {
			shot, ok := e.Object.(oneShot)
			return !ok || !finished(shot) || shot.GetTTL() != nil || shot.GetObservedGeneration() != shot.GetGeneration()
		},
	}
}

// becameUsable passes an account or bucket that others may go on with now, or
// that will not be usable until a person changes it, so that they can say so.
// What comes in between would only make them write twice.
func becameUsable() predicate.Predicate {
	tells := func(obj client.Object) bool {
		holder, ok := obj.(object)
		return ok && (settled(holder) || reasonOf(obj) == v1alpha1.ReasonDeletionBlocked ||
			holder.GetObservedGeneration() == holder.GetGeneration() && classOf(holder) == stuck)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return tells(e.Object) },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return tells(e.ObjectNew) && (!tells(e.ObjectOld) ||
				e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
				e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
				reasonOf(e.ObjectOld) != reasonOf(e.ObjectNew))
		},
	}
}

// cameToAnEnd passes an operation of which the ledger may know more now than
// those have seen who wait for it. What is there at the start tells nobody
// anything: who waits looks by itself then.
func cameToAnEnd() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			obj, ok := e.ObjectNew.(object)
			return ok && finished(obj) && reasonOf(e.ObjectOld) != reasonOf(obj)
		},
	}
}

// wentAway passes nothing but the end of an object.
func wentAway() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return true },
	}
}

func reasonOf(obj client.Object) string {
	if holder, ok := obj.(object); ok {
		if condition := conditionOf(holder, v1alpha1.ConditionReady); condition != nil {
			return condition.Reason
		}
	}
	return ""
}

// namespaceMoved passes a namespace that is new, or whose word about what it
// may have of its forerunner is.
func namespaceMoved() predicate.Predicate {
	return predicate.Funcs{
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
				(e.ObjectOld.GetDeletionTimestamp() == nil) != (e.ObjectNew.GetDeletionTimestamp() == nil) ||
				e.ObjectOld.GetAnnotations()[v1alpha1.LedgerAnnotation] != e.ObjectNew.GetAnnotations()[v1alpha1.LedgerAnnotation]
		},
	}
}
