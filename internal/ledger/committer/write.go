// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// undone says why a batch was not written. Its calls are not answered, and the
// state is as if they had never been decided.
type undone struct{ cause error }

func (u undone) Error() string { return u.cause.Error() }
func (u undone) Unwrap() error { return u.cause }

// write is the second stage, and the only one that changes the state. While a
// batch is being appended, the next one is decided on top of it if that one is
// full; it is appended, and its calls are answered, only after the first has
// been committed. What did not fit into a batch is decided before any other.
func (c *Committer) write(ctx context.Context, ready, full <-chan *batch) error {
	defer c.answers.Wait()
	var flying *decided
	for {
		for flying != nil && flying.rest != nil {
			rest := flying.rest
			flying.rest = nil
			var err error
			if flying, err = c.follow(ctx, flying, rest); err != nil {
				return ending(err)
			}
		}
		next, landed := ready, (chan error)(nil)
		if flying != nil {
			next, landed = full, flying.landed
		}
		var err error
		select {
		case b := <-next:
			flying, err = c.follow(ctx, flying, b)
		case result := <-landed:
			err = c.land(ctx, flying, result)
			flying = nil
		case err = <-c.fenced:
			if flying != nil {
				_ = c.land(ctx, flying, <-flying.landed) // it is the same, or no matter any more
			}
		case <-ctx.Done():
			if flying != nil {
				err = c.land(ctx, flying, <-flying.landed)
			}
			return ending(err)
		}
		if err != nil {
			return ending(err)
		}
	}
}

// ending is what the second stage ends with: giving up in doubt is no error, as
// the process stops anyway.
func ending(err error) error {
	if errors.Is(err, errGaveUp) {
		return nil
	}
	return err
}

// follow decides a batch and begins to append it, after the one that is being
// appended, if any. It returns what is being appended then, and an error when
// nothing may be written any more; the calls of both are answered if so.
func (c *Committer) follow(ctx context.Context, flying *decided, b *batch) (*decided, error) {
	c.flying.Store(int64(len(b.calls)))
	if flying != nil && !c.stale(b) {
		return c.overlap(ctx, flying, b)
	}
	if flying != nil {
		if err := c.land(ctx, flying, <-flying.landed); err != nil {
			c.fail(b.calls, err)
			return nil, err
		}
	}
	if c.stale(b) {
		return nil, c.commit(ctx, b)
	}
	d, err := c.decide(b, c.Head())
	switch {
	case errors.As(err, new(undone)):
		return nil, c.again(ctx, b, err)
	case err != nil || d == nil:
		return nil, err
	default:
		return c.launch(ctx, d)
	}
}

// overlap decides a batch on the one that is being appended. If that one is not
// written, neither is this one: it is decided once more.
func (c *Committer) overlap(ctx context.Context, flying *decided, b *batch) (*decided, error) {
	epoch := c.cache.currentEpoch()
	d, err := c.decide(b, flying.head())
	undecided := errors.As(err, new(undone))
	if preparer, ok := c.store.(ledger.Preparer); ok && d != nil && len(d.batch.Records) > 0 {
		preparer.Prepare(d.batch)
	}
	if failed := c.land(ctx, flying, <-flying.landed); failed != nil {
		if d != nil || undecided {
			c.fail(b.calls, failed)
		}
		return nil, failed
	}
	switch {
	case d == nil && !undecided:
		return nil, err
	case c.cache.currentEpoch() != epoch:
		if d != nil {
			c.cache.forget(d.round, b.calls)
		}
		return nil, c.commit(ctx, b)
	case undecided:
		return nil, c.again(ctx, b, err)
	default:
		return c.launch(ctx, d)
	}
}

// stale reports whether something that the batch was loaded with was forgotten
// since.
func (c *Committer) stale(b *batch) bool {
	epoch := c.cache.currentEpoch()
	return slices.ContainsFunc(b.loads, func(l load) bool { return l.epoch != epoch })
}

// commit loads what a batch touches anew, decides it and answers all of its
// calls. It returns an error when nothing may be written any more.
func (c *Committer) commit(ctx context.Context, b *batch) error {
	if len(b.calls) == 0 {
		return nil // nobody needs what was loaded any more
	}
	if err := c.reload(ctx, b); err != nil || len(b.calls) == 0 {
		return err
	}
	return c.insist(ctx, b)
}

// again decides calls once more that were not written, one by one if need be.
func (c *Committer) again(ctx context.Context, b *batch, cause error) error {
	c.options.Log.Info("a batch was not written and is decided once more", "commands", len(b.calls), "cause", cause.Error())
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
	if err := c.again(ctx, &batch{number: b.number, calls: b.calls[:middle]}, cause); err != nil {
		c.fail(rest, err)
		return err
	}
	return c.again(ctx, &batch{number: b.number, calls: rest}, cause)
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
	c.options.Observer.Poisoned(command)
	stuck.outcome = ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}
	c.queue.answer([]*call{stuck})
}

// reload reads everything that the batch touches anew, and leaves in it what is
// still to be decided. It answers all of its calls if it returns an error, after
// which nothing may be written any more: no batch of this process is being
// written now, so that a newer one is another writer's.
func (c *Committer) reload(ctx context.Context, b *batch) error {
	reversed, err := c.recollect(ctx, b.calls)
	asked, epoch := all(b.calls), c.cache.currentEpoch()
	asked.Transactions = append(asked.Transactions, reversed...)
	var loads []load
	if err == nil {
		loads, err = c.loadAll(ctx, b.number, asked, epoch)
	}
	if err != nil {
		c.fail(b.calls, err)
		b.calls, b.loads = nil, nil
		return nil
	}
	found, after := loads[0].found, loads[0].after
	if err := overtaken(loads, after); err != nil {
		c.fail(b.calls, err)
		return err
	}
	confirm(b.calls, found, after)
	b.calls = c.replay(b.calls, found)
	found.Transactions = nil
	b.loads = loads
	return nil
}

// attempt decides a batch on the newest one, appends it and answers its calls, and
// then does so with what did not fit. If the batch was not written the error is
// undone and nobody was answered.
func (c *Committer) attempt(ctx context.Context, b *batch) error {
	d, err := c.decide(b, c.Head())
	if err != nil || d == nil {
		return err
	}
	if err := c.settle(d, c.durable(ctx, d.batch)); err != nil || d.rest == nil {
		return err
	}
	return c.insist(ctx, d.rest)
}

// insist decides a batch, and once more if it was not written.
func (c *Committer) insist(ctx context.Context, b *batch) error {
	err := c.attempt(ctx, b)
	if errors.As(err, new(undone)) {
		err = c.again(ctx, b, err)
	}
	return err
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
