// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// logbook reads a log batch by batch and holds it to what is true of every log.
type logbook struct {
	head     ledger.Head
	records  map[ledger.ID]bool
	cells    map[int64]ledger.Cell
	entries  map[int64]ledger.Entry // the newest of each cell
	balances map[posted]int64
	sums     map[owned]int64
	limits   map[ledger.ID]int64 // of the credit, by account
	holds    map[ledger.ID]ledger.Hold
	open     map[ledger.ID]bool
	undone   map[ledger.ID]bool
	lots     map[int64]ledger.Lot // by base
	terms    map[ledger.ID]ledger.Term
	uses     map[taker]usage
	// names are the subjects of each bucket's lots in the order in which they were
	// opened.
	names map[ledger.ID][]ledger.ID
	// stuck is whether something may be stuck as too much is there to be counted, and
	// happen after what came later.
	stuck bool
	// expected is what is going to happen by itself, by the ID of its record.
	expected map[ledger.ID]expected
	// fresh is what was read since it was last asked for.
	fresh map[ledger.ID]entered
	// happened is what of it happened by itself, in order.
	happened []ledger.ID
}

// posted is whose money of which unit.
type posted struct {
	account ledger.ID
	unit    string
}

// owned is which sums have to be zero.
type owned struct {
	tenant ledger.ID
	unit   string
}

// entered is what the log says of one command.
type entered struct {
	kind      ledger.Kind
	outcome   ledger.Outcome
	effective int64
}

func newLogbook(stuck bool) *logbook {
	return &logbook{
		head: ledger.Head{Sequence: -1}, stuck: stuck,
		records: map[ledger.ID]bool{}, cells: map[int64]ledger.Cell{},
		entries: map[int64]ledger.Entry{}, balances: map[posted]int64{}, sums: map[owned]int64{},
		limits: map[ledger.ID]int64{}, holds: map[ledger.ID]ledger.Hold{}, open: map[ledger.ID]bool{},
		undone: map[ledger.ID]bool{}, lots: map[int64]ledger.Lot{}, terms: map[ledger.ID]ledger.Term{}, uses: map[taker]usage{},
		names: map[ledger.ID][]ledger.ID{}, expected: map[ledger.ID]expected{}, fresh: map[ledger.ID]entered{},
	}
}

func (l *logbook) read(payload []byte) error {
	b, err := ledger.Open(payload)
	if err != nil {
		return err
	}
	if b.Sequence != l.head.Sequence+1 || b.Previous != l.head.Hash {
		return fmt.Errorf("batch %d does not follow batch %d", b.Sequence, l.head.Sequence)
	}
	if b.Instant.Before(l.head.Instant) {
		return fmt.Errorf("batch %d is older than the one before", b.Sequence)
	}
	if b.Sequence > 0 && len(b.Records) == 0 {
		return fmt.Errorf("batch %d decides nothing", b.Sequence)
	}
	settled := map[ledger.ID]expected{} // the last of each account
	for i := range b.Records {
		r := &b.Records[i]
		if r.Effective > 0 {
			l.happened = append(l.happened, r.ID)
			err = l.inOrder(r, settled)
		} else {
			clear(settled) // who opens a bucket that has ended makes something due that was before
		}
		if err = errors.Join(err, l.record(r), l.notOver(r, b.Instant.UnixMicro())); err != nil {
			return fmt.Errorf("batch %d, record %d: %w", b.Sequence, i, err)
		}
		l.fresh[r.ID] = entered{r.Kind, r.Outcome(b), r.Effective}
	}
	l.head = b.Head()
	return nil
}

func (l *logbook) record(r *ledger.Record) error {
	if l.records[r.ID] {
		return fmt.Errorf("%s was recorded before", r.ID)
	}
	l.records[r.ID] = true
	for _, cell := range r.Cells {
		l.cells[cell.ID] = cell
	}
	sums := map[owned]int64{}
	for _, entry := range r.Entries {
		cell, ok := l.cells[entry.Cell]
		if !ok {
			return fmt.Errorf("cell %d is nobody's", entry.Cell)
		}
		if err := l.entry(cell, entry); err != nil {
			return err
		}
		of := owned{cell.Tenant, cell.Unit}
		sums[of] += entry.Amount
		l.sums[of] += entry.Amount
	}
	for of, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%d %s of tenant %s came from nowhere", sum, of.unit, of.tenant)
		}
	}
	for _, fact := range r.Facts {
		if err := l.fact(fact); err != nil {
			return fmt.Errorf("%s: %w", fact.Subject, err)
		}
	}
	return nil
}

