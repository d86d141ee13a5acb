// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha1"
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"
)

// ID names a transaction, a tenant, an account, a bucket or the subject of a
// fact. Every ID is a version 5 UUID (RFC 9562) of what it names, never a
// random number, so that the same request has the same ID after any crash.
type ID = uuid.UUID

// idSpace is the name space of all IDs. Changing it would orphan every ledger
// ever written.
var idSpace = uuid.MustParse("6f1c9a52-4f0e-5d0a-9d8e-3d1f6f2f7b10")

// derive hashes its parts with their lengths in front, so that ("ab", "c") and
// ("a", "bc") have different IDs. Every command needs several IDs: this is
// [uuid.NewSHA1] without what that allocates.
func derive(parts ...string) ID {
	name := make([]byte, 0, 256) // longer names leave the stack
	name = append(name, idSpace[:]...)
	for _, part := range parts {
		name = binary.BigEndian.AppendUint32(name, uint32(len(part))) //nolint:gosec // names are far below 4 GiB
		name = append(name, part...)
	}
	sum := sha1.Sum(name)
	id := ID(sum[:len(ID{})])
	id[6] = id[6]&0x0f | 0x50 // version 5
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562
	return id
}

// MainBucketName is how the main monetary bucket of an account is called where
// a name is shown. It has no object, and no object can have this name.
const MainBucketName = "@main"

// TenantID names the tenant that is the given generation of a namespace in a
// scope. Generations count from 1 and grow when a namespace that was made anew
// is asked to start fresh.
func TenantID(scope, namespace string, generation int64) ID {
	return derive("tenant", scope, namespace, strconv.FormatInt(generation, 10))
}

// AccountID names a tenant's account.
func AccountID(scope string, tenant ID, name string) ID {
	return derive("account", scope, tenant.String(), name)
}

// BucketID names a tenant's bucket that has an object of its own.
func BucketID(scope string, tenant ID, name string) ID {
	return derive("bucket", scope, tenant.String(), name)
}

// MainBucketID names the main monetary bucket of an account.
func MainBucketID(account ID) ID {
	return derive("main", account.String())
}

// ExternalID names a tenant's counter-account for money that enters or leaves,
// for example funding:cash or breakage.
func ExternalID(scope string, tenant ID, name string) ID {
	return derive("external", scope, tenant.String(), name)
}

// LotID names the fact that describes one lot of a bucket.
func LotID(bucket ID, number int64) ID {
	return derive("lot", bucket.String(), strconv.FormatInt(number, 10))
}

// ScopeSubject names the fact that tells who holds a scope. No scope has the empty
// name: it stands for the whole ledger, which has one holder at a time.
func ScopeSubject(scope string) ID { return derive("scope", scope) }

// BindingSubject names the fact that binds a namespace of a scope to a tenant.
func BindingSubject(scope, namespace string) ID { return derive("binding", scope, namespace) }

// EpochSubject names the fact that records that a person accepted a ledger
// whose head was not the recorded one.
func EpochSubject(scope string) ID { return derive("epoch", scope) }

// ReceiptSubject names the fact that a payment's outside reference was used.
// References are unique per tenant and payment type, which is in lower case, as
// in the name of the counter-account.
func ReceiptSubject(tenant ID, paymentType, reference string) ID {
	return derive("receipt", tenant.String(), paymentType, reference)
}

// OperationKey is the key of a one-shot operation: two requests with the same
// key are the same request. explicit is the requester's own idempotency key;
// when it is empty, the object's name is the key. The two never collide.
func OperationKey(scope string, tenant ID, kind, name, explicit string) ID {
	if explicit != "" {
		return derive("operation", scope, tenant.String(), kind, "key", explicit)
	}
	return derive("operation", scope, tenant.String(), kind, "name", name)
}

// HoldKey is the key under which something is done with a hold. The role is one
// of reserve, accept, charge, release and expire: each happens at most once.
func HoldKey(hold ID, role string) ID { return derive("hold", hold.String(), role) }

// ExtensionKey is the key of a hold's extension. It has what the hold is to be in
// it: asked for once more, it is the same extension.
func ExtensionKey(hold ID, amount, until int64) ID {
	return derive("hold", hold.String(), "extend", strconv.FormatInt(amount, 10), strconv.FormatInt(until, 10))
}

// ReversalSubject names the fact that a transaction was undone.
func ReversalSubject(transaction ID) ID { return derive("reversal", transaction.String()) }

// SettingsKey is the key under which version of a subject's settings is posted.
func SettingsKey(subject ID, version int64) ID {
	return derive("settings", subject.String(), strconv.FormatInt(version, 10))
}

// RefusalIDs are where the refusal of a command may be recorded: one ID for
// each of its [Fingerprints], in their order.
func RefusalIDs(key ID, prints []Fingerprint) []ID {
	ids := make([]ID, len(prints))
	for i, print := range prints {
		ids[i] = RefusalID(key, print)
	}
	return ids
}

// RefusalID is where the refusal of a command is recorded. A refusal belongs to
// key and content: a corrected command may use the key again. The content is
// what the fingerprint says, so a later version of it gives another ID; see
// [RefusalIDs].
func RefusalID(key ID, print Fingerprint) ID {
	return derive("refusal", key.String(), string(print[:]))
}
