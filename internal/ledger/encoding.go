// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
)

// Everything that is hashed is CBOR (RFC 8949) in core deterministic encoding
// with integer keys, absent fields left out.
var (
	encoder = must(encoding().UserBufferEncMode())
	decoder = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxArrayElements:  1 << 20,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode())
)

// encoding is the core deterministic one. An ID is written as the array of bytes
// that it is, which is the same as what it says of itself, and quicker.
func encoding() cbor.EncOptions {
	options := cbor.CoreDetEncOptions()
	options.BinaryMarshaler = cbor.BinaryMarshalerNone
	return options
}

// buffers are what is encoded into, to be hashed or copied.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encode appends the encoding of a value to a prefix, and lends the result.
func encode(prefix []byte, value any, borrow func([]byte)) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	buffer.Write(prefix)
	err := encoder.MarshalToBuffer(value, buffer)
	if err == nil {
		borrow(buffer.Bytes())
	}
	return err
}

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

// Fingerprint is the SHA-256 of what an operation would move.
type Fingerprint [32]byte

// PrintVersion is the version of the encoding of new fingerprints; versions
// count from 1. Older ones are compared under the version they were stored with.
const PrintVersion uint8 = 1

// FingerprintOf is the fingerprint of an operation under a version of the
// encoding. It covers what moves money, and neither who asked nor why.
func FingerprintOf(version uint8, op Operation) (Fingerprint, error) {
	if version != PrintVersion {
		return Fingerprint{}, fmt.Errorf("fingerprint version %d is newer than this program", version)
	}
	kind := uint16(op.Kind())
	var print Fingerprint
	err := encode([]byte{version, byte(kind >> 8), byte(kind)}, op, func(encoded []byte) { print = sha256.Sum256(encoded) })
	if err != nil {
		return Fingerprint{}, fmt.Errorf("encode %T: %w", op, err)
	}
	return print, nil
}

// Fingerprints are the fingerprints of an operation under each version of the
// encoding that a program may have recorded it with, the newest first.
func Fingerprints(op Operation) ([]Fingerprint, error) {
	prints := make([]Fingerprint, 0, PrintVersion)
	for version := PrintVersion; version > 0; version-- {
		print, err := FingerprintOf(version, op)
		if err != nil {
			return nil, err
		}
		prints = append(prints, print)
	}
	return prints, nil
}

// EncodeBody is the body of a fact.
func EncodeBody(body any) []byte { return must(encoder.Marshal(body)) }

// DecodeBody reads the body of a fact into a pointer to its kind's type.
func DecodeBody(body []byte, into any) error {
	if err := decoder.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the body of a fact: %w", err)
	}
	return nil
}

// payloadFormat is the format of new payloads. Readers of older ones are kept.
const payloadFormat uint8 = 1

// payload is the encoding of a batch. The hash of the batch before is in it:
// that is the chain.
type payload struct {
	Shard    int32    `cbor:"1,keyasint,omitempty"`
	Sequence int64    `cbor:"2,keyasint,omitempty"`
	Previous Hash     `cbor:"3,keyasint"`
	Micros   int64    `cbor:"4,keyasint"`
	Rules    uint16   `cbor:"5,keyasint"`
	Records  []Record `cbor:"6,keyasint,omitempty"`
	Ledger   string   `cbor:"7,keyasint,omitempty"`
}

// ErrPayload tells that stored bytes are no batch of a log.
var ErrPayload = errors.New("not a payload of the log")

// Seal encodes the batch into Payload and sets Hash.
func (b *Batch) Seal() error {
	err := encode([]byte{payloadFormat}, payload{
		Shard: b.Shard, Sequence: b.Sequence, Previous: b.Previous,
		Micros: b.Instant.UnixMicro(), Rules: b.Rules, Records: b.Records, Ledger: b.Ledger,
	}, func(encoded []byte) { b.Payload = bytes.Clone(encoded) })
	if err != nil {
		return fmt.Errorf("encode batch %d: %w", b.Sequence, err)
	}
	b.Hash = sha256.Sum256(b.Payload)
	return nil
}

// Open reads a payload and computes its hash. It checks nothing against the
// batch before; that is the auditor's work.
func Open(stored []byte) (*Batch, error) {
	if len(stored) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrPayload)
	}
	if stored[0] != payloadFormat {
		return nil, fmt.Errorf("%w: format %d is unknown to this program", ErrPayload, stored[0])
	}
	var p payload
	if err := decoder.Unmarshal(stored[1:], &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return &Batch{
		Shard: p.Shard, Sequence: p.Sequence, Previous: p.Previous,
		Instant: time.UnixMicro(p.Micros).UTC(), Rules: p.Rules, Records: p.Records, Ledger: p.Ledger,
		Payload: stored, Hash: sha256.Sum256(stored),
	}, nil
}

// NewLedger is batch 0 of a new log, with an ID that is the only random one there
// is.
func NewLedger() (*Batch, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, err
	}
	return Genesis(id.String(), time.Now())
}

// Genesis is batch 0 of the log of a ledger.
func Genesis(ledgerID string, instant time.Time) (*Batch, error) {
	b := &Batch{Instant: instant.UTC().Truncate(time.Microsecond), Ledger: ledgerID}
	return b, b.Seal()
}
