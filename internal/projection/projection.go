// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package projection follows the log and says which accounts and buckets have
// something new to show. It writes nothing: whoever shows balances listens to
// [Projection.Changed].
package projection

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Log is what the projection reads of a ledger's store.
type Log interface {
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// Projection tails a log. Create it with [New], start it with [Projection.Run].
type Projection struct {
	log     Log
	cursor  int64
	grown   func() <-chan struct{}
	clock   clock.WithTicker
	pace    *pace
	changed chan ledger.ID
	logger  logr.Logger
}

// New makes a projection of what is in a log after a sequence. grown gives a
// channel that is closed when the log grows; who takes it before reading misses
// nothing.
func New(log Log, after int64, grown func() <-chan struct{}, clock clock.WithTicker, logger logr.Logger) *Projection {
	return &Projection{
		log: log, cursor: after, grown: grown, clock: clock, logger: logger,
		pace: newPace(clock), changed: make(chan ledger.ID),
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

// Began says that an object waits for its outcome: while many do, balances take
// at most a tenth of the writes.
func (p *Projection) Began() { p.pace.began() }

// Ended says that the object has its outcome or waits for something else, and
// whether that was written.
func (p *Projection) Ended(written bool) { p.pace.ended(written) }

// again is how soon a log that could not be read is read again.
const again = time.Second

// Run follows the log until the context ends. What changed before its beginning
// is shown by the first reconcile of each object.
func (p *Projection) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.pace.run(ctx, p.changed)
	}()
	defer func() { <-done }()

	for {
		grown := p.grown()
		var retry <-chan time.Time
		if err := p.tail(ctx); err != nil && ctx.Err() == nil {
			p.logger.Error(err, "The log could not be read; balances are shown late", "after", p.cursor)
			retry = p.clock.After(again)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-grown:
		case <-retry:
		}
	}
}

// tail marks what changed after the cursor, and moves the cursor on.
func (p *Projection) tail(ctx context.Context) error {
	return p.log.Payloads(ctx, p.cursor, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		for i := range batch.Records {
			p.mark(&batch.Records[i])
		}
		p.cursor = batch.Sequence
		return nil
	})
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
		case ledger.FactHold:
			var hold ledger.Hold
			if err := ledger.DecodeBody(fact.Body, &hold); err == nil {
				p.pace.mark(hold.Account)
			}
		case ledger.FactTerm:
			// A cycle may begin that brings nothing.
			var term ledger.Term
			if err := ledger.DecodeBody(fact.Body, &term); err == nil {
				p.pace.mark(term.Bucket)
			}
		case ledger.FactShareUse:
			var use ledger.ShareUse
			if err := ledger.DecodeBody(fact.Body, &use); err == nil {
				p.pace.mark(use.Bucket)
			}
		}
	}
}
