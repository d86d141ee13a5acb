// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// codes reads every code from the ledger's vocabulary, so that a new one cannot
// be forgotten here.
func codes(t *testing.T) []ledger.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/ledger/outcome.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []ledger.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, ledger.Code(value))
		}
		return true
	})
	if len(found) < 10 {
		t.Fatalf("found only the codes %v", found)
	}
	return found
}

func TestEveryCodeHasAReasonOfItsClass(t *testing.T) {
	for _, code := range codes(t) {
		s := against(code, ledger.Figures{Unit: "EUR"}, money.Unit{})
		reasons, want := v1alpha1.StalledReasons(), stuck
		if code.Waits() {
			reasons, want = v1alpha1.WaitingReasons(), passing
		}
		if s.class != want || !slices.Contains(reasons, s.reason) || s.message == "" {
			t.Errorf("%s: %+v", code, s)
		}
		if s.class == passing && s.again == 0 {
			t.Errorf("%s waits and is never looked at again", code)
		}
		if s.reason == v1alpha1.ReasonMalformed && code != ledger.Malformed {
			t.Errorf("%s has no reason of its own", code)
		}
	}
}

func TestFiguresAreInTheUnitThePersonWrote(t *testing.T) {
	figures := ledger.Figures{Needed: 1_500_000_000, Available: 400_000_000, Unit: "B"}
	for unit, want := range map[string]string{
		"GB":  "1.5 GB needed, 0.4 GB available",
		"MB":  "1500 MB needed, 400 MB available",
		"EUR": "1500000000 B needed, 400000000 B available",
	} {
		parsed, err := money.ParseUnit(unit)
		if err != nil {
			t.Fatal(err)
		}
		if got := against(ledger.InsufficientFunds, figures, parsed).message; got != want {
			t.Errorf("in %s: %q, want %q", unit, got, want)
		}
	}
}

func TestEveryRefusalSaysWhatWasNeededWhatThereWasAndTheWayOut(t *testing.T) {
	figures := ledger.Figures{Needed: 12_500_000, Available: 4_000_000, Unit: "EUR"}
	for code, want := range map[ledger.Code]string{
		ledger.InsufficientFunds:   "12.50 EUR needed, 4.00 EUR available",
		ledger.NotTransferable:     "12.50 EUR needed, 4.00 EUR transferable: only what was paid for can be transferred",
		ledger.BalanceCeiling:      "The account would hold 12.50 EUR, its maximumBalance is 4.00 EUR",
		ledger.AmountExceedsHold:   "12.50 EUR to charge, 4.00 EUR held; lower spec.chargeAmount, and this goes on",
		ledger.AccountSuspended:    "An account of this operation is suspended; once it is Active, ask again under a new name",
		ledger.AccountRechargeOnly: "An account of this operation is RechargeOnly: it may receive and not spend; once it is Active, ask again under a new name",
		ledger.AccountClosed:       "An account of this operation is closed, for good; use another account",
		ledger.BucketSuspended:     "A bucket of this operation is suspended; once it is Active, ask again under a new name",
		ledger.ShareExceeded: "12.50 EUR needed, the account may use 4.00 EUR more of the bucket by its cap there in spec.sharedWith; " +
			"once that is raised, or a new cycle has begun if the bucket has cycles, ask again under a new name",
		ledger.BucketExpired: "A bucket of this operation has ended, as its status.validFor says; " +
			"a TopUp with a validityExtension opens it again, then ask again under a new name",
		ledger.ValidityOver: "The end would be past already, or before the start; ask for a later one under a new name",
		ledger.ProductMismatch: "bucketRef names a bucket that only charges and reservations for one of its spec.products may use; " +
			"name that as spec.product, or another bucket, under a new name",
		ledger.HoldClosed: "The reservation was charged, released or at its end before; ask for more with a new one",
		ledger.HoldNotLower: "spec.amount: the ledger holds more, or for longer, than spec asks for; " +
			"raise spec.amount and spec.expiresAt to that, or release this reservation",
		ledger.EndOutOfRange: "spec.expiresAt: is past, or more than 30 days away; write an instant between",
		ledger.NotReversible: "spec.of names what cannot be undone: a reversal, or a reservation that charged nothing; " +
			"make the correction with a GeneralCredit or a GeneralDebit",
	} {
		if got := against(code, figures, money.Unit{}).message; got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	other := ledger.ID{1}
	if got, want := against(ledger.AlreadyReversed, ledger.Figures{Other: other}, money.Unit{}).message,
		"spec.of was undone before by transaction "+other.String()+"; an operation is undone at most once"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := against(ledger.TooManyHolds, ledger.Figures{Available: 1000}, money.Unit{}).message,
		"The account has 1000 open reservations and takes no further one; charge or release some, then ask again under a new name"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnErrorOfTheLedgerIsAReasonToWaitAndAnyOtherIsTriedAgain(t *testing.T) {
	for err, want := range map[error]string{
		ledger.ErrClosed:    v1alpha1.ReasonLedgerUnavailable,
		ledger.ErrFenced:    v1alpha1.ReasonLedgerUnavailable,
		ledger.ErrClockSkew: v1alpha1.ReasonLedgerUnavailable,
		ledger.ErrMismatch:  v1alpha1.ReasonLedgerMismatch,
		fmt.Errorf("%w: %w", ledger.ErrClosed, ledger.ErrMismatch):    v1alpha1.ReasonLedgerMismatch,
		fmt.Errorf("%w: %w", ledger.ErrClosed, errScopeHeld):          v1alpha1.ReasonScopeHeld,
		fmt.Errorf("%w: %w", ledger.ErrClosed, ledger.ErrClockBehind): v1alpha1.ReasonLedgerUnavailable,
	} {
		s, rest := standingOf(err)
		if rest != nil || s.class != passing || s.reason != want || s.again != calmly {
			t.Errorf("%v: %+v, %v", err, s, rest)
		}
	}
	for _, err := range []error{context.DeadlineExceeded, errors.New("disk")} {
		if _, rest := standingOf(err); !errors.Is(rest, err) {
			t.Errorf("%v became %v", err, rest)
		}
	}
}

func TestConditionsKeepTheirTransitionWhileTheirStatusDoes(t *testing.T) {
	topUp := &v1alpha1.TopUp{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
	first, second := time.Unix(1000, 0), time.Unix(2000, 0)
	record(topUp, waiting(v1alpha1.ReasonAccountNotFound, "not there"), first)
	shared := topUp.Status.Conditions
	record(topUp, waiting(v1alpha1.ReasonAccountNotReady, "not ready"), second)
	if shared[0].Reason != v1alpha1.ReasonAccountNotFound {
		t.Error("the conditions that were there were changed in place")
	}
	for _, c := range topUp.Status.Conditions {
		if !c.LastTransitionTime.Time.Equal(first) || c.Reason != v1alpha1.ReasonAccountNotReady || c.ObservedGeneration != 3 {
			t.Errorf("still False: %+v", c)
		}
	}
	record(topUp, ready(v1alpha1.ReasonCompleted, "done"), second)
	if c := topUp.Status.Conditions; len(c) != 1 || !c[0].LastTransitionTime.Time.Equal(second) {
		t.Errorf("True now: %+v", c)
	}
	topUp.Generation = 4
	observe(topUp)
	if c := topUp.Status.Conditions[0]; c.ObservedGeneration != 4 || topUp.Status.ObservedGeneration != 4 ||
		!c.LastTransitionTime.Time.Equal(second) || c.Reason != v1alpha1.ReasonCompleted {
		t.Errorf("observed again: %+v", topUp.Status)
	}
}
