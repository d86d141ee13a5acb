// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// +kubebuilder:rbac:groups=prepay.dev,resources=topups,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=prepay.dev,resources=topups/status,verbs=update

// topUps is the kind TopUp: value comes in from outside.
func topUps() oneShotKind[v1alpha1.TopUp, *v1alpha1.TopUp] {
	return oneShotKind[v1alpha1.TopUp, *v1alpha1.TopUp]{
		name: "TopUp",
		list: func() client.ObjectList { return &v1alpha1.TopUpList{} },
		ends: topUpEnds,
		read: readTopUp,
	}
}

func topUpEnds(topUp *v1alpha1.TopUp) []end {
	return []end{endOf(topUp.Spec.AccountRef, topUp.Spec.BucketRef)}
}

func readTopUp(topUp *v1alpha1.TopUp) (request, error) {
	spec := &topUp.Spec
	amount, err := checkAmount("spec.amount", spec.Amount)
	validity, validityErr := checkTopUpValidity(spec.ValidFor)
	extension, extensionErr := checkExtension(spec)
	if err := firstOf(
		err,
		validityErr,
		extensionErr,
		checkEnd("spec", spec.AccountRef, spec.BucketRef),
		checkPayment(spec.Payment),
		checkText("spec.channel", spec.Channel, maxName),
		checkText("spec.reason", spec.Reason, maxReason),
		checkText("spec.requestor", spec.Requestor, maxRequestor),
		checkKey(spec.IdempotencyKey),
		checkTTL(spec.TTLSecondsAfterFinished),
	); err != nil {
		return request{}, err
	}
	payment := ledger.Payment{Type: string(spec.Payment.Type), Reference: spec.Payment.Reference}
	ends := topUpEnds(topUp)
	return request{
		unit: amount.Unit(),
		ends: ends,
		operation: func(named resolved) ledger.Operation {
			return ledger.TopUp{
				Into: named.places[0], Amount: ledger.QuantityOf(amount), Payment: payment, Validity: validity, Extension: extension,
			}
		},
		annotation: ledger.Annotation{Channel: spec.Channel, Reason: spec.Reason, Requestor: spec.Requestor},
		done:       always(string(spec.Amount) + " added to " + ends[0].String()),
		explain:    func(code ledger.Code, is standing) standing { return inTopUp(spec, code, is) },
	}, nil
}

// inTopUp says what a top-up's spec has to do with a refusal for the sake of time.
func inTopUp(spec *v1alpha1.TopUpSpec, code ledger.Code, is standing) standing {
	switch {
	case code == ledger.BucketExpired:
		is.message = "The bucket has ended, as its status.validFor says; " +
			"create a TopUp under a new name whose validityExtension moves its end, or top up another bucket"
	case code == ledger.ValidityOver && spec.ValidityExtension != nil:
		is.message = "spec.validityExtension: the bucket would end in the past, or before it starts; ask for a later end under a new name"
	case code == ledger.ValidityOver:
		is.message = "spec.validFor: what is added would have ended already; ask for a later end under a new name"
	}
	return is
}

const (
	maxReason  = 256
	maxReceipt = 140
)

func checkPayment(payment v1alpha1.Payment) error {
	switch payment.Type {
	case v1alpha1.PaymentCash, v1alpha1.PaymentBankTransfer:
		return checkText("spec.payment.reference", payment.Reference, maxReceipt)
	default:
		return invalid("spec.payment.type", "%q is no form of payment here: write %s or %s",
			clip(string(payment.Type)), v1alpha1.PaymentCash, v1alpha1.PaymentBankTransfer)
	}
}

func checkEnd(field string, account v1alpha1.AccountReference, bucket *v1alpha1.BucketReference) error {
	if err := checkReference(field+".accountRef", account.Name, account.Namespace); err != nil {
		return err
	}
	if bucket != nil {
		return checkReference(field+".bucketRef", bucket.Name, bucket.Namespace)
	}
	return nil
}

func endOf(account v1alpha1.AccountReference, bucket *v1alpha1.BucketReference) end {
	e := end{account: account.Name}
	if bucket != nil {
		e.bucket = bucket.Name
	}
	return e
}
