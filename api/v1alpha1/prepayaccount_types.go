// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// AccountState is the state that an account is wanted in.
// +kubebuilder:validation:Enum=Active;RechargeOnly;Suspended;Closed
type AccountState string

const (
	// AccountStateActive lets the account be topped up and spent from.
	AccountStateActive AccountState = "Active"
	// AccountRechargeOnly lets the account receive, and refuses to spend, hold or give away anything from it.
	AccountRechargeOnly AccountState = "RechargeOnly"
	// AccountSuspended keeps what the account holds and refuses every operation on it until it is Active again.
	AccountSuspended AccountState = "Suspended"
	// AccountClosed ends the account for good. A closed account never opens again.
	AccountClosed AccountState = "Closed"
)

// AccountDeletionPolicy says what happens to the account in the ledger when its object is deleted.
// +kubebuilder:validation:Enum=Retain;Close
type AccountDeletionPolicy string

const (
	// AccountDeletionRetain keeps the account in the ledger; a new object of that name takes it up again.
	AccountDeletionRetain AccountDeletionPolicy = "Retain"
	// AccountDeletionClose holds the object until its balance is zero, then closes the account in the ledger.
	AccountDeletionClose AccountDeletionPolicy = "Close"
)

// PrepayAccountSpec says which account is wanted in the ledger and how it behaves.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.owner) || (has(self.owner) && self.owner.id == oldSelf.owner.id)",message="owner.id is immutable once set; create a new PrepayAccount and transfer the balance to it"
type PrepayAccountSpec struct {
	// currency is the ISO 4217 code of the account's money, as in EUR. Required and immutable: an account in another
	// currency is another account. The account's main bucket is kept in it.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="currency is immutable; create a new PrepayAccount for another currency"
	Currency string `json:"currency,omitempty"`

	// owner is the party that the balance belongs to. Optional; absent means that the account has no named owner. Once
	// set it cannot be removed; its name and role may change, its id may not.
	// +optional
	Owner *RelatedParty `json:"owner,omitempty"`

	// logicalResources lists what uses the balance: lines, devices, cards. Optional and mutable; absent means none. At
	// most 32. The ledger does not read it.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +listMapKey=value
	// +kubebuilder:validation:MaxItems=32
	LogicalResources []LogicalResource `json:"logicalResources,omitempty"`

	// products lists the products that this account pays for; one account may serve many. Optional and mutable; absent
	// means none. At most 64. The ledger does not read it: it restricts nothing, as products of a Bucket does.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Products []ProductReference `json:"products,omitempty"`

	// state is the state that the account is wanted in: Active, RechargeOnly, Suspended or Closed. Optional and mutable;
	// absent means Active. RechargeOnly may receive and not spend. It has no default in the object, so that support
	// staff may set it without fighting the manifest in git. Closed is final.
	// +optional
	State AccountState `json:"state,omitempty"`

	// creditLimit is how far below zero the main bucket may go, in the account's currency. Optional and mutable; zero
	// is allowed, and absent means zero. Raising it lets the account spend money that it has not paid in.
	// +optional
	CreditLimit Amount `json:"creditLimit,omitempty"`

	// maximumBalance is the most money that the account may hold after a top-up or a transfer from another account; one
	// that would pass it is refused with BalanceCeiling. It is in the account's currency and binds no other unit.
	// Optional and mutable; greater than zero; absent means no ceiling. Lowering it takes nothing away.
	// +optional
	// +kubebuilder:validation:XValidation:rule="isQuantity(self.split(' ')[0]) && quantity(self.split(' ')[0]).isGreaterThan(quantity('0'))",message="must be greater than zero"
	MaximumBalance Amount `json:"maximumBalance,omitempty"`

	// timeZone is where the account's days, months and cycles begin and end: a name of the IANA time zone database, as
	// in Asia/Nicosia. Optional and mutable; absent means UTC. A change counts for what begins afterwards, and moves no
	// end that the ledger has.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`
	// +kubebuilder:validation:XValidation:rule="self != 'Local'",message="Local is no time zone; write a name of the IANA database, as in Asia/Nicosia, or UTC"
	TimeZone string `json:"timeZone,omitempty"`

	// deletionPolicy says what happens in the ledger when this object is deleted. Retain, the default, keeps the
	// account and its balance, and a new object of the same name takes it up again. Close holds the object until the
	// balance is zero and then closes the account for good; in a namespace that is being deleted it acts as Retain,
	// so that the namespace can go. Mutable.
	// +optional
	// +kubebuilder:default=Retain
	DeletionPolicy AccountDeletionPolicy `json:"deletionPolicy,omitempty"`
}

