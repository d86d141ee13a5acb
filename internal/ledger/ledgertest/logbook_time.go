// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// expected is when something is going to happen by itself, and in which order at one
// instant.
type expected struct {
	account ledger.ID
	at      int64
	rank    int
	subject ledger.ID
}

// lot reads a lot that was opened, began or ended.
func (l *logbook) lot(fact ledger.Fact) error {
	var lot ledger.Lot
	if err := ledger.DecodeBody(fact.Body, &lot); err != nil {
		return err
	}
	if fact.Version == 1 {
		l.names[lot.Bucket] = append(l.names[lot.Bucket], fact.Subject)
	}
	l.lots[lot.Base] = lot
	if lot.End > 0 && !lot.Ended {
		l.expected[ledger.LotExpiryKey(fact.Subject)] = expected{lot.Account, lot.End, lotEnds, fact.Subject}
	}
	return nil
}

// term reads a term. What it does not say any more is not expected any more.
func (l *logbook) term(fact ledger.Fact) error {
	var term ledger.Term
	if err := ledger.DecodeBody(fact.Body, &term); err != nil {
		return err
	}
	was := l.terms[term.Bucket]
	if term.Cycle < was.Cycle {
		return fmt.Errorf("cycle %d comes after cycle %d", term.Cycle, was.Cycle)
	}
	delete(l.expected, ledger.BucketExpiryKey(was.Bucket, was.End))
	delete(l.expected, ledger.CycleKey(was.Bucket, was.Cycle))
	if term.End > 0 && !term.Ended {
		l.expected[ledger.BucketExpiryKey(term.Bucket, term.End)] = expected{term.Account, term.End, bucketEnds, fact.Subject}
	}
	if term.Next > 0 {
		l.expected[ledger.CycleKey(term.Bucket, term.Cycle)] = expected{term.Account, term.Next, cycleBegins, fact.Subject}
	}
	l.terms[term.Bucket] = term
	return nil
}

// inOrder checks that what happened by itself was to happen then, and that on each
// account it came in its order.
func (l *logbook) inOrder(r *ledger.Record, settled map[ledger.ID]expected) error {
	now, ok := l.expected[r.ID]
	held := l.holds[now.subject] // nothing if it is none
	if !ok || now.at != r.Effective {
		return fmt.Errorf("as of %d it was settled, and expected was %+v", r.Effective, now)
	}
	delete(l.expected, r.ID)
	if slices.ContainsFunc(held.Origins, func(o ledger.Origin) bool { return o.Owner != (ledger.ID{}) }) {
		return nil // it may have had to wait until its own account was touched
	}
	last := settled[now.account]
	if !l.stuck && cmp.Or(cmp.Compare(last.at, now.at), cmp.Compare(last.rank, now.rank), bytes.Compare(last.subject[:], now.subject[:])) > 0 {
		return fmt.Errorf("%+v was settled after %+v", now, last)
	}
	settled[now.account] = now
	return nil
}

// notOver checks that nothing that is free is taken from a lot at its end or after
// it, but by what ends it.
func (l *logbook) notOver(r *ledger.Record, at int64) error {
	if r.Effective > 0 {
		at = r.Effective
	}
	for _, entry := range r.Entries {
		lot, ok := l.lots[ledger.LotBaseOf(entry.Cell)]
		if !ok || entry.Amount > 0 || ledger.CellKindOf(entry.Cell) != ledger.Available {
			continue
		}
		end := lot.End
		if end == 0 {
			end = l.terms[lot.Bucket].End
		}
		if end == 0 || end > at {
			continue
		}
		if r.Kind != ledger.KindExpireLot && r.Kind != ledger.KindExpireBucket {
			return fmt.Errorf("%+v takes what is free in %+v, which ended at %d", entry, lot, end)
		}
	}
	return nil
}
