// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// meter is what those who work in a row and the one who measures it share.
type meter struct {
	latencies *latencies
	// measuring is set while what is done counts, and over when the row ends.
	measuring, over atomic.Bool
}

func newMeter() *meter { return &meter{latencies: newLatencies()} }

// measure lets a row warm up, measures it, and ends it. newest tells the newest
// batch; nil where there is none.
func (b *bench) measure(ctx context.Context, r row, m *meter, newest func() int64) (measured result, err error) {
	defer m.over.Store(true)
	if newest == nil {
		newest = func() int64 { return 0 }
	}
	measured.before = newest()
	progress("%s: warming up for %s", r, b.opts.warmUp())
	if err := wait(ctx, b.opts.warmUp()); err != nil {
		return result{}, err
	}
	stopProfile, err := b.profile(r)
	if err != nil {
		return result{}, err
	}
	defer stopProfile()
	before, err := used(ctx, b.server)
	if err != nil {
		return result{}, err
	}
	measured.from = newest()
	began := time.Now()
	m.measuring.Store(true)
	if err := b.pass(ctx, r, m, began); err != nil {
		return result{}, err
	}
	m.measuring.Store(false)
	took := time.Since(began)
	measured.to = newest()
	after, err := used(ctx, b.server)
	if err != nil {
		return result{}, err
	}
	measured.usage = after.minus(before)
	measured.measured = m.latencies.count()
	measured.tps = float64(measured.measured) / took.Seconds()
	measured.spread = m.latencies.spread()
	return measured, nil
}

// pass lets the time of a row pass, and tells each second how it goes.
func (b *bench) pass(ctx context.Context, r row, m *meter, began time.Time) error {
	if b.opts.forced() && b.server != nil {
		var checkpoint sync.WaitGroup
		defer checkpoint.Wait()
		half := time.AfterFunc(b.opts.window()/2, func() {
			if err := b.server.checkpoint(ctx); err != nil {
				progress("%s: %v", r, err)
			}
		})
		defer half.Stop()
	}
	counted, at := int64(0), began
	stop := every(time.Second, func() {
		now, count := time.Now(), m.latencies.count()
		progress("%s: %2.0f s: %s/s", r, now.Sub(began).Seconds(), grouped(int64(float64(count-counted)/now.Sub(at).Seconds())))
		counted, at = count, now
	})
	defer stop()
	return wait(ctx, b.opts.window())
}

// profile begins the profile that --pprof asks for, if it is of this row.
func (b *bench) profile(r row) (stop func(), err error) {
	if b.opts.profile == "" || b.opts.only.chosen()[0] != r {
		return func() {}, nil
	}
	file, err := os.Create(b.opts.profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		if err := file.Close(); err != nil {
			progress("%s: %v", b.opts.profile, err)
		}
	}, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// every calls f at intervals until it is stopped, and stops only between calls.
func every(interval time.Duration, f func()) (stop func()) {
	var running sync.WaitGroup
	ended := make(chan struct{})
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f()
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		running.Wait()
	}
}
