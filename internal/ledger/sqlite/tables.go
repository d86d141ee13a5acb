// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// table is a table as it is written to: some rows in one statement. A row that
// fails ends the whole transaction (OR ROLLBACK), so SQLite need not journal
// each statement to be able to undo it alone: a fifth of the cost of a batch.
type table struct {
	// into names the table and its columns, row is one row of placeholders,
	// conflict what happens to a row that is there.
	into, row, conflict string
}

func (t *table) statement(rows int) string {
	return t.into + strings.Repeat(t.row+", ", rows-1) + t.row + t.conflict
}

// width is how many placeholders a row has.
func (t *table) width() int { return strings.Count(t.row, "?") }

var (
	batchTable = table{
		into: "INSERT OR ROLLBACK INTO batch (shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	}
	txTable = table{
		into: "INSERT OR ROLLBACK INTO tx (seq, pos, id, op, status, code, fingerprint, fingerprint_version) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?, ?)",
	}
	cellTable = table{
		into: "INSERT OR ROLLBACK INTO cell (id, seq, pos, tenant, account, bucket, lot, unit, kind) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	}
	entryTable = table{
		into: "INSERT OR ROLLBACK INTO entry (cell_id, version, seq, pos, amount, balance_after, floor) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?)",
	}
	factTable = table{
		into: "INSERT OR ROLLBACK INTO fact (subject, version, seq, pos, kind, used, cap, body) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?, ?)",
	}
	// overCapTable writes the rare facts that count more than their cap. One at
	// a time: each has to see the version before, which may be of this batch.
	overCapTable = table{
		into: "INSERT OR ROLLBACK INTO fact (subject, version, seq, pos, kind, used, cap, body, fell_from) VALUES ",
		row:  "(?, ?, ?, ?, ?, ?, ?, ?, (SELECT used FROM fact WHERE subject = ? AND version = ?))",
	}
	liveTable = table{
		into: "INSERT OR ROLLBACK INTO live (account, subject, base) VALUES ", row: "(?, ?, ?)",
		conflict: " ON CONFLICT (account, subject) DO UPDATE SET base = excluded.base",
	}
	endedTable = table{into: "DELETE FROM live WHERE (account, subject) IN (VALUES ", row: "(?, ?)", conflict: ")"}
	dueTable   = table{
		into: "INSERT OR ROLLBACK INTO due (at, subject, account) VALUES ", row: "(?, ?, ?)",
		conflict: " ON CONFLICT (at, subject) DO UPDATE SET account = excluded.account",
	}
	settledTable    = table{into: "DELETE FROM due WHERE (at, subject) IN (VALUES ", row: "(?, ?)", conflict: ")"}
	annotationTable = table{
		into: "INSERT OR ROLLBACK INTO annotation (seq, pos, channel, reason, requestor) VALUES ",
		row:  "(?, ?, ?, ?, ?)",
	}
)

// The functions below append the values of one row to args. IDs and hashes are
// passed as slices of the batch itself, which nobody changes meanwhile.

func batchRow(args []any, b *ledger.Batch) []any {
	var previous any
	if b.Sequence != 0 {
		previous = b.Sequence - 1
	}
	return append(args, int64(b.Shard), b.Sequence, previous, int64(b.Payload[0]), int64(b.Rules),
		b.Instant.UnixMicro(), b.Previous[:], b.Hash[:], b.Payload)
}

func txRow(args []any, seq, pos int64, r *ledger.Record) []any {
	return append(args, seq, pos, r.ID[:], int64(r.Kind), int64(r.Status), string(r.Code),
		r.Fingerprint[:], int64(r.PrintVersion))
}

func cellRow(args []any, seq, pos int64, c *ledger.Cell) []any {
	return append(args, c.ID, seq, pos, c.Tenant[:], c.Account[:], c.Bucket[:], c.Lot, c.Unit, int64(c.Kind))
}

func entryRow(args []any, seq, pos int64, e *ledger.Entry) []any {
	return append(args, e.Cell, e.Version, seq, pos, e.Amount, e.Balance, optional(e.Floor))
}

func factRow(args []any, seq, pos int64, f *ledger.Fact) []any {
	var body any
	if len(f.Body) > 0 {
		body = f.Body
	}
	return append(args, f.Subject[:], f.Version, seq, pos, int64(f.Kind), optional(f.Used), optional(f.Cap), body)
}

func overCapRow(args []any, seq, pos int64, f *ledger.Fact) []any {
	return append(factRow(args, seq, pos, f), f.Subject[:], f.Version-1)
}

func optional(value *int64) any {
	if value == nil {
		return nil
	}
	return *value
}
