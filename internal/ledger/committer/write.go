// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// undone says why a batch was not written. Its calls are not answered, and the
// state is as if they had never been decided.
type undone struct{ cause error }

func (u undone) Error() string { return u.cause.Error() }
func (u undone) Unwrap() error { return u.cause }

// write is the second stage, and the only one that changes the state.
func (c *Committer) write(ctx context.Context, ready <-chan *batch) error {
	for {
		select {
		case b := <-ready:
			if err := c.commit(ctx, b); err != nil {
				if errors.Is(err, errGaveUp) {
					return nil
				}
				return err
			}
		case err := <-c.fenced:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

// commit decides a batch and answers all of its calls. It returns an error when
// nothing may be written any more.
func (c *Committer) commit(ctx context.Context, b *batch) error {
	epoch := c.cache.currentEpoch()
	if slices.ContainsFunc(b.loads, func(l load) bool { return l.epoch != epoch }) {
		if len(b.calls) == 0 {
			b.loads = nil // nobody needs them any more
		} else if err := c.reload(ctx, b); err != nil || len(b.calls) == 0 {
			return err
		}
	}
	err := c.attempt(ctx, b)
	if !errors.As(err, new(undone)) {
		return err
	}
	c.options.Log.Info("a batch was not written and is decided once more", "commands", len(b.calls), "cause", err.Error())
	return c.again(ctx, b)
}

// again decides calls once more that were not written, one by one if need be.
func (c *Committer) again(ctx context.Context, b *batch) error {
	if err := c.reload(ctx, b); err != nil || len(b.calls) == 0 {
		return err
	}
	err := c.attempt(ctx, b)
	if !errors.As(err, new(undone)) {
		return err
	}
	return c.bisect(ctx, b, err)
}

// bisect finds the commands that keep a batch from being written, and commits
// the others.
func (c *Committer) bisect(ctx context.Context, b *batch, cause error) error {
	if len(b.calls) == 1 {
		c.poisoned(b.calls[0], cause)
		return nil
	}
	middle := len(b.calls) / 2
	rest := b.calls[middle:]
	if err := c.again(ctx, &batch{number: b.number, calls: b.calls[:middle]}); err != nil {
		c.fail(rest, err)
		return err
	}
	return c.again(ctx, &batch{number: b.number, calls: rest})
}

// poisoned answers the one command that cannot be written.
func (c *Committer) poisoned(stuck *call, cause error) {
	command := stuck.command
	if !errors.Is(cause, ledger.ErrRejected) {
		c.options.Log.Error(cause, "what a command touches cannot be read", "key", command.Key, "kind", command.Operation.Kind())
		c.fail([]*call{stuck}, cause)
		return
	}
	c.options.Log.Error(cause, "the store refuses a command", "key", command.Key, "kind", command.Operation.Kind())
	stuck.outcome = ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}
	c.queue.answer([]*call{stuck})
	c.options.Observer.Poisoned(command)
}

// reload reads everything that the batch touches anew, and leaves in it what is
// still to be decided. It answers all of its calls if it returns an error, after
// which nothing may be written any more: no batch of this process is being
// written now, so that a newer one is another writer's.
func (c *Committer) reload(ctx context.Context, b *batch) error {
	asked, epoch, after := all(b.calls), c.cache.currentEpoch(), c.Head()
	found, err := c.loadRows(ctx, asked, after)
	if err != nil {
		c.fail(b.calls, err)
		b.calls, b.loads = nil, nil
		return nil
	}
	again := load{asked: asked, found: found, after: after, epoch: epoch}
	if err := overtaken([]load{again}, after); err != nil {
		c.fail(b.calls, err)
		return err
	}
	b.calls = c.replay(b.calls, found)
	found.Transactions = nil
	b.loads = []load{again}
	return nil
}

// attempt decides a batch, appends it and answers its calls. If the batch was
// not written the error is undone and nobody was answered.
func (c *Committer) attempt(ctx context.Context, b *batch) error {
	started := time.Now()
	last := c.Head()
	if err := overtaken(b.loads, last); err != nil {
		c.fail(b.calls, err)
		return err
	}
	now := c.options.Clock.Now().UTC().Truncate(time.Microsecond)
	if ahead := last.Instant.Sub(now); ahead > MaxAhead {
		c.fail(b.calls, fmt.Errorf("%w: batch %d is of %s, which is %s ahead",
			ledger.ErrClockBehind, last.Sequence, last.Instant.Format(time.RFC3339Nano), ahead))
		return nil
	}
	if now.Before(last.Instant) {
		now = last.Instant
	}
	next := &ledger.Batch{
		Sequence: last.Sequence + 1, Previous: last.Hash, Instant: now, Rules: book.Rules,
		Records: make([]ledger.Record, 0, len(b.calls)),
	}
	round, err := c.decide(b, next, last)
	if err != nil {
		return undone{err}
	}
	if len(next.Records) > 0 {
		if err := c.seal(ctx, next); err != nil {
			if errors.Is(err, ledger.ErrRejected) {
				c.sent.Store(last.Sequence)
				c.cache.forget(round, b.calls)
				return undone{err}
			}
			c.fail(b.calls, err)
			return err
		}
		c.advance(next.Head())
		c.options.Observer.Committed(len(next.Records), time.Since(started))
	}
	c.cache.evict(b.number, round)
	c.queue.answer(b.calls)
	return nil
}

// overtaken finds a log that another one has written to, or that is another one.
func overtaken(loads []load, last ledger.Head) error {
	for _, l := range loads {
		if err := wentBack(l.found.Head, l.after); err != nil {
			return err
		}
		if head := l.found.Head; head.Sequence > last.Sequence ||
			head.Sequence == last.Sequence && head.Hash != last.Hash {
			return fmt.Errorf("%w: batch %d is not of this process, whose newest is %d",
				ledger.ErrFenced, head.Sequence, last.Sequence)
		}
	}
	return nil
}

// decide lets the book decide every call, and fills the batch.
func (c *Committer) decide(b *batch, next *ledger.Batch, last ledger.Head) (*book.Round, error) {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	for _, l := range b.loads {
		if err := c.cache.state.Admit(l.found, l.asked); err != nil {
			return nil, err
		}
	}
	round := c.cache.state.Begin(next.Sequence, next.Instant, last.Instant)
	for _, call := range b.calls {
		record, outcome := round.Apply(call.command, call.print)
		if record != nil {
			next.Records = append(next.Records, *record)
		}
		call.outcome = outcome
	}
	return round, nil
}
