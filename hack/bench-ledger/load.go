// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// loadBatch is how many commands each batch of the load phase has, so that the
// number of a batch tells where to go on.
const loadBatch = 1000

// loader fills a ledger. It does what a committer does, without callers: all of
// a batch is known before it begins, and no key can have been used before.
type loader struct {
	store   ledger.Store
	traffic *traffic
	state   *book.State
	// decided is the newest batch that was decided; it may not be written yet.
	decided ledger.Head
}

// load brings a ledger to the number of transactions, from where it is. Every
// row is decided by the book and appended by the store. It reports whether it
// added any.
func load(ctx context.Context, name string, store ledger.Store, traffic *traffic, transactions int64) (added bool, err error) {
	head, err := store.Head(ctx)
	if err != nil {
		return false, err
	}
	last := transactions / loadBatch
	if err := recognize(ctx, store, traffic, min(head.Sequence, last)); err != nil || head.Sequence >= last {
		return false, err
	}
	l := &loader{store: store, traffic: traffic, state: book.NewState(), decided: head}
	began, batches := time.Now(), make(chan *ledger.Batch, 1)
	stages, ctx := errgroup.WithContext(ctx)
	stages.Go(func() error {
		defer close(batches)
		for l.decided.Sequence < last {
			batch, err := l.decide(ctx)
			if err != nil {
				return err
			}
			select {
			case batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	stages.Go(func() error {
		report := time.Now()
		for batch := range batches {
			if err := store.Append(ctx, batch); err != nil {
				return err
			}
			if now := time.Now(); now.Sub(report) >= time.Second || batch.Sequence == last {
				report = now
				progress("%s: %s", name, loaded(batch.Sequence, head.Sequence, last, now.Sub(began)))
			}
		}
		return nil
	})
	return true, stages.Wait()
}

// loaded says how far the load phase is that began with a batch.
func loaded(sequence, began, last int64, took time.Duration) string {
	rate := float64((sequence-began)*loadBatch) / took.Seconds()
	left := time.Duration(float64((last-sequence)*loadBatch) / rate * float64(time.Second))
	return fmt.Sprintf("loaded %s of %s transactions, %s/s, %s left",
		grouped(sequence*loadBatch), grouped(last*loadBatch), grouped(int64(rate)), left.Round(time.Second))
}

// recognize makes sure that a batch of the load phase is what it should be: the
// file or the database may hold something else.
func recognize(ctx context.Context, store ledger.Store, traffic *traffic, sequence int64) error {
	if sequence == 0 {
		return nil
	}
	key := traffic.loading(sequence*loadBatch - 1).Key
	found, err := store.Load(ctx, ledger.Request{Transactions: []ledger.ID{key}})
	if err != nil {
		return err
	}
	if at := found.Transactions[key]; at.Sequence != sequence || at.Position != loadBatch-1 {
		return fmt.Errorf("batch %d is not of this benchmark's load phase: stop the benchmark and remove its directory", sequence)
	}
	return nil
}

// decide makes the next batch. The state knows every account that it has
// touched, so what is loaded is of none that an unwritten batch changes.
func (l *loader) decide(ctx context.Context) (*ledger.Batch, error) {
	first := l.decided.Sequence * loadBatch
	commands := make([]ledger.Command, loadBatch)
	for i := range commands {
		commands[i] = l.traffic.loading(first + int64(i))
	}
	asked := l.unknown(commands)
	found, err := l.store.Load(ctx, asked)
	if err == nil {
		err = l.state.Admit(found, asked)
	}
	if err != nil {
		return nil, err
	}
	instant := time.Now().UTC().Truncate(time.Microsecond)
	if instant.Before(l.decided.Instant) {
		instant = l.decided.Instant
	}
	batch := &ledger.Batch{
		Sequence: l.decided.Sequence + 1, Previous: l.decided.Hash, Instant: instant, Rules: book.Rules,
		Records: make([]ledger.Record, 0, len(commands)),
	}
	round := l.state.Begin(batch.Sequence, instant, l.decided.Instant)
	for _, command := range commands {
		print, err := ledger.FingerprintOf(ledger.PrintVersion, command.Operation)
		if err != nil {
			return nil, err
		}
		record, outcome := round.Apply(command, print)
		if outcome.Status != ledger.Accepted {
			return nil, fmt.Errorf("a %T of the load phase was not accepted: %s", command.Operation, outcome.Code)
		}
		batch.Records = append(batch.Records, *record)
	}
	if err := batch.Seal(); err != nil {
		return nil, err
	}
	l.decided = batch.Head()
	return batch, nil
}

// unknown is what the commands touch and the state does not know.
func (l *loader) unknown(commands []ledger.Command) (what ledger.Request) {
	type subject struct {
		id   ledger.ID
		fact bool
	}
	seen := map[subject]bool{}
	for _, command := range commands {
		touches := book.Touches(command)
		for _, id := range touches.Accounts {
			if s := (subject{id: id}); !seen[s] && !l.state.Knows(id) {
				seen[s] = true
				what.Accounts = append(what.Accounts, id)
			}
		}
		for _, id := range touches.Facts {
			if s := (subject{id: id, fact: true}); !seen[s] && !l.state.KnowsFact(id) {
				seen[s] = true
				what.Facts = append(what.Facts, id)
			}
		}
	}
	return what
}
