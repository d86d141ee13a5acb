// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// checkTime says whether just what has to be loaded of terms and lots is live, and
// whether just what is to happen to them is due.
func (r *rows) checkTime() error {
	due := map[dueKey]bool{}
	for subject, row := range r.facts {
		var err error
		switch row.Kind {
		case ledger.FactTerm:
			err = r.checkTerm(subject, row.Fact, due)
		case ledger.FactLot:
			err = r.checkLot(subject, row.Fact, due)
		default:
			continue
		}
		if err != nil {
			return err
		}
	}
	for key := range r.due {
		if kind := r.facts[key.subject].Kind; kind != ledger.FactHold && !due[key] {
			return fmt.Errorf("due at %d is %s of kind %d, of which nothing is to happen then", key.at, key.subject, kind)
		}
	}
	return nil
}

// checkTerm holds a term against what is live and due.
func (r *rows) checkTerm(subject ledger.ID, fact ledger.Fact, due map[dueKey]bool) error {
	var term ledger.Term
	if err := ledger.DecodeBody(fact.Body, &term); err != nil {
		return err
	}
	if _, live := r.live[term.Account][subject]; !live || subject != ledger.TermID(term.Bucket) {
		return fmt.Errorf("the term %+v is not live", term)
	}
	if term.End != 0 && term.Next >= term.End || term.Start == 0 && term.Next != 0 || term.Ended && term.Next != 0 {
		return fmt.Errorf("the term is %+v", term)
	}
	next := term.Next
	if end := term.End; end != 0 && !term.Ended && (next == 0 || end < next) {
		next = end
	}
	if next == 0 {
		return nil
	}
	key := dueKey{next, subject}
	if due[key] = true; r.due[key] != term.Account {
		return fmt.Errorf("nothing is due at %d, and the term is %+v", next, term)
	}
	return nil
}

// checkLot holds a lot against what is live and due. One that ended leaves when
// nothing of it is held any more, and is empty then.
func (r *rows) checkLot(subject ledger.ID, fact ledger.Fact, due map[dueKey]bool) error {
	var l ledger.Lot
	if err := ledger.DecodeBody(fact.Body, &l); err != nil {
		return err
	}
	base, live := r.live[l.Account][subject]
	if live && base != l.Base || subject != ledger.LotID(l.Bucket, l.Number) {
		return fmt.Errorf("the lot %+v is live at %d", l, base)
	}
	held := r.newest[ledger.CellID(l.Base, ledger.Reserved)].Balance + r.newest[ledger.CellID(l.Base, ledger.AcceptedHold)].Balance
	free := r.newest[ledger.CellID(l.Base, ledger.Available)].Balance
	switch key := (dueKey{l.End, subject}); {
	case l.End == 0 && !live:
		return fmt.Errorf("a lot without an end is gone: %+v", l)
	case l.End == 0:
		return nil
	case l.Start == 0 || l.Start > l.End || l.Scope == "":
		return fmt.Errorf("the lot is %+v", l)
	case live && !l.Ended:
		if due[key] = true; r.due[key] != l.Account {
			return fmt.Errorf("nothing is due at the end of %+v", l)
		}
	case free != 0 || live != (held != 0):
		return fmt.Errorf("of a lot that is over %d are free and %d held, and it is live: %t: %+v", free, held, live, l)
	}
	return nil
}
