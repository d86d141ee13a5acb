// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Every command needs several IDs, most of them of another ID.
func BenchmarkID(b *testing.B) {
	for name, of := range map[string]func() ledger.ID{
		"external": func() ledger.ID { return ledger.ExternalID(scope, tenant, "revenue:usage") },
		"lot":      func() ledger.ID { return ledger.LotID(bucket, 7_000_000) },
		"share":    func() ledger.ID { return ledger.ShareUseID(bucket, account) },
		"refusal":  func() ledger.ID { return ledger.RefusalID(key, ledger.Fingerprint{}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if of() == (ledger.ID{}) {
					b.Fatal("an ID is zero")
				}
			}
		})
	}
}
