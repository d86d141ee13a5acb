// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// rows is what a store keeps, in memory, with the constraints of its schema.
type rows struct {
	transactions map[ledger.ID]ledger.Transaction
	facts        map[ledger.ID]ledger.FactRow
	live         map[ledger.ID]map[ledger.ID]int64
	due          map[dueKey]ledger.ID
	order        []ledger.ID // the transactions that moved something, as they came
	holds        []ledger.ID // the holds, as they were made
	cells        map[int64]ledger.Cell
	newest       map[int64]ledger.CellRow
	nextCell     int64
}

func newRows() *rows {
	return &rows{
		transactions: map[ledger.ID]ledger.Transaction{}, facts: map[ledger.ID]ledger.FactRow{},
		live: map[ledger.ID]map[ledger.ID]int64{}, due: map[dueKey]ledger.ID{},
		cells: map[int64]ledger.Cell{}, newest: map[int64]ledger.CellRow{},
	}
}

// keep takes the rows of one record in and says which invariant they break.
func (r *rows) keep(sequence int64, record ledger.Record) error {
	if _, twice := r.transactions[record.ID]; twice || record.ID == (ledger.ID{}) {
		return fmt.Errorf("transaction %s is zero or recorded twice", record.ID)
	}
	r.transactions[record.ID] = ledger.Transaction{}
	if len(record.Entries) > 0 {
		r.order = append(r.order, record.ID)
	}
	for _, cell := range record.Cells {
		if err := r.keepCell(cell); err != nil {
			return err
		}
	}
	for _, fact := range record.Facts {
		if was := r.facts[fact.Subject]; fact.Version != was.Version+1 {
			return fmt.Errorf("fact %s goes from version %d to %d", fact.Subject, was.Version, fact.Version)
		} else if was.Version > 0 && was.Kind != fact.Kind {
			return fmt.Errorf("fact %s goes from kind %d to %d", fact.Subject, was.Kind, fact.Kind)
		} else if err := errors.Join(resolvedTwice(was.Fact), within(was.Fact, fact)); err != nil {
			return err
		}
		if fact.Kind == ledger.FactHold && fact.Version == 1 {
			r.holds = append(r.holds, fact.Subject)
		}
		r.facts[fact.Subject] = ledger.FactRow{Fact: fact, Sequence: sequence}
	}
	for _, live := range record.Live {
		if err := r.keepLive(live); err != nil {
			return err
		}
	}
	for _, due := range record.Due {
		if err := r.keepDue(due); err != nil {
			return err
		}
	}
	return r.keepEntries(sequence, record)
}

func (r *rows) keepCell(cell ledger.Cell) error {
	if _, twice := r.cells[cell.ID]; twice {
		return fmt.Errorf("cell %d is written twice", cell.ID)
	}
	if cell.ID < ledger.LotBlock || cell.Kind != ledger.CellKindOf(cell.ID) || cell.Unit == "" {
		return fmt.Errorf("cell %+v is not what its ID says", cell)
	}
	r.cells[cell.ID] = cell
	r.nextCell = max(r.nextCell, ledger.LotBaseOf(cell.ID)+ledger.LotBlock)
	return nil
}

func (r *rows) keepEntries(sequence int64, record ledger.Record) error {
	type purse struct {
		tenant ledger.ID
		unit   string
	}
	sums := map[purse]int64{}
	for _, e := range record.Entries {
		cell, ok := r.cells[e.Cell]
		was := r.newest[e.Cell]
		switch {
		case !ok:
			return fmt.Errorf("entry %+v is in no cell", e)
		case e.Amount == 0:
			return fmt.Errorf("entry %+v moves nothing", e)
		case e.Version != was.Version+1:
			return fmt.Errorf("cell %d goes from version %d to %d", e.Cell, was.Version, e.Version)
		case e.Balance != was.Balance+e.Amount:
			return fmt.Errorf("cell %d goes from %d by %d to %d", e.Cell, was.Balance, e.Amount, e.Balance)
		case e.Balance >= 1e18 || e.Balance <= -1e18:
			return fmt.Errorf("cell %d holds %d", e.Cell, e.Balance)
		case (e.Floor == nil) != (cell.Kind == ledger.External || cell.Kind == ledger.Debt):
			return fmt.Errorf("cell %d of kind %d has the floor %v", e.Cell, cell.Kind, e.Floor)
		case cell.Kind == ledger.Debt && e.Balance > 0:
			return fmt.Errorf("more than is owed is paid: %d in cell %d", e.Balance, e.Cell)
		case e.Floor != nil && e.Amount < 0 && e.Balance < *e.Floor:
			return fmt.Errorf("a debit leaves %d in cell %d, under %d", e.Balance, e.Cell, *e.Floor)
		}
		sums[purse{cell.Tenant, cell.Unit}] += e.Amount
		r.newest[e.Cell] = ledger.CellRow{ID: e.Cell, Version: e.Version, Balance: e.Balance, Sequence: sequence}
	}
	for of, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("the legs in %s of %s sum to %d", of.unit, of.tenant, sum)
		}
	}
	return nil
}

// load answers as a store does.
func (r *rows) load(what ledger.Request) *ledger.Loaded {
	loaded := &ledger.Loaded{
		NextCell: r.nextCell, Accounts: map[ledger.ID]ledger.AccountRows{}, Facts: map[ledger.ID]ledger.Fact{},
	}
	for _, id := range what.Accounts {
		if found := r.account(id); len(found.Facts) > 0 {
			loaded.Accounts[id] = found
		}
	}
	for _, subject := range what.Facts {
		if row, ok := r.facts[subject]; ok {
			loaded.Facts[subject] = row.Fact
		}
	}
	return loaded
}

// account loads in no particular order, as a store may.
func (r *rows) account(id ledger.ID) ledger.AccountRows {
	var found ledger.AccountRows
	for subject, base := range r.live[id] {
		found.Facts = append(found.Facts, r.facts[subject])
		for kind := range ledger.CellKind(ledger.LotBlock) {
			if row, ok := r.newest[ledger.CellID(base, kind)]; ok && base > 0 {
				found.Cells = append(found.Cells, row)
			}
		}
	}
	if row, ok := r.facts[id]; ok {
		found.Facts = append(found.Facts, row)
	}
	return found
}
