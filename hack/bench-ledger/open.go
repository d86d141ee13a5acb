// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// openShare is the part of the rate of [fullRow] at which transfers arrive.
	openShare = 0.7
	// senders is how many transfers may be under way at once in the open loop:
	// as many as the committer's queue takes.
	senders = 8192
	// arrivalTick is how often it is looked for arrivals that are due.
	arrivalTick = time.Millisecond
)

// openLoop has transfers arrive on a schedule, whether the ones before are
// answered or not. What a transfer took is counted from the instant at which it
// was to arrive, so that a pause is seen in all that it has held up.
func (b *bench) openLoop(ctx context.Context, store ledger.Store, r row) (measured result, err error) {
	s := schedule{rate: openShare * b.results[fullRow].tps}
	s.first = int64(s.rate * b.opts.warmUp().Seconds())
	s.end = s.first + int64(s.rate*b.opts.window().Seconds())
	progress("%s: %s arrive each second", r, grouped(int64(s.rate)))
	err = committing(ctx, store, func(writer *writing) error {
		m := newMeter()
		group, ctx := errgroup.WithContext(ctx)
		due := make(chan int64, 1<<16)
		s.began = time.Now()
		group.Go(func() error { return s.release(ctx, due) })
		for sender := range senders {
			group.Go(func() error {
				for n := range due {
					if err := post(ctx, writer, b.traffic.uniform(writer.series, uint64(n))); err != nil {
						return err
					}
					if n >= s.first {
						m.latencies.record(sender, time.Since(s.began)-s.after(n))
					}
				}
				return nil
			})
		}
		group.Go(func() (err error) {
			measured, err = b.measure(ctx, r, m, writer.newest)
			return err
		})
		if err := group.Wait(); err != nil {
			return err
		}
		// Those that were due in time and answered after it count as well.
		measured.spread, measured.measured = m.latencies.spread(), m.latencies.count()
		measured.tps = float64(measured.measured) / (time.Since(s.began) - s.after(s.first)).Seconds()
		return nil
	})
	return measured, err
}

// schedule says when transfers arrive: evenly, rate a second. Those from first
// to before end are measured.
type schedule struct {
	rate       float64
	first, end int64
	began      time.Time
}

// after is when the n-th arrives, after the begin.
func (s *schedule) after(n int64) time.Duration {
	return time.Duration(float64(n) / s.rate * float64(time.Second))
}

// release sends each arrival when it is due.
func (s *schedule) release(ctx context.Context, due chan<- int64) error {
	defer close(due)
	ticker := time.NewTicker(arrivalTick)
	defer ticker.Stop()
	for n := int64(0); n < s.end; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for elapsed := time.Since(s.began); n < s.end && s.after(n) <= elapsed; n++ {
			select {
			case due <- n:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}
