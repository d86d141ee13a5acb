// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Lot opens a lot of an account's main bucket in a record and returns its base.
// An external one has one external cell, another an available one.
func (s *Scribe) Lot(r *ledger.Record, account ledger.ID, number int64, kind ledger.CellKind, unit string) int64 {
	lot := ledger.Lot{Account: account, Bucket: ledger.MainBucketID(account), Number: number, Unit: unit}
	if kind == ledger.External {
		lot.Name = "funding:test"
	}
	return s.Open(r, lot, kind)
}

// Open opens a lot, with its first cell, in a record and returns its base. One that
// has an end is due then.
func (s *Scribe) Open(r *ledger.Record, lot ledger.Lot, kind ledger.CellKind) int64 {
	lot.Base, lot.Tenant = s.nextCell, s.Tenant
	s.nextCell += ledger.LotBlock
	s.lots[lot.Base] = lot
	subject := ledger.LotID(lot.Bucket, lot.Number)
	s.Cell(r, lot, kind)
	s.Fact(r, subject, ledger.FactLot, lot)
	r.Live = append(r.Live, ledger.Live{Account: lot.Account, Subject: subject, Base: lot.Base})
	if lot.End != 0 {
		r.Due = append(r.Due, ledger.Due{At: lot.End, Subject: subject, Account: lot.Account})
	}
	return lot.Base
}

// End ends a lot that has an end. It is loaded no more, unless something of it is
// held. What is in it is the caller's to move.
func (s *Scribe) End(r *ledger.Record, base int64) {
	lot := s.lots[base]
	subject := ledger.LotID(lot.Bucket, lot.Number)
	r.Due = append(r.Due, ledger.Due{At: lot.End, Subject: subject, Account: lot.Account, Settled: true})
	if s.Balance(ledger.CellID(base, ledger.Reserved))+s.Balance(ledger.CellID(base, ledger.AcceptedHold)) > 0 {
		lot.Ended = true
		s.lots[base] = lot
		s.Fact(r, subject, ledger.FactLot, lot)
		return
	}
	s.Bury(r, base)
}

// Bury has a lot that ended loaded no more, once nothing of it is held.
func (s *Scribe) Bury(r *ledger.Record, base int64) {
	lot := s.lots[base]
	r.Live = append(r.Live, ledger.Live{
		Account: lot.Account, Subject: ledger.LotID(lot.Bucket, lot.Number), Base: base, Ended: true,
	})
}

// Term writes the next version of a bucket's term, with the rows of live and due.
func (s *Scribe) Term(r *ledger.Record, term ledger.Term) {
	subject := ledger.TermID(term.Bucket)
	before, known := s.terms[term.Bucket]
	s.terms[term.Bucket] = term
	s.Fact(r, subject, ledger.FactTerm, term)
	if !known {
		r.Live = append(r.Live, ledger.Live{Account: term.Account, Subject: subject})
	}
	was, is := nextOf(before), nextOf(term)
	if was == is {
		return
	}
	if was != 0 {
		r.Due = append(r.Due, ledger.Due{At: was, Subject: subject, Account: term.Account, Settled: true})
	}
	if is != 0 {
		r.Due = append(r.Due, ledger.Due{At: is, Subject: subject, Account: term.Account})
	}
}

// nextOf is when a bucket ends or begins a cycle next; 0 if it does neither.
func nextOf(term ledger.Term) int64 {
	if term.Next != 0 && (term.End == 0 || term.Ended || term.Next < term.End) {
		return term.Next
	}
	if term.Ended {
		return 0
	}
	return term.End
}
