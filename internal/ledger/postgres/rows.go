// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// rows are the steps that write one batch, with the values of its rows column by
// column. They are filled again for each batch.
type rows struct {
	steps []step

	tx         txColumns
	cell       cellColumns
	entry      entryColumns
	fact       factColumns
	annotation annotationColumns
	overCap    []step

	records []placed[ledger.Record]
	entries []placed[ledger.Entry]
}

// placed is a row and its position in the batch.
type placed[R any] struct {
	row *R
	pos int32
}

type txColumns struct {
	pos         []int32
	id          [][16]byte
	op          []int32
	status      []int16
	version     []int16
	code        []string
	fingerprint [][]byte
}

type cellColumns struct {
	id                      []int64
	pos                     []int32
	tenant, account, bucket [][16]byte
	lot                     []int64
	unit                    []string
	kind                    []int16
}

type entryColumns struct {
	cell, version, amount, balance []int64
	floor                          []*int64
	pos                            []int32
}

type factColumns struct {
	subject   [][16]byte
	version   []int64
	pos       []int32
	kind      []int16
	used, cap []*int64
	body      [][]byte
}

type annotationColumns struct {
	pos                        []int32
	channel, reason, requestor []string
}

func (r *rows) set(b *ledger.Batch) {
	r.clear()
	for pos := range b.Records {
		r.record(b.Sequence, int32(pos), &b.Records[pos]) //nolint:gosec // a batch has some thousand records at most
	}
	r.inOrder()
	r.add(begin)
	r.add(insertBatch, batchRow(b)...)
	if t := &r.tx; len(t.id) > 0 {
		r.add(insertTx, b.Sequence, t.pos, t.id, t.op, t.status, t.version, t.code, t.fingerprint)
	}
	if c := &r.cell; len(c.id) > 0 {
		r.add(insertCell, b.Sequence, c.id, c.pos, c.tenant, c.account, c.bucket, c.lot, c.unit, c.kind)
	}
	if e := &r.entry; len(e.cell) > 0 {
		r.add(insertEntry, b.Sequence, e.cell, e.version, e.amount, e.balance, e.floor, e.pos)
	}
	if f := &r.fact; len(f.subject) > 0 {
		r.add(insertFact, b.Sequence, f.subject, f.version, f.pos, f.kind, f.used, f.cap, f.body)
	}
	r.steps = append(r.steps, r.overCap...)
	r.addLive(b)
	r.addDue(b)
	if a := &r.annotation; len(a.pos) > 0 {
		r.add(insertAnnotation, b.Sequence, a.pos, a.channel, a.reason, a.requestor)
	}
	r.add(commit)
}

func (r *rows) add(text string, args ...any) { r.steps = append(r.steps, step{text: text, args: args}) }

// clear empties the columns and keeps their arrays.
func (r *rows) clear() {
	r.steps, r.overCap, r.records, r.entries = r.steps[:0], r.overCap[:0], r.records[:0], r.entries[:0]
	t, c, e, f, a := &r.tx, &r.cell, &r.entry, &r.fact, &r.annotation
	*t = txColumns{t.pos[:0], t.id[:0], t.op[:0], t.status[:0], t.version[:0], t.code[:0], t.fingerprint[:0]}
	*c = cellColumns{c.id[:0], c.pos[:0], c.tenant[:0], c.account[:0], c.bucket[:0], c.lot[:0], c.unit[:0], c.kind[:0]}
	*e = entryColumns{e.cell[:0], e.version[:0], e.amount[:0], e.balance[:0], e.floor[:0], e.pos[:0]}
	*f = factColumns{f.subject[:0], f.version[:0], f.pos[:0], f.kind[:0], f.used[:0], f.cap[:0], f.body[:0]}
	*a = annotationColumns{a.pos[:0], a.channel[:0], a.reason[:0], a.requestor[:0]}
}

func (r *rows) record(seq int64, pos int32, record *ledger.Record) {
	r.records = append(r.records, placed[ledger.Record]{record, pos})
	for i := range record.Cells {
		r.addCell(pos, &record.Cells[i])
	}
	for i := range record.Entries {
		r.entries = append(r.entries, placed[ledger.Entry]{&record.Entries[i], pos})
	}
	for i := range record.Facts {
		r.addFact(seq, pos, &record.Facts[i])
	}
	if a, from := &r.annotation, &record.Annotation; !from.IsZero() {
		a.pos, a.channel = append(a.pos, pos), append(a.channel, from.Channel)
		a.reason, a.requestor = append(a.reason, from.Reason), append(a.requestor, from.Requestor)
	}
}

