// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package conditioncheck_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/conditioncheck"
)

func TestConditionCheck(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Condition check")
}

var monday = metav1.NewTime(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))

// condition is one about generation 2 that moved on Monday.
func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: "what it says", ObservedGeneration: 2, LastTransitionTime: monday,
	}
}

// topUp has observed its generation 2 and has these conditions.
func topUp(conditions ...metav1.Condition) *v1alpha1.TopUp {
	object := &v1alpha1.TopUp{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	object.Status.ObservedGeneration, object.Status.Conditions = 2, conditions
	return object
}

func completed() *v1alpha1.TopUp {
	object := topUp(condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonCompleted))
	object.Status.TransactionID = "5f0c3b1e-7a52-5d8c-9a44-0d8a3c1f2b6e"
	object.Status.CommittedAt = &metav1.MicroTime{Time: monday.Time}
	object.Status.ImpactedBuckets = make([]v1alpha1.ImpactedBucket, 1)
	return object
}

func waits() *v1alpha1.TopUp {
	return topUp(
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonAccountNotFound),
		condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonAccountNotFound),
	)
}

func stalled() *v1alpha1.TopUp {
	return topUp(
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonInvalidSpec),
		condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonInvalidSpec),
	)
}

func unseen() *v1alpha1.TopUp {
	object := topUp()
	object.Status.ObservedGeneration = -1
	return object
}

// reserved is a reservation that holds its amount.
func reserved() *v1alpha1.BalanceReservation {
	object := &v1alpha1.BalanceReservation{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	s := &object.Status
	s.ObservedGeneration = 2
	s.Conditions = []metav1.Condition{condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReserved)}
	s.TransactionID = "5f0c3b1e-7a52-5d8c-9a44-0d8a3c1f2b6e"
	s.CommittedAt, s.ExpiresAt = &metav1.MicroTime{Time: monday.Time}, &metav1.MicroTime{Time: monday.Add(time.Hour)}
	s.Reserved, s.Accepted = "5.00 EUR", "0.00 EUR"
	return object
}

// released is a reservation whose hold is closed.
func released() *v1alpha1.BalanceReservation {
	object := reserved()
	object.Status.Conditions[0].Reason = v1alpha1.ReasonReleased
	object.Status.Reserved, object.Status.Charged, object.Status.Released = "0.00 EUR", "0.00 EUR", "5.00 EUR"
	return object
}

// refused is a reservation that never had a hold.
func refused() *v1alpha1.BalanceReservation {
	object := &v1alpha1.BalanceReservation{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	object.Status.OneShotStatus = stalled().Status.OneShotStatus
	object.Status.CommittedAt = &metav1.MicroTime{Time: monday.Time}
	return object
}

func serves() *v1alpha1.Ledger {
	return &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Status: v1alpha1.LedgerStatus{
		ObservedGeneration: 2,
		Conditions:         []metav1.Condition{condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonServing)},
		LedgerID:           "ledger-1", Scope: "default", ClusterUID: "cluster-1", Head: &v1alpha1.LedgerHead{Hash: "00"},
	}}
}

// changed makes an object and changes it.
func changed[O conditioncheck.Object](make func() O, change func(O)) func() conditioncheck.Object {
	return func() conditioncheck.Object {
		object := make()
		change(object)
		return object
	}
}

func same(*v1alpha1.TopUp) {}

