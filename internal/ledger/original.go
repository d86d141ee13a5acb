// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"slices"
)

// OriginalsOf reads what transactions did from the payloads they were found in,
// for a [Store] to answer with. Refused ones are left out: they did nothing.
// owners reads some cells.
func OriginalsOf(found map[ID]Transaction, owners func(cells []int64) (map[int64]Cell, error)) (map[ID]Original, error) {
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
		originals[id] = originalOf(record, batch)
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
		if err := original.place(of); err != nil {
			return nil, fmt.Errorf("transaction %s %w", id, err)
		}
		originals[id] = original
	}
	return originals, nil
}

// originalOf is what a record did, but for whose lots its legs are in.
func originalOf(record *Record, batch *Batch) Original {
	original := Original{Kind: record.Kind, Entries: record.Entries, Instant: batch.Instant.UnixMicro()}
	if record.Effective != 0 {
		original.Instant = record.Effective
	}
	for _, fact := range record.Facts {
		if fact.Kind == FactShareUse {
			original.Shares = append(original.Shares, fact)
		}
	}
	return original
}

// place fills in whose lots the legs are in.
func (o *Original) place(of map[int64]Cell) error {
	for i := range o.Entries {
		cell, ok := of[o.Entries[i].Cell]
		if !ok {
			return fmt.Errorf("moves money on cell %d, which is missing", o.Entries[i].Cell)
		}
		if !slices.Contains(o.Accounts, cell.Account) {
			o.Accounts = append(o.Accounts, cell.Account)
		}
		if lot := LotID(cell.Bucket, cell.Lot); !slices.Contains(o.Lots, lot) {
			o.Lots = append(o.Lots, lot)
		}
	}
	return nil
}
