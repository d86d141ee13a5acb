// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ProjectionStatus is the part of a status that every kind with a balance shares: what was observed, and which point
// of the ledger's log the balance beside it was read at.
type ProjectionStatus struct {
	// conditions say how this object stands. Ready is always present, and its reason is the state; Reconciling and
	// Stalled are present only while they are True. Written by the manager only.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status answers. It is -1 until the first reconcile, so
	// that a new object never looks finished.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// asOf is the ledger's time, in UTC, at which the balance was read. Absent until the first projection.
	// +optional
	AsOf *metav1.Time `json:"asOf,omitempty"`

	// ledgerSequence is the number of the newest batch of the ledger's log that the balance includes. It never falls
	// while ledgerID stays the same. Absent until the first projection.
	// +optional
	// +kubebuilder:validation:Minimum=1
	LedgerSequence int64 `json:"ledgerSequence,omitempty"`

	// ledgerID names the ledger that the balance was read from: the identity in status.ledgerID of the Ledger object,
	// and behind it, if a person accepted the ledger in place of one whose head it lacks, a mark of that head. Absent
	// until the first projection.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9-]+$`
	LedgerID string `json:"ledgerID,omitempty"`
}
