// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// pair is one slice of each sort, measured one after the other.
type pair struct {
	// limit is the API server's: the manager was stopped.
	limit slice
	// managed is with the manager.
	managed slice
	// lag is how long after the last completion the accounts' balances were all
	// shown, and lagCPU what the manager used for it.
	lag, lagCPU time.Duration
}

func (p pair) ratio() float64 { return p.managed.perSecond() / p.limit.perSecond() }

// cpuRatio is what the ratio would be if nothing but processor time mattered.
// Other work on the machine disturbs it far less.
func (p pair) cpuRatio() float64 {
	return float64(p.limit.cpu.total()) / float64(p.managed.cpu.total())
}

func limitPerSecond(p pair) float64   { return p.limit.perSecond() }
func managedPerSecond(p pair) float64 { return p.managed.perSecond() }

// result is a measurement with one number of accounts.
type result struct {
	store    string
	accounts int
	pairs    []pair
	shown    shown
}

// median of what is read from each pair.
func (r result) median(of func(pair) float64) float64 {
	values := make([]float64, len(r.pairs))
	for i, p := range r.pairs {
		values[i] = of(p)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

func (r result) ratio() float64 { return r.median(pair.ratio) }

// measurement is a cluster and the accounts in it while they are measured.
type measurement struct {
	opts     options
	cluster  *cluster
	accounts int
	given    book
	// sample is a status that the manager wrote.
	sample v1alpha1.TopUpStatus
	slices int
}

// measure makes a cluster and a ledger, measures with that many accounts, and
// removes both.
func measure(ctx context.Context, opts options, kind string, accounts int) (r result, err error) {
	fmt.Printf("\n%s, %s: starting a cluster of its own ...\n", kind, counted(accounts))
	mm, err := newMeasurement(ctx, opts, kind, accounts)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, mm.remove()) }()
	if err := mm.prepare(ctx); err != nil {
		return result{}, err
	}
	r = result{store: kind, accounts: accounts}
	for i := range opts.pairs {
		p, err := mm.pair(ctx)
		if err != nil {
			return result{}, fmt.Errorf("pair %d: %w", i+1, err)
		}
		r.pairs = append(r.pairs, p)
		fmt.Printf("  pair %d: API server's limit %5.0f/s   with the manager %5.0f/s   ratio %.2f   balances shown %s later\n",
			i+1, p.limit.perSecond(), p.managed.perSecond(), p.ratio(), p.lag.Round(10*time.Millisecond))
	}
	if r.shown, err = mm.measureShown(ctx, r.median(managedPerSecond)); err != nil {
		return result{}, fmt.Errorf("how balances are shown: %w", err)
	}
	fmt.Printf("  balances: at %.0f/s the hottest account's status is written %.2f times a second; at %.0f/s a top-up shows %s (p50), %s (p99) after its commit\n",
		r.shown.fullRate, r.shown.hottest, r.shown.halfRate, r.shown.p50.Round(time.Millisecond), r.shown.p99.Round(time.Millisecond))
	if _, err := audit(ctx, opts.manager, mm.cluster.ledger); err != nil {
		return result{}, err
	}
	fmt.Println("  every top-up Ready=True, every account's balance right, audit of the ledger clean")
	if g, ok := r.goal(); opts.profile || ok && r.ratio() < g.aim {
		if err := mm.profile(ctx, r.median(managedPerSecond)); err != nil {
			return result{}, fmt.Errorf("profiling: %w", err)
		}
	}
	return r, nil
}

func newMeasurement(ctx context.Context, opts options, kind string, accounts int) (*measurement, error) {
	c, err := startCluster(ctx, opts.state, opts.assets)
	if err != nil {
		return nil, err
	}
	if c.ledger, err = openStore(ctx, kind, opts.state, opts.manager); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return &measurement{opts: opts, cluster: c, accounts: accounts}, nil
}

func (mm *measurement) remove() error {
	return errors.Join(mm.cluster.ledger.remove(), mm.cluster.remove())
}

// during runs do while a manager runs.
func (mm *measurement) during(ctx context.Context, profiled bool, do func(*manager) error) error {
	m, err := startManager(ctx, mm.opts.manager, mm.cluster, profiled)
	if err != nil {
		return err
	}
	err = do(m)
	return errors.Join(err, m.stop())
}

// prepare makes the accounts and warms the servers up with a slice of each
// sort. The first gives the status that the others imitate.
func (mm *measurement) prepare(ctx context.Context) error {
	fmt.Println("  accounts and a warm-up, which does not count ...")
	if err := mm.during(ctx, false, func(m *manager) error { return mm.warmUp(ctx, m) }); err != nil {
		return err
	}
	_, err := mm.limit(ctx)
	return err
}

func (mm *measurement) warmUp(ctx context.Context, m *manager) (err error) {
	if mm.given, err = createAccounts(ctx, mm.cluster, mm.accounts); err != nil {
		return err
	}
	if _, err := mm.managed(ctx, m, mm.opts.slice); err != nil {
		return err
	}
	var sample v1alpha1.TopUp
	name := types.NamespacedName{Namespace: namespace, Name: fmt.Sprintf("slice-%03d-%05d", mm.slices, 0)}
	if err := mm.cluster.client.Get(ctx, name, &sample); err != nil {
		return err
	}
	mm.sample = sample.Status
	return nil
}

// pair stops and starts the manager around the slices, so that it has no part
// in the first: not even a backlog of events to read afterwards. Starting, it
// finds the first slice's top-ups finished.
func (mm *measurement) pair(ctx context.Context) (p pair, err error) {
	if p.limit, err = mm.limit(ctx); err != nil {
		return pair{}, err
	}
	err = mm.during(ctx, false, func(m *manager) (err error) {
		if p.managed, err = mm.managed(ctx, m, mm.opts.slice); err != nil {
			return err
		}
		p.lag, p.lagCPU, err = mm.awaitBalances(ctx, m)
		return err
	})
	return p, err
}

func (mm *measurement) limit(ctx context.Context) (slice, error) {
	return runSlice(ctx, mm.cluster, nil, mm.evenly(mm.opts.slice, writeStatusLike(mm.sample, mm.cluster.client)))
}

func (mm *measurement) managed(ctx context.Context, m *manager, count int) (slice, error) {
	return mm.topUp(ctx, m, mm.evenly(count, leaveToManager(mm.cluster.client)))
}

// topUp runs a slice with the manager.
func (mm *measurement) topUp(ctx context.Context, m *manager, w work) (slice, error) {
	s, err := runSlice(ctx, mm.cluster, m, w)
	if err != nil {
		return slice{}, err
	}
	return s, mm.given.add(w)
}

// evenly is a slice over all accounts in turn, as fast as it goes.
func (mm *measurement) evenly(count int, create creator) work {
	mm.slices++
	return work{name: fmt.Sprintf("slice-%03d", mm.slices), count: count, account: inTurn(mm.accounts), create: create}
}

func (mm *measurement) awaitBalances(ctx context.Context, m *manager) (lag, cpu time.Duration, err error) {
	before, err := processTime(m.pid())
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := mm.given.awaitShown(ctx, mm.cluster.client); err != nil {
		return 0, 0, err
	}
	lag = time.Since(began)
	after, err := processTime(m.pid())
	return lag, after - before, err
}
