// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// Recorded implements [ledger.Ledger]. If the key was used for something else,
// that is its answer.
func (c *Committer) Recorded(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	prints, err := ledger.Fingerprints(command.Operation)
	if err != nil {
		return ledger.Outcome{}, err
	}
	refusals := ledger.RefusalIDs(command.Key, prints)
	found, err := c.store.Load(ctx, ledger.Request{Transactions: append([]ledger.ID{command.Key}, refusals...)})
	if err != nil {
		return ledger.Outcome{}, fmt.Errorf("look up command %s: %w", command.Key, err)
	}
	outcome, ok, err := lookUp(command, refusals, found, map[int64]*ledger.Batch{})
	if err == nil && !ok {
		err = ledger.ErrUnknown
	}
	return outcome, err
}

// Account implements [ledger.Ledger]. It reads what is committed, whether the
// committer is open or not.
func (c *Committer) Account(ctx context.Context, account ledger.ID) (ledger.Account, error) {
	found, err := c.store.Load(ctx, ledger.Request{Accounts: []ledger.ID{account}})
	if err != nil {
		return ledger.Account{}, fmt.Errorf("read account %s: %w", account, err)
	}
	view, err := book.View(account, found.Accounts[account])
	view.AsOf = found.Head.Instant
	return view, err
}

// Fact implements [ledger.Ledger].
func (c *Committer) Fact(ctx context.Context, subject ledger.ID) (ledger.Fact, error) {
	found, err := c.store.Load(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return ledger.Fact{}, fmt.Errorf("read fact %s: %w", subject, err)
	}
	return found.Facts[subject], nil
}
