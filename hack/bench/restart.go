// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

const (
	// restartAccounts are what the finished top-ups are spread over.
	restartAccounts = 100
	// restartSlice is how many top-ups are made at a time.
	restartSlice = 1000
	// reportEvery is how often that is told.
	reportEvery = 5 * restartSlice
)

// restart is what a manager's start costs beside what has finished before.
type restart struct {
	store   string
	objects int
	// ready is from the start of the process to its first "ready".
	ready time.Duration
	// working is from the start of the process to the completion of a top-up that
	// was waiting for it.
	working time.Duration
	// ledgerWrites are the batches that the start has added, and writes what it
	// wrote to the API server.
	ledgerWrites int64
	writes       apiWrites
	// held is the manager's memory when it has nothing more to do.
	held memory
	// perObject is what one finished object adds to the manager's memory: the
	// difference to a manager that has none, divided.
	perObject memory
}

// apiWrites are the writes of the API's objects that the API server has served.
type apiWrites struct{ status, other int64 }

func (w apiWrites) minus(v apiWrites) apiWrites {
	return apiWrites{w.status - v.status, w.other - v.other}
}

// measureRestart makes a cluster and a ledger, fills them with top-ups as
// kubectl apply leaves them, and starts the manager again.
func measureRestart(ctx context.Context, opts options, kind string) (r restart, err error) {
	fmt.Printf("\n%s, restart with %d finished top-ups: starting a cluster of its own ...\n", kind, opts.finished)
	mm, err := newMeasurement(ctx, opts, kind, restartAccounts)
	if err != nil {
		return restart{}, err
	}
	defer func() { err = errors.Join(err, mm.remove()) }()

	if err := mm.during(ctx, false, func(*manager) (err error) {
		mm.given, err = createAccounts(ctx, mm.cluster, mm.accounts)
		return err
	}); err != nil {
		return restart{}, err
	}
	empty, err := mm.restarted(ctx, "heap-without.pprof")
	if err != nil {
		return restart{}, err
	}
	fmt.Printf("  without any: ready after %s, %.1f MiB resident\n", empty.ready.Round(time.Millisecond), mebibytes(empty.held.resident))
	if err := mm.during(ctx, false, func(m *manager) error { return mm.fill(ctx, m) }); err != nil {
		return restart{}, err
	}
	if r, err = mm.restarted(ctx, "heap-with.pprof"); err != nil {
		return restart{}, err
	}
	fmt.Printf("  with %d: ready after %s, %.1f MiB resident\n", opts.finished, r.ready.Round(time.Millisecond), mebibytes(r.held.resident))
	r.store, r.objects = kind, opts.finished
	if r.working, err = mm.firstWork(ctx); err != nil {
		return restart{}, err
	}
	r.perObject.resident = (r.held.resident - empty.held.resident) / int64(r.objects)
	r.perObject.untouched = (r.held.untouched - empty.held.untouched) / int64(r.objects)
	r.perObject.live = (r.held.live - empty.held.live) / int64(r.objects)
	return r, nil
}

// fill makes the top-ups, and returns when all have finished and the balances
// are shown.
func (mm *measurement) fill(ctx context.Context, m *manager) error {
	for made := 0; made < mm.opts.finished; {
		count := min(restartSlice, mm.opts.finished-made)
		if _, err := mm.topUp(ctx, m, mm.evenly(count, applied(mm.cluster.client))); err != nil {
			return err
		}
		if made += count; made%reportEvery == 0 {
			fmt.Printf("  top-ups finished: %d\n", made)
		}
	}
	return mm.given.awaitShown(ctx, mm.cluster.client)
}

// restarted starts a manager, waits until it has nothing more to do, and says
// what that took, wrote and holds.
func (mm *measurement) restarted(ctx context.Context, profile string) (r restart, err error) {
	before, err := audit(ctx, mm.opts.manager, mm.cluster.ledger)
	if err != nil {
		return restart{}, err
	}
	written, err := apiWritesOf(ctx, mm.cluster)
	if err != nil {
		return restart{}, err
	}
	err = mm.during(ctx, true, func(m *manager) error {
		r.ready = m.ready
		if err := settle(ctx, mm.cluster, m); err != nil {
			return err
		}
		r.held, err = memoryOf(ctx, m, filepath.Join(mm.opts.state, profile))
		return err
	})
	if err != nil {
		return restart{}, err
	}
	now, err := apiWritesOf(ctx, mm.cluster)
	if err != nil {
		return restart{}, err
	}
	r.writes = now.minus(written)
	after, err := audit(ctx, mm.opts.manager, mm.cluster.ledger)
	r.ledgerWrites = after.Sequence - before.Sequence
	return r, err
}

// firstWork creates a top-up, starts a manager, and says how long after that the
// top-up is completed.
func (mm *measurement) firstWork(ctx context.Context) (time.Duration, error) {
	waiting := mm.evenly(1, leaveToManager(mm.cluster.client))
	completed, err := watchCompletions(ctx, mm.cluster, waiting.name+"-")
	if err != nil {
		return 0, err
	}
	if err := waiting.create(ctx, newTopUp(waiting.topUpName(0), waiting.account(0))); err != nil {
		return 0, err
	}
	began := time.Now()
	var took time.Duration
	err = mm.during(ctx, false, func(*manager) error {
		_, _, err := completed.await(ctx, waiting.count)
		took = time.Since(began)
		return err
	})
	return took, err
}

// apiWritesOf reads from the API server's own metrics how many writes of the
// API's objects it has been asked for.
func apiWritesOf(ctx context.Context, c *cluster) (w apiWrites, err error) {
	body, err := c.get(ctx, c.config.Host+"/metrics")
	if err != nil {
		return apiWrites{}, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return apiWrites{}, err
	}
	for _, metric := range families["apiserver_request_total"].GetMetric() {
		labels := make(map[string]string)
		for _, label := range metric.GetLabel() {
			labels[label.GetName()] = label.GetValue()
		}
		switch labels["verb"] {
		case "GET", "LIST", "WATCH":
			continue
		}
		switch {
		case labels["group"] != v1alpha1.GroupVersion.Group:
		case labels["subresource"] == "status":
			w.status += int64(metric.GetCounter().GetValue())
		default:
			w.other += int64(metric.GetCounter().GetValue())
		}
	}
	return w, nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
