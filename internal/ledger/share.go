// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

// MaxShares is with how many accounts a bucket may be shared.
const MaxShares = 100

// Share lets another account of the tenant use a bucket: for charges and holds, and
// for nothing else.
type Share struct {
	Account ID `cbor:"1,keyasint"`
	// Cap bounds what the account uses in one cycle of the bucket, or ever if it has
	// no cycle, held parts included; in base units, 0 is no bound.
	Cap int64 `cbor:"2,keyasint,omitempty"`
}

// Membership tells an account that it may share another one's bucket. The owner's
// settings say whether it still may.
type Membership struct {
	Member ID `cbor:"1,keyasint"`
	Owner  ID `cbor:"2,keyasint"`
	Bucket ID `cbor:"3,keyasint"`
}

// ShareUse is a counter: its fact has what an account used of another one's bucket in
// one cycle, and the cap. It belongs to the owner.
type ShareUse struct {
	Member ID `cbor:"1,keyasint"`
	Owner  ID `cbor:"2,keyasint"`
	Bucket ID `cbor:"3,keyasint"`
	// Since is the [Term.Began] of the bucket in the cycle that is counted. In any
	// other cycle nothing has been used.
	Since int64 `cbor:"4,keyasint,omitempty"`
	// Charged is how much of what was used the transaction charged that wrote this. Its
	// reversal takes as much off again.
	Charged int64 `cbor:"5,keyasint,omitempty"`
}
