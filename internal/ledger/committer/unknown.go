// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// errGaveUp: the process stops while it is not known whether a batch was
// written. Whoever posts its commands again will find out.
var errGaveUp = errors.New("it is not known whether the batch was written")

const (
	firstProbe = time.Millisecond
	slowProbe  = time.Second
)

// durable appends a sealed batch; one without records is not written. The error
// is [ledger.ErrRejected] if it was not written and never will be.
func (c *Committer) durable(ctx context.Context, next *ledger.Batch) error {
	if len(next.Records) == 0 {
		return nil
	}
	err := c.append(ctx, next)
	if err == nil || errors.Is(err, ledger.ErrRejected) {
		return err
	}
	c.options.Log.Info("it is not known whether a batch was written", "sequence", next.Sequence, "cause", err.Error())
	return c.resolve(ctx, next)
}

// append cannot be cancelled: a batch that was sent and is not waited for may
// be written behind our back.
func (c *Committer) append(ctx context.Context, next *ledger.Batch) error {
	c.sent.Store(next.Sequence)
	return c.store.Append(context.WithoutCancel(ctx), next)
}

// resolve finds out whether a batch was written after its append failed, and
// appends the same bytes again if it was not.
func (c *Committer) resolve(ctx context.Context, next *ledger.Batch) error {
	var rejected error
	began := time.Now()
	defer c.options.Observer.InDoubt(0)
	for pause := firstProbe; ; pause = min(2*pause, slowProbe) {
		head, err := c.store.Head(ctx)
		switch {
		case err != nil: // ask again
		case head.Sequence == next.Sequence && head.Hash == next.Hash:
			return nil
		case head.Sequence >= next.Sequence:
			return fmt.Errorf("%w: batch %d is not of this process", ledger.ErrFenced, next.Sequence)
		case head.Sequence < next.Sequence-1 || head.Hash != next.Previous:
			return fmt.Errorf("%w: its newest batch is %d, batch %d was committed before",
				ledger.ErrMismatch, head.Sequence, next.Sequence-1)
		case rejected != nil:
			return rejected
		default:
			err = c.append(ctx, next)
			if err == nil {
				return nil
			}
			if errors.Is(err, ledger.ErrRejected) {
				// What it collided with may be itself: look once more.
				rejected = err
				continue
			}
		}
		if pause == slowProbe {
			since := time.Since(began)
			c.options.Log.Error(err, "it is still not known whether a batch was written",
				"sequence", next.Sequence, "since", since.String())
			c.options.Observer.InDoubt(since)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errGaveUp, stopped(ctx))
		}
	}
}
