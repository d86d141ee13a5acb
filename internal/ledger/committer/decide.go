// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// decided is a batch whose calls have their outcomes. Nobody may be told before
// it is committed.
type decided struct {
	of *batch
	// rest are the calls that did not fit, in order; nil if all did. They come next.
	rest  *batch
	round *book.Round
	// batch is sealed; without records it is not written.
	batch *ledger.Batch
	// after is the head it was decided on.
	after ledger.Head
	began time.Time
	// landed gets the result of the append.
	landed chan error
}

// head is the newest batch when this one has been committed.
func (d *decided) head() ledger.Head {
	if len(d.batch.Records) == 0 {
		return d.after
	}
	return d.batch.Head()
}

// decide lets the book decide every call of a batch that follows last. The error
// is undone if that could not be; after any other one nothing may be written any
// more, and the calls are answered. They are answered as well if nothing is
// returned at all.
func (c *Committer) decide(b *batch, last ledger.Head) (*decided, error) {
	began := time.Now()
	if err := overtaken(b.loads, last); err != nil {
		c.fail(b.calls, err)
		return nil, err
	}
	now := c.now()
	if ahead := last.Instant.Sub(now); ahead > MaxAhead {
		c.fail(b.calls, fmt.Errorf("%w: batch %d is of %s, which is %s ahead",
			ledger.ErrClockBehind, last.Sequence, last.Instant.Format(time.RFC3339Nano), ahead))
		return nil, nil
	}
	d := &decided{of: b, after: last, began: began, batch: &ledger.Batch{
		Sequence: last.Sequence + 1, Previous: last.Hash, Instant: notBefore(now, last), Rules: book.Rules,
		Records: make([]ledger.Record, 0, len(b.calls)),
	}}
	if err := c.apply(d); err != nil {
		return nil, undone{err}
	}
	if len(d.batch.Records) == 0 {
		return d, nil
	}
	if err := d.batch.Seal(); err != nil {
		c.cache.forget(d.round, b.calls)
		return nil, undone{fmt.Errorf("%w: %w", ledger.ErrRejected, err)}
	}
	return d, nil
}

// now is the time by this clock, as the log counts it.
func (c *Committer) now() time.Time { return c.options.Clock.Now().UTC().Truncate(time.Microsecond) }

// notBefore is a time, or that of a batch if that is later: instants never go back.
func notBefore(now time.Time, last ledger.Head) time.Time {
	if now.Before(last.Instant) {
		return last.Instant
	}
	return now
}

// fullAt is how many records make a batch full, for each command that it may have.
// Commands alone never make so many; after a long time what has to be settled
// before them would otherwise make a batch of any size.
const fullAt = 4

// apply applies the calls to the state, and fills the batch. Calls that come when
// it is full are left for the next one. They need not be looked up or loaded again:
// what they need is admitted now, and is not evicted before they are decided, and
// nobody else is given their keys before they are answered.
func (c *Committer) apply(d *decided) error {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	for _, l := range d.of.loads {
		if err := c.cache.state.Admit(l.found, l.asked); err != nil {
			return err
		}
	}
	d.round = c.cache.state.Begin(d.batch.Sequence, d.batch.Instant, d.after.Instant)
	for i, call := range d.of.calls {
		if len(d.batch.Records) >= fullAt*c.options.MaxBatch {
			b := d.of
			d.of = &batch{number: b.number, calls: b.calls[:i]}
			d.rest = &batch{number: b.number, calls: b.calls[i:]}
			break
		}
		for _, settled := range d.round.Settle(call.command, call.touches.Accounts) {
			d.batch.Records = append(d.batch.Records, *settled)
		}
		record, outcome := d.round.Apply(call.command, call.print)
		if record != nil {
			d.batch.Records = append(d.batch.Records, *record)
		}
		call.outcome = outcome
	}
	c.cache.touch(d.of.number, d.round)
	return nil
}

// launch begins to append a batch, and returns it; one that is not written is
// settled at once, and nothing is returned.
func (c *Committer) launch(ctx context.Context, d *decided) (*decided, error) {
	if len(d.batch.Records) == 0 {
		return nil, c.settle(d, nil)
	}
	c.flying.Store(int64(len(d.of.calls)))
	d.landed = make(chan error, 1)
	go func() { d.landed <- c.durable(ctx, d.batch) }()
	return d, nil
}

// land ends the append of a batch with its result. The calls of a batch that was
// not written are decided once more. After an error nothing may be written any
// more; all calls are answered in any case.
func (c *Committer) land(ctx context.Context, d *decided, result error) error {
	err := c.settle(d, result)
	if errors.As(err, new(undone)) {
		err = c.again(ctx, d.of, err)
	}
	return err
}

// settle answers the calls of a batch that was committed. If it was rejected the
// error is undone and nobody was answered; after any other one all were, those
// that did not fit too.
func (c *Committer) settle(d *decided, result error) error {
	switch {
	case errors.Is(result, ledger.ErrRejected):
		c.sent.Store(d.after.Sequence)
		c.cache.forget(d.round, d.of.calls)
		return undone{result}
	case result != nil:
		c.fail(d.of.calls, result)
		if d.rest != nil {
			c.fail(d.rest.calls, result)
		}
		return result
	}
	if len(d.batch.Records) > 0 {
		c.advance(d.batch.Head())
		c.options.Observer.Committed(len(d.batch.Records), time.Since(d.began))
	}
	c.cache.evict(d.of.number)
	// Beside what comes next: the store is not to wait until all have been told.
	c.answers.Go(func() { c.queue.answer(d.of.calls) })
	return nil
}
