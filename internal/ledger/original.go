// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"slices"
)

// OriginalsOf reads what transactions did from the payloads they were found in,
// for a [Store] to answer with. Refused ones are left out: they did nothing.
// owners tells whose some cells are.
func OriginalsOf(found map[ID]Transaction, owners func(cells []int64) (map[int64]ID, error)) (map[ID]Original, error) {
	originals := make(map[ID]Original, len(found))
	opened := make(map[int64]*Batch)
	var cells []int64
	for id, at := range found {
		batch, ok := opened[at.Sequence]
		if !ok {
			var err error
			if batch, err = Open(at.Payload); err != nil {
				return nil, fmt.Errorf("batch %d: %w", at.Sequence, err)
			}
			opened[at.Sequence] = batch
		}
		if at.Position < 0 || at.Position >= len(batch.Records) || batch.Records[at.Position].ID != id {
			return nil, fmt.Errorf("batch %d, position %d: %w: transaction %s is not there",
				at.Sequence, at.Position, ErrPayload, id)
		}
		record := &batch.Records[at.Position]
		if record.Status != Accepted {
			continue
		}
		originals[id] = Original{Kind: record.Kind, Entries: record.Entries}
		for i := range record.Entries {
			cells = append(cells, record.Entries[i].Cell)
		}
	}
	slices.Sort(cells)
	cells = slices.Compact(cells)
	if len(cells) == 0 {
		return originals, nil
	}
	of, err := owners(cells)
	if err != nil {
		return nil, err
	}
	for id, original := range originals {
		for i := range original.Entries {
			account, ok := of[original.Entries[i].Cell]
			if !ok {
				return nil, fmt.Errorf("transaction %s moves money on cell %d, which is missing", id, original.Entries[i].Cell)
			}
			if !slices.Contains(original.Accounts, account) {
				original.Accounts = append(original.Accounts, account)
			}
		}
		originals[id] = original
	}
	return originals, nil
}
