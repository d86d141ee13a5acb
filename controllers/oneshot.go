// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// oneShot is an object that asks for one operation, once.
type oneShot interface {
	object
	GetOneShotStatus() *v1alpha1.OneShotStatus
	GetIdempotencyKey() string
	GetTTL() *int32
}

// pointerTo is the pointer to an API struct that is a one-shot.
type pointerTo[T any] interface {
	*T
	oneShot
}

// oneShotKind is all that is particular to a one-shot kind.
type oneShotKind[T any, P pointerTo[T]] struct {
	// name is the kind, which is part of every operation's key.
	name string
	// list makes an empty list of the kind.
	list func() client.ObjectList
	// ends are the buckets that spec names, valid or not.
	ends func(P) []end
	// read is the guard and the translation: it validates spec in full and says
	// what it asks for. It looks at nothing but the object.
	read func(P) (request, error)
	// yields reports whether others that were asked for with the object have to
	// be decided before it; nil if there never are any.
	yields func(context.Context, client.Reader, P) (bool, error)
}

// request is what the spec of a one-shot asks for, before anybody looked
// whether its references exist.
type request struct {
	amount money.Amount
	ends   []end
	// operation makes the operation of the ends' places, in the same order.
	operation  func(places []ledger.Place, amount ledger.Quantity) ledger.Operation
	annotation ledger.Annotation
	// places are the ends in the ledger, once the tenant is known.
	places []ledger.Place
	// done tells what happened if it is accepted.
	done string
}

// end is a bucket by the names of objects; bucket is "" for the main one.
type end struct{ account, bucket string }

// String is the end as messages name it.
func (e end) String() string {
	if e.bucket == "" {
		return e.account
	}
	return e.account + "/" + e.bucket
}

// OneShotReconciler brings the objects of one kind to their one end: it makes a
// command of the spec, posts it and reports the outcome, with one write.
type OneShotReconciler[T any, P pointerTo[T]] struct {
	environment
	kind oneShotKind[T, P]

	tries tries
}

// replayed is the message of an outcome that was there before the object.
const replayed = "recorded earlier; nothing moved now"

// lagging is how long to wait for the cache after a conflict, or for others that
// go first.
const lagging = 100 * time.Millisecond

