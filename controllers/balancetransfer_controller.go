// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// +kubebuilder:rbac:groups=prepay.dev,resources=balancetransfers,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=prepay.dev,resources=balancetransfers/status,verbs=update

// balanceTransfers is the kind BalanceTransfer: value moves between two buckets.
func balanceTransfers() oneShotKind[v1alpha1.BalanceTransfer, *v1alpha1.BalanceTransfer] {
	return oneShotKind[v1alpha1.BalanceTransfer, *v1alpha1.BalanceTransfer]{
		name: "BalanceTransfer",
		list: func() client.ObjectList { return &v1alpha1.BalanceTransferList{} },
		ends: balanceTransferEnds,
		read: readBalanceTransfer, yields: yieldsToTopUps,
	}
}

// courtesy is for how long a transfer lets others go first, once it could go
// itself. While it waits for the ledger it could not.
const courtesy = 10 * time.Second

// yieldsToTopUps lets the top-ups of the account that a transfer takes from go
// first if they were created no later and can be decided. What is applied
// together then ends the same way in whatever order it is looked at: a transfer
// is not refused for money that is about to be there.
func yieldsToTopUps(ctx context.Context, reader client.Reader, transfer *v1alpha1.BalanceTransfer) (bool, error) {
	var source v1alpha1.PrepayAccount
	key := client.ObjectKey{Namespace: transfer.Namespace, Name: transfer.Spec.Source.AccountRef.Name}
	if err := reader.Get(ctx, key, &source, client.UnsafeDisableDeepCopy); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	ready := conditionOf(&source, v1alpha1.ConditionReady)
	if ready == nil || time.Since(transfer.CreationTimestamp.Time) > courtesy &&
		time.Since(ready.LastTransitionTime.Time) > courtesy && !waitsForLedger(transfer) {
		return false, nil
	}
	var topUps v1alpha1.TopUpList
	if err := reader.List(ctx, &topUps, client.InNamespace(transfer.Namespace),
		client.MatchingFields{indexUnfinished: unfinishedOfAccount(&source)}, client.UnsafeDisableDeepCopy); err != nil {
		return false, err
	}
	var held *v1alpha1.TopUp
	for i := range topUps.Items {
		topUp := &topUps.Items[i]
		switch {
		case topUp.DeletionTimestamp != nil, topUp.CreationTimestamp.After(transfer.CreationTimestamp.Time):
		case isAboutToGo(topUp):
			return true, nil
		case waitsForLedger(topUp):
			held = topUp
		}
	}
	if held == nil {
		return false, nil
	}
	// The ledger may be open again by now, and the top-up not have seen it yet.
	return false, waiting(reasonOf(held), "TopUp %q goes first; its conditions say what it waits for", held.Name).within(calmly)
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

// isAboutToGo reports whether a top-up whose account is ready waits for nothing
// else, as far as its conditions tell.
func isAboutToGo(topUp *v1alpha1.TopUp) bool {
	switch reasonOf(topUp) {
	case "", v1alpha1.ReasonAccountNotFound, v1alpha1.ReasonAccountNotReady:
		return true
	default:
		return false
	}
}

func balanceTransferEnds(transfer *v1alpha1.BalanceTransfer) []end {
	from, to := transfer.Spec.Source, transfer.Spec.Destination
	return []end{endOf(from.AccountRef, from.BucketRef), endOf(to.AccountRef, to.BucketRef)}
}

func readBalanceTransfer(transfer *v1alpha1.BalanceTransfer) (request, error) {
	spec := &transfer.Spec
	amount, err := checkAmount("spec.amount", spec.Amount)
	ends := balanceTransferEnds(transfer)
	if err := firstOf(
		err,
		checkEnd("spec.source", spec.Source.AccountRef, spec.Source.BucketRef),
		checkEnd("spec.destination", spec.Destination.AccountRef, spec.Destination.BucketRef),
		checkText("spec.reason", spec.Reason, maxReason),
		checkKey(spec.IdempotencyKey),
		checkTTL(spec.TTLSecondsAfterFinished),
	); err != nil {
		return request{}, err
	}
	if ends[0] == ends[1] {
		return request{}, stalled(v1alpha1.ReasonSameSourceAndDestination,
			"spec.source and spec.destination are both %s: name two accounts or two buckets", ends[0])
	}
	return request{
		amount: amount,
		ends:   ends,
		operation: func(places []ledger.Place, amount ledger.Quantity) ledger.Operation {
			return ledger.Transfer{From: places[0], To: places[1], Amount: amount}
		},
		annotation: ledger.Annotation{Reason: spec.Reason},
		done:       string(spec.Amount) + " moved from " + ends[0].String() + " to " + ends[1].String(),
	}, nil
}
