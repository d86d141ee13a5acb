// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// batchName names a batch in findings.
type batchName int64

func (n batchName) String() string { return fmt.Sprintf("batch %d", int64(n)) }

// log walks the log and, beside it, the tables in the order of the log.
func (r *run) log() error {
	tables := r.open()
	defer tables.stop()
	var before *Batch
	for row, err := range r.rows.Batches() {
		if err != nil {
			return err
		}
		batch := r.batch(&row, before)
		if err := tables.compare(row.Sequence, batch); err != nil {
			return err
		}
		if batch != nil {
			r.records(batch)
		}
		r.report.Batches++
		before = &row
	}
	if before == nil {
		r.find(batchName(0), "the log is empty")
	} else {
		r.report.Head = Head{
			Sequence: before.Sequence, Hash: hex.EncodeToString(before.Hash), Instant: time.UnixMicro(before.Micros).UTC(),
		}
	}
	return tables.rest()
}

// batch checks one link of the chain and returns what is in it, nil if that
// cannot be read.
func (r *run) batch(row, before *Batch) *ledger.Batch {
	name := batchName(row.Sequence)
	r.link(row, before)
	batch, err := ledger.Open(row.Payload)
	if err != nil {
		r.find(name, "its payload cannot be read, so its rows are not checked: %v", err)
		return nil
	}
	if !bytes.Equal(row.Hash, batch.Hash[:]) {
		r.find(name, "hash is %x, its payload has %x", row.Hash, batch.Hash)
	}
	if !bytes.Equal(row.Previous, batch.Previous[:]) {
		r.find(name, "prev_hash is %x, its payload says %x", row.Previous, batch.Previous)
	}
	for _, column := range []struct {
		name           string
		stored, logged int64
	}{
		{"shard", row.Shard, int64(batch.Shard)},
		{"seq", row.Sequence, batch.Sequence},
		{"format", row.Format, int64(row.Payload[0])},
		{"rules", row.Rules, int64(batch.Rules)},
		{"instant", row.Micros, batch.Instant.UnixMicro()},
	} {
		if column.stored != column.logged {
			r.find(name, "%s is %d, its payload says %d", column.name, column.stored, column.logged)
		}
	}
	if row.Sequence == 0 {
		r.report.Ledger = batch.Ledger
	}
	if (batch.Ledger != "") != (row.Sequence == 0) {
		r.find(name, "the ledger's ID belongs in batch 0 and nowhere else; here it is %q", batch.Ledger)
	}
	return batch
}

// link checks a batch against the one before.
func (r *run) link(row, before *Batch) {
	name := batchName(row.Sequence)
	if before == nil {
		if row.Sequence != 0 {
			r.find(batchName(0), "missing: the log begins with batch %d", row.Sequence)
			return
		}
		if !bytes.Equal(row.Previous, make([]byte, len(ledger.Hash{}))) || row.Before.Valid {
			r.find(name, "the first batch follows nothing, this one says %x", row.Previous)
		}
		return
	}
	for missing := before.Sequence + 1; missing < row.Sequence; missing++ {
		r.find(batchName(missing), "missing: batch %d is followed by batch %d", before.Sequence, row.Sequence)
		if missing == before.Sequence+MaxFindings {
			break
		}
	}
	if !row.Before.Valid || row.Before.V != row.Sequence-1 {
		r.find(name, "prev_seq is %v, it follows %d", optional(row.Before), row.Sequence-1)
	}
	if row.Sequence == before.Sequence+1 && !bytes.Equal(row.Previous, before.Hash) {
		r.find(name, "prev_hash is %x, the batch before has %x", row.Previous, before.Hash)
	}
	if row.Micros < before.Micros {
		r.find(name, "its instant %s is before that of the batch before, %s",
			time.UnixMicro(row.Micros).UTC().Format(time.RFC3339Nano),
			time.UnixMicro(before.Micros).UTC().Format(time.RFC3339Nano))
	}
}

// records checks what each record of a batch says by itself.
func (r *run) records(batch *ledger.Batch) {
	for i := range batch.Records {
		record := &batch.Records[i]
		r.report.Transactions++
		r.outcome(record)
		for _, cell := range record.Cells {
			r.cells[cell.ID] = cellState{tenant: cell.Tenant, unit: cell.Unit, kind: ledger.CellKindOf(cell.ID)}
			if cell.Kind != ledger.CellKindOf(cell.ID) {
				r.find(Cell{ID: cell.ID}, "kind is %d, its ID says %d", cell.Kind, ledger.CellKindOf(cell.ID))
			}
		}
		r.name(record)
		r.zeroSum(record)
		r.reversal(record)
		r.share(record)
		r.effective(record, batch.Instant)
		r.replayWork(record)
	}
}

func (r *run) outcome(record *ledger.Record) {
	name := Transaction{ID: record.ID}
	switch record.Status {
	case ledger.Accepted:
		if record.Code != "" {
			r.find(name, "it was accepted, with code %s", record.Code)
		}
	case ledger.Refused:
		r.report.Refusals++
		if record.Code == "" {
			r.find(name, "it was refused without a code")
		}
		if len(record.Entries) > 0 {
			r.find(name, "it was refused and moves money")
		}
		if want := ledger.RefusalID(record.Key, record.Fingerprint); record.ID != want {
			r.find(name, "a refusal of this key and content has the ID %s", want)
		}
	default:
		r.find(name, "status %d is never recorded", record.Status)
	}
}

// zeroSum checks that a transaction makes and destroys nothing.
func (r *run) zeroSum(record *ledger.Record) {
	type account struct {
		tenant ledger.ID
		unit   string
	}
	sums := make(map[account]*sum, 1)
	for _, entry := range record.Entries {
		cell, known := r.cells[entry.Cell]
		if !known {
			r.find(Entry{Cell: entry.Cell, Version: entry.Version}, "the log has no cell %d", entry.Cell)
			continue
		}
		of := account{cell.tenant, cell.unit}
		if sums[of] == nil {
			sums[of] = &sum{}
		}
		sums[of].add(entry.Amount)
	}
	for of, total := range sums {
		if !total.isZero() {
			r.find(Transaction{ID: record.ID}, "its entries of tenant %s in %s sum to %s, not to zero",
				of.tenant, of.unit, total.big())
		}
	}
}
