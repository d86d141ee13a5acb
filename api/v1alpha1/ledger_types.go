// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LedgerHead is the newest batch of the ledger's log that has been recorded here.
type LedgerHead struct {
	// sequence is the batch's number in the log. Batches are numbered without gaps; number 0 made the ledger. Always
	// present.
	// +required
	// +kubebuilder:validation:Minimum=0
	Sequence int64 `json:"sequence"`

	// hash is the batch's hash in lower-case hexadecimal; it covers the batch and the hash of the one before. Always
	// present.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[0-9a-f]+$`
	Hash string `json:"hash,omitempty"`

	// committedAt is the ledger's time of the batch, in UTC, to the microsecond. Absent if it is not known.
	// +optional
	CommittedAt *metav1.MicroTime `json:"committedAt,omitempty"`
}

// LedgerStatus is the identity of a ledger, how far its log has come, and whether it can be written.
type LedgerStatus struct {
	// conditions say how the ledger stands. Ready is always present, and its reason is the state; Reconciling and
	// Stalled are present only while they are True. Written by the manager only.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the metadata.generation that this status answers. It is -1 until the manager first writes
	// it.
	// +optional
	// +kubebuilder:validation:Minimum=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// ledgerID is the ledger's identity, drawn at random when it was made. A manager that finds another ledger behind
	// its connection commits nothing. Absent until a ledger has been bound.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9-]+$`
	LedgerID string `json:"ledgerID,omitempty"`

	// scope is the part of the ledger that this cluster works in; it is part of the key of every operation. Absent
	// until a ledger has been bound.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Scope string `json:"scope,omitempty"`

	// clusterUID is the cluster that holds the ledger, by the UID of its kube-system namespace. One cluster holds a
	// ledger at a time. Absent until a ledger has been bound.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9-]+$`
	ClusterUID string `json:"clusterUID,omitempty"`

	// head is the newest batch of the log that has been recorded here, at most every ten seconds and when the manager
	// stops. A ledger whose log does not contain it has been restored to the past, and is not written to. Absent
	// until a ledger has been bound.
	// +optional
	Head *LedgerHead `json:"head,omitempty"`
}

// Ledger shows the ledger that the manager keeps balances in: which one it is, and how far its log has come. The
// manager makes one for its scope, and reads it again at start, so that a ledger that was swapped or restored to the
// past is noticed before anything is written. It has no spec: there is nothing in it to set.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=prepay
// +kubebuilder:printcolumn:name="Ledger",type=string,JSONPath=`.status.ledgerID`
// +kubebuilder:printcolumn:name="Sequence",type=integer,JSONPath=`.status.head.sequence`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="name must be at most 63 characters"
type Ledger struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. The name is the scope's name.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// status is the identity of the ledger, how far its log has come, and whether it can be written. Written by the
	// manager only.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status LedgerStatus `json:"status,omitzero"`
}

// LedgerList is a list of Ledgers.
//
// +kubebuilder:object:root=true
type LedgerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Ledger `json:"items"`
}
