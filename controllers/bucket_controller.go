// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// +kubebuilder:rbac:groups=prepay.dev,resources=buckets,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=prepay.dev,resources=buckets/status,verbs=update

const kindBucket = "Bucket"

// BucketReconciler keeps the ledger's terms of a bucket as spec asks for them,
// grants its initial amount once, and shows what remains in status.
type BucketReconciler struct{ environment }

// Reconcile implements reconcile.Reconciler.
func (r *BucketReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	// The copy is shallow; see OneShotReconciler.
	bucket := &v1alpha1.Bucket{}
	if err := r.client.Get(ctx, req.NamespacedName, bucket, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.tenants.forget(r.followers.unfollow(follower{kindBucket, req.NamespacedName}))
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if bucket.DeletionTimestamp != nil {
		return r.finalize(ctx, bucket)
	}
	// Whatever the policy: the ledger has to learn that the object is gone.
	bucket, err := setFinalizer(ctx, r.client, bucket, true)
	if err != nil {
		return again(err)
	}
	view, err := r.settle(ctx, bucket)
	return r.report(ctx, bucket, view, err)
}

// settle makes the ledger have what spec asks for, and reads the bucket.
func (r *BucketReconciler) settle(ctx context.Context, bucket *v1alpha1.Bucket) (*bucketView, error) {
	terms, err := readBucket(bucket)
	if err != nil {
		return nil, err
	}
	tenant, err := r.tenants.admit(ctx, bucket)
	if err != nil {
		return nil, err
	}
	wanted := r.wanted(bucket, terms, tenant)
	who := follower{kindBucket, client.ObjectKeyFromObject(bucket)}
	// Before the bucket is read, or a change right after would be missed.
	r.followers.follow(who, bucket.UID, wanted.id)
	granted := wanted.grant == nil || r.followers.granted(who)
	if !granted {
		// Before the bucket is taken up: a name that was granted something else
		// is another bucket's.
		if granted, err = r.wasGranted(ctx, wanted); err != nil {
			return nil, err
		}
	}
	for range attempts {
		view, has, err := r.view(ctx, wanted)
		switch {
		case err != nil:
			return nil, err
		case !has || !view.Settings.Equal(wanted.settings):
			err = r.set(ctx, bucket, wanted, view.Version)
		case !granted:
			granted, err = r.grant(ctx, wanted)
		default:
			r.followers.noteGranted(who)
			return &view, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// wantedBucket is what a Bucket object asks of the ledger.
type wantedBucket struct {
	id       ledger.ID
	tenant   ledger.ID
	settings ledger.BucketSettings
	members  []member
	unit     money.Unit
	// grant is the command that gives the initial amount, nil without one.
	grant *ledger.Command
}

func (r *BucketReconciler) wanted(bucket *v1alpha1.Bucket, terms bucketTerms, tenant ledger.ID) wantedBucket {
	wanted := wantedBucket{
		id: ledger.BucketID(r.scope, tenant, bucket.Name), tenant: tenant,
		settings: terms.settings, members: r.members(tenant, terms.members), unit: terms.unit,
	}
	wanted.settings.Account = ledger.AccountID(r.scope, tenant, bucket.Spec.AccountRef.Name)
	wanted.settings.Products = r.products(tenant, bucket.Spec.Products)
	wanted.settings.SharedWith = sharesOf(wanted.members)
	if terms.initial != (money.Amount{}) {
		wanted.grant = &ledger.Command{
			Key:   ledger.OperationKey(r.scope, tenant, kindBucket, bucket.Name, ""),
			Scope: r.scope, Tenant: tenant,
			Operation: ledger.Grant{
				Into:   ledger.Place{Account: wanted.settings.Account, Bucket: wanted.id},
				Amount: ledger.QuantityOf(terms.initial),
			},
		}
	}
	return wanted
}

// view reads the bucket as a part of the account that spec names.
func (r *BucketReconciler) view(ctx context.Context, wanted wantedBucket) (bucketView, bool, error) {
	account, err := r.ledger.Account(ctx, wanted.settings.Account)
	if err != nil && !errors.Is(err, ledger.ErrUnknown) {
		return bucketView{}, false, err
	}
	bucket, has := account.Buckets[wanted.id]
	return bucketView{
		Bucket: bucket, members: wanted.members, account: account.Settings.State, asOf: account.AsOf,
	}, has, nil
}

// set posts the next version of the bucket's terms. Version is the one that was
// read, 0 if the account has no such bucket.
func (r *BucketReconciler) set(ctx context.Context, bucket *v1alpha1.Bucket, wanted wantedBucket, version int64) error {
	account := types.NamespacedName{Namespace: bucket.Namespace, Name: bucket.Spec.AccountRef.Name}
	if err := r.accountReady(ctx, account, wanted.tenant); err != nil {
		return err
	}
	var has ledger.BucketSettings
	if version == 0 {
		// It may be another account's; then the book says so.
		fact, err := r.fact(ctx, wanted.id, &has)
		if err != nil {
			return err
		}
		version = fact.Version
	}
	outcome, err := r.post(ctx, wanted.tenant, ledger.SetBucket{
		Bucket: wanted.id, ExpectVersion: version, Settings: wanted.settings,
	}, ledger.Interactive)
	switch {
	case err != nil:
		return err
	case outcome.Status == ledger.Accepted, outcome.Code == ledger.VersionMismatch:
		return nil // what is there now is read next
	case outcome.Code == ledger.BucketConflict:
		if _, err := r.fact(ctx, wanted.id, &has); err != nil {
			return err
		}
		return otherTerms(has, wanted.settings)
	default:
		return against(outcome.Code, outcome.Figures, wanted.unit)
	}
}

func (r *BucketReconciler) fact(ctx context.Context, id ledger.ID, settings *ledger.BucketSettings) (ledger.Fact, error) {
	fact, err := r.ledger.Fact(ctx, id)
	if err != nil || fact.Version == 0 {
		return fact, err
	}
	return fact, ledger.DecodeBody(fact.Body, settings)
}

func (r *BucketReconciler) post(
	ctx context.Context, tenant ledger.ID, op ledger.SetBucket, lane ledger.Lane,
) (ledger.Outcome, error) {
	return r.ledger.Post(ctx, ledger.Command{
		Key: ledger.SettingsKey(op.Bucket, op.ExpectVersion+1), Scope: r.scope, Tenant: tenant,
		Operation: op, Lane: lane,
	})
}

// wasGranted reports whether the initial amount was granted before.
func (r *BucketReconciler) wasGranted(ctx context.Context, wanted wantedBucket) (bool, error) {
	outcome, err := r.ledger.Recorded(ctx, *wanted.grant)
	if errors.Is(err, ledger.ErrUnknown) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return r.granted(ctx, wanted, outcome)
}

// grant gives the initial amount, unless it was given before.
func (r *BucketReconciler) grant(ctx context.Context, wanted wantedBucket) (bool, error) {
	outcome, err := r.ledger.Post(ctx, *wanted.grant)
	if err != nil {
		return false, err
	}
	return r.granted(ctx, wanted, outcome)
}

func (r *BucketReconciler) granted(ctx context.Context, wanted wantedBucket, outcome ledger.Outcome) (bool, error) {
	switch {
	case outcome.Status == ledger.Accepted:
		return true, nil
	case outcome.Code == ledger.IdempotencyConflict:
		var has ledger.BucketSettings
		if _, err := r.fact(ctx, wanted.id, &has); err != nil {
			return false, err
		}
		if len(contradictions(has, wanted.settings)) > 0 {
			return false, otherTerms(has, wanted.settings)
		}
		return false, otherGrant(outcome, wanted.unit)
	case outcome.Code == ledger.BucketExpired:
		return false, stalled(v1alpha1.ReasonBucketExpired, "The bucket's end had passed before it could be given spec.initialAmount; "+
			"create one under another name with a later end")
	default:
		return false, against(outcome.Code, outcome.Figures, wanted.unit)
	}
}

// report shows the bucket as it was read, and how the object stands.
func (r *BucketReconciler) report(
	ctx context.Context, bucket *v1alpha1.Bucket, view *bucketView, cause error,
) (ctrl.Result, error) {
	is, err := bucketStanding(view, cause)
	if err != nil {
		return ctrl.Result{}, err
	}
	if undisturbed(bucket, is) {
		return ctrl.Result{RequeueAfter: is.again}, nil
	}
	if cause == nil {
		is.again = r.left(view.changesAt())
	}
	shown := *bucket
	if view != nil {
		r.project(&shown.Status.ProjectionStatus, view.Sequence, view.asOf)
		view.show(&shown.Status)
	}
	record(&shown, is, time.Now())
	return r.write(ctx, &shown, !sameBucketStatus(shown.Status, bucket.Status), standingBefore(bucket, is), is)
}
