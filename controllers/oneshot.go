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
	// undoes is the operation that spec wants undone, nil if none; the field is nil
	// if the kind never undoes any.
	undoes func(P) *v1alpha1.OperationReference
}

// request is what the spec of a one-shot asks for, before anybody looked
// whether its references exist.
type request struct {
	// unit is the one that the person wrote; the zero Unit if there is no amount.
	unit money.Unit
	ends []end
	// product is what is charged for, nil if nothing in particular.
	product *v1alpha1.ProductReference
	// undoes is the operation that is to be undone, nil if none is.
	undoes *v1alpha1.OperationReference
	// operation makes the operation of what the ledger knows spec's names as.
	operation func(resolved) ledger.Operation
	// annotation is what spec says about who asked, and why.
	annotation ledger.Annotation
	// done tells what happened if it is accepted, by the buckets that changed.
	done func([]v1alpha1.ImpactedBucket) string
	// explain says more of a refusal than its code does: what spec has to do with it,
	// and what else can be done; nil if it never does.
	explain func(ledger.Code, standing) standing

	// tenant is known once the namespace has been looked at.
	tenant ledger.ID
}

// always tells the same, whatever changed.
func always(message string) func([]v1alpha1.ImpactedBucket) string {
	return func([]v1alpha1.ImpactedBucket) string { return message }
}

// resolved is what spec names, as the ledger knows it.
type resolved struct {
	// places are those of the ends, in the same order.
	places []ledger.Place
	// product is what is charged for.
	product ledger.ID
	// original is the transaction to undo.
	original ledger.ID
}

// end is a bucket by the names of objects; bucket is "" for the main one.
type end struct {
	account, bucket string
	// all says that every bucket of the account is meant, in burn order.
	all bool
}

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
		if verdict, err = r.report(ctx, obj, outcome, asked); err != nil {
			return ctrl.Result{}, err
		}
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
	asked.tenant = tenant
	named := resolved{places: r.places(tenant, asked.ends), product: r.product(tenant, asked.product)}
	if asked.undoes != nil {
		if named.original, err = r.original(ctx, tenant, *asked.undoes); err != nil {
			return ledger.Outcome{}, asked, err
		}
	}
	command := ledger.Command{
		Key:   ledger.OperationKey(r.scope, tenant, r.kind.name, obj.GetName(), obj.GetIdempotencyKey()),
		Scope: r.scope, Tenant: tenant, Operation: asked.operation(named),
		Annotation: r.annotation(asked.annotation.Channel, asked.annotation.Reason, asked.annotation.Requestor),
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
func (r *OneShotReconciler[T, P]) report(
	ctx context.Context, obj P, outcome ledger.Outcome, asked request,
) (standing, error) {
	if outcome.Status == ledger.NotTaken {
		return against(outcome.Code, outcome.Figures, asked.unit), nil
	}
	status := obj.GetOneShotStatus()
	replays := outcome.Replayed && !r.tries.own(obj, outcome.CommittedAt)
	if outcome.Status == ledger.Refused {
		status.CommittedAt, status.Replayed = &metav1.MicroTime{Time: outcome.CommittedAt}, replays
		is := against(outcome.Code, outcome.Figures, asked.unit)
		if asked.explain != nil {
			is = asked.explain(outcome.Code, is)
		}
		return is, nil
	}
	impacted, err := r.impactedBuckets(ctx, obj.GetNamespace(), asked.tenant, asked.unit, outcome.Impacts, asked.ends...)
	if err != nil {
		return standing{}, err
	}
	status.CommittedAt, status.Replayed = &metav1.MicroTime{Time: outcome.CommittedAt}, replays
	status.TransactionID, status.ImpactedBuckets = outcome.Transaction.String(), impacted
	if replays {
		return ready(v1alpha1.ReasonCompleted, replayed), nil
	}
	return ready(v1alpha1.ReasonCompleted, asked.done(impacted)), nil
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
