// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// errYields tells that it is not the object's turn yet. It will be in a moment,
// so nothing is written meanwhile.
var errYields = errors.New("others go first")

// turn returns nil if it is the object's turn to be decided.
func (r *OneShotReconciler[T, P]) turn(ctx context.Context, obj P) error {
	if r.kind.yields == nil {
		return nil
	}
	yields, err := r.kind.yields(ctx, r.client, obj)
	if err == nil && yields {
		err = errYields
	}
	return err
}

// courtesy is for how long an object lets others go first, once it could go
// itself. While it waits for the ledger it could not.
const courtesy = 10 * time.Second

// together is how much later others may have been created and go first all the same:
// a creation is kept to the second, and one file takes a moment to be applied.
const together = 2 * time.Second

// yieldsToTopUps lets the top-ups of the account that an object takes from go
// first if they were created before it, or with it, and can be decided. What is applied
// together then ends the same way in whatever order it is looked at: nothing is
// refused for money that is about to be there.
func yieldsToTopUps(ctx context.Context, reader client.Reader, obj object, account string) (bool, error) {
	source, err := courteous(ctx, reader, obj, account)
	if source == nil {
		return false, err
	}
	var topUps v1alpha1.TopUpList
	if err := reader.List(ctx, &topUps, client.InNamespace(obj.GetNamespace()),
		client.MatchingFields{indexUnfinished: unfinishedOfAccount(source)}, client.UnsafeDisableDeepCopy); err != nil {
		return false, err
	}
	return goFirst(topUps.Items, "TopUp", obj)
}

// yieldsToBuckets lets the buckets of the account that an object takes from go
// first, in the same way: they may be about to be granted their initial amounts.
func yieldsToBuckets(ctx context.Context, reader client.Reader, obj object, account string) (bool, error) {
	source, err := courteous(ctx, reader, obj, account)
	if source == nil {
		return false, err
	}
	var buckets v1alpha1.BucketList
	if err := reader.List(ctx, &buckets, client.InNamespace(obj.GetNamespace()),
		client.MatchingFields{indexAccount: account}, client.UnsafeDisableDeepCopy); err != nil {
		return false, err
	}
	return goFirst(buckets.Items, kindBucket, obj)
}

// yieldsToShared lets go first what other accounts share with the account that an
// object takes from, and what is added to that, if it was asked for with the object:
// what has waited since before may wait for an account that nobody puts right, and is
// not to hold up those of another one.
func yieldsToShared(ctx context.Context, reader client.Reader, obj object, account string) (bool, error) {
	source, err := courteous(ctx, reader, obj, account)
	if source == nil {
		return false, err
	}
	namespace := client.InNamespace(obj.GetNamespace())
	var shared v1alpha1.BucketList
	if err := reader.List(ctx, &shared, namespace,
		client.MatchingFields{indexMember: account}, client.UnsafeDisableDeepCopy); err != nil {
		return false, err
	}
	if yields, err := goFirst(askedForWith(shared.Items, obj), kindBucket, obj); yields || err != nil {
		return yields, err
	}
	for i := range shared.Items {
		var topUps v1alpha1.TopUpList
		if err := reader.List(ctx, &topUps, namespace,
			client.MatchingFields{indexUnfinished: unfinishedOfBucket(&shared.Items[i])}, client.UnsafeDisableDeepCopy); err != nil {
			return false, err
		}
		if yields, err := goFirst(askedForWith(topUps.Items, obj), "TopUp", obj); yields || err != nil {
			return yields, err
		}
	}
	return false, nil
}

// askedForWith are those of some objects that were created with another one, or after
// it.
func askedForWith[T any, P interface {
	*T
	object
}](others []T, obj object) []T {
	var with []T
	for i := range others {
		if obj.GetCreationTimestamp().Sub(P(&others[i]).GetCreationTimestamp().Time) <= courtesy {
			with = append(with, others[i])
		}
	}
	return with
}

// yieldsToCredits lets all of them go first: it is for what takes from all buckets.
func yieldsToCredits(ctx context.Context, reader client.Reader, obj object, account string) (bool, error) {
	for _, yieldsTo := range []func(context.Context, client.Reader, object, string) (bool, error){
		yieldsToTopUps, yieldsToBuckets, yieldsToShared,
	} {
		if yields, err := yieldsTo(ctx, reader, obj, account); yields || err != nil {
			return yields, err
		}
	}
	return false, nil
}

// courteous is the account that an object takes from, nil if the object does not
// let others go first any more, or if there is no such account.
func courteous(ctx context.Context, reader client.Reader, obj object, account string) (*v1alpha1.PrepayAccount, error) {
	var source v1alpha1.PrepayAccount
	key := client.ObjectKey{Namespace: obj.GetNamespace(), Name: account}
	if err := reader.Get(ctx, key, &source, client.UnsafeDisableDeepCopy); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	ready := conditionOf(&source, v1alpha1.ConditionReady)
	if ready == nil || time.Since(obj.GetCreationTimestamp().Time) > courtesy &&
		time.Since(ready.LastTransitionTime.Time) > courtesy && !waitsForLedger(obj) {
		return nil, nil
	}
	return &source, nil
}

// goFirst reports whether one of these others is about to go before an object. It
// is a standing as error if one waits for the ledger, and may not have seen yet
// that it is open again.
func goFirst[T any, P interface {
	*T
	object
}](others []T, kind string, obj object) (bool, error) {
	var held object
	created := obj.GetCreationTimestamp()
	for i := range others {
		other := P(&others[i])
		otherCreated := other.GetCreationTimestamp()
		switch {
		case other.GetDeletionTimestamp() != nil, otherCreated.After(created.Add(together)):
		case isAboutToGo(other):
			return true, nil
		case waitsForLedger(other):
			held = other
		}
	}
	if held == nil {
		return false, nil
	}
	return false, waiting(reasonOf(held), "%s %q goes first; its conditions say what it waits for", kind, held.GetName()).within(calmly)
}

// waitsForLedger reports whether an object waits for the ledger alone, as far as
// its conditions tell.
func waitsForLedger(obj object) bool {
	switch reasonOf(obj) {
	case v1alpha1.ReasonScopeHeld, v1alpha1.ReasonLedgerMismatch, v1alpha1.ReasonLedgerUnavailable:
		return true
	default:
		return false
	}
}

// isAboutToGo reports whether an object whose account is ready waits for nothing
// else, as far as its conditions tell.
func isAboutToGo(obj object) bool {
	switch reasonOf(obj) {
	case "", v1alpha1.ReasonAccountNotFound, v1alpha1.ReasonAccountNotReady:
		return true
	default:
		return false
	}
}