// Reconcile implements reconcile.Reconciler.
func (r *OneShotReconciler[T, P]) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	obj := P(new(T))
	// The copy is shallow: nothing that obj points at may be changed before it
	// is copied for the write.
	if err := r.client.Get(ctx, req.NamespacedName, obj, client.UnsafeDisableDeepCopy); err != nil {
		r.tries.over(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if obj.GetDeletionTimestamp() != nil {
		return ctrl.Result{}, nil
	}
	if finished(obj) {
		return r.afterwards(ctx, obj, false)
	}
	r.followers.projection.Began()
	wrote := false
	defer func() { r.followers.projection.Ended(wrote) }()
	r.tries.begin()

	before := *obj.GetOneShotStatus()
	var verdict standing
	outcome, asked, err := r.decide(ctx, obj)
	if errors.Is(err, errYields) {
		return ctrl.Result{RequeueAfter: lagging}, nil
	}
	if err != nil {
		if _, said := errors.AsType[standing](err); !said {
			r.tries.undecided(obj)
		}
		if verdict, err = standingOf(err); err != nil {
			return ctrl.Result{}, err
		}
	} else {
		verdict = r.report(ctx, obj, outcome, asked)
	}
	record(obj, verdict, time.Now())
	if !equality.Semantic.DeepEqual(before, *obj.GetOneShotStatus()) {
		written := obj.DeepCopyObject().(P)
		if err := r.client.Status().Update(ctx, written); err != nil {
			return r.unwritten(req, obj, outcome, err)
		}
		obj, wrote = written, true
		r.announce(obj, verdict)
	}
	if verdict.class == passing {
		return ctrl.Result{RequeueAfter: verdict.again}, nil
	}
	r.tries.over(req.NamespacedName)
	return r.afterwards(ctx, obj, true)
}

// decide gets the object's outcome from the ledger. An error that is a standing
// says what the object waits for, or why it never will have one.
func (r *OneShotReconciler[T, P]) decide(ctx context.Context, obj P) (ledger.Outcome, request, error) {
	asked, err := r.kind.read(obj)
	if err != nil {
		return ledger.Outcome{}, asked, err
	}
	tenant, err := r.tenants.resolveFor(ctx, obj)
	if err != nil {
		return ledger.Outcome{}, asked, err
	}
	asked.places = r.places(tenant, asked.ends)
	command := ledger.Command{
		Key:   ledger.OperationKey(r.scope, tenant, r.kind.name, obj.GetName(), obj.GetIdempotencyKey()),
		Scope: r.scope, Tenant: tenant, Annotation: asked.annotation,
		Operation: asked.operation(asked.places, ledger.QuantityOf(asked.amount)),
	}
	missing := r.references(ctx, obj.GetNamespace(), tenant, asked.ends)
	if missing == nil {
		if err := r.turn(ctx, obj); err != nil {
			return ledger.Outcome{}, asked, err
		}
		outcome, err := r.ledger.Post(ctx, command)
		return outcome, asked, err
	}
	if _, ok := errors.AsType[standing](missing); !ok {
		return ledger.Outcome{}, asked, missing
	}
	// What was decided long ago needs no account to be there today.
	outcome, err := r.ledger.Recorded(ctx, command)
	if errors.Is(err, ledger.ErrUnknown) {
		return ledger.Outcome{}, asked, missing
	}
	if err == nil {
		err = r.tenants.confirm(ctx, obj.GetNamespace(), tenant)
	}
	return outcome, asked, err
}

// report writes an outcome into the object's status and says how it stands.
func (r *OneShotReconciler[T, P]) report(ctx context.Context, obj P, outcome ledger.Outcome, asked request) standing {
	if outcome.Status == ledger.NotTaken {
		return against(outcome.Code, outcome.Figures, asked.amount.Unit())
	}
	status := obj.GetOneShotStatus()
	status.CommittedAt = &metav1.MicroTime{Time: outcome.CommittedAt}
	status.Replayed = outcome.Replayed && !r.tries.own(obj, outcome.CommittedAt)
	if outcome.Status == ledger.Refused {
		return against(outcome.Code, outcome.Figures, asked.amount.Unit())
	}
	status.TransactionID = outcome.Transaction.String()
	status.ImpactedBuckets = r.impacted(ctx, obj.GetNamespace(), asked, outcome.Impacts)
	if status.Replayed {
		return ready(v1alpha1.ReasonCompleted, replayed)
	}
	return ready(v1alpha1.ReasonCompleted, asked.done)
}

// unwritten deals with a status that could not be written. A conflict is no
// failure: the cache lags, or somebody was faster.
func (r *OneShotReconciler[T, P]) unwritten(
	req ctrl.Request, obj P, outcome ledger.Outcome, err error,
) (ctrl.Result, error) {
	if apierrors.IsNotFound(err) {
		r.tries.over(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	if outcome.Transaction != (ledger.ID{}) && !obj.GetOneShotStatus().Replayed {
		r.tries.decided(obj)
	}
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: lagging}, nil
	}
	return ctrl.Result{}, err
}

// announce makes an event where a person has something to learn. Success makes
// none: an event is a write.
func (r *OneShotReconciler[T, P]) announce(obj P, verdict standing) {
	switch {
	case verdict.class == stuck:
		r.events.Eventf(obj, nil, corev1.EventTypeWarning, verdict.reason, "Post", "%s", verdict.message)
	case verdict.class == asWanted && obj.GetOneShotStatus().Replayed:
		r.events.Eventf(obj, nil, corev1.EventTypeWarning, "Replayed", "Post", "%s", verdict.message)
	}
}

// finished reports whether a one-shot has come to its end. It does not matter
// which generation that was: only the TTL may change, and that ends nothing.
func finished(obj object) bool { return classOf(obj) != passing }

// places are the IDs of the buckets that the ends name. They are made of the
// names alone, so that they are the same before and after the objects exist.
func (r *OneShotReconciler[T, P]) places(tenant ledger.ID, ends []end) []ledger.Place {
	places := make([]ledger.Place, len(ends))
	for i, e := range ends {
		account := ledger.AccountID(r.scope, tenant, e.account)
		if places[i] = ledger.Main(account); e.bucket != "" {
			places[i].Bucket = ledger.BucketID(r.scope, tenant, e.bucket)
		}
	}
	return places
}

// impacted names the buckets that an operation changed, each in its own unit.
func (r *OneShotReconciler[T, P]) impacted(
	ctx context.Context, namespace string, asked request, impacts []ledger.Impact,
) []v1alpha1.ImpactedBucket {
	shown := make([]v1alpha1.ImpactedBucket, 0, len(impacts))
	for _, impact := range impacts {
		i := slices.IndexFunc(asked.places, func(p ledger.Place) bool { return p.Bucket == impact.Bucket })
		if i < 0 {
			continue // a bucket that spec does not name has no name here
		}
		e, name, unit := asked.ends[i], v1alpha1.MainBucket, asked.amount.Unit()
		if e.bucket != "" {
			name, unit = e.bucket, r.unitOf(ctx, types.NamespacedName{Namespace: namespace, Name: e.bucket}, unit)
		}
		shown = append(shown, v1alpha1.ImpactedBucket{
			Account: e.account, Bucket: name,
			Before: v1alpha1.SignedAmount(money.Format(impact.Before, unit)),
			After:  v1alpha1.SignedAmount(money.Format(impact.After, unit)),
		})
	}
	return shown
}

// unitOf is the unit a bucket is shown in, or another if it has no object now.
func (r *OneShotReconciler[T, P]) unitOf(ctx context.Context, key types.NamespacedName, otherwise money.Unit) money.Unit {
	var bucket v1alpha1.Bucket
	if err := r.client.Get(ctx, key, &bucket, client.UnsafeDisableDeepCopy); err != nil {
		return otherwise
	}
	unit, err := money.ParseUnit(bucket.Spec.Unit)
	if err != nil || !unit.SameDimension(otherwise) {
		return otherwise
	}
	return unit
}
