// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

const (
	tpcbName  = "tpcb"
	tpcbScale = 100
	// tpcbRuns is how often it is run; the lowest rate counts.
	tpcbRuns = 3
	// tpcbSeconds is how long each run is, unless rows are shorter.
	tpcbSeconds = 30
)

// tpcb runs pgbench's TPC-B: five statements a transaction, on accounts of which
// there are ten million.
func (b *bench) tpcb(ctx context.Context, r row) (lowest result, err error) {
	if err := b.prepareTPCB(ctx); err != nil {
		return result{}, err
	}
	if err := b.server.warm(ctx, tpcbName, true); err != nil {
		return result{}, err
	}
	seconds := min(tpcbSeconds, b.opts.seconds)
	for run := range tpcbRuns {
		before, err := used(ctx, b.server)
		if err != nil {
			return result{}, err
		}
		output, err := b.pgbench(ctx, "-M", "prepared", "-c", strconv.Itoa(r.callers), "-j", "2",
			"-T", strconv.Itoa(seconds), "-P", "5")
		if err != nil {
			return result{}, err
		}
		after, err := used(ctx, b.server)
		if err != nil {
			return result{}, err
		}
		measured, err := parsePgbench(output)
		if err != nil {
			return result{}, err
		}
		measured.usage = after.minus(before)
		measured.usage.client = 0 // pgbench is a process of its own
		progress("%s: run %d of %d: %s/s", r, run+1, tpcbRuns, grouped(int64(measured.tps)))
		if run == 0 || measured.tps < lowest.tps {
			lowest = measured
		}
	}
	return lowest, nil
}

// prepareTPCB fills pgbench's tables, once.
func (b *bench) prepareTPCB(ctx context.Context) error {
	if _, err := b.server.ensure(ctx, tpcbName); err != nil {
		return err
	}
	connection, err := pgx.Connect(ctx, b.server.URL(tpcbName))
	if err != nil {
		return err
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is written here
	// The primary keys are what is made last.
	var ready bool
	if err := connection.QueryRow(ctx, "SELECT to_regclass('pgbench_accounts_pkey') IS NOT NULL").Scan(&ready); err != nil || ready {
		return err
	}
	progress("postgres: filling pgbench's tables, scale %d", tpcbScale)
	_, err = b.pgbench(ctx, "-i", "-q", "-s", strconv.Itoa(tpcbScale))
	return err
}

func (b *bench) pgbench(ctx context.Context, args ...string) ([]byte, error) {
	program, err := postgrestest.Program("pgbench")
	if err != nil {
		return nil, err
	}
	there, err := pgx.ParseConfig(b.server.URL(tpcbName))
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, program, append(args,
		"-h", there.Host, "-p", strconv.Itoa(int(there.Port)), "-U", there.User, tpcbName)...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("pgbench: %w", err)
	}
	return output, nil
}

var (
	pgbenchRate  = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)`)
	pgbenchCount = regexp.MustCompile(`(?m)^number of transactions actually processed: ([0-9]+)`)
)

// parsePgbench reads what pgbench says of a run.
func parsePgbench(output []byte) (result, error) {
	rate, count := pgbenchRate.FindSubmatch(output), pgbenchCount.FindSubmatch(output)
	if rate == nil || count == nil {
		return result{}, fmt.Errorf("pgbench says no rate:\n%s", bytes.TrimSpace(output))
	}
	tps, err := strconv.ParseFloat(string(rate[1]), 64)
	if err != nil {
		return result{}, err
	}
	processed, err := strconv.ParseInt(string(count[1]), 10, 64)
	return result{tps: tps, measured: processed}, err
}
