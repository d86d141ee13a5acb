// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package conditioncheck holds what the manager writes into objects against the
// contract of their conditions. It is for tests: an Inspector follows a cluster
// and checks every version of every object of this API, so that it judges every
// reconcile that said anything, whatever the test itself looks at.
package conditioncheck

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// Object is an object of this API.
type Object interface {
	client.Object
	GetConditions() []metav1.Condition
	GetObservedGeneration() int64
}

// oneShot is what TopUps, BalanceTransfers and BalanceAdjustments have in common.
type oneShot interface {
	Object
	GetOneShotStatus() *v1alpha1.OneShotStatus
}

// Check holds one version of an object against the contract:
//
//   - No condition is there twice, each has a message, and each is about the
//     generation that status is about.
//   - Ready is there once a reconcile has been, and Reconciling or Stalled only
//     beside a Ready that is False, only while True, with its reason and message.
//   - The reason is one of those that go with what the conditions say.
//   - A one-shot shows an outcome if, and only if, it has one.
//   - A reservation shows a hold if, and only if, it has or had one.
//   - A Ledger that serves shows which ledger it is, and its head.
//
// The error says what is wrong.
func Check(obj Object) error {
	if err := checkEach(obj); err != nil {
		return err
	}
	if err := checkTogether(obj); err != nil {
		return err
	}
	switch obj := obj.(type) {
	case *v1alpha1.BalanceReservation:
		return checkReservation(obj)
	case oneShot:
		return checkOneShot(obj)
	case *v1alpha1.Ledger:
		return checkLedger(obj)
	}
	return nil
}

// CheckSuccession holds two versions of an object, the earlier one first,
// against each other: a condition that kept its status kept the time of its last
// transition, a one-shot that ended stays as it is, and so does a reservation
// that is closed.
func CheckSuccession(was, is Object) error {
	for _, before := range was.GetConditions() {
		after := meta.FindStatusCondition(is.GetConditions(), before.Type)
		if after != nil && after.Status == before.Status && !after.LastTransitionTime.Equal(&before.LastTransitionTime) {
			return fmt.Errorf("%s was %s and still is, and its transition moved from %s to %s",
				before.Type, before.Status, before.LastTransitionTime, after.LastTransitionTime)
		}
	}
	if is, ok := is.(*v1alpha1.BalanceReservation); ok {
		return checkReservations(was.(*v1alpha1.BalanceReservation), is)
	}
	shotWas, ok := was.(oneShot)
	shotIs, both := is.(oneShot)
	if ok && both && ended(was) && !sameEnd(*shotWas.GetOneShotStatus(), *shotIs.GetOneShotStatus()) {
		return fmt.Errorf("it ended as %s and then changed to %s", standing(was), standing(is))
	}
	return nil
}

// checkEach checks what is true of each condition by itself.
func checkEach(obj Object) error {
	seen := map[string]bool{}
	for _, c := range obj.GetConditions() {
		switch {
		case seen[c.Type]:
			return fmt.Errorf("%s is there twice", c.Type)
		case c.ObservedGeneration != obj.GetObservedGeneration():
			return fmt.Errorf("%s is about generation %d, status about %d", c.Type, c.ObservedGeneration, obj.GetObservedGeneration())
		case c.Message == "" || strings.TrimSpace(c.Message) != c.Message:
			return fmt.Errorf("%s has the message %q", c.Type, c.Message)
		case c.Type != v1alpha1.ConditionReady && c.Status != metav1.ConditionTrue:
			return fmt.Errorf("%s is there and %s", c.Type, c.Status)
		}
		seen[c.Type] = true
	}
	return nil
}

// checkTogether checks which conditions are there, and with what reason.
func checkTogether(obj Object) error {
	conditions, observed := obj.GetConditions(), obj.GetObservedGeneration()
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil && observed == -1 && len(conditions) == 0:
		return nil // no reconcile has been here yet
	case ready == nil:
		return fmt.Errorf("there is no Ready at generation %d", observed)
	case observed < 1 || observed > obj.GetGeneration():
		return fmt.Errorf("generation %d was observed of %d", observed, obj.GetGeneration())
	}
	switch {
	case ready.Status == metav1.ConditionTrue:
		return checkBeside(conditions, ready, "", v1alpha1.ReadyReasons())
	case ready.Status != metav1.ConditionFalse:
		return fmt.Errorf("its Ready is %s", ready.Status)
	case meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled) != nil:
		return checkBeside(conditions, ready, v1alpha1.ConditionStalled, v1alpha1.StalledReasons())
	default:
		return checkBeside(conditions, ready, v1alpha1.ConditionReconciling, v1alpha1.WaitingReasons())
	}
}

