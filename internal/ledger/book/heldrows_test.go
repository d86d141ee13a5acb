// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"fmt"
	"maps"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// dueKey is what a row of what is due is found by.
type dueKey struct {
	at      int64
	subject ledger.ID
}

func (r *rows) keepLive(live ledger.Live) error {
	if r.live[live.Account] == nil {
		r.live[live.Account] = map[ledger.ID]int64{}
	}
	if _, is := r.live[live.Account][live.Subject]; is != live.Ended {
		return fmt.Errorf("live %s of %s is live: %t, and ended: %t", live.Subject, live.Account, is, live.Ended)
	}
	if live.Ended {
		delete(r.live[live.Account], live.Subject)
		return nil
	}
	r.live[live.Account][live.Subject] = live.Base
	return nil
}

func (r *rows) keepDue(due ledger.Due) error {
	key := dueKey{due.At, due.Subject}
	if _, is := r.due[key]; is != due.Settled {
		return fmt.Errorf("what is due at %d of %s is there: %t, and settled: %t", due.At, due.Subject, is, due.Settled)
	}
	if due.Settled {
		delete(r.due, key)
		return nil
	}
	r.due[key] = due.Account
	return nil
}

// checkHolds says whether what the open holds hold of each lot is what lies in its
// cells, and whether just they are live and due.
func (r *rows) checkHolds() error {
	cells, due := map[int64]int64{}, map[dueKey]ledger.ID{}
	for subject, row := range r.facts {
		if row.Kind != ledger.FactHold {
			continue
		}
		var hold ledger.Hold
		if err := ledger.DecodeBody(row.Body, &hold); err != nil {
			return err
		}
		if _, live := r.live[hold.Account][subject]; live != hold.State.IsOpen() {
			return fmt.Errorf("hold %s is in the state %d and live: %t", subject, hold.State, live)
		}
		held := hold.Amount.Base
		for _, origin := range hold.Origins {
			kind := ledger.Reserved
			if hold.State == ledger.HoldAccepted {
				kind = ledger.AcceptedHold
			}
			cells[ledger.CellID(origin.Base, kind)] += origin.Amount
			held -= origin.Amount
		}
		if hold.State.IsOpen() {
			due[dueKey{hold.Until, subject}] = hold.Account
		} else {
			held = 0
		}
		if held != 0 || hold.State.IsOpen() != (len(hold.Origins) > 0) || hold.Charged < 0 || hold.Charged > hold.Amount.Base {
			return fmt.Errorf("hold %s is %+v", subject, hold)
		}
	}
	for id, row := range r.newest {
		kind := ledger.CellKindOf(id)
		if (kind == ledger.Reserved || kind == ledger.AcceptedHold) && row.Balance != cells[id] {
			return fmt.Errorf("cell %d of kind %d has %d, and the open holds hold %d of it", id, kind, row.Balance, cells[id])
		}
	}
	for id, held := range cells {
		if r.newest[id].Balance != held {
			return fmt.Errorf("the open holds hold %d of cell %d, which has %d", held, id, r.newest[id].Balance)
		}
	}
	isOfAnother := func(key dueKey, _ ledger.ID) bool { return r.facts[key.subject].Kind != ledger.FactHold }
	dueOfHolds := maps.Clone(r.due)
	maps.DeleteFunc(dueOfHolds, isOfAnother)
	if !maps.Equal(due, dueOfHolds) {
		return fmt.Errorf("the open holds end at %v, and due is %v", due, dueOfHolds)
	}
	return nil
}

// resolvedTwice says that a hold that was resolved got another version.
func resolvedTwice(was ledger.Fact) error {
	var hold ledger.Hold
	if was.Kind != ledger.FactHold {
		return nil
	}
	if err := ledger.DecodeBody(was.Body, &hold); err != nil {
		return err
	}
	if !hold.State.IsOpen() {
		return fmt.Errorf("hold %s was resolved before: %+v", was.Subject, hold)
	}
	return nil
}