var _ = Describe("One version of an object", func() {
	DescribeTable("is as the contract has it", func(object func() conditioncheck.Object) {
		Expect(conditioncheck.Check(object())).To(Succeed())
	},
		Entry("before the first reconcile", changed(unseen, same)),
		Entry("while it waits", changed(waits, same)),
		Entry("when a person has to change something", changed(stalled, same)),
		Entry("when it is done", changed(completed, same)),
		Entry("when its generation has not been looked at yet", changed(completed, func(o *v1alpha1.TopUp) { o.Generation = 3 })),
		Entry("when it undid something whose buckets have gone", func() conditioncheck.Object {
			object := &v1alpha1.BalanceAdjustment{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
			object.Spec.Type, object.Status.OneShotStatus = v1alpha1.AdjustmentReversal, completed().Status.OneShotStatus
			object.Status.ImpactedBuckets = nil
			return object
		}),
		Entry("as a reservation that holds", changed(reserved, func(*v1alpha1.BalanceReservation) {})),
		Entry("as a reservation that is closed", changed(released, func(*v1alpha1.BalanceReservation) {})),
		Entry("as a reservation that was refused", changed(refused, func(*v1alpha1.BalanceReservation) {})),
		Entry("as a Ledger that serves", changed(serves, func(*v1alpha1.Ledger) {})),
	)

	DescribeTable("is not, and is told what is wrong", func(complaint string, object func() conditioncheck.Object) {
		Expect(conditioncheck.Check(object())).To(MatchError(ContainSubstring(complaint)))
	},
		Entry("a condition twice", "there twice", changed(completed, func(o *v1alpha1.TopUp) {
			o.Status.Conditions = append(o.Status.Conditions, o.Status.Conditions[0])
		})),
		Entry("a condition about another generation", "is about generation 1, status about 2", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[1].ObservedGeneration = 1
		})),
		Entry("no message", "has the message", changed(completed, func(o *v1alpha1.TopUp) { o.Status.Conditions[0].Message = "" })),
		Entry("a message with an edge", "has the message", changed(completed, func(o *v1alpha1.TopUp) { o.Status.Conditions[0].Message += "\n" })),
		Entry("Reconciling that is False", "is there and False", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[1].Status = metav1.ConditionFalse
		})),
		Entry("no Ready", "no Ready at generation 2", changed(waits, func(o *v1alpha1.TopUp) { o.Status.Conditions = o.Status.Conditions[1:] })),
		Entry("no Ready though it was observed", "no Ready at generation 2", changed(unseen, func(o *v1alpha1.TopUp) { o.Status.ObservedGeneration = 2 })),
		Entry("a generation that is still to come", "generation 2 was observed of 1", changed(completed, func(o *v1alpha1.TopUp) { o.Generation = 1 })),
		Entry("Ready that is Unknown", "its Ready is Unknown", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[0].Status = metav1.ConditionUnknown
		})),
		Entry("Ready with a reason to wait", "the reason is AccountNotFound", changed(completed, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[0].Reason = v1alpha1.ReasonAccountNotFound
		})),
		Entry("Reconciling for what only a person can change", "the reason is InvalidSpec", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[0].Reason, o.Status.Conditions[1].Reason = v1alpha1.ReasonInvalidSpec, v1alpha1.ReasonInvalidSpec
		})),
		Entry("Stalled for what may come by itself", "the reason is AccountNotFound", changed(stalled, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[0].Reason, o.Status.Conditions[1].Reason = v1alpha1.ReasonAccountNotFound, v1alpha1.ReasonAccountNotFound
		})),
		Entry("Reconciling beside a Ready that is True", "there are 2 conditions", changed(completed, func(o *v1alpha1.TopUp) {
			o.Status.Conditions = append(o.Status.Conditions, waits().Status.Conditions[1])
		})),
		Entry("nothing beside a Ready that is False", "is False with the reason AccountNotFound", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions = o.Status.Conditions[:1]
		})),
		Entry("Reconciling and Stalled", "is False with the reason InvalidSpec", changed(stalled, func(o *v1alpha1.TopUp) {
			o.Status.Conditions = append(o.Status.Conditions, waits().Status.Conditions[1])
		})),
		Entry("two messages", "is False with the reason AccountNotFound", changed(waits, func(o *v1alpha1.TopUp) { o.Status.Conditions[1].Message = "else" })),
		Entry("Completed without a transaction", "has the transaction", changed(completed, func(o *v1alpha1.TopUp) { o.Status.TransactionID = "" })),
		Entry("a transaction while it waits", "has the transaction", changed(waits, func(o *v1alpha1.TopUp) { o.Status.TransactionID = "t" })),
		Entry("Completed without a change", "has changed 0 buckets", changed(completed, func(o *v1alpha1.TopUp) { o.Status.ImpactedBuckets = nil })),
		Entry("Completed at no time", "has no instant", changed(completed, func(o *v1alpha1.TopUp) { o.Status.CommittedAt = nil })),
		Entry("a replay of nothing", "replays nothing", changed(stalled, func(o *v1alpha1.TopUp) { o.Status.Replayed = true })),
		Entry("an instant while it waits", "has an instant", changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.CommittedAt = &metav1.MicroTime{Time: monday.Time}
		})),
		Entry("a reservation that shows no end", "shows an end is false", changed(reserved, func(o *v1alpha1.BalanceReservation) {
			o.Status.ExpiresAt = nil
		})),
		Entry("a reservation that holds nothing and shows some", "shows what is reserved is true",
			changed(refused, func(o *v1alpha1.BalanceReservation) { o.Status.Reserved = "5.00 EUR" })),
		Entry("a reservation that is ready without a hold", "nothing was ever held", changed(reserved, func(o *v1alpha1.BalanceReservation) {
			o.Status = v1alpha1.BalanceReservationStatus{OneShotStatus: v1alpha1.OneShotStatus{
				ObservedGeneration: 2, Conditions: o.Status.Conditions,
			}}
		})),
		Entry("a hold of no time", "has no instant", changed(reserved, func(o *v1alpha1.BalanceReservation) { o.Status.CommittedAt = nil })),
		Entry("a reservation that has an instant while it waits", "has an instant", changed(refused, func(o *v1alpha1.BalanceReservation) {
			o.Status.Conditions = waits().Status.Conditions
		})),
		Entry("a refused reservation that changed a bucket", "has changed 1 buckets", changed(refused, func(o *v1alpha1.BalanceReservation) {
			o.Status.ImpactedBuckets = make([]v1alpha1.ImpactedBucket, 1)
		})),
		Entry("a reservation that replays nothing", "replays nothing", changed(refused, func(o *v1alpha1.BalanceReservation) {
			o.Status.CommittedAt, o.Status.Replayed = nil, true
		})),
		Entry("a closed reservation that charged no one knows what", `has "" charged`, changed(released, func(o *v1alpha1.BalanceReservation) {
			o.Status.Charged = ""
		})),
		Entry("a Ledger that serves and has no head", "it serves", changed(serves, func(o *v1alpha1.Ledger) { o.Status.Head = nil })),
	)
})

