// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// writing is a committer at work, as a manager has it.
type writing struct {
	*committer.Committer
	// series is of keys that nobody has used: no two rows begin at the same head.
	series uint64
	// began is the newest batch before.
	began int64
}

// newest is the newest batch. A committer does not know it at once.
func (w *writing) newest() int64 { return max(w.began, w.Head().Sequence) }

// committing runs work on a committer over the store.
func committing(ctx context.Context, store ledger.Store, work func(*writing) error) error {
	head, err := store.Head(ctx)
	if err != nil {
		return err
	}
	writer := committer.New(store, committer.Options{})
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- writer.Run(running) }()
	writer.Open()
	err = work(&writing{Committer: writer, series: binary.BigEndian.Uint64(head.Hash[:]) | 1, began: head.Sequence})
	stop()
	return errors.Join(err, <-ended)
}

// closed measures a row in which callers wait for their answers.
func (b *bench) closed(ctx context.Context, store ledger.Store, r row) (result, error) {
	if r.load == loadBuckets {
		return b.bucketLoop(ctx, store, r)
	}
	return b.closedLoop(ctx, store, r)
}

// closedLoop has callers post transfers, or holds and their charges, each its next
// when the last is answered.
func (b *bench) closedLoop(ctx context.Context, store ledger.Store, r row) (measured result, err error) {
	commands := b.traffic.of(r.load)
	err = committing(ctx, store, func(writer *writing) error {
		m := newMeter()
		group, ctx := errgroup.WithContext(ctx)
		for caller := range r.callers {
			group.Go(func() error {
				for n := uint64(caller) << 32; !m.over.Load(); n++ {
					began := time.Now()
					for _, command := range commands {
						if err := post(ctx, writer, command(writer.series, n)); err != nil {
							return err
						}
					}
					if m.measuring.Load() {
						m.latencies.record(caller, time.Since(began))
					}
				}
				return nil
			})
		}
		group.Go(func() (err error) {
			measured, err = b.measure(ctx, r, m, writer.newest)
			return err
		})
		return group.Wait()
	})
	return measured, err
}

// post posts a command that has to be accepted.
func post(ctx context.Context, writer ledger.Ledger, command ledger.Command) error {
	outcome, err := writer.Post(ctx, command)
	if err == nil && (outcome.Status != ledger.Accepted || outcome.Replayed) {
		err = fmt.Errorf("%T %s was not accepted, or not now: %+v", command.Operation, command.Key, outcome)
	}
	return err
}
