// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Hold writes the next version of a hold on lots of the scribe's, with the rows of
// live and due, and moves what is held: out of the lots, or back to them once it
// is resolved.
func (s *Scribe) Hold(r *ledger.Record, subject ledger.ID, hold ledger.Hold) {
	before, known := s.holds[subject]
	hold.Origins = slices.Clone(hold.Origins)
	s.holds[subject] = hold
	s.Fact(r, subject, ledger.FactHold, hold)

	held := map[int64]int64{} // by cell
	var order []int64
	for sign, of := range map[int64]ledger.Hold{-1: before, 1: hold} {
		for _, origin := range of.Origins {
			cell := heldCell(of, origin)
			order = append(order, cell)
			held[cell] += sign * origin.Amount
		}
	}
	slices.Sort(order)
	for _, cell := range slices.Compact(order) {
		s.hold(r, cell, held[cell])
	}

	if known {
		r.Due = append(r.Due, ledger.Due{At: before.Until, Subject: subject, Account: hold.Account, Settled: true})
	}
	open := hold.State.IsOpen()
	if open {
		r.Due = append(r.Due, ledger.Due{At: hold.Until, Subject: subject, Account: hold.Account})
	}
	switch {
	case open && !known:
		r.Live = append(r.Live, ledger.Live{Account: hold.Account, Subject: subject})
	case !open && known:
		r.Live = append(r.Live, ledger.Live{Account: hold.Account, Subject: subject, Ended: true})
	}
}

// heldCell is where a part of a hold is.
func heldCell(of ledger.Hold, origin ledger.Origin) int64 {
	if of.State == ledger.HoldAccepted {
		return ledger.CellID(origin.Base, ledger.AcceptedHold)
	}
	return ledger.CellID(origin.Base, ledger.Reserved)
}

// hold moves an amount from a lot into one of its cells, which it opens if there
// is none.
func (s *Scribe) hold(r *ledger.Record, cell, amount int64) {
	if amount == 0 {
		return
	}
	base := ledger.LotBaseOf(cell)
	if !s.opened[cell] {
		s.Cell(r, s.lots[base], ledger.CellKindOf(cell))
	}
	s.Entry(r, base, -amount, Floor(0))
	s.Entry(r, cell, amount, Floor(0))
}
