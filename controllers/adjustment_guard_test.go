// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func charge(change func(*v1alpha1.BalanceAdjustmentSpec)) *v1alpha1.BalanceAdjustment {
	obj := &v1alpha1.BalanceAdjustment{
		ObjectMeta: metav1.ObjectMeta{Name: "fee"},
		Spec: v1alpha1.BalanceAdjustmentSpec{
			Type: v1alpha1.AdjustmentOneTimeCharge, AccountRef: &v1alpha1.AccountReference{Name: "alice"}, Amount: "5.00 EUR",
		},
	}
	change(&obj.Spec)
	return obj
}

func reversal(change func(*v1alpha1.BalanceAdjustmentSpec)) *v1alpha1.BalanceAdjustment {
	obj := &v1alpha1.BalanceAdjustment{
		ObjectMeta: metav1.ObjectMeta{Name: "undo"},
		Spec: v1alpha1.BalanceAdjustmentSpec{
			Type: v1alpha1.AdjustmentReversal, Of: &v1alpha1.OperationReference{Kind: v1alpha1.OperationTopUp, Name: "cash"},
		},
	}
	change(&obj.Spec)
	return obj
}

func TestTheGuardOfBalanceAdjustment(t *testing.T) {
	type spec = v1alpha1.BalanceAdjustmentSpec
	for name, test := range map[string]struct {
		make   func(func(*spec)) *v1alpha1.BalanceAdjustment
		change func(*spec)
		want   string
	}{
		"an unknown type":         {charge, func(s *spec) { s.Type = "Gift" }, `spec.type: "Gift" is no type: write GoodwillCredit, `},
		"no account":              {charge, func(s *spec) { s.AccountRef = nil }, "spec.accountRef: is missing"},
		"a charge of another":     {charge, func(s *spec) { s.Of = &v1alpha1.OperationReference{} }, "spec.of: goes with type Reversal only: remove it"},
		"a shortfall of a charge": {charge, func(s *spec) { s.OnShortfall = v1alpha1.ShortfallDebt }, "spec.onShortfall: goes with type Reversal only"},
		"another namespace":       {charge, func(s *spec) { s.AccountRef.Namespace = "x" }, "spec.accountRef.namespace"},
		"a bucket elsewhere":      {charge, func(s *spec) { s.BucketRef = &v1alpha1.BucketReference{Name: "b", Namespace: "x"} }, "spec.bucketRef.namespace"},
		"nothing":                 {charge, func(s *spec) { s.Amount = "0 EUR" }, "greater than zero"},
		"no amount":               {charge, func(s *spec) { s.Amount = "" }, "spec.amount"},
		"no product":              {charge, func(s *spec) { s.Product = &v1alpha1.ProductReference{} }, "spec.product.id: is empty"},
		"a product of a gift": {charge, func(s *spec) {
			s.Type, s.Product = v1alpha1.AdjustmentGoodwillCredit, &v1alpha1.ProductReference{ID: "p"}
		}, "spec.product: is what is charged for, and type GoodwillCredit charges nothing: remove it"},
		"a NUL":                 {charge, func(s *spec) { s.Reason = "a\x00b" }, "spec.reason"},
		"a forged requestor":    {charge, func(s *spec) { s.Requestor = strings.Repeat("x", 513) }, "spec.requestor: is longer than 512"},
		"a reversal of nothing": {reversal, func(s *spec) { s.Of = nil }, "spec.of: is missing"},
		"of an unknown kind":    {reversal, func(s *spec) { s.Of.Kind = "Bucket" }, `spec.of.kind: "Bucket" cannot be undone: write TopUp, `},
		"of no name":            {reversal, func(s *spec) { s.Of.Name = "" }, "spec.of: has to have either name or idempotencyKey"},
		"of two names":          {reversal, func(s *spec) { s.Of.IdempotencyKey = "k" }, "spec.of: has to have either name or idempotencyKey"},
		"of a bad name":         {reversal, func(s *spec) { s.Of.Name = "@main" }, `spec.of.name: "@main" is no name`},
		"of a bad key":          {reversal, func(s *spec) { s.Of.Name, s.Of.IdempotencyKey = "", "a b" }, "spec.of.idempotencyKey"},
		"of a part":             {reversal, func(s *spec) { s.Amount = "1 EUR" }, "spec.amount: does not go with type Reversal"},
		"of an account":         {reversal, func(s *spec) { s.AccountRef = &v1alpha1.AccountReference{Name: "a"} }, "spec.accountRef: does not go"},
		"of a product":          {reversal, func(s *spec) { s.Product = &v1alpha1.ProductReference{ID: "p"} }, "spec.product: does not go"},
		"of a bucket":           {reversal, func(s *spec) { s.BucketRef = &v1alpha1.BucketReference{Name: "a"} }, "spec.bucketRef: does not go"},
		"an unknown shortfall":  {reversal, func(s *spec) { s.OnShortfall = "Wait" }, `spec.onShortfall: "Wait" is no policy: write Refuse or Debt`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readBalanceAdjustment(test.make(test.change))
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
}

func TestAnAdjustmentIsOfAllBucketsOnlyIfItTakesAndNamesNone(t *testing.T) {
	e := &environment{scope: "specs"}
	account := ledger.AccountID("specs", ledger.ID{}, "alice")
	for of, want := range map[v1alpha1.AdjustmentType]ledger.Place{
		v1alpha1.AdjustmentGoodwillCredit:  ledger.Main(account),
		v1alpha1.AdjustmentGeneralCredit:   ledger.Main(account),
		v1alpha1.AdjustmentGeneralDebit:    {Account: account},
		v1alpha1.AdjustmentOneTimeCharge:   {Account: account},
		v1alpha1.AdjustmentRecurringCharge: {Account: account},
	} {
		for bucket, want := range map[string]ledger.Place{
			"": want, "data": {Account: account, Bucket: ledger.BucketID("specs", ledger.ID{}, "data")},
		} {
			asked, err := readBalanceAdjustment(charge(func(s *v1alpha1.BalanceAdjustmentSpec) {
				s.Type = of
				if takes(of) {
					s.Product = &v1alpha1.ProductReference{ID: "bundle"}
				}
				if bucket != "" {
					s.BucketRef = &v1alpha1.BucketReference{Name: bucket}
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			got := asked.operation(resolved{
				places: e.places(ledger.ID{}, asked.ends), product: e.product(ledger.ID{}, asked.product),
			})
			var product ledger.ID
			if takes(of) {
				product = ledger.ProductID("specs", ledger.ID{}, "bundle")
			}
			if diff := cmp.Diff(ledger.Adjust{
				Type: adjustments[of].kind, At: want, Amount: ledger.Quantity{Base: 5_000_000, Unit: "EUR"}, Product: product,
			}, got); diff != "" {
				t.Errorf("%s of %q: %s", of, bucket, diff)
			}
		}
	}
}

// heldLedger has one hold, or none.
type heldLedger struct {
	ledger.Ledger
	hold *ledger.Hold
}

func (l heldLedger) Fact(_ context.Context, subject ledger.ID) (ledger.Fact, error) {
	if l.hold == nil {
		return ledger.Fact{}, nil
	}
	return ledger.Fact{Subject: subject, Version: 1, Kind: ledger.FactHold, Body: ledger.EncodeBody(*l.hold)}, nil
}

func TestAReversalIsOfWhatClosedTheReservation(t *testing.T) {
	of := v1alpha1.OperationReference{Kind: v1alpha1.OperationBalanceReservation, Name: "session"}
	hold := ledger.OperationKey("specs", ledger.ID{}, "BalanceReservation", "session", "")
	for role, states := range map[string][]*ledger.Hold{
		"charge":  {nil, {}, {State: ledger.HoldAccepted}, {State: ledger.HoldCharged}},
		"release": {{State: ledger.HoldReleased}},
		"expire":  {{State: ledger.HoldExpired}},
	} {
		for _, state := range states {
			e := &environment{scope: "specs", ledger: heldLedger{hold: state}}
			got, err := e.original(context.Background(), ledger.ID{}, of)
			if err != nil || got != ledger.HoldKey(hold, role) {
				t.Errorf("%+v: %s, %v", state, got, err)
			}
		}
	}
}

func TestAReversalIsFoundByTheOperationThatItWaitsFor(t *testing.T) {
	named := metav1.ObjectMeta{Name: "cash"}
	for kind, obj := range map[v1alpha1.OperationKind]oneShot{
		v1alpha1.OperationTopUp:              &v1alpha1.TopUp{ObjectMeta: named},
		v1alpha1.OperationBalanceTransfer:    &v1alpha1.BalanceTransfer{ObjectMeta: named},
		v1alpha1.OperationBalanceReservation: &v1alpha1.BalanceReservation{ObjectMeta: named},
		v1alpha1.OperationBalanceAdjustment: &v1alpha1.BalanceAdjustment{
			ObjectMeta: named, Spec: v1alpha1.BalanceAdjustmentSpec{IdempotencyKey: "k/1"},
		},
	} {
		waits := reversal(func(s *v1alpha1.BalanceAdjustmentSpec) {
			s.Of = &v1alpha1.OperationReference{Kind: kind, Name: "cash"}
			if obj.GetIdempotencyKey() != "" {
				s.Of.Name, s.Of.IdempotencyKey = "", obj.GetIdempotencyKey()
			}
		})
		if values := balanceAdjustments().unfinished(waits); !slices.Contains(values, unfinishedOf(kind)(obj)) {
			t.Errorf("%s: %v has not %s", kind, values, unfinishedOf(kind)(obj))
		}
	}
}
