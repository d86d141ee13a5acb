// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GetConditions returns status.conditions.
func (in *PrepayAccount) GetConditions() []metav1.Condition { return in.Status.Conditions }

// SetConditions replaces status.conditions.
func (in *PrepayAccount) SetConditions(conditions []metav1.Condition) {
	in.Status.Conditions = conditions
}

// GetObservedGeneration returns status.observedGeneration.
func (in *PrepayAccount) GetObservedGeneration() int64 { return in.Status.ObservedGeneration }

// SetObservedGeneration sets status.observedGeneration.
func (in *PrepayAccount) SetObservedGeneration(generation int64) {
	in.Status.ObservedGeneration = generation
}

// GetProjectionStatus returns the part of status that every kind with a balance shares, for reading and writing.
func (in *PrepayAccount) GetProjectionStatus() *ProjectionStatus { return &in.Status.ProjectionStatus }

// WantedState returns the state that spec asks for: Active where it says nothing.
func (in *PrepayAccount) WantedState() AccountState {
	if in.Spec.State == "" {
		return AccountStateActive
	}
	return in.Spec.State
}
