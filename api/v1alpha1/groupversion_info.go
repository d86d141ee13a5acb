// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is version v1alpha1 of the API group prepay.dev: prepaid balances, and the operations that move
// them, as Kubernetes objects.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package="applyconfiguration"
// +groupName=prepay.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion is the group and version of every kind in this package.
	GroupVersion = schema.GroupVersion{Group: "prepay.dev", Version: "v1alpha1"}

	// SchemeGroupVersion is GroupVersion under the name that generated code looks for.
	SchemeGroupVersion = GroupVersion

	// SchemeBuilder collects the functions that add this package's kinds to a scheme.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme adds this package's kinds to a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&PrepayAccount{}, &PrepayAccountList{},
		&Bucket{}, &BucketList{},
		&TopUp{}, &TopUpList{},
		&BalanceTransfer{}, &BalanceTransferList{},
		&BalanceReservation{}, &BalanceReservationList{},
		&BalanceAdjustment{}, &BalanceAdjustmentList{},
		&Ledger{}, &LedgerList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
