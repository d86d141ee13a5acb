// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics shows what the ledger does on the manager's metrics endpoint.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Ledger counts what a committer does. It implements the committer's Observer.
type Ledger struct {
	records  prometheus.Histogram
	seconds  prometheus.Histogram
	poisoned prometheus.Counter
	inDoubt  prometheus.Gauge
}

// NewLedger registers the ledger's metrics.
func NewLedger(registry prometheus.Registerer) *Ledger {
	m := &Ledger{
		records: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "prepay_ledger_batch_records",
			Help:    "Operations recorded by one batch of the log.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "prepay_ledger_commit_seconds",
			Help:    "Time to decide one batch and to make it durable.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
		poisoned: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "prepay_ledger_poisoned_commands_total",
			Help: "Commands whose content the store refused, set aside alone. Alert on any.",
		}),
		inDoubt: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prepay_ledger_in_doubt_seconds",
			Help: "For how long it has not been known whether a batch was written; nothing is decided meanwhile. Alert above zero.",
		}),
	}
	registry.MustRegister(m.records, m.seconds, m.poisoned, m.inDoubt)
	return m
}

// Committed counts one durable batch.
func (m *Ledger) Committed(records int, took time.Duration) {
	m.records.Observe(float64(records))
	m.seconds.Observe(took.Seconds())
}

// InDoubt shows for how long a batch has been in doubt.
func (m *Ledger) InDoubt(since time.Duration) { m.inDoubt.Set(since.Seconds()) }

// Poisoned counts one command that was set aside.
func (m *Ledger) Poisoned(ledger.Command) { m.poisoned.Inc() }
