// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GetConditions returns status.conditions.
func (in *Ledger) GetConditions() []metav1.Condition { return in.Status.Conditions }

// SetConditions replaces status.conditions.
func (in *Ledger) SetConditions(conditions []metav1.Condition) { in.Status.Conditions = conditions }

// GetObservedGeneration returns status.observedGeneration.
func (in *Ledger) GetObservedGeneration() int64 { return in.Status.ObservedGeneration }

// SetObservedGeneration sets status.observedGeneration.
func (in *Ledger) SetObservedGeneration(generation int64) { in.Status.ObservedGeneration = generation }