// RelatedParty is a person or an organisation, and what it is to the account.
type RelatedParty struct {
	// id identifies the party in the system that keeps customers, as in cust-1001. Required and immutable.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\s\x00-\x1f\x7f-\x9f]+$`
	ID string `json:"id,omitempty"`

	// name is the party's name for people to read. Optional and mutable; absent means that it is not said here. It is
	// personal data: it is never written to the ledger's log.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Name string `json:"name,omitempty"`

	// role is what the party is to the account, as in Customer or User. Optional and mutable; absent means that it is
	// not said.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[^\x00-\x1f\x7f-\x9f]+$`
	Role string `json:"role,omitempty"`
}

// LogicalResource is something that uses a balance, such as a telephone line.
type LogicalResource struct {
	// type is the kind of identifier that value is, as in MSISDN, IMSI or ICCID. Required.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_-]*$`
	Type string `json:"type,omitempty"`

	// value is the identifier itself, as in +35799123456. Required. It is never written to the ledger's log.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\s\x00-\x1f\x7f-\x9f]+$`
	Value string `json:"value,omitempty"`
}

// ProductReference names a product in the system that keeps products.
type ProductReference struct {
	// id identifies the product in the system that keeps products, as in mobile-line-1001. Required.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[^\s\x00-\x1f\x7f-\x9f]+$`
	ID string `json:"id,omitempty"`
}

// AccountBalance is what an account holds, in its currency.
type AccountBalance struct {
	// available is what can be spent now and on anything, the credit limit included; a bucket that is a blocker, which
	// lets nothing behind it be used, is not counted with. It is zero unless the account is Active. Always present.
	// +required
	Available SignedAmount `json:"available,omitempty"`

	// credit is the money on the account, what is held included. The credit limit is not part of it; below zero it says
	// how much of the limit is in use. Always present.
	// +required
	Credit SignedAmount `json:"credit,omitempty"`

	// reserved is the money that is held by reservations and awaits accept. Always present.
	// +required
	Reserved SignedAmount `json:"reserved,omitempty"`

	// accepted is the money that is held by accepted reservations and awaits its charge. Always present.
	// +required
	Accepted SignedAmount `json:"accepted,omitempty"`

	// restricted is the free money that cannot be spent now on anything: its bucket is for some products, has not
	// started, is Suspended, or has no object at present. It is part of credit. Always present.
	// +required
	Restricted SignedAmount `json:"restricted,omitempty"`

	// debt is what the account owes after a reversal that found too little, as an amount that is not below zero; the
	// next credit pays it first. Always present.
	// +required
	Debt SignedAmount `json:"debt,omitempty"`
}

// PrepayAccountStatus is what the ledger holds for the account.
type PrepayAccountStatus struct {
	ProjectionStatus `json:",inline"`

	// balance is what the account holds, as of asOf and ledgerSequence. Absent until the ledger has the account.
	// +optional
	Balance *AccountBalance `json:"balance,omitempty"`
}

// PrepayAccount is a prepaid account with one currency. Its main bucket holds its money; Bucket objects that refer to
// it hold data, voice, messages or points. The balance in status is read from the ledger; to change it, create a TopUp
// or a BalanceTransfer.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,shortName=pacct,categories=prepay
// +kubebuilder:printcolumn:name="Available",type=string,JSONPath=`.status.balance.available`
// +kubebuilder:printcolumn:name="Credit",type=string,JSONPath=`.status.balance.credit`
// +kubebuilder:printcolumn:name="Reserved",type=string,JSONPath=`.status.balance.reserved`
// +kubebuilder:printcolumn:name="Accepted",type=string,JSONPath=`.status.balance.accepted`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="name must be at most 63 characters"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.status) || !has(oldSelf.status.ledgerSequence) || (has(self.status) && ((has(self.status.ledgerSequence) && self.status.ledgerSequence >= oldSelf.status.ledgerSequence) || (has(self.status.ledgerID) && (!has(oldSelf.status.ledgerID) || self.status.ledgerID != oldSelf.status.ledgerID))))",message="status.ledgerSequence may fall only when status.ledgerID changes"
type PrepayAccount struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. The name is the account's name in the ledger, at most 63 characters.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says which account is wanted in the ledger and how it behaves. Required.
	// +required
	Spec PrepayAccountSpec `json:"spec,omitzero"`

	// status is what the ledger holds for the account. Written by the manager only; it is observedGeneration -1 and
	// nothing else until the first reconcile.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status PrepayAccountStatus `json:"status,omitzero"`
}

// PrepayAccountList is a list of PrepayAccounts.
//
// +kubebuilder:object:root=true
type PrepayAccountList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PrepayAccount `json:"items"`
}
