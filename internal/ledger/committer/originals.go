// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// recollect gives the reversals among calls what they undo, whatever they came
// with: it decides which accounts they touch. It returns the transactions that
// still have to be found, by [confirm], in what is loaded next.
func (c *Committer) recollect(ctx context.Context, calls []*call) ([]ledger.ID, error) {
	var reversed []ledger.ID
	for _, call := range calls {
		if reverse, ok := call.command.Operation.(ledger.Reverse); ok {
			reversed = append(reversed, reverse.Of)
		}
	}
	if len(reversed) == 0 {
		return nil, nil
	}
	originals, err := c.store.Originals(ctx, reversed)
	if err != nil {
		return nil, unread(ctx, err)
	}
	for _, call := range calls {
		if reverse, ok := call.command.Operation.(ledger.Reverse); ok {
			reverse.Original = nil
			if original, ok := originals[reverse.Of]; ok {
				reverse.Original = &original
			}
			call.command.Operation = reverse
			call.touches = book.Touches(call.command)
		}
	}
	return reversed, nil
}

// confirm takes from reversals what is in no batch up to after. It may be in one
// that is being appended, or in one of another writer: either may still be lost.
// To this process it is not in the ledger yet, and whoever asks again is told.
func confirm(calls []*call, found *ledger.Loaded, after ledger.Head) {
	for _, call := range calls {
		reverse, ok := call.command.Operation.(ledger.Reverse)
		if !ok || reverse.Original == nil {
			continue
		}
		if tx, ok := found.Transactions[reverse.Of]; !ok || tx.Sequence > after.Sequence {
			reverse.Original = nil
			call.command.Operation = reverse
		}
	}
}
