// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

// fullestBatch uses every field of every row.
func fullestBatch() *ledger.Batch {
	b := fullBatch()
	b.Records[0].Effective = noon.UnixMicro() - 1
	return b
}

// fullBatch uses every field that the first program had.
func fullBatch() *ledger.Batch {
	floor, used, bound := int64(-500), int64(3), int64(4)
	previous, print := ledger.Hash{}, ledger.Fingerprint{}
	for i := range previous {
		previous[i], print[i] = byte(i), byte(0xff-i)
	}
	return &ledger.Batch{
		Shard: 2, Sequence: 41, Previous: previous, Instant: noon, Rules: 1, Ledger: "l-1",
		Records: []ledger.Record{{
			ID: key, Kind: ledger.KindTopUp, Status: ledger.Accepted, Code: "AnyCode",
			Fingerprint: print, PrintVersion: 1,
			Figures: ledger.Figures{Needed: 12, Available: -4, Unit: "EUR", Other: account},
			Impacts: []ledger.Impact{{Account: account, Bucket: bucket, Before: 5, After: -6}},
			Cells: []ledger.Cell{{
				ID: 11, Account: account, Bucket: bucket, Lot: 1, Unit: "EUR", Kind: ledger.Debt, Tenant: tenant,
			}},
			Entries: []ledger.Entry{{Cell: 8, Version: 1, Amount: -7, Balance: -7, Floor: &floor}},
			Facts: []ledger.Fact{{
				Subject: bucket, Version: 9, Kind: ledger.FactReceipt, Used: &used, Cap: &bound, Body: []byte{1, 2, 3},
			}},
			Live: []ledger.Live{{Account: account, Subject: bucket, Base: 8, Ended: true}},
			Due:  []ledger.Due{{At: noon.UnixMicro(), Subject: bucket, Account: account, Settled: true}},
			Key:  tenant,
		}},
	}
}

// plainBatch leaves out all that can be absent.
func plainBatch() *ledger.Batch {
	return &ledger.Batch{Instant: noon, Records: []ledger.Record{{ID: key, Status: ledger.Refused}}}
}

func sealed(t testing.TB, b *ledger.Batch) *ledger.Batch {
	t.Helper()
	if err := b.Seal(); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryPayloadIsTheOneThatLedgersInTheFieldHave(t *testing.T) {
	genesis, err := ledger.Genesis("l-1", noon.Add(time.Nanosecond))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for _, b := range []struct {
		name  string
		batch *ledger.Batch
	}{
		{"1/genesis", genesis}, {"1/full", sealed(t, fullBatch())}, {"1/plain", sealed(t, plainBatch())},
		{"1/effective", sealed(t, fullestBatch())},
	} {
		vectors = append(vectors, vector{b.name, b.batch.Payload}, vector{b.name + "/hash", b.batch.Hash[:]})
	}
	assertGolden(t, "payloads.golden", vectors)
}

// A field that the fullest batch leaves zero would be in no golden vector.
func TestTheFullestBatchUsesEveryField(t *testing.T) {
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[time.Time](), v.Type() == reflect.TypeFor[ledger.ID]():
			if v.IsZero() {
				t.Errorf("%s is not in use", path)
			}
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				field := v.Type().Field(i)
				if field.Tag.Get("cbor") != "-" && field.Name != "Payload" && field.Name != "Hash" {
					walk(path+"."+field.Name, v.Field(i))
				}
			}
		case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
			walk(path, v.Index(0))
		case v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0:
			t.Errorf("%s is not in use", path)
		}
	}
	walk("Batch", reflect.ValueOf(*fullestBatch()))
}

// Payloads are read for ever: this test reads the file, not what this program
// would write today.
func TestEveryPayloadEverWrittenCanBeReadAndKeepsItsHash(t *testing.T) {
	hashes, payloads := map[string][]byte{}, 0
	for _, v := range golden(t, "payloads.golden") {
		if name, ok := strings.CutSuffix(v.name, "/hash"); ok {
			hashes[name] = v.bytes
		}
	}
	for _, v := range golden(t, "payloads.golden") {
		if strings.HasSuffix(v.name, "/hash") {
			continue
		}
		payloads++
		b, err := ledger.Open(v.bytes)
		if err != nil {
			t.Errorf("%s cannot be read: %v", v.name, err)
			continue
		}
		if !bytes.Equal(b.Hash[:], hashes[v.name]) {
			t.Errorf("%s has the hash %x, not %x", v.name, b.Hash, hashes[v.name])
		}
	}
	if payloads < 4 {
		t.Errorf("only %d payloads were read", payloads)
	}
}