// checkBeside checks that beside Ready is this condition, or none if it is "",
// and that the reason is one of those that go with it.
func checkBeside(conditions []metav1.Condition, ready *metav1.Condition, beside string, reasons []string) error {
	if !slices.Contains(reasons, ready.Reason) {
		return fmt.Errorf("its Ready is %s beside %q, and the reason is %s", ready.Status, beside, ready.Reason)
	}
	if beside == "" {
		if len(conditions) != 1 {
			return fmt.Errorf("its Ready is True, and there are %d conditions", len(conditions))
		}
		return nil
	}
	other := meta.FindStatusCondition(conditions, beside)
	if other == nil || len(conditions) != 2 || other.Reason != ready.Reason || other.Message != ready.Message {
		return fmt.Errorf("its Ready is False with the reason %s among %+v", ready.Reason, conditions)
	}
	return nil
}

// checkOneShot holds what a one-shot shows of its outcome against its standing.
func checkOneShot(obj oneShot) error {
	status, standing := obj.GetOneShotStatus(), standing(obj)
	completed := standing == "True "+v1alpha1.ReasonCompleted
	switch {
	case (status.TransactionID != "") != completed:
		return fmt.Errorf("%s has the transaction %q", standing, status.TransactionID)
	case !completed && len(status.ImpactedBuckets) > 0, completed && len(status.ImpactedBuckets) == 0 && !isReversal(obj):
		return fmt.Errorf("%s has changed %d buckets", standing, len(status.ImpactedBuckets))
	case completed && status.CommittedAt == nil:
		return fmt.Errorf("%s has no instant", standing)
	case status.Replayed && status.CommittedAt == nil:
		return fmt.Errorf("%s replays nothing", standing)
	case !ended(obj) && status.CommittedAt != nil:
		return fmt.Errorf("%s has an instant", standing)
	}
	return nil
}

// isReversal reports whether an object changes buckets that its spec does not
// name, so that they may be gone, and have no name, by then.
func isReversal(obj oneShot) bool {
	adjustment, ok := obj.(*v1alpha1.BalanceAdjustment)
	return ok && adjustment.Spec.Type == v1alpha1.AdjustmentReversal
}

// checkLedger holds what a Ledger shows against its standing.
func checkLedger(obj *v1alpha1.Ledger) error {
	s := obj.Status
	if standing(obj) == "True "+v1alpha1.ReasonServing && (s.LedgerID == "" || s.Scope == "" || s.ClusterUID == "" || s.Head == nil) {
		return fmt.Errorf("it serves, and of which ledger, scope, cluster and head is %q, %q, %q, %v", s.LedgerID, s.Scope, s.ClusterUID, s.Head)
	}
	return nil
}

// standing is Ready's status and reason, "" before the first reconcile.
func standing(obj Object) string {
	if ready := meta.FindStatusCondition(obj.GetConditions(), v1alpha1.ConditionReady); ready != nil {
		return string(ready.Status) + " " + ready.Reason
	}
	return ""
}

// ready reports whether an object is as wanted.
func ready(obj Object) bool {
	return meta.IsStatusConditionTrue(obj.GetConditions(), v1alpha1.ConditionReady)
}

// ended reports whether an object is as wanted, or needs a person.
func ended(obj Object) bool {
	return ready(obj) ||
		meta.IsStatusConditionTrue(obj.GetConditions(), v1alpha1.ConditionStalled)
}

// sameEnd compares all but the generation that was observed.
func sameEnd(a, b v1alpha1.OneShotStatus) bool {
	strip := func(s v1alpha1.OneShotStatus) v1alpha1.OneShotStatus {
		s.ObservedGeneration = 0
		s.Conditions = slices.Clone(s.Conditions)
		for i := range s.Conditions {
			s.Conditions[i].ObservedGeneration = 0
		}
		return s
	}
	return equality.Semantic.DeepEqual(strip(a), strip(b))
}
