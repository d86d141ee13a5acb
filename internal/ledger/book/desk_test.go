// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

const scope = "default"

var (
	tenant = ledger.TenantID(scope, "retail", 1)
	alice  = ledger.AccountID(scope, tenant, "alice")
	bob    = ledger.AccountID(scope, tenant, "bob")
	carol  = ledger.AccountID(scope, tenant, "carol")
	start  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

type tb interface {
	Helper()
	Errorf(format string, arguments ...any)
	Fatalf(format string, arguments ...any)
}

// desk takes commands, has the book decide them, and keeps what it decides as a
// committer and a store would. It checks after every command what must hold
// after every command, so that each spec is a spec of that too.
type desk struct {
	tb
	state    *book.State
	kept     *rows
	head     ledger.Head
	now      time.Time
	payloads [][]byte
	recorded map[ledger.ID]answer
	asked    int
}

func newDesk(t tb) *desk {
	return &desk{
		tb: t, state: book.NewState(), kept: newRows(), head: ledger.Head{Instant: start}, now: start,
		recorded: map[ledger.ID]answer{},
	}
}

// command gives an operation a key of its own, or the one that it has to have.
func (d *desk) command(op ledger.Operation) ledger.Command {
	d.asked++
	key, ok := stepKey(op)
	if !ok {
		key = ledger.OperationKey(scope, tenant, "Any", strconv.Itoa(d.asked), "")
	}
	return ledger.Command{Key: key, Scope: scope, Tenant: tenant, Operation: op}
}

// post has one operation decided, in a batch of its own.
func (d *desk) post(op ledger.Operation) ledger.Outcome {
	d.Helper()
	return d.batch(d.command(op))[0]
}

// must posts what has to be accepted for the spec to mean anything.
func (d *desk) must(ops ...ledger.Operation) {
	d.Helper()
	for _, op := range ops {
		if out := d.post(op); out.Status != ledger.Accepted {
			d.Fatalf("%+v is %s %+v", op, out.Code, out.Figures)
		}
	}
}

// batch has commands decided together, and commits what was decided.
func (d *desk) batch(commands ...ledger.Command) []ledger.Outcome {
	d.Helper()
	round := d.state.Begin(d.head.Sequence+1, d.now, d.head.Instant)
	var outcomes []ledger.Outcome
	var records []ledger.Record
	for _, command := range commands {
		d.admitAll(d.state, book.Touches(command)) // before any is decided
	}
	for _, command := range commands {
		if replayed, ok := d.replay(command); ok {
			outcomes = append(outcomes, replayed)
			continue
		}
		made := d.settle(round, command)
		record, outcome := d.apply(round, command, len(records)+len(made) == 0)
		if record != nil {
			made = append(made, *record)
		}
		d.remember(made)
		records = append(records, made...)
		outcomes = append(outcomes, outcome)
	}
	if len(records) > 0 {
		d.commit(records)
	}
	d.compareWithRows()
	return outcomes
}

// settle settles what is due before a command.
func (d *desk) settle(round *book.Round, command ledger.Command) (records []ledger.Record) {
	d.Helper()
	touched := book.Touches(command)
	d.admitAll(d.state, touched)
	for _, record := range round.Settle(command, touched.Accounts) {
		records = append(records, *record)
	}
	return records
}

// apply decides one command. synced says that the rows have everything that the
// state has.
func (d *desk) apply(round *book.Round, command ledger.Command, synced bool) (*ledger.Record, ledger.Outcome) {
	d.Helper()
	touched := book.Touches(command)
	d.admitAll(d.state, touched)
	before := d.state.Clone()
	var print ledger.Fingerprint
	if command.Operation != nil {
		var err error
		if print, err = ledger.FingerprintOf(ledger.PrintVersion, command.Operation); err != nil {
			d.Fatalf("%v", err)
		}
	}
	record, outcome := round.Apply(command, print)
	d.compareAnswers(command, record, outcome)
	if outcome.Status != ledger.Accepted && !reflect.DeepEqual(d.state, before) {
		d.Fatalf("%+v was not accepted (%s) and changed the state", command.Operation, outcome.Code)
	}
	if synced {
		fresh := book.NewState()
		d.admitAll(fresh, touched)
		again, answer := fresh.WithCellsFrom(before).Begin(d.head.Sequence+1, d.now, d.head.Instant).Apply(command, print)
		if !reflect.DeepEqual(again, record) || !reflect.DeepEqual(answer, outcome) {
			d.Fatalf("with nothing admitted but what it touches, %+v is decided\n%+v, not\n%+v", command.Operation, again, record)
		}
	}
	return record, outcome
}

// compareAnswers holds the record against the outcome.
func (d *desk) compareAnswers(command ledger.Command, record *ledger.Record, outcome ledger.Outcome) {
	d.Helper()
	switch outcome.Status {
	case ledger.NotTaken:
		if record != nil || outcome.Transaction != (ledger.ID{}) || outcome.Code == "" {
			d.Fatalf("not taken with the code %q and the record %+v", outcome.Code, record)
		}
		return
	case ledger.Accepted:
		if record == nil && ledger.IsSettlement(command.Operation) {
			return // it was settled before
		}
		if record.ID != command.Key || record.Key != (ledger.ID{}) || outcome.Code != "" {
			d.Fatalf("accepted with the code %q under %s", outcome.Code, record.ID)
		}
	case ledger.Refused:
		if record.ID != ledger.RefusalID(command.Key, record.Fingerprint) || record.Key != command.Key || outcome.Code == "" {
			d.Fatalf("refused with the code %q under %s", outcome.Code, record.ID)
		}
		if len(record.Entries)+len(record.Facts)+len(record.Cells)+len(record.Live)+len(record.Impacts) != 0 {
			d.Fatalf("a refusal has rows: %+v", record)
		}
	default:
		d.Fatalf("the outcome is %+v", outcome)
	}
	batch := ledger.Batch{Sequence: d.head.Sequence + 1, Instant: d.now}
	if !reflect.DeepEqual(record.Outcome(&batch), outcome) {
		d.Fatalf("the record says %+v, the answer %+v", record.Outcome(&batch), outcome)
	}
}

// commit seals the batch and keeps the rows that can be read back out of it.
func (d *desk) commit(records []ledger.Record) {
	d.Helper()
	b := &ledger.Batch{
		Sequence: d.head.Sequence + 1, Previous: d.head.Hash, Instant: d.now, Rules: book.Rules, Records: records,
	}
	if err := b.Seal(); err != nil {
		d.Fatalf("%v", err)
	}
	opened, err := ledger.Open(b.Payload)
	if err != nil {
		d.Fatalf("the log cannot be read any more: %v", err)
	}
	for i, record := range opened.Records {
		if err := d.kept.keep(b.Sequence, record); err != nil {
			d.Fatalf("record of kind %d: %v", record.Kind, err)
		}
		d.kept.transactions[record.ID] = ledger.Transaction{ID: record.ID, Sequence: b.Sequence, Position: i, Payload: b.Payload}
	}
	if err := errors.Join(d.kept.checkHolds(), d.kept.checkTime(), d.kept.checkShares()); err != nil {
		d.Fatalf("%v", err)
	}
	d.head = b.Head()
	d.payloads = append(d.payloads, b.Payload)
}

// compareWithRows holds the state in memory against one made from the rows.
func (d *desk) compareWithRows() {
	d.Helper()
	rebuilt := book.NewState()
	d.admit(rebuilt, d.state.Known())
	if !reflect.DeepEqual(rebuilt.WithCellsFrom(d.state), d.state) {
		d.Fatalf("the rows do not make the state that is in memory")
	}
}

// admitAll admits what a command touches, and the circle of that.
func (d *desk) admitAll(state *book.State, touched ledger.Request) {
	d.Helper()
	d.admit(state, touched)
	d.admit(state, ledger.Request{Accounts: state.Circle(touched.Accounts)})
}

func (d *desk) admit(state *book.State, what ledger.Request) {
	d.Helper()
	if err := state.Admit(d.kept.load(what), what); err != nil {
		d.Fatalf("%v", err)
	}
}

// view reads an account as people see it.
func (d *desk) view(id ledger.ID) ledger.Account {
	d.Helper()
	view, err := book.View(id, d.kept.account(id), d.now)
	if err != nil {
		d.Fatalf("%v", err)
	}
	return view
}

// wantNotTaken and its likes post and compare the whole answer.
func (d *desk) wantNotTaken(op ledger.Operation, code ledger.Code, figures ledger.Figures) {
	d.Helper()
	d.want(op, ledger.NotTaken, code, figures)
}

func (d *desk) wantRefused(op ledger.Operation, code ledger.Code, figures ledger.Figures) {
	d.Helper()
	d.want(op, ledger.Refused, code, figures)
}

func (d *desk) want(op ledger.Operation, status ledger.Status, code ledger.Code, figures ledger.Figures) {
	d.Helper()
	if out := d.post(op); out.Status != status || out.Code != code || out.Figures != figures {
		d.Errorf("%T is %d %s %+v, not %d %s %+v", op, out.Status, out.Code, out.Figures, status, code, figures)
	}
}

// wantMoney compares all the money on an account.
func (d *desk) wantMoney(id ledger.ID, credit int64) {
	d.Helper()
	if got := d.view(id).Credit; got != credit {
		d.Errorf("there is %d on the account, not %d", got, credit)
	}
}

// wantLeft compares what is left in a bucket.
func (d *desk) wantLeft(at ledger.Place, remaining int64) {
	d.Helper()
	if got := d.view(at.Account).Buckets[at.Bucket].Remaining; got != remaining {
		d.Errorf("%d is left in the bucket, not %d", got, remaining)
	}
}
