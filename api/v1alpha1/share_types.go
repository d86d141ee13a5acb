// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// BucketShare lets another account use a bucket: for charges and reservations, and for nothing else.
type BucketShare struct {
	// accountRef names the PrepayAccount that may use the bucket beside the one that it belongs to. Required.
	// +required
	AccountRef AccountReference `json:"accountRef,omitzero"`

	// cap is the most that the account uses of the bucket in one cycle, or ever if the bucket has none, what is held
	// for it included; greater than zero, in a unit that converts exactly to the bucket's. Optional and mutable; absent
	// means no cap. One below what is used already takes nothing back.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	Cap Amount `json:"cap,omitempty"`
}

// BucketShareUse is what another account has used of a bucket.
type BucketShareUse struct {
	// account is the name of the account that may use the bucket. Always present.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Account string `json:"account,omitempty"`

	// used is what the account has used of the bucket in this cycle, or ever if the bucket has none, what is held for it
	// included, in the bucket's unit if that is exact within three decimals, else in the unit's base. Always present.
	// +required
	Used SignedAmount `json:"used,omitempty"`

	// cap is the most that it may use, as the ledger has it, in a unit chosen in the same way. Absent if there is no
	// cap.
	// +optional
	Cap SignedAmount `json:"cap,omitempty"`
}
