// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// shards is over how many histograms callers are spread, so that they do not
	// wait for each other.
	shards = 16
	// longest is the longest time that can be told apart from longer ones.
	longest = 10 * time.Minute
)

// latencies are the times that answers took. Callers may record at once.
type latencies struct {
	shards [shards]struct {
		sync.Mutex
		histogram *hdrhistogram.Histogram
	}
}

func newLatencies() *latencies {
	l := &latencies{}
	for i := range l.shards {
		l.shards[i].histogram = newHistogram()
	}
	return l
}

// newHistogram counts microseconds, to three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), 3)
}

func (l *latencies) record(caller int, took time.Duration) {
	shard := &l.shards[caller%shards]
	shard.Lock()
	defer shard.Unlock()
	// It only refuses what is out of range.
	_ = shard.histogram.RecordValue(min(max(took, time.Microsecond), longest).Microseconds())
}

// count is how many were recorded so far.
func (l *latencies) count() (n int64) {
	for i := range l.shards {
		shard := &l.shards[i]
		shard.Lock()
		n += shard.histogram.TotalCount()
		shard.Unlock()
	}
	return n
}

// spread is how long answers took: the median, and what one in a hundred and one
// in a thousand was longer than, in milliseconds.
type spread struct{ p50, p99, p999, max float64 }

func (l *latencies) spread() spread {
	all := newHistogram()
	for i := range l.shards {
		shard := &l.shards[i]
		shard.Lock()
		all.Merge(shard.histogram)
		shard.Unlock()
	}
	at := func(percent float64) float64 { return float64(all.ValueAtQuantile(percent)) / 1000 }
	return spread{p50: at(50), p99: at(99), p999: at(99.9), max: float64(all.Max()) / 1000}
}
