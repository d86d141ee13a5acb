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

// +kubebuilder:rbac:groups=prepay.dev,resources=balanceadjustments,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=prepay.dev,resources=balanceadjustments/status,verbs=update

// balanceAdjustments is the kind BalanceAdjustment: value is given or taken at an
// operator's word, or another operation is undone.
func balanceAdjustments() oneShotKind[v1alpha1.BalanceAdjustment, *v1alpha1.BalanceAdjustment] {
	return oneShotKind[v1alpha1.BalanceAdjustment, *v1alpha1.BalanceAdjustment]{
		name: "BalanceAdjustment",
		list: func() client.ObjectList { return &v1alpha1.BalanceAdjustmentList{} },
		ends: balanceAdjustmentEnds,
		read: readBalanceAdjustment, yields: balanceAdjustmentYields,
		undoes: func(adjustment *v1alpha1.BalanceAdjustment) *v1alpha1.OperationReference { return adjustment.Spec.Of },
	}
}

// adjustment is how a type of adjustment is asked of the ledger, and told of.
type adjustment struct {
	kind ledger.AdjustmentType
	done string
}

var adjustments = map[v1alpha1.AdjustmentType]adjustment{
	v1alpha1.AdjustmentGoodwillCredit:  {ledger.GoodwillCredit, " given to "},
	v1alpha1.AdjustmentGeneralCredit:   {ledger.GeneralCredit, " credited to "},
	v1alpha1.AdjustmentGeneralDebit:    {ledger.GeneralDebit, " debited from "},
	v1alpha1.AdjustmentOneTimeCharge:   {ledger.OneTimeCharge, " charged to "},
	v1alpha1.AdjustmentRecurringCharge: {ledger.RecurringCharge, " charged to "},
}

// takes reports whether an adjustment of a type takes value away.
func takes(of v1alpha1.AdjustmentType) bool {
	known, ok := adjustments[of]
	return ok && !known.kind.IsCredit()
}

// balanceAdjustmentEnds is the bucket that is named; without one, the main bucket
// for a credit and all of the account's for a debit. A reversal names none.
func balanceAdjustmentEnds(obj *v1alpha1.BalanceAdjustment) []end {
	if obj.Spec.AccountRef == nil {
		return nil
	}
	at := endOf(*obj.Spec.AccountRef, obj.Spec.BucketRef)
	at.all = obj.Spec.BucketRef == nil && takes(obj.Spec.Type)
	return []end{at}
}

// balanceAdjustmentYields lets go first what brings value in that a debit may
// need.
func balanceAdjustmentYields(ctx context.Context, reader client.Reader, obj *v1alpha1.BalanceAdjustment) (bool, error) {
	if obj.Spec.AccountRef == nil || !takes(obj.Spec.Type) {
		return false, nil
	}
	return yieldsToCredits(ctx, reader, obj, obj.Spec.AccountRef.Name)
}

func readBalanceAdjustment(obj *v1alpha1.BalanceAdjustment) (request, error) {
	spec := &obj.Spec
	if err := firstOf(
		checkText("spec.channel", spec.Channel, maxName),
		checkText("spec.reason", spec.Reason, maxReason),
		checkText("spec.requestor", spec.Requestor, maxRequestor),
		checkKey(spec.IdempotencyKey),
		checkTTL(spec.TTLSecondsAfterFinished),
	); err != nil {
		return request{}, err
	}
	var asked request
	var err error
	if spec.Type == v1alpha1.AdjustmentReversal {
		asked, err = readReversal(spec)
	} else {
		asked, err = readAdjustment(obj)
	}
	asked.annotation = ledger.Annotation{Channel: spec.Channel, Reason: spec.Reason, Requestor: spec.Requestor}
	return asked, err
}

func readAdjustment(obj *v1alpha1.BalanceAdjustment) (request, error) {
	spec := &obj.Spec
	how, ok := adjustments[spec.Type]
	switch {
	case !ok:
		return request{}, invalid("spec.type", "%q is no type: write %s, %s, %s, %s, %s or %s", clip(string(spec.Type)),
			v1alpha1.AdjustmentGoodwillCredit, v1alpha1.AdjustmentGeneralCredit, v1alpha1.AdjustmentGeneralDebit,
			v1alpha1.AdjustmentOneTimeCharge, v1alpha1.AdjustmentRecurringCharge, v1alpha1.AdjustmentReversal)
	case spec.AccountRef == nil:
		return request{}, invalid("spec.accountRef", "is missing: name the account to adjust")
	case spec.Of != nil:
		return request{}, invalid("spec.of", "goes with type %s only: remove it", v1alpha1.AdjustmentReversal)
	case spec.OnShortfall != "":
		return request{}, invalid("spec.onShortfall", "goes with type %s only: remove it", v1alpha1.AdjustmentReversal)
	case spec.Product != nil && how.kind.IsCredit():
		return request{}, invalid("spec.product", "is what is charged for, and type %s charges nothing: remove it", spec.Type)
	}
	// Money that is put in has the currency's own decimals; what is taken may have
	// been rated.
	check := checkRatedAmount
	if how.kind.IsCredit() {
		check = checkAmount
	}
	amount, err := check("spec.amount", spec.Amount)
	if err := firstOf(
		err,
		checkEnd("spec", *spec.AccountRef, spec.BucketRef),
		checkProduct("spec.product", spec.Product),
	); err != nil {
		return request{}, err
	}
	ends := balanceAdjustmentEnds(obj)
	return request{
		unit:    amount.Unit(),
		ends:    ends,
		product: spec.Product,
		operation: func(named resolved) ledger.Operation {
			return ledger.Adjust{
				Type: how.kind, At: named.places[0], Amount: ledger.QuantityOf(amount), Product: named.product,
			}
		},
		done: func(impacted []v1alpha1.ImpactedBucket) string {
			return string(spec.Amount) + how.done + withShared(ends[0], impacted)
		},
	}, nil
}

// withShared is how messages name an end of which buckets have changed, and those of
// them that are another account's and shared with it.
func withShared(at end, impacted []v1alpha1.ImpactedBucket) string {
	var shared []string
	for _, bucket := range impacted {
		if bucket.Account != at.account {
			shared = append(shared, bucket.Account+"/"+bucket.Bucket)
		}
	}
	if len(shared) == 0 {
		return at.String()
	}
	told := strings.Join(shared, ", ")
	if len(shared) > mostTold {
		told = fmt.Sprintf("%d shared buckets", len(shared))
	}
	if len(shared) < len(impacted) {
		return at.account + ", in part from " + told
	}
	return at.account + ", from " + told
}
