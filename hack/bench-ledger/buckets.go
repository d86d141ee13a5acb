// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// families is how many accounts with several buckets are charged in one go.
	families = 20_000
	// others is how many buckets each of them has beside the main one.
	others = 4
	// stride is from one account to the next that is charged: neighbours in the ledger
	// would be found in each other's pages. It has no divisor in common with families.
	stride = 7919
)

// bucketLoop has callers charge accounts, so that each charge takes from the main
// bucket and from all others. What a charge empties is put back by undoing it, once
// all accounts have been charged, and that is not measured. So what is measured is
// a sum of rounds, each of one charge of every account.
func (b *bench) bucketLoop(ctx context.Context, store ledger.Store, r row) (measured result, err error) {
	err = committing(ctx, store, func(writer *writing) error {
		measured.before = writer.newest()
		f := &family{traffic: b.traffic, series: writer.series}
		progress("%s: making %s accounts with %d buckets", r, grouped(families), 1+others)
		for _, step := range f.opening() {
			if err := f.round(ctx, writer, r.callers, step, nil); err != nil {
				return err
			}
		}
		measured.from = writer.newest()
		m, took := newMeter(), time.Duration(0)
		for n := 0; took < b.opts.window(); n++ {
			before, err := used(ctx, b.server)
			if err != nil {
				return err
			}
			began := time.Now()
			if err := f.round(ctx, writer, r.callers, f.charge(n), m.latencies); err != nil {
				return err
			}
			last := time.Since(began)
			after, err := used(ctx, b.server)
			if err != nil {
				return err
			}
			took += last
			measured.usage = measured.usage.plus(after.minus(before))
			progress("%s: %2.0f s: %s/s", r, took.Seconds(), grouped(int64(families/last.Seconds())))
			if err := f.round(ctx, writer, r.callers, f.undo(n), nil); err != nil {
				return err
			}
		}
		measured.to = writer.newest()
		measured.measured = m.latencies.count()
		measured.tps = float64(measured.measured) / took.Seconds()
		measured.spread = m.latencies.spread()
		return nil
	})
	return measured, err
}

// family makes commands for accounts with several buckets.
type family struct {
	*traffic
	series uint64
}

// round posts one command for each account and waits for all answers.
func (f *family) round(
	ctx context.Context, writer ledger.Ledger, callers int, command func(n int) ledger.Command, told *latencies,
) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for caller := range callers {
		group.Go(func() error {
			for n := next.Add(1) - 1; n < families; n = next.Add(1) - 1 {
				began := time.Now()
				if err := post(ctx, writer, command(int(n*stride%families))); err != nil {
					return err
				}
				if told != nil {
					told.record(caller, time.Since(began))
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (f *family) account(n int) ledger.ID {
	return ledger.AccountID(scope, f.tenant, strconv.FormatUint(f.series, 36)+"-"+strconv.Itoa(n))
}

func (f *family) bucket(n, i int) ledger.Place {
	name := strconv.FormatUint(f.series, 36) + "-" + strconv.Itoa(n) + "-" + strconv.Itoa(i)
	return ledger.Place{Account: f.account(n), Bucket: ledger.BucketID(scope, f.tenant, name)}
}

// opening makes the accounts, step by step: all buckets but the last hold what one
// charge takes of each, and the last one as much.
func (f *family) opening() []func(n int) ledger.Command {
	steps := []func(n int) ledger.Command{
		func(n int) ledger.Command {
			account := f.account(n)
			return f.command(ledger.SettingsKey(account, 1), ledger.SetAccount{
				Account: account, Settings: ledger.AccountSettings{Currency: currency},
			})
		},
		func(n int) ledger.Command {
			return f.command(f.key(0, n), ledger.TopUp{
				Into: ledger.Main(f.account(n)), Amount: euros(1), Payment: ledger.Payment{Type: "Cash"},
			})
		},
	}
	for i := range others {
		steps = append(steps, func(n int) ledger.Command {
			at := f.bucket(n, i)
			return f.command(ledger.SettingsKey(at.Bucket, 1), ledger.SetBucket{Bucket: at.Bucket, Settings: ledger.BucketSettings{
				Account: at.Account, Unit: currency, UsageType: "Monetary", Class: ledger.Granted,
			}})
		}, func(n int) ledger.Command {
			return f.command(f.key(1+i, n), ledger.Grant{Into: f.bucket(n, i), Amount: euros(1)})
		})
	}
	return steps
}

// charge takes one from each bucket of an account.
func (f *family) charge(turn int) func(n int) ledger.Command {
	return func(n int) ledger.Command {
		return f.command(f.chargeKey(turn, n), ledger.Adjust{
			Type: ledger.OneTimeCharge, At: ledger.Place{Account: f.account(n)}, Amount: euros(1 + others),
		})
	}
}

// undo puts back what a charge took.
func (f *family) undo(turn int) func(n int) ledger.Command {
	return func(n int) ledger.Command {
		return f.command(f.key(1+others+2*turn+1, n), ledger.Reverse{Of: f.chargeKey(turn, n)})
	}
}

func (f *family) chargeKey(turn, n int) ledger.ID { return f.key(1+others+2*turn, n) }

// key is that of one step for the n-th account.
func (f *family) key(step, n int) ledger.ID {
	return keyOf(f.series+uint64(step), uint64(n)) //nolint:gosec // both count from 0
}
