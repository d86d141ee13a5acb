// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// trial is one committer over the cluster, its callers, and what befell them.
type trial struct {
	cluster   *cluster
	committer *committer.Committer
	// log is for those who want to know what took its time.
	log        logr.Logger
	load       *load
	stragglers *stragglers
	rounds     []round
}

// round is one fault, and what it cost.
type round struct {
	number        int
	fault         string
	before, after *node
	// silence is the longest time in which nothing was acknowledged.
	silence time.Duration
}

// runTrial makes a ledger, plays the faults under load, and checks what is left.
func runTrial(ctx context.Context, c *cluster, opts options) (err error) {
	if err := c.makeLedger(ctx); err != nil {
		return fmt.Errorf("make the ledger: %w", err)
	}
	store, err := postgres.Open(ctx, c.ledgerURL(manager), postgres.Options{PasswordFile: c.passwordFile()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	file, err := os.Create(filepath.Join(c.dir, "committer.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	log := funcr.New(func(_, line string) { _, _ = fmt.Fprintln(file, line) }, funcr.Options{LogTimestamp: true})
	t := &trial{
		cluster: c, log: log, committer: committer.New(store, committer.Options{Log: log}),
		stragglers: &stragglers{cluster: c},
	}
	defer func() { err = errors.Join(err, t.stragglers.close()) }()

	// Whatever ends first ends the others: the committer ends by itself only when
	// it may not write any more, which none of the faults is a reason for.
	stages, stagesCtx := errgroup.WithContext(ctx)
	committing, stop := context.WithCancel(stagesCtx)
	defer stop()
	stages.Go(func() error { return t.committer.Run(committing) })
	stages.Go(func() error {
		defer stop()
		return t.play(stagesCtx, opts)
	})
	return stages.Wait()
}

func (t *trial) play(ctx context.Context, opts options) error {
	t.committer.Open()
	if err := t.openAccounts(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t.load = start(ctx, t.committer, t.log, opts.callers, opts.pace, cancel)
	err := t.playAll(ctx, opts.rounds)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		cancel(err)
		t.load.wait()
		return err
	}
	t.load.wait()
	found, err := t.check(ctx)
	if err != nil {
		return err
	}
	if err := t.print(os.Stdout, found); err != nil {
		return err
	}
	return found.verdict()
}

func (t *trial) openAccounts(ctx context.Context) error {
	for number := range accounts {
		outcome, err := t.committer.Post(ctx, opening(number))
		if err == nil && outcome.Status != ledger.Accepted {
			err = fmt.Errorf("account %d cannot be opened: %s", number, outcome.Code)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) playAll(ctx context.Context, rounds int) error {
	for number := 1; number <= rounds; number++ {
		for _, f := range faults {
			if err := t.playOne(ctx, number, f); err != nil {
				return fmt.Errorf("%s, round %d: %w", f.name, number, err)
			}
		}
	}
	return nil
}

// playOne waits until all is well again, so that faults do not add up.
func (t *trial) playOne(ctx context.Context, number int, f fault) error {
	before, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return err
	}
	t.log.Info("a fault begins", "fault", f.name, "round", number, "leader", before.name)
	t.load.watch.begin()
	mend, err := f.strike(ctx, t)
	if err != nil {
		return err
	}
	select {
	case <-t.load.watch.await():
	case <-time.After(settleTimeout):
		return fmt.Errorf("nothing was acknowledged for %s", settleTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
	t.log.Info("commands are acknowledged again")
	if err := mend(ctx); err != nil {
		return err
	}
	if err := t.cluster.awaitWhole(ctx); err != nil {
		return err
	}
	after, err := t.cluster.with(ctx, leaderRole)
	if err != nil {
		return err
	}
	done := round{number: number, fault: f.name, before: before, after: after, silence: t.load.watch.longest()}
	t.rounds = append(t.rounds, done)
	fmt.Printf("  round %d: %-28s %s → %s, nothing acknowledged for %5.1f s\n",
		number, f.name, before.name, after.name, done.silence.Seconds())
	return nil
}
