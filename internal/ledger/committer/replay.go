// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// replay answers the calls whose outcome is in the log already, and returns the
// others.
func (c *Committer) replay(calls []*call, found *ledger.Loaded) []*call {
	if len(found.Transactions) == 0 {
		return calls
	}
	undecided := make([]*call, 0, len(calls))
	var decided []*call
	opened := map[int64]*ledger.Batch{}
	for _, call := range calls {
		if call.recorded(found, opened) {
			decided = append(decided, call)
		} else {
			undecided = append(undecided, call)
		}
	}
	c.queue.answer(decided)
	return undecided
}

// recorded sets the answer to a call that was decided before.
func (c *call) recorded(found *ledger.Loaded, opened map[int64]*ledger.Batch) (ok bool) {
	c.outcome, ok, c.err = lookUp(c.command, c.refusals, found, opened)
	return ok
}

// lookUp is the answer to a command whose key or refusal was found.
func lookUp(command ledger.Command, refusals []ledger.ID, found *ledger.Loaded, opened map[int64]*ledger.Batch) (outcome ledger.Outcome, ok bool, err error) {
	tx, ok := among(found, command.Key, refusals)
	if !ok {
		return ledger.Outcome{}, false, nil
	}
	print, err := ledger.FingerprintOf(tx.PrintVersion, command.Operation)
	if err != nil {
		return ledger.Outcome{}, true, err
	}
	if print == tx.Fingerprint {
		outcome, err = recall(tx, opened)
		return outcome, true, err
	}
	if versioned(command.Operation) {
		// Somebody else posted this version. The book says what that means.
		return ledger.Outcome{}, false, nil
	}
	recorded, err := recall(tx, opened)
	if err != nil {
		return ledger.Outcome{}, true, err
	}
	return ledger.Outcome{
		Status: ledger.NotTaken, Code: ledger.IdempotencyConflict,
		Figures: ledger.Figures{Other: tx.ID}, Impacts: recorded.Impacts,
	}, true, nil
}

// among finds where a command with this key or one of these refusals is recorded.
func among(found *ledger.Loaded, key ledger.ID, refusals []ledger.ID) (tx ledger.Transaction, ok bool) {
	tx, ok = found.Transactions[key]
	for i := 0; !ok && i < len(refusals); i++ {
		tx, ok = found.Transactions[refusals[i]]
	}
	return tx, ok
}

// recall reads the outcome of a transaction from the log. A payload is opened
// once for all the transactions in it.
func recall(tx ledger.Transaction, opened map[int64]*ledger.Batch) (ledger.Outcome, error) {
	b, ok := opened[tx.Sequence]
	if !ok {
		var err error
		if b, err = ledger.Open(tx.Payload); err != nil {
			return ledger.Outcome{}, fmt.Errorf("batch %d: %w", tx.Sequence, err)
		}
		opened[tx.Sequence] = b
	}
	if tx.Position < 0 || tx.Position >= len(b.Records) || b.Records[tx.Position].ID != tx.ID {
		return ledger.Outcome{}, fmt.Errorf("batch %d, position %d: %w: transaction %s is not there",
			tx.Sequence, tx.Position, ledger.ErrPayload, tx.ID)
	}
	outcome := b.Records[tx.Position].Outcome(b)
	outcome.Replayed = true
	return outcome, nil
}

// versioned reports whether an operation posts the next version of something,
// under a key that says which.
func versioned(op ledger.Operation) bool {
	switch op.(type) {
	case ledger.SetAccount, ledger.SetBucket, ledger.BindTenant, ledger.ClaimScope, ledger.AcceptHead:
		return true
	default:
		return false
	}
}
