// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GetConditions returns status.conditions.
func (in *BalanceReservation) GetConditions() []metav1.Condition { return in.Status.Conditions }

// SetConditions replaces status.conditions.
func (in *BalanceReservation) SetConditions(conditions []metav1.Condition) {
	in.Status.Conditions = conditions
}

// GetObservedGeneration returns status.observedGeneration.
func (in *BalanceReservation) GetObservedGeneration() int64 { return in.Status.ObservedGeneration }

// SetObservedGeneration sets status.observedGeneration.
func (in *BalanceReservation) SetObservedGeneration(generation int64) {
	in.Status.ObservedGeneration = generation
}

// GetOneShotStatus returns the part of status that every one-shot kind shares, for reading and writing.
func (in *BalanceReservation) GetOneShotStatus() *OneShotStatus { return &in.Status.OneShotStatus }

// GetIdempotencyKey returns spec.idempotencyKey, which is empty if the object's name is the operation's name.
func (in *BalanceReservation) GetIdempotencyKey() string { return in.Spec.IdempotencyKey }

// GetTTL returns spec.ttlSecondsAfterFinished in seconds, which is nil if the object is kept.
func (in *BalanceReservation) GetTTL() *int32 { return in.Spec.TTLSecondsAfterFinished }

// WantedState returns the state that spec asks for, which is ReservationReserved if spec.state is absent.
func (in *BalanceReservation) WantedState() ReservationState {
	if in.Spec.State == "" {
		return ReservationReserved
	}
	return in.Spec.State
}
