// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"time"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

// Command asks the ledger for one operation, which happens as a whole or not
// at all.
type Command struct {
	// Key makes the command happen at most once. See [OperationKey] and
	// [SettingsKey].
	Key ID
	// Scope is the ledger's name for the installation that posts.
	Scope string
	// Tenant owns everything the command touches. It is the zero ID for
	// operations on the scope itself.
	Tenant ID
	// Operation says what is to happen.
	Operation Operation
	// Annotation is kept beside the log, never in it.
	Annotation Annotation
	// Lane tells how urgent the command is.
	Lane Lane
}

// Lane tells who waits for a command.
type Lane uint8

const (
	// Interactive commands have somebody waiting for them.
	Interactive Lane = iota
	// Bulk commands (sweeps, clean-up) take at most a fifth of a batch while
	// interactive ones wait.
	Bulk
)

// Annotation is what may be personal about a command. It lies beside the hash
// chain and can be erased without breaking it.
type Annotation struct {
	// Channel is where it was asked for, for example Retail.
	Channel string
	// Reason is the requester's own words.
	Reason string
	// Requestor is who asked, as the API server knew them.
	Requestor string
}

// IsZero reports whether there is nothing to keep.
func (a Annotation) IsZero() bool { return a == Annotation{} }

// Operation is one of the operations of this package: [TopUp], [Transfer],
// [Grant], [Reserve], [AcceptHold], [ExtendHold], [ChargeHold], [ReleaseHold],
// [ExpireHold], [ExpireLot], [ExpireBucket], [BeginCycle], [Adjust], [Reverse],
// [SetAccount], [SetBucket], [BindTenant], [ClaimScope], [AcceptHead].
//
// The CBOR tags are the encoding of what a fingerprint covers. A number, once
// used, keeps its meaning for ever; new fields are optional and get new
// numbers, so that they change no old fingerprint. Fields tagged "-" move no
// money and are not covered.
type Operation interface {
	// Kind is the operation's name in the log.
	Kind() Kind
}

// Kind names an operation in the log. Values are never reused.
type Kind uint16

// The operations, by their numbers in the log.
const (
	KindGenesis Kind = iota
	KindClaimScope
	KindBindTenant
	KindAcceptHead
	KindSetAccount
	KindSetBucket
	KindGrant
	KindTopUp
	KindTransfer
	KindReserve
	KindAcceptHold
	KindExtendHold
	KindChargeHold
	KindReleaseHold
	KindExpireHold
	KindAdjust
	KindReverse
	KindExpireLot
	KindExpireBucket
	KindBeginCycle
)

// Place is a bucket of an account; money comes from one and goes to one.
type Place struct {
	Account ID `cbor:"1,keyasint"`
	Bucket  ID `cbor:"2,keyasint"`
}

// Main is the place of an account's main monetary bucket.
func Main(account ID) Place { return Place{Account: account, Bucket: MainBucketID(account)} }

// Quantity is an amount in the base scale of a unit.
type Quantity struct {
	// Base is the number of base units; |Base| < 10^18.
	Base int64 `cbor:"1,keyasint"`
	// Unit is the base unit: a currency code, B, s, or a count's own name.
	Unit string `cbor:"2,keyasint"`
}

// QuantityOf is an amount as the ledger counts it.
func QuantityOf(a money.Amount) Quantity {
	return Quantity{Base: a.Base(), Unit: a.Unit().BaseCode()}
}

// TopUp brings paid value into a bucket: funding:<type> → available.
type TopUp struct {
	Into    Place    `cbor:"1,keyasint"`
	Amount  Quantity `cbor:"2,keyasint"`
	Payment Payment  `cbor:"3,keyasint"`
	// Validity, if it is not zero, is that of a lot of its own for what arrives. It
	// does not wait for a first use.
	Validity Validity `cbor:"4,keyasint,omitzero"`
	// Extension is what becomes of the bucket's end.
	Extension Extension `cbor:"5,keyasint,omitzero"`
}

// Payment is how a top-up was paid for.
type Payment struct {
	// Type is the payment form, for example Cash.
	Type string `cbor:"1,keyasint"`
	// Reference is the outside receipt; when present, an accepted top-up uses
	// it up for its tenant and type.
	Reference string `cbor:"2,keyasint,omitempty"`
}