// inOrder fills the columns of the two tables with the most rows, in the order of
// their keys: neighbours in an index are found faster one after the other.
func (r *rows) inOrder() {
	slices.SortFunc(r.records, func(x, y placed[ledger.Record]) int { return bytes.Compare(x.row.ID[:], y.row.ID[:]) })
	t := &r.tx
	for _, record := range r.records {
		from := record.row
		t.pos, t.id, t.op = append(t.pos, record.pos), append(t.id, from.ID), append(t.op, int32(from.Kind))
		t.status, t.version = append(t.status, int16(from.Status)), append(t.version, int16(from.PrintVersion))
		t.code, t.fingerprint = append(t.code, string(from.Code)), append(t.fingerprint, from.Fingerprint[:])
	}
	slices.SortFunc(r.entries, func(x, y placed[ledger.Entry]) int {
		return cmp.Or(cmp.Compare(x.row.Cell, y.row.Cell), cmp.Compare(x.row.Version, y.row.Version))
	})
	e := &r.entry
	for _, entry := range r.entries {
		from := entry.row
		e.cell, e.version, e.amount = append(e.cell, from.Cell), append(e.version, from.Version), append(e.amount, from.Amount)
		e.balance, e.floor, e.pos = append(e.balance, from.Balance), append(e.floor, from.Floor), append(e.pos, entry.pos)
	}
}

func (r *rows) addCell(pos int32, from *ledger.Cell) {
	c := &r.cell
	c.id, c.pos, c.tenant = append(c.id, from.ID), append(c.pos, pos), append(c.tenant, from.Tenant)
	c.account, c.bucket, c.lot = append(c.account, from.Account), append(c.bucket, from.Bucket), append(c.lot, from.Lot)
	c.unit, c.kind = append(c.unit, from.Unit), append(c.kind, int16(from.Kind))
}

func (r *rows) addFact(seq int64, pos int32, from *ledger.Fact) {
	body := from.Body
	if len(body) == 0 {
		body = nil
	}
	if from.Cap != nil && from.Used != nil && *from.Used > *from.Cap {
		values := []any{seq, [16]byte(from.Subject), from.Version, pos, int16(from.Kind), *from.Used, *from.Cap, nil}
		if body != nil {
			values[len(values)-1] = body
		}
		r.overCap = append(r.overCap, step{text: insertOverCap, args: values})
		return
	}
	f := &r.fact
	f.subject, f.version, f.pos = append(f.subject, from.Subject), append(f.version, from.Version), append(f.pos, pos)
	f.kind, f.used, f.cap, f.body = append(f.kind, int16(from.Kind)), append(f.used, from.Used), append(f.cap, from.Cap), append(f.body, body)
}

// addLive writes what lives on, and deletes what has ended. Rows are deleted one by
// one: a plan for many at once is made while there are hardly any, and then reads
// all of them for each.
func (r *rows) addLive(b *ledger.Batch) {
	var accounts, subjects [][16]byte
	var bases []int64
	for _, row := range b.LastLive() {
		if row.Ended {
			r.add(deleteLive, [16]byte(row.Account), [16]byte(row.Subject))
			continue
		}
		accounts, subjects, bases = append(accounts, row.Account), append(subjects, row.Subject), append(bases, row.Base)
	}
	if len(accounts) > 0 {
		r.add(insertLive, accounts, subjects, bases)
	}
}

func (r *rows) addDue(b *ledger.Batch) {
	var at []int64
	var subjects, accounts [][16]byte
	for _, row := range b.LastDue() {
		if row.Settled {
			r.add(deleteDue, row.At, [16]byte(row.Subject))
			continue
		}
		at, subjects, accounts = append(at, row.At), append(subjects, row.Subject), append(accounts, row.Account)
	}
	if len(at) > 0 {
		r.add(insertDue, at, subjects, accounts)
	}
}

func batchRow(b *ledger.Batch) []any {
	var previous any
	if b.Sequence != 0 {
		previous = b.Sequence - 1
	}
	return []any{
		b.Shard, b.Sequence, previous, int16(b.Payload[0]), int32(b.Rules),
		b.Instant.UnixMicro(), b.Previous[:], b.Hash[:], b.Payload,
	}
}
