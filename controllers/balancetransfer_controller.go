// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

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
		read: readBalanceTransfer,
		yields: func(ctx context.Context, reader client.Reader, transfer *v1alpha1.BalanceTransfer) (bool, error) {
			return yieldsToTopUps(ctx, reader, transfer, transfer.Spec.Source.AccountRef.Name)
		},
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
		checkText("spec.requestor", spec.Requestor, maxRequestor),
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
		unit: amount.Unit(),
		ends: ends,
		operation: func(named resolved) ledger.Operation {
			return ledger.Transfer{From: named.places[0], To: named.places[1], Amount: ledger.QuantityOf(amount)}
		},
		annotation: ledger.Annotation{Reason: spec.Reason, Requestor: spec.Requestor},
		done:       always(string(spec.Amount) + " moved from " + ends[0].String() + " to " + ends[1].String()),
	}, nil
}
