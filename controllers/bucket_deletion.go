// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// finalize lets a bucket's object go once the ledger has kept the bucket, or
// taken what was in it.
func (r *BucketReconciler) finalize(ctx context.Context, bucket *v1alpha1.Bucket) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(bucket, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	// What was never valid never came into the ledger; what may change may have been.
	if terms, err := readFixedTerms(bucket); err == nil {
		if err := r.keep(ctx, bucket, terms); err != nil {
			return r.report(ctx, bucket, nil, err)
		}
	}
	_, err := setFinalizer(ctx, r.client, bucket, false)
	return again(err)
}

// keep tells the ledger that the bucket has no object any more. It needs no
// account object: the ledger still knows the account. A bucket that this object
// never was the object of, because they contradict each other, stays as it is.
func (r *BucketReconciler) keep(ctx context.Context, bucket *v1alpha1.Bucket, terms bucketTerms) error {
	tenant, ends, err := r.tenants.known(ctx, bucket.Namespace)
	if errors.Is(err, ledger.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	wanted := r.wanted(bucket, terms, tenant)
	if mine, err := r.owns(ctx, wanted); err != nil || !mine {
		return err
	}
	forfeit := bucket.Spec.DeletionPolicy == v1alpha1.BucketDeletionForfeit && !ends
	for range attempts {
		if kept, err := r.tryToKeep(ctx, wanted, forfeit); kept || err != nil {
			return err
		}
	}
	return against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
}

// tryToKeep is false if the settings changed meanwhile.
func (r *BucketReconciler) tryToKeep(ctx context.Context, wanted wantedBucket, forfeit bool) (bool, error) {
	var has ledger.BucketSettings
	fact, err := r.fact(ctx, wanted.id, &has)
	if err != nil || fact.Version == 0 {
		return true, err
	}
	if len(contradictions(has, wanted.settings)) > 0 {
		return true, nil // another's
	}
	if has.State == ledger.BucketStateRetained && !forfeit {
		return true, nil
	}
	next := has
	next.State = ledger.BucketStateRetained
	lane := ledger.Interactive
	if forfeit {
		lane = ledger.Bulk
	}
	outcome, err := r.post(ctx, wanted.tenant, ledger.SetBucket{
		Bucket: wanted.id, ExpectVersion: fact.Version, Settings: next, Forfeit: forfeit,
	}, lane)
	switch {
	case err != nil:
		return false, err
	case outcome.Status == ledger.Accepted:
		return true, nil
	case outcome.Code == ledger.VersionMismatch:
		return false, nil
	default:
		return false, against(outcome.Code, outcome.Figures, wanted.unit)
	}
}

// owns reports whether what was granted under the bucket's name, if anything,
// is what this object asks for.
func (r *BucketReconciler) owns(ctx context.Context, wanted wantedBucket) (bool, error) {
	if wanted.grant == nil {
		return true, nil
	}
	outcome, err := r.ledger.Recorded(ctx, *wanted.grant)
	if errors.Is(err, ledger.ErrUnknown) {
		return true, nil
	}
	return outcome.Code != ledger.IdempotencyConflict, err
}
