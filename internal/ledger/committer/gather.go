// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// batch is what the first stage hands to the second: commands whose keys are in
// nothing that is committed, and the rows that they need. There may be rows and
// no command, when all that was taken were replays.
type batch struct {
	// number counts the batches that were gathered; it is not their sequence.
	number uint64
	calls  []*call
	bulks  int
	loads  []load
}

// load is what was read for a batch.
type load struct {
	asked ledger.Request
	found *ledger.Loaded
	// after is what was known to be committed before.
	after ledger.Head
	epoch uint64
}

// bulkShare is the part of a batch that the bulk lane gets while interactive
// commands wait: one in so many.
const bulkShare = 5

// gather is the first stage. There is no timer: a batch is what waits when it
// is taken, and grows only while the second stage is busy. It grows when as many
// wait as are in it, so that the lookups are few. Who takes it early, while
// another is being appended, gets it when it is as large as that one.
func (c *Committer) gather(ctx context.Context, ready, full chan<- *batch) error {
	b := &batch{number: 1}
	for {
		size := len(b.calls)
		if err := c.extend(ctx, b); err != nil {
			c.fail(b.calls, err)
			return err
		}
		grown := len(b.calls)
		lacking := min(int(c.flying.Load()), c.options.MaxBatch) - grown
		wanted := max(1, grown)
		handOver, early := ready, full
		if len(b.loads) == 0 {
			handOver = nil
		}
		if lacking > 0 {
			wanted = min(wanted, lacking)
		}
		if grown == 0 || lacking > 0 {
			early = nil
		}
		more := c.queue.wakeAt(wanted)
		if grown > 0 && grown == size || grown == c.options.MaxBatch {
			more = nil // what still waits does not fit
		}
		select {
		case handOver <- b:
			b = &batch{number: b.number + 1}
		case early <- b:
			b = &batch{number: b.number + 1}
		case <-more:
		case <-ctx.Done():
			c.fail(b.calls, stopped(ctx))
			return nil
		}
	}
}

// extend adds waiting commands to the batch.
//
// No key is decided twice, though its lookup may be older than the batch that
// is being appended. A key is looked up only for the one unanswered call that
// has it; that call became the one after the call before it was answered, which
// is after the batch of that one was committed or found not to be; so whatever
// can be under the key at all is there when it is looked up. Setting duplicates
// aside is therefore enough. A refusal's ID is derived from the key, so the
// same holds for it.
// It returns an error when nothing may be written any more.
func (c *Committer) extend(ctx context.Context, b *batch) error {
	room := c.options.MaxBatch - len(b.calls)
	bulk := max(c.options.MaxBatch/bulkShare, 1) - b.bulks
	taken := c.queue.take(room, max(bulk, 0), len(b.calls) > b.bulks)
	if len(taken) == 0 {
		return nil
	}
	reversed, err := c.recollect(ctx, taken)
	if err != nil {
		c.fail(taken, err)
		return nil
	}
	asked, epoch := c.cache.need(b.number, taken)
	asked.Transactions = append(asked.Transactions, reversed...)
	loads, err := c.loadAll(ctx, b.number, asked, epoch)
	if err != nil {
		c.fail(taken, err)
		b.number++ // what was marked for this batch is not there; ask again for the next
		return nil
	}
	select {
	case <-ctx.Done(): // what was found may be our own, given up in doubt
		c.fail(taken, stopped(ctx))
		return nil
	default:
	}
	found, after := loads[0].found, loads[0].after
	c.overlook(taken, found, after)
	if err := unproved(taken, found, after); err != nil {
		c.fail(taken, err)
		return err
	}
	confirm(taken, found, after)
	undecided := c.replay(taken, found)
	// What was read for replays is admitted like the rest: later commands of the
	// batch count on it, and only a batch that is handed over evicts. What the
	// replays themselves were read from is done with.
	loads[0].asked.Transactions, loads[0].asked.Refusals, found.Transactions = nil, nil, nil
	if len(undecided)+len(asked.Accounts)+len(asked.Facts) > 0 {
		b.loads = append(b.loads, loads...)
	}
	for _, call := range undecided {
		b.calls = append(b.calls, call)
		if call.command.Lane == ledger.Bulk {
			b.bulks++
		}
	}
	return nil
}

