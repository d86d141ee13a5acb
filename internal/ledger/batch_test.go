// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Anything that can be sealed, whether a book would decide it or not.
var (
	anyID     = rapid.Custom(func(t *rapid.T) ledger.ID { return ledger.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")) })
	anyText   = rapid.StringN(0, 8, -1)
	anyNumber = rapid.Int64()
	anyBatch  = rapid.Custom(func(t *rapid.T) *ledger.Batch {
		return &ledger.Batch{
			Shard: rapid.Int32().Draw(t, "shard"), Sequence: anyNumber.Draw(t, "sequence"),
			Previous: ledger.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "previous")),
			Instant:  time.UnixMicro(anyNumber.Draw(t, "instant")), Rules: rapid.Uint16().Draw(t, "rules"),
			Ledger: anyText.Draw(t, "ledger"), Records: rapid.SliceOfN(anyRecord, 0, 3).Draw(t, "records"),
		}
	})
	anyRecord = rapid.Custom(func(t *rapid.T) ledger.Record {
		maybe := rapid.Ptr(anyNumber, true)
		return ledger.Record{
			ID: anyID.Draw(t, "id"), Kind: ledger.Kind(rapid.Uint16().Draw(t, "kind")),
			Status: ledger.Status(rapid.Byte().Draw(t, "status")), Code: ledger.Code(anyText.Draw(t, "code")),
			PrintVersion: rapid.Byte().Draw(t, "version"),
			Figures: ledger.Figures{
				Needed: anyNumber.Draw(t, "needed"), Unit: anyText.Draw(t, "unit"), Other: anyID.Draw(t, "other"),
			},
			Entries: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Entry {
				return ledger.Entry{Cell: anyNumber.Draw(t, "cell"), Amount: anyNumber.Draw(t, "amount"), Floor: maybe.Draw(t, "floor")}
			}), 0, 3).Draw(t, "entries"),
			Facts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Fact {
				return ledger.Fact{
					Subject: anyID.Draw(t, "subject"), Version: anyNumber.Draw(t, "version"), Used: maybe.Draw(t, "used"),
					Cap: maybe.Draw(t, "cap"), Body: rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "body"),
				}
			}), 0, 3).Draw(t, "facts"),
			Key: anyID.Draw(t, "key"), Effective: anyNumber.Draw(t, "effective"),
		}
	})
)
