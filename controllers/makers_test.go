// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// accountMaker builds a PrepayAccount.
type accountMaker struct{ v1alpha1.PrepayAccount }

// MakeAccount begins an account in EUR.
func MakeAccount(namespace, name string) *accountMaker {
	return &accountMaker{v1alpha1.PrepayAccount{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.PrepayAccountSpec{Currency: "EUR"},
	}}
}

func (m *accountMaker) Currency(code string) *accountMaker {
	m.Spec.Currency = code
	return m
}

func (m *accountMaker) State(state v1alpha1.AccountState) *accountMaker {
	m.Spec.State = state
	return m
}

func (m *accountMaker) CreditLimit(amount v1alpha1.Amount) *accountMaker {
	m.Spec.CreditLimit = amount
	return m
}

func (m *accountMaker) MaximumBalance(amount v1alpha1.Amount) *accountMaker {
	m.Spec.MaximumBalance = amount
	return m
}

func (m *accountMaker) DeletionPolicy(policy v1alpha1.AccountDeletionPolicy) *accountMaker {
	m.Spec.DeletionPolicy = policy
	return m
}

func (m *accountMaker) Obj() *v1alpha1.PrepayAccount { return m.DeepCopy() }

// bucketMaker builds a Bucket.
type bucketMaker struct{ v1alpha1.Bucket }

// MakeBucket begins an empty data bucket in GB.
func MakeBucket(namespace, name, account string) *bucketMaker {
	return &bucketMaker{v1alpha1.Bucket{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BucketSpec{
			AccountRef: v1alpha1.AccountReference{Name: account}, UsageType: v1alpha1.UsageData, Unit: "GB",
		},
	}}
}

func (m *bucketMaker) Unit(usage v1alpha1.UsageType, unit string) *bucketMaker {
	m.Spec.UsageType, m.Spec.Unit = usage, unit
	return m
}

func (m *bucketMaker) Initial(amount v1alpha1.Amount) *bucketMaker {
	m.Spec.InitialAmount = amount
	return m
}

func (m *bucketMaker) Class(class v1alpha1.BucketClass) *bucketMaker {
	m.Spec.Class = class
	return m
}

func (m *bucketMaker) State(state v1alpha1.BucketState) *bucketMaker {
	m.Spec.State = state
	return m
}

func (m *bucketMaker) DeletionPolicy(policy v1alpha1.BucketDeletionPolicy) *bucketMaker {
	m.Spec.DeletionPolicy = policy
	return m
}

func (m *bucketMaker) Obj() *v1alpha1.Bucket { return m.DeepCopy() }

// topUpMaker builds a TopUp.
type topUpMaker struct{ v1alpha1.TopUp }

// MakeTopUp begins a cash top-up of an account's main bucket.
func MakeTopUp(namespace, name, account string, amount v1alpha1.Amount) *topUpMaker {
	return &topUpMaker{v1alpha1.TopUp{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.TopUpSpec{
			AccountRef: v1alpha1.AccountReference{Name: account}, Amount: amount,
			Payment: v1alpha1.Payment{Type: v1alpha1.PaymentCash},
		},
	}}
}

func (m *topUpMaker) Bucket(name string) *topUpMaker {
	m.Spec.BucketRef = &v1alpha1.BucketReference{Name: name}
	return m
}

func (m *topUpMaker) Receipt(reference string) *topUpMaker {
	m.Spec.Payment.Reference = reference
	return m
}

func (m *topUpMaker) Reason(reason string) *topUpMaker {
	m.Spec.Reason = reason
	return m
}

func (m *topUpMaker) Key(key string) *topUpMaker {
	m.Spec.IdempotencyKey = key
	return m
}

func (m *topUpMaker) Requestor(name string) *topUpMaker {
	m.Spec.Requestor = name
	return m
}

func (m *topUpMaker) AccountNamespace(namespace string) *topUpMaker {
	m.Spec.AccountRef.Namespace = namespace
	return m
}