// Transfer moves paid value from one bucket to another of the same dimension.
type Transfer struct {
	From   Place    `cbor:"1,keyasint"`
	To     Place    `cbor:"2,keyasint"`
	Amount Quantity `cbor:"3,keyasint"`
}

// Grant is the amount a bucket is created with: grants → available.
type Grant struct {
	Into   Place    `cbor:"1,keyasint"`
	Amount Quantity `cbor:"2,keyasint"`
}

// SetAccount posts the next version of an account's settings.
type SetAccount struct {
	Account ID `cbor:"1,keyasint"`
	// ExpectVersion is the version the requester saw; 0 when there was none.
	ExpectVersion int64           `cbor:"2,keyasint,omitempty"`
	Settings      AccountSettings `cbor:"3,keyasint"`
	// OnlyIfEmpty takes the settings only while nothing is on the account and
	// nothing is owed.
	OnlyIfEmpty bool `cbor:"4,keyasint,omitempty"`
}

// SetBucket posts the next version of a bucket's settings.
type SetBucket struct {
	Bucket        ID             `cbor:"1,keyasint"`
	ExpectVersion int64          `cbor:"2,keyasint,omitempty"`
	Settings      BucketSettings `cbor:"3,keyasint"`
	// Forfeit moves everything in the bucket to breakage first.
	Forfeit bool `cbor:"4,keyasint,omitempty"`
}

// BindTenant binds a namespace to a tenant.
type BindTenant struct {
	Namespace     string   `cbor:"1,keyasint"`
	NamespaceUID  string   `cbor:"2,keyasint"`
	ClusterUID    string   `cbor:"3,keyasint"`
	Adoption      Adoption `cbor:"4,keyasint,omitempty"`
	ExpectVersion int64    `cbor:"5,keyasint,omitempty"`
}

// Adoption is what is wanted for a namespace that was deleted and made anew.
type Adoption uint8

const (
	// AdoptionUndecided waits for a person's word.
	AdoptionUndecided Adoption = iota
	// AdoptionAdopt continues with the tenant there was.
	AdoptionAdopt
	// AdoptionFresh starts a new tenant with nothing in it.
	AdoptionFresh
)

// ClaimScope makes the managers of a cluster that share a lease the ones that
// may write to the ledger, whatever their scope: see [ScopeSubject].
type ClaimScope struct {
	ClusterUID    string `cbor:"1,keyasint"`
	ExpectVersion int64  `cbor:"2,keyasint,omitempty"`
	// TakeOver does not wait for the other holder to fall silent.
	TakeOver bool `cbor:"3,keyasint,omitempty"`
	// Lease is the namespace and name of the lease whose holder may write; ""
	// where the managers have none.
	Lease string `cbor:"4,keyasint,omitempty"`
}

// TakeOverAfter is how long the log must not have moved before another cluster
// takes the ledger over by itself.
const TakeOverAfter = 60 * time.Second

// AcceptHead records that a person accepts this ledger in place of the one
// whose head was recorded.
type AcceptHead struct {
	LedgerID      string `cbor:"1,keyasint"`
	Sequence      int64  `cbor:"2,keyasint"`
	Hash          []byte `cbor:"3,keyasint"`
	ExpectVersion int64  `cbor:"4,keyasint,omitempty"`
}

// Kind implements [Operation].
func (TopUp) Kind() Kind { return KindTopUp }

// Kind implements [Operation].
func (Transfer) Kind() Kind { return KindTransfer }

// Kind implements [Operation].
func (Grant) Kind() Kind { return KindGrant }

// Kind implements [Operation].
func (SetAccount) Kind() Kind { return KindSetAccount }

// Kind implements [Operation].
func (SetBucket) Kind() Kind { return KindSetBucket }

// Kind implements [Operation].
func (BindTenant) Kind() Kind { return KindBindTenant }

// Kind implements [Operation].
func (ClaimScope) Kind() Kind { return KindClaimScope }

// Kind implements [Operation].
func (AcceptHead) Kind() Kind { return KindAcceptHead }
