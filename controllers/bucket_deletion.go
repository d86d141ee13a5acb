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
	if err := r.keep(ctx, bucket); err != nil {
		return r.report(ctx, bucket, nil, err)
	}
	_, err := setFinalizer(ctx, r.client, bucket, false)
	return again(err)
}

// keep tells the ledger that the bucket has no object any more. It needs no
// account object: the ledger still knows the account. A bucket that this object
// never was the object of, because they contradict each other, stays as it is.
func (r *BucketReconciler) keep(ctx context.Context, bucket *v1alpha1.Bucket) error {
	terms, err := readBucket(bucket)
	if err != nil {
		return nil // never valid, so never in the ledger
	}
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
	op, lane := ledger.SetBucket{Bucket: wanted.id}, ledger.Interactive
	if bucket.Spec.DeletionPolicy == v1alpha1.BucketDeletionForfeit && !ends {
		op.Forfeit, lane = true, ledger.Bulk
	}
	for range attempts {
		fact, err := r.fact(ctx, wanted.id, &op.Settings)
		if err != nil || fact.Version == 0 {
			return err
		}
		state := op.Settings.State
		if op.Settings.State = wanted.settings.State; op.Settings != wanted.settings {
			return nil
		}
		if state == ledger.BucketKept && !op.Forfeit {
			return nil
		}
		op.ExpectVersion, op.Settings.State = fact.Version, ledger.BucketKept
		outcome, err := r.post(ctx, tenant, op, lane)
		switch {
		case err != nil || outcome.Status == ledger.Accepted:
			return err
		case outcome.Code != ledger.VersionMismatch:
			return against(outcome.Code, outcome.Figures, wanted.unit)
		}
	}
	return against(ledger.VersionMismatch, ledger.Figures{}, money.Unit{})
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
