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
	accounts int
	pairs    []pair
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
func measure(ctx context.Context, opts options, accounts int) (r result, err error) {
	fmt.Printf("\n%s: starting a cluster of its own ...\n", counted(accounts))
	c, err := startCluster(ctx, opts.state, opts.assets)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, c.remove()) }()

	mm := &measurement{opts: opts, cluster: c, accounts: accounts}
	if err := mm.prepare(ctx); err != nil {
		return result{}, err
	}
	r = result{accounts: accounts}
	for i := range opts.pairs {
		p, err := mm.pair(ctx)
		if err != nil {
			return result{}, fmt.Errorf("pair %d: %w", i+1, err)
		}
		r.pairs = append(r.pairs, p)
		fmt.Printf("  pair %d: API server's limit %5.0f/s   with the manager %5.0f/s   ratio %.2f   balances shown %s later\n",
			i+1, p.limit.perSecond(), p.managed.perSecond(), p.ratio(), p.lag.Round(10*time.Millisecond))
	}
	if err := audit(ctx, opts.manager, c); err != nil {
		return result{}, err
	}
	fmt.Println("  every top-up Ready=True, every account's balance right, audit of the ledger clean")
	if g, ok := goals[accounts]; opts.profile || ok && r.ratio() < g.aim {
		if err := mm.profile(ctx, r.median(managedPerSecond)); err != nil {
			return result{}, fmt.Errorf("profiling: %w", err)
		}
	}
	return r, nil
}

// prepare makes the accounts and warms the servers up with a slice of each
// sort. The first gives the status that the others imitate.
func (mm *measurement) prepare(ctx context.Context) error {
	fmt.Println("  accounts and a warm-up, which does not count ...")
	m, err := startManager(ctx, mm.opts.manager, mm.cluster, false)
	if err != nil {
		return err
	}
	err = mm.warmUp(ctx, m)
	if err := errors.Join(err, m.stop()); err != nil {
		return err
	}
	_, err = mm.limit(ctx)
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
	m, err := startManager(ctx, mm.opts.manager, mm.cluster, false)
	if err != nil {
		return pair{}, err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	if p.managed, err = mm.managed(ctx, m, mm.opts.slice); err != nil {
		return pair{}, err
	}
	p.lag, p.lagCPU, err = mm.awaitBalances(ctx, m)
	return p, err
}

func (mm *measurement) limit(ctx context.Context) (slice, error) {
	complete := writeStatusLike(mm.sample, mm.cluster.client)
	return runSlice(ctx, mm.cluster, nil, mm.nextSlice(), mm.opts.slice, mm.accounts, complete)
}

func (mm *measurement) managed(ctx context.Context, m *manager, count int) (slice, error) {
	s, err := runSlice(ctx, mm.cluster, m, mm.nextSlice(), count, mm.accounts, leaveToManager)
	if err != nil {
		return slice{}, err
	}
	return s, mm.given.add(count)
}

func (mm *measurement) nextSlice() string {
	mm.slices++
	return fmt.Sprintf("slice-%03d", mm.slices)
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
