// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GetConditions returns status.conditions.
func (in *BalanceAdjustment) GetConditions() []metav1.Condition { return in.Status.Conditions }

// SetConditions replaces status.conditions.
func (in *BalanceAdjustment) SetConditions(conditions []metav1.Condition) {
	in.Status.Conditions = conditions
}

// GetObservedGeneration returns status.observedGeneration.
func (in *BalanceAdjustment) GetObservedGeneration() int64 { return in.Status.ObservedGeneration }

// SetObservedGeneration sets status.observedGeneration.
func (in *BalanceAdjustment) SetObservedGeneration(generation int64) {
	in.Status.ObservedGeneration = generation
}

// GetOneShotStatus returns the part of status that every one-shot kind shares, for reading and writing.
func (in *BalanceAdjustment) GetOneShotStatus() *OneShotStatus { return &in.Status.OneShotStatus }

// GetIdempotencyKey returns spec.idempotencyKey, which is empty if the object's name is the operation's name.
func (in *BalanceAdjustment) GetIdempotencyKey() string { return in.Spec.IdempotencyKey }

// GetTTL returns spec.ttlSecondsAfterFinished in seconds, which is nil if the object is kept.
func (in *BalanceAdjustment) GetTTL() *int32 { return in.Spec.TTLSecondsAfterFinished }
