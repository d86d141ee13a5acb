// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// object is an object of this API, whose status this package writes.
type object interface {
	client.Object
	GetConditions() []metav1.Condition
	SetConditions([]metav1.Condition)
	GetObservedGeneration() int64
	SetObservedGeneration(int64)
}

// class is what a reason means for the one who waits for an object.
type class uint8

const (
	// asWanted: Ready is True.
	asWanted class = iota
	// passing: Ready is False and Reconciling True; it may come by itself.
	passing
	// stuck: Ready is False and Stalled True; a person has to change something.
	stuck
)

// standing is how an object stands, as its conditions tell it. One that is not
// as wanted is the error that a step returns when it cannot go on.
type standing struct {
	class   class
	reason  string
	message string
	// again is when to look again although nothing woke us.
	again time.Duration
}

const (
	// slowly is the net under the watches that wake what waits.
	slowly = 60 * time.Second
	// calmly is for what no watch tells, as a ledger that opens.
	calmly = 5 * time.Second
	// soon is for a cache that lags.
	soon = time.Second
)

// Error is the message.
func (s standing) Error() string { return s.message }

func ready(reason, message string) standing {
	return standing{class: asWanted, reason: reason, message: message}
}

func waiting(reason, format string, args ...any) standing {
	return standing{class: passing, reason: reason, message: fmt.Sprintf(format, args...), again: slowly}
}

func stalled(reason, format string, args ...any) standing {
	return standing{class: stuck, reason: reason, message: fmt.Sprintf(format, args...)}
}

func (s standing) within(again time.Duration) standing {
	s.again = again
	return s
}

// standingOf says how an object stands after a step failed. It gives the error
// back if it says nothing about the object: then the step is tried again.
func standingOf(err error) (standing, error) {
	if s, ok := errors.AsType[standing](err); ok {
		return s, nil
	}
	switch {
	case errors.Is(err, ledger.ErrMismatch):
		return waiting(v1alpha1.ReasonLedgerMismatch,
			"The ledger is not the one that was recorded, or is older; nothing is written to it. See the Ledger object").within(calmly), nil
	case errors.Is(err, errScopeHeld):
		return scopeHeld(), nil
	case errors.Is(err, ledger.ErrFenced):
		return waiting(v1alpha1.ReasonLedgerUnavailable,
			"Another manager writes to the ledger; this one stops").within(calmly), nil
	case errors.Is(err, ledger.ErrClockBehind):
		return waiting(v1alpha1.ReasonLedgerUnavailable,
			"The manager's clock is behind the ledger's newest entry; nothing is written until it has caught up").within(calmly), nil
	case errors.Is(err, ledger.ErrClockSkew):
		return waiting(v1alpha1.ReasonLedgerUnavailable,
			"The manager's clock and the database's differ; nothing is written until they agree").within(calmly), nil
	case errors.Is(err, ledger.ErrClosed):
		return waiting(v1alpha1.ReasonLedgerUnavailable,
			"The ledger takes no commands at present. See the Ledger object").within(calmly), nil
	case errors.Is(err, errNoAnswer):
		return waiting(v1alpha1.ReasonLedgerUnavailable,
			"The ledger does not answer; what was asked for is asked for again, and happens once").within(calmly), nil
	}
	return standing{}, err
}

// record writes the conditions of a standing into an object: Ready always,
// Reconciling and Stalled only while they are True, each with the generation it
// is about. The conditions that were there are replaced, never changed in
// place: they may be the cache's.
func record(obj object, s standing, now time.Time) {
	conditions := make([]metav1.Condition, 0, 2)
	add := func(kind string, status metav1.ConditionStatus) {
		condition := metav1.Condition{
			Type: kind, Status: status, Reason: s.reason, Message: s.message,
			ObservedGeneration: obj.GetGeneration(), LastTransitionTime: metav1.NewTime(now),
		}
		if was := conditionOf(obj, kind); was != nil && was.Status == status {
			condition.LastTransitionTime = was.LastTransitionTime
		}
		conditions = append(conditions, condition)
	}
	switch s.class {
	case asWanted:
		add(v1alpha1.ConditionReady, metav1.ConditionTrue)
	case passing:
		add(v1alpha1.ConditionReady, metav1.ConditionFalse)
		add(v1alpha1.ConditionReconciling, metav1.ConditionTrue)
	case stuck:
		add(v1alpha1.ConditionReady, metav1.ConditionFalse)
		add(v1alpha1.ConditionStalled, metav1.ConditionTrue)
	}
	obj.SetConditions(conditions)
	obj.SetObservedGeneration(obj.GetGeneration())
}

// observe makes the conditions be about the object's present generation and
// changes nothing else.
func observe(obj object) {
	conditions := make([]metav1.Condition, len(obj.GetConditions()))
	copy(conditions, obj.GetConditions())
	for i := range conditions {
		conditions[i].ObservedGeneration = obj.GetGeneration()
	}
	obj.SetConditions(conditions)
	obj.SetObservedGeneration(obj.GetGeneration())
}

// conditionOf finds a condition, nil if there is none. It must not be changed.
func conditionOf(obj object, kind string) *metav1.Condition {
	conditions := obj.GetConditions()
	for i := range conditions {
		if conditions[i].Type == kind {
			return &conditions[i]
		}
	}
	return nil
}

// classOf reads from an object's conditions how it stands, whatever generation
// they are about.
func classOf(obj object) class {
	if condition := conditionOf(obj, v1alpha1.ConditionReady); condition != nil && condition.Status == metav1.ConditionTrue {
		return asWanted
	}
	if condition := conditionOf(obj, v1alpha1.ConditionStalled); condition != nil && condition.Status == metav1.ConditionTrue {
		return stuck
	}
	return passing
}

// settled reports whether the ledger has what the object asks for now, so that
// others may rely on it.
func settled(obj object) bool {
	return obj.GetDeletionTimestamp() == nil &&
		obj.GetObservedGeneration() == obj.GetGeneration() && classOf(obj) == asWanted
}