func TestOpeningAPayloadGivesBackWhatWasSealed(t *testing.T) {
	for name, b := range map[string]*ledger.Batch{
		"fullest": fullestBatch(), "full": fullBatch(), "plain": plainBatch(),
	} {
		got, err := ledger.Open(sealed(t, b).Payload)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, b) {
			t.Errorf("the %s batch came back as\n%+v, not\n%+v", name, got, b)
		}
	}
}

func TestWhatMayBePersonalIsNotInThePayload(t *testing.T) {
	b := fullBatch()
	bare := sealed(t, fullBatch()).Payload
	b.Records[0].Annotation = ledger.Annotation{Channel: "Retail", Reason: "lunch with Bob", Requestor: "jane@example.com"}
	if !bytes.Equal(sealed(t, b).Payload, bare) {
		t.Error("the annotation changed the payload: erasing it would break the chain")
	}
	if b.Records[0].Annotation.IsZero() || !fullBatch().Records[0].Annotation.IsZero() {
		t.Error("there is no telling whether there is anything to keep")
	}
}

func TestTheChainIsInThePayload(t *testing.T) {
	b := fullBatch()
	hash := sealed(t, b).Hash
	b.Previous[31] ^= 1
	if sealed(t, b).Hash == hash {
		t.Error("the hash of the batch before is not in the hash")
	}
	if b.Head() != (ledger.Head{Sequence: b.Sequence, Hash: b.Hash, Instant: b.Instant}) {
		t.Errorf("the head is %+v", b.Head())
	}
}

func TestGenesisIsCutToMicroseconds(t *testing.T) {
	b, err := ledger.Genesis("l-1", noon.Add(999*time.Nanosecond).In(time.FixedZone("here", 7200)))
	if err != nil {
		t.Fatal(err)
	}
	if b.Instant != noon || b.Sequence != 0 || b.Previous != (ledger.Hash{}) || b.Ledger != "l-1" || len(b.Records) != 0 {
		t.Errorf("genesis is %+v", b)
	}
}

func TestBytesThatAreNoPayloadAreRefusedWithTheReason(t *testing.T) {
	good := sealed(t, fullBatch()).Payload
	for _, c := range []struct {
		name  string
		bytes []byte
		says  string
	}{
		{"nothing", nil, "it is empty"},
		{"a format from the future", append([]byte{2}, good[1:]...), "format 2 is unknown to this program"},
		{"format 0", append([]byte{0}, good[1:]...), "format 0 is unknown to this program"},
		{"a format and nothing else", []byte{1}, "EOF"},
		{"half a payload", good[:len(good)/2], "EOF"},
		{"a byte too many", append(bytes.Clone(good), 0), "extraneous data"},
		{"a field that this program does not know", []byte{1, 0xa1, 0x18, 0x63, 0x01}, "unknown field"},
		{"one field twice", []byte{1, 0xa2, 0x05, 0x01, 0x05, 0x02}, "duplicate map key"},
		{"no map", []byte{1, 0x01}, "cannot unmarshal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := ledger.Open(c.bytes)
			if !errors.Is(err, ledger.ErrPayload) || b != nil {
				t.Fatalf("opened as %v with the error %v", b, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %q and does not say %q", err, c.says)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(sealed(f, fullestBatch()).Payload)
	f.Add(sealed(f, plainBatch()).Payload)
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{1, 0xbf, 0xff})
	f.Add([]byte{1, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, payload []byte) {
		b, err := ledger.Open(payload)
		if err != nil {
			if !errors.Is(err, ledger.ErrPayload) {
				t.Fatalf("the error is %v", err)
			}
			return
		}
		if b.Hash != sha256.Sum256(payload) || !bytes.Equal(b.Payload, payload) {
			t.Fatal("the hash is not that of the bytes that were read")
		}
		// What was read can be written, and then comes back byte for byte, even
		// where the first bytes were not the shortest encoding.
		written := sealed(t, b).Payload
		again, err := ledger.Open(written)
		if err != nil {
			t.Fatalf("what Seal wrote cannot be read: %v", err)
		}
		if !bytes.Equal(sealed(t, again).Payload, written) {
			t.Fatal("sealing what was opened gives other bytes")
		}
	})
}

func TestSealingWhatWasOpenedGivesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBatch.Draw(t, "batch")
		if err := b.Seal(); err != nil {
			t.Fatal(err)
		}
		opened, err := ledger.Open(b.Payload)
		if err != nil {
			t.Fatal(err)
		}
		hash := opened.Hash
		opened.Payload, opened.Hash = nil, ledger.Hash{}
		if err := opened.Seal(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(opened.Payload, b.Payload) || opened.Hash != hash || hash != b.Hash {
			t.Fatalf("%x came back as %x", b.Payload, opened.Payload)
		}
	})
}
