// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// originals has an empty object of each kind that can be undone.
func originals() map[v1alpha1.OperationKind]oneShot {
	return map[v1alpha1.OperationKind]oneShot{
		v1alpha1.OperationTopUp:              &v1alpha1.TopUp{},
		v1alpha1.OperationBalanceTransfer:    &v1alpha1.BalanceTransfer{},
		v1alpha1.OperationBalanceReservation: &v1alpha1.BalanceReservation{},
		v1alpha1.OperationBalanceAdjustment:  &v1alpha1.BalanceAdjustment{},
	}
}

// readReversal reads a BalanceAdjustment that undoes another operation. It names
// no account: which ones change is the original's to say.
func readReversal(spec *v1alpha1.BalanceAdjustmentSpec) (request, error) {
	switch {
	case spec.AccountRef != nil:
		return request{}, invalid("spec.accountRef", "does not go with type %s, which undoes a whole operation: remove it", spec.Type)
	case spec.BucketRef != nil:
		return request{}, invalid("spec.bucketRef", "does not go with type %s, which undoes a whole operation: remove it", spec.Type)
	case spec.Amount != "":
		return request{}, invalid("spec.amount", "does not go with type %s, which undoes a whole operation: remove it", spec.Type)
	case spec.Product != nil:
		return request{}, invalid("spec.product", "does not go with type %s, which undoes a whole operation: remove it", spec.Type)
	}
	if err := checkOriginal(spec.Of); err != nil {
		return request{}, err
	}
	asked := request{undoes: spec.Of}
	shortfall, owing := ledger.ShortfallRefuses, ""
	switch spec.OnShortfall {
	case "", v1alpha1.ShortfallRefuse:
		asked.explain = orOwe
	case v1alpha1.ShortfallDebt:
		shortfall, owing = ledger.ShortfallOwes, "; whatever was missing is owed"
	default:
		return request{}, invalid("spec.onShortfall", "%q is no policy: write %s or %s", clip(string(spec.OnShortfall)),
			v1alpha1.ShortfallRefuse, v1alpha1.ShortfallDebt)
	}
	asked.done = func(impacted []v1alpha1.ImpactedBucket) string {
		return nameOf(spec.Of) + " reversed" + wentBack(impacted) + owing
	}
	asked.operation = func(named resolved) ledger.Operation {
		return ledger.Reverse{Of: named.original, OnShortfall: shortfall}
	}
	return asked, nil
}

// orOwe says what else can be done where there is too little to take back.
func orOwe(code ledger.Code, is standing) standing {
	if code == ledger.InsufficientFunds {
		is.message += fmt.Sprintf("; a new %s with onShortfall: %s lets the account owe what is missing",
			v1alpha1.AdjustmentReversal, v1alpha1.ShortfallDebt)
	}
	return is
}

func checkOriginal(of *v1alpha1.OperationReference) error {
	if of == nil {
		return invalid("spec.of", "is missing: name the operation to undo")
	}
	if _, ok := originals()[of.Kind]; !ok {
		return invalid("spec.of.kind", "%q cannot be undone: write %s, %s, %s or %s", clip(string(of.Kind)),
			v1alpha1.OperationTopUp, v1alpha1.OperationBalanceTransfer,
			v1alpha1.OperationBalanceReservation, v1alpha1.OperationBalanceAdjustment)
	}
	if (of.Name == "") == (of.IdempotencyKey == "") {
		return invalid("spec.of", "has to have either name or idempotencyKey: the latter if the operation set its own")
	}
	if of.Name != "" && (len(of.Name) > maxKey || !isName(of.Name)) {
		return invalid("spec.of.name",
			"%q is no name: write at most %d lower-case letters, digits, hyphens and points", clip(of.Name), maxKey)
	}
	return checkKeyAt("spec.of.idempotencyKey", of.IdempotencyKey)
}

// original is the transaction that an operation is in the ledger. Of a
// reservation it is what closed it: its charge or, if it came to its end, that.
// What charged nothing cannot be undone, which is the book's to say.
func (e *environment) original(ctx context.Context, tenant ledger.ID, of v1alpha1.OperationReference) (ledger.ID, error) {
	key := ledger.OperationKey(e.scope, tenant, string(of.Kind), of.Name, of.IdempotencyKey)
	if of.Kind != v1alpha1.OperationBalanceReservation {
		return key, nil
	}
	var hold ledger.Hold
	fact, err := e.ledger.Fact(ctx, key)
	if err == nil && fact.Version > 0 {
		err = ledger.DecodeBody(fact.Body, &hold)
	}
	role := "charge" // which an open one waits for
	switch hold.State {
	case ledger.HoldReleased:
		role = "release"
	case ledger.HoldExpired:
		role = "expire"
	}
	return ledger.HoldKey(key, role), err
}

// nameOf is how messages name an operation.
func nameOf(of *v1alpha1.OperationReference) string {
	if of.IdempotencyKey != "" {
		return fmt.Sprintf("%s with the idempotencyKey %s", of.Kind, clip(of.IdempotencyKey))
	}
	return string(of.Kind) + " " + of.Name
}

// mostTold is how many buckets a message tells of.
const mostTold = 4

// wentBack tells what a reversal did to the buckets.
func wentBack(impacted []v1alpha1.ImpactedBucket) string {
	if len(impacted) == 0 {
		return "" // all that changed has no name any more
	}
	if len(impacted) > mostTold {
		return fmt.Sprintf(": %d buckets changed", len(impacted))
	}
	told := make([]string, len(impacted))
	for i, bucket := range impacted {
		at := end{account: bucket.Account, bucket: bucket.Bucket}
		if bucket.Bucket == v1alpha1.MainBucket {
			at.bucket = ""
		}
		told[i] = fmt.Sprintf("%s from %s to %s", at, bucket.Before, bucket.After)
	}
	return ": " + strings.Join(told, ", ")
}

// unfinishedOfOriginal is the value of indexUnfinished of what waits for an
// operation, by what it is referred to.
func unfinishedOfOriginal(of v1alpha1.OperationReference) string {
	if of.IdempotencyKey != "" {
		return "of/" + string(of.Kind) + "/key/" + of.IdempotencyKey
	}
	return "of/" + string(of.Kind) + "/name/" + of.Name
}

// unfinishedOf gives the value of indexUnfinished of what waits for an object of
// a kind.
func unfinishedOf(kind v1alpha1.OperationKind) func(client.Object) string {
	return func(obj client.Object) string {
		of := v1alpha1.OperationReference{Kind: kind, Name: obj.GetName()}
		if shot, ok := obj.(oneShot); ok {
			of.IdempotencyKey = shot.GetIdempotencyKey()
		}
		return unfinishedOfOriginal(of)
	}
}
