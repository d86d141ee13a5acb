// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// mostImpacted is how many buckets a status has room for.
const mostImpacted = 64

// places are the IDs of the buckets that the ends name. They are made of the
// names alone, so that they are the same before and after the objects exist.
func (e *environment) places(tenant ledger.ID, ends []end) []ledger.Place {
	places := make([]ledger.Place, len(ends))
	for i, at := range ends {
		places[i] = e.place(tenant, at)
	}
	return places
}

// place is where an end is in the ledger.
func (e *environment) place(tenant ledger.ID, at end) ledger.Place {
	account := ledger.AccountID(e.scope, tenant, at.account)
	switch {
	case at.bucket != "":
		return ledger.Place{Account: account, Bucket: ledger.BucketID(e.scope, tenant, at.bucket)}
	case at.all:
		return ledger.Place{Account: account}
	default:
		return ledger.Main(account)
	}
}

// impactedBuckets shows what an operation did to each bucket, in the bucket's
// own unit. What has no object now is named if it is one of the ends, and shown
// in the unit of the amount; anything else without an object has no name, and is
// left out.
func (e *environment) impactedBuckets(
	ctx context.Context, namespace string, tenant ledger.ID, unit money.Unit, impacts []ledger.Impact, ends ...end,
) ([]v1alpha1.ImpactedBucket, error) {
	names := naming{environment: e, namespace: namespace, tenant: tenant, ends: ends}
	shown := make([]v1alpha1.ImpactedBucket, 0, len(impacts))
	for _, impact := range impacts {
		at, err := names.of(ctx, impact)
		if err != nil {
			return nil, err
		}
		in, err := e.unitOf(ctx, namespace, at, unit)
		if err != nil {
			return nil, err
		}
		if at.account == "" || in == (money.Unit{}) || len(shown) == mostImpacted {
			continue
		}
		name := at.bucket
		if name == "" {
			name = v1alpha1.MainBucket
		}
		shown = append(shown, v1alpha1.ImpactedBucket{
			Account: at.account, Bucket: name,
			Before: v1alpha1.SignedAmount(money.Format(impact.Before, in)),
			After:  v1alpha1.SignedAmount(money.Format(impact.After, in)),
		})
	}
	return shown, nil
}

// unitOf is the unit a bucket is shown in, or another if it has no object now.
func (e *environment) unitOf(ctx context.Context, namespace string, at end, otherwise money.Unit) (money.Unit, error) {
	var code string
	var err error
	switch {
	case at.account == "", at.bucket == "" && otherwise.IsCurrency():
		return otherwise, nil
	case at.bucket == "":
		var account v1alpha1.PrepayAccount
		err = e.client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: at.account}, &account, client.UnsafeDisableDeepCopy)
		code = account.Spec.Currency
	default:
		var bucket v1alpha1.Bucket
		err = e.client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: at.bucket}, &bucket, client.UnsafeDisableDeepCopy)
		code = bucket.Spec.Unit
	}
	if err != nil {
		return otherwise, client.IgnoreNotFound(err)
	}
	// An object that contradicts the ledger may have another unit, or none.
	if unit, err := money.ParseUnit(code); err == nil && (otherwise == money.Unit{} || unit.SameDimension(otherwise)) {
		return unit, nil
	}
	return otherwise, nil
}

// naming finds the names of what the ledger changed in a namespace.
type naming struct {
	*environment
	namespace string
	tenant    ledger.ID
	// ends are what spec names, which need no object for their names.
	ends []end
}

// of is the bucket that changed; its account is "" if it has no name.
func (n naming) of(ctx context.Context, impact ledger.Impact) (end, error) {
	for _, at := range n.ends {
		if n.place(n.tenant, at) == (ledger.Place{Account: impact.Account, Bucket: impact.Bucket}) {
			return end{account: at.account, bucket: at.bucket}, nil
		}
	}
	account, err := n.account(ctx, impact)
	if err != nil || account == "" || impact.Bucket == ledger.MainBucketID(impact.Account) {
		return end{account: account}, err
	}
	bucket, err := n.bucket(ctx, account, impact.Bucket)
	if err != nil || bucket == "" {
		return end{}, err
	}
	return end{account: account, bucket: bucket}, nil
}

func (n naming) account(ctx context.Context, impact ledger.Impact) (string, error) {
	id := impact.Account
	for _, at := range n.ends {
		if ledger.AccountID(n.scope, n.tenant, at.account) == id {
			return at.account, nil
		}
	}
	if name, ok := n.followers.name(id); ok {
		return name, nil
	}
	if name, err := n.owner(ctx, impact); name != "" || err != nil {
		return name, err
	}
	// Just after a start not every object has been followed yet.
	var accounts v1alpha1.PrepayAccountList
	if err := n.client.List(ctx, &accounts, client.InNamespace(n.namespace), client.UnsafeDisableDeepCopy); err != nil {
		return "", err
	}
	for i := range accounts.Items {
		if name := accounts.Items[i].Name; ledger.AccountID(n.scope, n.tenant, name) == id {
			return name, nil
		}
	}
	return "", nil
}

// owner is the account of a bucket by what the bucket's object says, which may be
// there when the account's is not; "" if it does not say.
func (n naming) owner(ctx context.Context, impact ledger.Impact) (string, error) {
	name, ok := n.bucketKnown(impact.Bucket)
	if !ok {
		return "", nil
	}
	var bucket v1alpha1.Bucket
	err := n.client.Get(ctx, types.NamespacedName{Namespace: n.namespace, Name: name}, &bucket, client.UnsafeDisableDeepCopy)
	if owner := bucket.Spec.AccountRef.Name; err == nil && ledger.AccountID(n.scope, n.tenant, owner) == impact.Account {
		return owner, nil
	}
	return "", client.IgnoreNotFound(err)
}

// bucketKnown is the name of a bucket that spec names, whosever it is, or that an
// object shows.
func (n naming) bucketKnown(id ledger.ID) (string, bool) {
	for _, at := range n.ends {
		if at.bucket != "" && ledger.BucketID(n.scope, n.tenant, at.bucket) == id {
			return at.bucket, true
		}
	}
	return n.followers.name(id)
}

func (n naming) bucket(ctx context.Context, account string, id ledger.ID) (string, error) {
	if name, ok := n.bucketKnown(id); ok {
		return name, nil
	}
	var buckets v1alpha1.BucketList
	if err := n.client.List(ctx, &buckets, client.InNamespace(n.namespace),
		client.MatchingFields{indexAccount: account}, client.UnsafeDisableDeepCopy); err != nil {
		return "", err
	}
	for i := range buckets.Items {
		if name := buckets.Items[i].Name; ledger.BucketID(n.scope, n.tenant, name) == id {
			return name, nil
		}
	}
	return "", nil
}
