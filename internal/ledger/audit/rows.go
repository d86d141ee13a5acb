// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// bound is where amounts and balances end: their absolute value is below it.
const bound = 1_000_000_000_000_000_000

// ids checks that no two transactions have the same ID.
func (r *run) ids() error {
	var before Transaction
	for row, err := range r.rows.Transactions(ByKey) {
		if err != nil {
			return err
		}
		if row.ID == before.ID {
			r.find(row, "it is at %s and at %s", before.Place, row.Place)
		}
		before = row
	}
	return nil
}

// entries checks each cell from its first version to its newest.
func (r *run) entries() error {
	var before Entry
	for row, err := range r.rows.Entries(ByKey) {
		if err != nil {
			return err
		}
		if row.Cell != before.Cell {
			before = Entry{Cell: row.Cell}
		}
		r.entry(row, before)
		r.report.Entries++
		before = row
	}
	return nil
}

func (r *run) entry(row, before Entry) {
	// An entry on a cell that the log has not is found elsewhere.
	cell, known := r.cells[row.Cell]
	kind := ledger.CellKindOf(row.Cell)
	r.successor(row, row.Version, before.Version, row.Place, before.Place)
	if row.Balance != before.Balance+row.Amount {
		r.find(row, "balance_after is %d, %d before and an amount of %d make %d",
			row.Balance, before.Balance, row.Amount, before.Balance+row.Amount)
	}
	if row.Amount == 0 || row.Amount <= -bound || row.Amount >= bound {
		r.find(row, "amount is %d; it is not zero and less than 10^18", row.Amount)
	}
	if row.Balance <= -bound || row.Balance >= bound {
		r.find(row, "balance_after is %d; it is less than 10^18", row.Balance)
	}
	switch {
	case !row.Floor.Valid:
		cell.unbounded = true
		if kind != ledger.Debt && kind != ledger.External {
			r.find(row, "it has no floor; only debt and external cells have none")
		}
	case row.Amount < 0 && row.Balance < row.Floor.V:
		r.find(row, "balance_after is %d, below the floor of %d", row.Balance, row.Floor.V)
	}
	if kind == ledger.Debt && row.Balance > 0 {
		r.find(row, "balance_after is %d; a debt is never positive", row.Balance)
	}
	if known {
		cell.balance = row.Balance
		r.cells[row.Cell] = cell
	}
}

// successor checks that a version follows the one before, in number and in the
// log.
func (r *run) successor(row fmt.Stringer, version, before int64, at, beforeAt Place) {
	if version != before+1 {
		r.find(row, "the version before it is %d", before)
	}
	if cmp.Or(cmp.Compare(at.Sequence, beforeAt.Sequence), cmp.Compare(at.Position, beforeAt.Position)) < 0 {
		r.find(row, "it is at %s, before the version before it at %s", at, beforeAt)
	}
}

// facts checks each subject from its first version to its newest.
func (r *run) facts() error {
	var before Fact
	for row, err := range r.rows.Facts(ByKey) {
		if err != nil {
			return err
		}
		if row.Subject != before.Subject {
			r.newest(before)
			before = Fact{Subject: row.Subject, Kind: row.Kind}
		}
		r.successor(row, row.Version, before.Version, row.Place, before.Place)
		if row.Kind != before.Kind {
			r.find(row, "kind is %d, the version before has %d", row.Kind, before.Kind)
		}
		falls := before.Used.Valid && row.Used.V < before.Used.V
		if row.Cap.Valid && row.Used.V > row.Cap.V && !falls {
			r.find(row, "used is %d, above the cap of %d and not falling", row.Used.V, row.Cap.V)
		}
		r.fellFrom(row, before)
		r.sameLot(row, before)
		r.sameTerm(row, before)
		r.report.Facts++
		before = row
	}
	r.newest(before)
	return nil
}

// newest checks what the newest version of a fact says.
func (r *run) newest(row Fact) {
	switch row.Kind {
	case int64(ledger.FactHold):
		r.hold(row)
	case int64(ledger.FactLot):
		r.lot(row)
	case int64(ledger.FactTerm):
		r.term(row)
	}
}

// fellFrom checks the column by which the table lets a counter be above its cap:
// it says that it fell from what it was.
func (r *run) fellFrom(row, before Fact) {
	if over := row.Cap.Valid && row.Used.V > row.Cap.V; !over {
		if row.FellFrom.Valid {
			r.find(row, "fell_from is %d, and used is not above a cap", row.FellFrom.V)
		}
		return
	}
	if row.FellFrom != before.Used {
		r.find(row, "fell_from is %v, used of the version before is %v", optional(row.FellFrom), optional(before.Used))
	}
}

// trialBalance sums up all cells.
func (r *run) trialBalance() {
	type account struct {
		tenant ledger.ID
		unit   string
	}
	type sums struct {
		cells  int64
		byKind [ledger.LotBlock]sum
		total  sum
	}
	all := map[account]*sums{}
	for _, cell := range r.cells {
		of := account{cell.tenant, cell.unit}
		if all[of] == nil {
			all[of] = &sums{}
		}
		all[of].cells++
		all[of].byKind[cell.kind].add(cell.balance)
		all[of].total.add(cell.balance)
		if cell.unbounded {
			r.report.WithoutFloor++
		}
	}
	r.report.Cells = int64(len(r.cells))
	r.counterAccounts()
	for of, s := range all {
		r.report.Balances = append(r.report.Balances, Balance{
			Tenant: of.tenant, Unit: of.unit, Cells: s.cells,
			Available: s.byKind[ledger.Available].big(), Reserved: s.byKind[ledger.Reserved].big(),
			Accepted: s.byKind[ledger.AcceptedHold].big(), Debt: s.byKind[ledger.Debt].big(),
			External: s.byKind[ledger.External].big(), Sum: s.total.big(),
		})
	}
	slices.SortFunc(r.report.Balances, func(a, b Balance) int {
		return cmp.Or(cmp.Compare(a.Tenant.String(), b.Tenant.String()), cmp.Compare(a.Unit, b.Unit))
	})
	for _, balance := range r.report.Balances {
		if balance.Sum.Sign() != 0 {
			r.find(balance, "all its cells sum to %s, not to zero", balance.Sum)
		}
	}
}

func (b Balance) String() string { return "tenant " + b.Tenant.String() + " unit " + b.Unit }
