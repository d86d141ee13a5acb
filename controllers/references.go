// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// references reports what of the accounts and buckets that the ends name is not
// ready: then nothing is posted, so that a file applied in any order ends as if
// it had been applied in the right one. It decides nothing about money; that a
// bucket is the account's own, for one, is the book's to say.
func (e *environment) references(ctx context.Context, namespace string, tenant ledger.ID, ends []end) error {
	for _, at := range ends {
		if err := e.accountReady(ctx, types.NamespacedName{Namespace: namespace, Name: at.account}, tenant); err != nil {
			return err
		}
		if at.bucket == "" {
			continue
		}
		if err := e.bucketReady(ctx, types.NamespacedName{Namespace: namespace, Name: at.bucket}); err != nil {
			return err
		}
	}
	return nil
}

// accountReady returns nil if the account object is there, the ledger has its
// latest settings, and it is known to live in the tenant's own namespace.
func (e *environment) accountReady(ctx context.Context, key types.NamespacedName, tenant ledger.ID) error {
	var account v1alpha1.PrepayAccount
	err := e.client.Get(ctx, key, &account, client.UnsafeDisableDeepCopy)
	switch {
	case apierrors.IsNotFound(err):
		return waiting(v1alpha1.ReasonAccountNotFound,
			"PrepayAccount %q does not exist in this namespace; create it, and this goes on by itself", key.Name)
	case err != nil:
		return err
	case leaving(&account):
		// Its deletion waits for its money to go: let it.
	case account.DeletionTimestamp != nil:
		return waiting(v1alpha1.ReasonAccountNotReady,
			"PrepayAccount %q is being deleted; create it again once it is gone, and this goes on by itself", key.Name)
	case !settled(&account):
		return waiting(v1alpha1.ReasonAccountNotReady,
			"PrepayAccount %q is not ready; its conditions say why", key.Name)
	}
	switch of, err := e.tenants.admit(ctx, &account); {
	case err != nil:
		return err
	case of != tenant:
		return waiting(v1alpha1.ReasonAccountNotReady,
			"PrepayAccount %q is of a namespace of this name that is gone", key.Name).within(soon)
	}
	return nil
}

// leaving reports whether an account's deletion waits until nothing is on it.
func leaving(account *v1alpha1.PrepayAccount) bool {
	return account.DeletionTimestamp != nil && reasonOf(account) == v1alpha1.ReasonDeletionBlocked
}

// bucketReady returns nil if the bucket object is there and the ledger has its
// latest settings.
func (e *environment) bucketReady(ctx context.Context, key types.NamespacedName) error {
	var bucket v1alpha1.Bucket
	err := e.client.Get(ctx, key, &bucket, client.UnsafeDisableDeepCopy)
	switch {
	case apierrors.IsNotFound(err):
		return waiting(v1alpha1.ReasonBucketNotFound,
			"Bucket %q does not exist in this namespace; create it, and this goes on by itself", key.Name)
	case err != nil:
		return err
	case bucket.DeletionTimestamp != nil:
		return waiting(v1alpha1.ReasonBucketNotReady,
			"Bucket %q is being deleted; create it again once it is gone, and this goes on by itself", key.Name)
	case !settled(&bucket):
		return waiting(v1alpha1.ReasonBucketNotReady, "Bucket %q is not ready; its conditions say why", key.Name)
	}
	return nil
}