func (l *logbook) entry(cell ledger.Cell, entry ledger.Entry) error {
	last := l.entries[entry.Cell]
	switch {
	case entry.Amount == 0:
		return fmt.Errorf("nothing is moved on cell %d", entry.Cell)
	case entry.Version != last.Version+1 || entry.Balance != last.Balance+entry.Amount:
		return fmt.Errorf("%+v does not follow %+v", entry, last)
	case cell.Kind == ledger.Debt && entry.Balance > 0:
		return fmt.Errorf("%+v is less than nothing owed", entry)
	case (entry.Floor == nil) != (cell.Kind == ledger.Debt || cell.Kind == ledger.External):
		return fmt.Errorf("cell %d of kind %d has the floor %v", cell.ID, cell.Kind, entry.Floor)
	}
	if entry.Floor != nil {
		floor := int64(0)
		if cell.Kind == ledger.Available && cell.Lot == 0 && cell.Bucket == ledger.MainBucketID(cell.Account) {
			floor = -l.limits[cell.Account]
		}
		if *entry.Floor != floor {
			return fmt.Errorf("%+v has the floor %d, and should have %d", cell, *entry.Floor, floor)
		}
		if entry.Amount < 0 && entry.Balance < floor {
			return fmt.Errorf("%+v overdraws the account", entry)
		}
	}
	l.entries[entry.Cell] = entry
	l.balances[posted{cell.Account, cell.Unit}] += entry.Amount
	return nil
}

func (l *logbook) fact(fact ledger.Fact) error {
	switch fact.Kind {
	case ledger.FactAccount:
		var settings ledger.AccountSettings
		if err := ledger.DecodeBody(fact.Body, &settings); err != nil {
			return err
		}
		l.limits[fact.Subject] = settings.CreditLimit
	case ledger.FactHold:
		var hold ledger.Hold
		if err := ledger.DecodeBody(fact.Body, &hold); err != nil {
			return err
		}
		if fact.Version > 1 && !l.open[fact.Subject] {
			return fmt.Errorf("the hold was resolved before: %+v", l.holds[fact.Subject])
		}
		l.holds[fact.Subject] = hold
		l.expected[ledger.HoldKey(fact.Subject, "expire")] = expected{hold.Account, hold.Until, holdEnds, fact.Subject}
		l.open[fact.Subject] = true
		if !hold.State.IsOpen() {
			delete(l.open, fact.Subject)
		}
	case ledger.FactLot:
		return l.lot(fact)
	case ledger.FactTerm:
		return l.term(fact)
	case ledger.FactShareUse:
		return l.use(fact)
	case ledger.FactReversal:
		if l.undone[fact.Subject] {
			return fmt.Errorf("undone twice")
		}
		l.undone[fact.Subject] = true
	}
	return nil
}

// sound holds what there is now to what always has to be: no money was made or
// lost, and what lies aside is what the open holds say.
func (l *logbook) sound() error {
	for of, sum := range l.sums {
		if sum != 0 {
			return fmt.Errorf("tenant %s has made %d %s", of.tenant, sum, of.unit)
		}
	}
	if err := l.usesSound(); err != nil {
		return err
	}
	held := map[int64]int64{}
	for id := range l.open {
		hold, sum := l.holds[id], int64(0)
		kind := ledger.Reserved
		if hold.State == ledger.HoldAccepted {
			kind = ledger.AcceptedHold
		}
		for _, o := range hold.Origins {
			held[ledger.CellID(o.Base, kind)] += o.Amount
			sum += o.Amount
		}
		if sum != hold.Amount.Base {
			return fmt.Errorf("hold %s is made of %d: %+v", id, sum, hold)
		}
	}
	for id, cell := range l.cells {
		if kind := cell.Kind; kind != ledger.Reserved && kind != ledger.AcceptedHold {
			continue
		}
		if balance := l.entries[id].Balance; balance != held[id] {
			return fmt.Errorf("%d lies in %+v, and open holds have %d", balance, cell, held[id])
		}
		delete(held, id)
	}
	if len(held) > 0 {
		return fmt.Errorf("holds have %v in cells that there are not", held)
	}
	return nil
}
