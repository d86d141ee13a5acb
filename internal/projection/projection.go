// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package projection follows the log and says which accounts and buckets have
// something new to show. It writes nothing: whoever shows balances listens to
// [Projection.Changed].
package projection

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Log is what the projection reads of a ledger's store.
type Log interface {
	Head(ctx context.Context) (ledger.Head, error)
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// Projection tails a log. Create it with [New], start it with [Projection.Run].
type Projection struct {
	log     Log
	pace    *pace
	wake    chan struct{}
	changed chan ledger.ID
	logger  logr.Logger
}

// New makes a projection of a log.
func New(log Log, clock clock.WithTicker, logger logr.Logger) *Projection {
	return &Projection{
		log: log, pace: newPace(clock), logger: logger,
		wake: make(chan struct{}, 1), changed: make(chan ledger.ID),
	}
}

// Changed announces accounts and buckets that are followed and have changed,
// no faster than they should be written. Whoever receives one reads the ledger
// then, so that the newest balances are shown.
func (p *Projection) Changed() <-chan ledger.ID { return p.changed }

// Follow asks for the changes of an account or bucket.
func (p *Projection) Follow(id ledger.ID) { p.pace.follow(id) }

// Unfollow ends what Follow asked for.
func (p *Projection) Unfollow(id ledger.ID) { p.pace.unfollow(id) }

// Began says that an object waits for its outcome: while any does, balances
// take at most a fifth of the writes.
func (p *Projection) Began() { p.pace.began() }

// Ended says that an object has its outcome, or stopped waiting.
func (p *Projection) Ended() { p.pace.ended() }

// Wake says that the log has grown. It never blocks.
func (p *Projection) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run follows the log from its present head until the context ends. What
// changed before is shown by the first reconcile of each object.
func (p *Projection) Run(ctx context.Context) error {
	head, err := p.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the head of the log: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.pace.run(ctx, p.changed)
	}()
	defer func() { <-done }()

	cursor := head.Sequence
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		if cursor, err = p.tail(ctx, cursor); err != nil && ctx.Err() == nil {
			// The next wake-up reads from the same place.
			p.logger.Error(err, "The log could not be read; balances are shown late", "after", cursor)
		}
	}
}

// tail marks what changed after a sequence, and returns how far it came.
func (p *Projection) tail(ctx context.Context, cursor int64) (int64, error) {
	err := p.log.Payloads(ctx, cursor, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		for i := range batch.Records {
			p.mark(&batch.Records[i])
		}
		cursor = batch.Sequence
		return nil
	})
	return cursor, err
}

func (p *Projection) mark(record *ledger.Record) {
	for _, impact := range record.Impacts {
		p.pace.mark(impact.Account)
		p.pace.mark(impact.Bucket)
	}
	for _, fact := range record.Facts {
		switch fact.Kind {
		case ledger.FactAccount:
			p.pace.mark(fact.Subject)
		case ledger.FactBucket:
			p.pace.mark(fact.Subject)
			// What may be spent of the account depends on the bucket's state.
			var settings ledger.BucketSettings
			if err := ledger.DecodeBody(fact.Body, &settings); err == nil {
				p.pace.mark(settings.Account)
			}
		}
	}
}