// unproved finds a log that cannot answer for calls that were looked up in it: it
// went back, or another writer has written one of them. What another one wrote may
// not be durable yet.
//
// A batch of our own never looks like that while this process goes on. Whoever
// had the key before was answered before it was looked up, as [Committer.extend]
// says. If that answer was in the log, the head had been advanced to its batch
// before the answer, and after was read later still; if it was not, nothing was
// recorded. What the book records by itself is another matter: see
// [Committer.overlook].
func unproved(calls []*call, found *ledger.Loaded, after ledger.Head) error {
	for _, call := range calls {
		if len(found.Transactions) == 0 {
			break
		}
		if tx, ok := among(found, call.command.Key, call.refusals); ok && tx.Sequence > after.Sequence {
			return fmt.Errorf("%w: it wrote batch %d with transaction %s, and the newest of this process was %d",
				ledger.ErrFenced, tx.Sequence, tx.ID, after.Sequence)
		}
	}
	return wentBack(found.Head, after)
}

// overlook takes what happens by itself out of what was found, if it may be in the
// batch which is being appended. The book records it for any command, so that one
// who asks for the end of a hold or a lot may find it there. Until that batch is
// committed it tells nothing; the book, which has everything as that batch leaves
// it, knows the answer.
func (c *Committer) overlook(calls []*call, found *ledger.Loaded, after ledger.Head) {
	if len(found.Transactions) == 0 {
		return
	}
	for _, call := range calls {
		if !ledger.IsSettlement(call.command.Operation) {
			continue
		}
		tx, ok := found.Transactions[call.command.Key]
		if ok && tx.Sequence > after.Sequence && tx.Sequence <= c.sent.Load() {
			delete(found.Transactions, call.command.Key)
		}
	}
}

// loadAll reads what is asked for by the numbered batch, and then, if there are any,
// those in the circles of the accounts it found who are not known.
func (c *Committer) loadAll(ctx context.Context, number uint64, asked ledger.Request, epoch uint64) ([]load, error) {
	after := c.Head()
	found, err := c.loadRows(ctx, asked, after)
	if err != nil {
		return nil, err
	}
	loads := []load{{asked: asked, found: found, after: after, epoch: epoch}}
	owners, epoch := c.cache.circle(number, asked, found)
	if len(owners) == 0 {
		return loads, nil
	}
	asked, after = ledger.Request{Accounts: owners}, c.Head()
	if found, err = c.loadRows(ctx, asked, after); err != nil {
		return nil, err
	}
	return append(loads, load{asked: asked, found: found, after: after, epoch: epoch}), nil
}

// load reads rows. If the log seems to have gone back since after, the head is
// asked for, which is told by a server that takes writes: a server that has been
// left behind may still be read from for a moment, and is not believed.
func (c *Committer) load(ctx context.Context, what ledger.Request, after ledger.Head) (*ledger.Loaded, error) {
	found, err := c.store.Load(ctx, what)
	if err != nil || wentBack(found.Head, after) == nil {
		return found, err
	}
	head, err := c.store.Head(ctx)
	if err == nil && wentBack(head, after) == nil {
		err = fmt.Errorf("batch %d was read as the newest, and it is %d: the server has been left behind",
			found.Head.Sequence, head.Sequence)
	}
	return found, err
}

// wentBack finds a log that went back, or is another one, behind our back. Before
// anything was known, after is zero.
func wentBack(found, after ledger.Head) error {
	switch {
	case after == (ledger.Head{}):
		return nil
	case found.Sequence < after.Sequence:
		return fmt.Errorf("%w: its newest batch is %d, batch %d was committed before",
			ledger.ErrMismatch, found.Sequence, after.Sequence)
	case found.Sequence == after.Sequence && found.Hash != after.Hash:
		return fmt.Errorf("%w: batch %d has another hash", ledger.ErrMismatch, after.Sequence)
	default:
		return nil
	}
}

// unread says why what a command needs could not be loaded.
func unread(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	return fmt.Errorf("look up what a command needs: %w", err)
}

// fail answers calls with an error: their outcome is not known.
func (c *Committer) fail(calls []*call, err error) {
	for _, call := range calls {
		call.err = err
	}
	c.queue.answer(calls)
}
