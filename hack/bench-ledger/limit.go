// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// The limit of a row is how fast the very batches that it wrote are written when
// they are all there is to do. They cannot be written twice into one ledger, so
// they are written into a copy of it that was taken before the row. Between rows
// the copy follows the ledger, so one copy serves all limits, and at the end of
// each the hash of its newest batch shows that it is the same ledger.

// takeCopy copies the ledger for the limits to come.
func (b *bench) takeCopy(ctx context.Context) error {
	progress("postgres: copying the ledger, for the limit")
	if err := b.server.duplicate(ctx, runName, copyName); err != nil {
		return err
	}
	if err := b.server.warm(ctx, copyName, false); err != nil {
		return err
	}
	reader, err := postgres.OpenReadOnly(ctx, b.server.URL(copyName), postgres.Options{})
	if err != nil {
		return err
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	found, err := reader.Load(ctx, ledger.Request{})
	if err == nil {
		b.copied = found.Head
	}
	return errors.Join(err, b.server.checkpoint(ctx))
}

// limit writes the batches of a row into the copy.
func (b *bench) limit(ctx context.Context, r row) (measured result, err error) {
	of := b.results[postgresRow(designOurs, r.callers, r.load)]
	source, err := postgres.OpenReadOnly(ctx, b.server.URL(runName), postgres.Options{})
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	into, err := postgres.Open(ctx, b.server.URL(copyName), postgres.Options{})
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, into.Close()) }()

	progress("%s: reading the batches of %s", r, postgresRow(designOurs, r.callers, r.load))
	var batches []*ledger.Batch
	keepBatch := func(batch *ledger.Batch) error {
		batches = append(batches, batch)
		return nil
	}
	appendBatch := func(batch *ledger.Batch) error { return into.Append(ctx, batch) }
	if err := eachBatch(ctx, source, of.from, of.to, keepBatch); err != nil {
		return result{}, err
	}
	if err := eachBatch(ctx, source, b.copied.Sequence, of.before, appendBatch); err != nil {
		return result{}, err
	}
	if err := b.server.checkpoint(ctx); err != nil {
		return result{}, err
	}
	if err := eachBatch(ctx, source, of.before, of.from, appendBatch); err != nil { // its warming up
		return result{}, err
	}
	if measured, err = b.rewrite(ctx, r, into, batches); err != nil {
		return result{}, err
	}
	return measured, b.follow(ctx, source, into, of.to)
}

// rewrite appends batches one after the other, and measures it.
func (b *bench) rewrite(ctx context.Context, r row, into ledger.Store, batches []*ledger.Batch) (measured result, err error) {
	stopProfile, err := b.profile(r)
	if err != nil {
		return result{}, err
	}
	defer stopProfile()
	before, err := used(ctx, b.server)
	if err != nil {
		return result{}, err
	}
	var count atomic.Int64
	stop := every(time.Second, func() { progress("%s: %s written", r, grouped(count.Load())) })
	defer stop()
	var checkpoint sync.WaitGroup
	defer checkpoint.Wait()
	began := time.Now()
	for i, batch := range batches {
		if i == len(batches)/2 && b.opts.forced() {
			checkpoint.Go(func() {
				if err := b.server.checkpoint(ctx); err != nil {
					progress("%s: %v", r, err)
				}
			})
		}
		if err := into.Append(ctx, batch); err != nil {
			return result{}, err
		}
		count.Add(int64(len(batch.Records)))
	}
	took := time.Since(began)
	after, err := used(ctx, b.server)
	return result{
		tps: float64(count.Load()) / took.Seconds(), measured: count.Load(), usage: after.minus(before),
	}, err
}

// follow writes what the ledger has after a batch into the copy, and makes sure
// that the two are the same then.
func (b *bench) follow(ctx context.Context, source *postgres.Reader, into ledger.Store, after int64) error {
	found, err := source.Load(ctx, ledger.Request{})
	if err != nil {
		return err
	}
	newest := found.Head
	err = eachBatch(ctx, source, after, newest.Sequence, func(batch *ledger.Batch) error { return into.Append(ctx, batch) })
	if err != nil {
		return err
	}
	if b.copied, err = into.Head(ctx); err == nil && b.copied != newest {
		err = fmt.Errorf("the copy is at batch %d with hash %x, the ledger at %d with %x",
			b.copied.Sequence, b.copied.Hash, newest.Sequence, newest.Hash)
	}
	return err
}

// eachBatch reads the batches after one and up to another.
func eachBatch(ctx context.Context, source *postgres.Reader, after, to int64, each func(*ledger.Batch) error) error {
	if after >= to {
		return nil
	}
	enough := errors.New("there are more")
	err := source.Payloads(ctx, after, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		if batch.Sequence > to {
			return enough
		}
		return each(batch)
	})
	if errors.Is(err, enough) {
		return nil
	}
	return err
}