func (m *topUpMaker) TTL(seconds int32) *topUpMaker {
	m.Spec.TTLSecondsAfterFinished = &seconds
	return m
}

func (m *topUpMaker) Label(key, value string) *topUpMaker {
	m.Labels = map[string]string{key: value}
	return m
}

func (m *topUpMaker) Annotation(key, value string) *topUpMaker {
	m.Annotations = map[string]string{key: value}
	return m
}

func (m *topUpMaker) Obj() *v1alpha1.TopUp { return m.DeepCopy() }

// transferMaker builds a BalanceTransfer.
type transferMaker struct{ v1alpha1.BalanceTransfer }

// MakeTransfer begins a transfer between two accounts' main buckets.
func MakeTransfer(namespace, name, from, to string, amount v1alpha1.Amount) *transferMaker {
	return &transferMaker{v1alpha1.BalanceTransfer{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BalanceTransferSpec{
			Source:      v1alpha1.TransferEndpoint{AccountRef: v1alpha1.AccountReference{Name: from}},
			Destination: v1alpha1.TransferEndpoint{AccountRef: v1alpha1.AccountReference{Name: to}},
			Amount:      amount,
		},
	}}
}

func (m *transferMaker) FromBucket(name string) *transferMaker {
	m.Spec.Source.BucketRef = &v1alpha1.BucketReference{Name: name}
	return m
}

func (m *transferMaker) ToBucket(name string) *transferMaker {
	m.Spec.Destination.BucketRef = &v1alpha1.BucketReference{Name: name}
	return m
}

func (m *transferMaker) Requestor(name string) *transferMaker {
	m.Spec.Requestor = name
	return m
}

func (m *transferMaker) Obj() *v1alpha1.BalanceTransfer { return m.DeepCopy() }

// adjustmentMaker builds a BalanceAdjustment.
type adjustmentMaker struct{ v1alpha1.BalanceAdjustment }

// MakeAdjustment begins an adjustment of an account that names no bucket.
func MakeAdjustment(namespace, name, account string, of v1alpha1.AdjustmentType, amount v1alpha1.Amount) *adjustmentMaker {
	return &adjustmentMaker{v1alpha1.BalanceAdjustment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BalanceAdjustmentSpec{
			Type: of, AccountRef: &v1alpha1.AccountReference{Name: account}, Amount: amount,
		},
	}}
}

// MakeCharge begins a one-time charge.
func MakeCharge(namespace, name, account string, amount v1alpha1.Amount) *adjustmentMaker {
	return MakeAdjustment(namespace, name, account, v1alpha1.AdjustmentOneTimeCharge, amount)
}

// MakeReversal begins the reversal of the operation of an object's name.
func MakeReversal(namespace, name string, kind v1alpha1.OperationKind, of string) *adjustmentMaker {
	return &adjustmentMaker{v1alpha1.BalanceAdjustment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BalanceAdjustmentSpec{
			Type: v1alpha1.AdjustmentReversal, Of: &v1alpha1.OperationReference{Kind: kind, Name: of},
		},
	}}
}

func (m *adjustmentMaker) Bucket(name string) *adjustmentMaker {
	m.Spec.BucketRef = &v1alpha1.BucketReference{Name: name}
	return m
}

// OfKey makes it the reversal of an operation by its idempotency key.
func (m *adjustmentMaker) OfKey(key string) *adjustmentMaker {
	m.Spec.Of.Name, m.Spec.Of.IdempotencyKey = "", key
	return m
}

func (m *adjustmentMaker) OnShortfall(policy v1alpha1.ShortfallPolicy) *adjustmentMaker {
	m.Spec.OnShortfall = policy
	return m
}

func (m *adjustmentMaker) Requestor(name string) *adjustmentMaker {
	m.Spec.Requestor = name
	return m
}

func (m *adjustmentMaker) Obj() *v1alpha1.BalanceAdjustment { return m.DeepCopy() }