var _ = Describe("Two versions of an object", func() {
	tuesday := metav1.NewTime(monday.AddDate(0, 0, 1))

	DescribeTable("follow each other", func(was, is func() conditioncheck.Object) {
		Expect(conditioncheck.CheckSuccession(was(), is())).To(Succeed())
	},
		Entry("when nothing changed", changed(completed, same), changed(completed, same)),
		Entry("when it came to its end later", changed(waits, same), changed(completed, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[0].LastTransitionTime = tuesday
		})),
		Entry("when a reservation was released", changed(reserved, func(*v1alpha1.BalanceReservation) {}),
			changed(released, func(*v1alpha1.BalanceReservation) {})),
		Entry("when only the generation went on", changed(completed, same), changed(completed, func(o *v1alpha1.TopUp) {
			o.Generation, o.Status.ObservedGeneration, o.Status.Conditions[0].ObservedGeneration = 3, 3, 3
		})),
	)

	DescribeTable("do not follow each other", func(complaint string, was, is func() conditioncheck.Object) {
		Expect(conditioncheck.CheckSuccession(was(), is())).To(MatchError(ContainSubstring(complaint)))
	},
		Entry("when a transition moved without one", "its transition moved", changed(waits, same), changed(waits, func(o *v1alpha1.TopUp) {
			o.Status.Conditions[1].LastTransitionTime = tuesday
		})),
		Entry("when it ended and waits again", "it ended as True Completed", changed(completed, same), changed(waits, same)),
		Entry("when it failed and is done", "it ended as False InvalidSpec", changed(stalled, same), changed(completed, same)),
		Entry("when a hold became another", "became another one", changed(reserved, func(*v1alpha1.BalanceReservation) {}),
			changed(reserved, func(o *v1alpha1.BalanceReservation) { o.Status.TransactionID = "t" })),
		Entry("when a closed reservation is open again", "it was closed with 0.00 EUR charged", changed(released, func(*v1alpha1.BalanceReservation) {}),
			changed(reserved, func(*v1alpha1.BalanceReservation) {})),
		Entry("when the transaction is another", "it ended as True Completed", changed(completed, same), changed(completed, func(o *v1alpha1.TopUp) {
			o.Status.TransactionID = "t"
		})),
	)
})
