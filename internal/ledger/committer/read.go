// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// told loads what is told to those who ask. A batch can be seen before it is safe
// on every disk, and what is in it may still be lost: so told returns when the
// batch that the rows are as of is known to be committed, which before
// [Committer.Run] has begun none is. Closed before that, the committer has nothing
// to tell but why. When Run has ended first, rows that are newer
// than its last batch are an error. A batch that cannot be of this process ends
// Run.
func (c *Committer) told(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	after := c.Head()
	found, err := c.load(ctx, what, after)
	if err != nil {
		return nil, err
	}
	if err := wentBack(found.Head, after); err != nil {
		return nil, c.fence(err)
	}
	for {
		next, head := c.Committed(), c.head.Load()
		if reason := c.queue.shut(); head == nil && reason != nil {
			return nil, reason
		}
		if head != nil && found.Head.Sequence <= head.Sequence {
			return found, nil
		}
		if sent := c.sent.Load(); head != nil && found.Head.Sequence > max(sent, head.Sequence) {
			return nil, c.fence(fmt.Errorf("%w: batch %d is not of this process, whose newest is %d",
				ledger.ErrFenced, found.Head.Sequence, head.Sequence))
		}
		select {
		case <-next:
		case <-c.ended:
			return nil, c.queue.reason()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Recorded implements [ledger.Ledger]. If the key was used for something else,
// that is its answer.
func (c *Committer) Recorded(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	prints, err := ledger.Fingerprints(command.Operation)
	if err != nil {
		return ledger.Outcome{}, err
	}
	refusals := ledger.RefusalIDs(command.Key, prints)
	found, err := c.told(ctx, ledger.Request{Transactions: []ledger.ID{command.Key}, Refusals: refusals})
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
// committer is open or not, and shows it as of now: what has ended counts no more,
// though that may not be settled yet.
func (c *Committer) Account(ctx context.Context, account ledger.ID) (ledger.Account, error) {
	found, err := c.told(ctx, ledger.Request{Accounts: []ledger.ID{account}})
	if err != nil {
		return ledger.Account{}, fmt.Errorf("read account %s: %w", account, err)
	}
	now := notBefore(c.now(), found.Head)
	view, err := book.View(account, found.Accounts[account], now)
	view.AsOf = now
	return view, err
}

// Fact implements [ledger.Ledger].
func (c *Committer) Fact(ctx context.Context, subject ledger.ID) (ledger.Fact, error) {
	found, err := c.told(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return ledger.Fact{}, fmt.Errorf("read fact %s: %w", subject, err)
	}
	return found.Facts[subject], nil
}
