// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
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

// naming is what an ID is made of: parts, each with its length in front, so that
// ("ab", "c") and ("a", "bc") have different IDs. Every command needs several IDs:
// this is [uuid.NewSHA1] without what that allocates.
type naming []byte

// derive begins an ID of a kind. A longer name than there is room for leaves the stack.
func derive(kind string) naming {
	return append(make(naming, 0, 256), idSpace[:]...).text(kind)
}

func (n naming) text(part string) naming {
	n = binary.BigEndian.AppendUint32(n, uint32(len(part))) //nolint:gosec // names are far below 4 GiB
	return append(n, part...)
}

// of adds an ID as it is written: in hexadecimal digits, with hyphens.
func (n naming) of(part ID) naming {
	const written = len("6f1c9a52-4f0e-5d0a-9d8e-3d1f6f2f7b10")
	n = binary.BigEndian.AppendUint32(n, uint32(written))
	n = hex.AppendEncode(n, part[:4])
	n = hex.AppendEncode(append(n, '-'), part[4:6])
	n = hex.AppendEncode(append(n, '-'), part[6:8])
	n = hex.AppendEncode(append(n, '-'), part[8:10])
	return hex.AppendEncode(append(n, '-'), part[10:])
}

// number adds an integer as it is written: in decimal digits.
func (n naming) number(part int64) naming {
	length := len(n)
	n = strconv.AppendInt(binary.BigEndian.AppendUint32(n, 0), part, 10)
	binary.BigEndian.PutUint32(n[length:], uint32(len(n)-length-4)) //nolint:gosec // at most 20 digits
	return n
}

// id is the ID of what was named.
func (n naming) id() ID {
	sum := sha1.Sum(n)
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
	return derive("tenant").text(scope).text(namespace).number(generation).id()
}

// AccountID names a tenant's account.
func AccountID(scope string, tenant ID, name string) ID {
	return derive("account").text(scope).of(tenant).text(name).id()
}

// BucketID names a tenant's bucket that has an object of its own.
func BucketID(scope string, tenant ID, name string) ID {
	return derive("bucket").text(scope).of(tenant).text(name).id()
}

// MainBucketID names the main monetary bucket of an account.
func MainBucketID(account ID) ID {
	return derive("main").of(account).id()
}

// ExternalID names a tenant's counter-account for money that enters or leaves,
// for example funding:cash or breakage.
func ExternalID(scope string, tenant ID, name string) ID {
	return derive("external").text(scope).of(tenant).text(name).id()
}

// LotID names the fact that describes one lot of a bucket.
func LotID(bucket ID, number int64) ID {
	return derive("lot").of(bucket).number(number).id()
}

// ScopeSubject names the fact that tells who holds a scope. No scope has the empty
// name: it stands for the whole ledger, which has one holder at a time.
func ScopeSubject(scope string) ID { return derive("scope").text(scope).id() }

// BindingSubject names the fact that binds a namespace of a scope to a tenant.
func BindingSubject(scope, namespace string) ID {
	return derive("binding").text(scope).text(namespace).id()
}

// EpochSubject names the fact that records that a person accepted a ledger
// whose head was not the recorded one.
func EpochSubject(scope string) ID { return derive("epoch").text(scope).id() }

// ReceiptSubject names the fact that a payment's outside reference was used.
// References are unique per tenant and payment type, which is in lower case, as
// in the name of the counter-account.
func ReceiptSubject(tenant ID, paymentType, reference string) ID {
	return derive("receipt").of(tenant).text(paymentType).text(reference).id()
}

// OperationKey is the key of a one-shot operation: two requests with the same
// key are the same request. explicit is the requester's own idempotency key;
// when it is empty, the object's name is the key. The two never collide.
func OperationKey(scope string, tenant ID, kind, name, explicit string) ID {
	if explicit != "" {
		return derive("operation").text(scope).of(tenant).text(kind).text("key").text(explicit).id()
	}
	return derive("operation").text(scope).of(tenant).text(kind).text("name").text(name).id()
}

// HoldKey is the key under which something is done with a hold. The role is one
// of reserve, accept, charge, release and expire: each happens at most once.
func HoldKey(hold ID, role string) ID { return derive("hold").of(hold).text(role).id() }

// ExtensionKey is the key of a hold's extension. It has what the hold is to be in
// it: asked for once more, it is the same extension.
func ExtensionKey(hold ID, amount, until int64) ID {
	return derive("hold").of(hold).text("extend").number(amount).number(until).id()
}

// ProductID names a product that a bucket is for and a charge is made for. The name
// itself stays out of the ledger.
func ProductID(scope string, tenant ID, name string) ID {
	return derive("product").text(scope).of(tenant).text(name).id()
}

// TermID names the fact that tells when a bucket may be used.
func TermID(bucket ID) ID { return derive("term").of(bucket).id() }

// MembershipID names the fact that an account shares another one's bucket.
func MembershipID(bucket, member ID) ID {
	return derive("membership").of(bucket).of(member).id()
}

// ShareUseID names the fact that counts what an account has used of another one's
// bucket.
func ShareUseID(bucket, member ID) ID { return derive("share-use").of(bucket).of(member).id() }

// LotExpiryKey is the key under which the end of a lot is recorded.
func LotExpiryKey(lot ID) ID { return derive("lot").of(lot).text("expire").id() }

// BucketExpiryKey is the key under which one end of a bucket is recorded, in
// microseconds since 1970, UTC. A bucket that is extended after its end has
// another one.
func BucketExpiryKey(bucket ID, end int64) ID {
	return derive("bucket-end").of(bucket).number(end).id()
}

// CycleKey is the key under which a bucket's cycle begins. Cycles count from 0, at
// the anchor.
func CycleKey(bucket ID, cycle int64) ID {
	return derive("cycle").of(bucket).number(cycle).id()
}

// ReversalSubject names the fact that a transaction was undone.
func ReversalSubject(transaction ID) ID { return derive("reversal").of(transaction).id() }

// SettingsKey is the key under which version of a subject's settings is posted.
func SettingsKey(subject ID, version int64) ID {
	return derive("settings").of(subject).number(version).id()
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
	return derive("refusal").of(key).text(string(print[:])).id()
}
