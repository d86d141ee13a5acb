// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// bench is one run of the benchmark.
type bench struct {
	opts    options
	rows    []row
	traffic *traffic
	server  *server
	results map[row]result
	audits  []audited
	// copied is the newest batch of the copy that limits are measured on.
	copied ledger.Head
}

// result is what was measured in a row.
type result struct {
	tps float64
	spread
	// measured is how many transfers the figures are of.
	measured int64
	usage    usage
	// before is the newest batch when the row began, from that when it began to
	// be measured, and to that when it ceased to be.
	before, from, to int64
}

// audited is what the audit of a ledger said.
type audited struct {
	store        string
	transactions int64
	bytes        int64
	findings     int64
	first        string
	took         time.Duration
}

func (b *bench) run(ctx context.Context) error {
	if err := b.enter(); err != nil {
		return err
	}
	for _, part := range []struct {
		store string
		run   func(context.Context) error
	}{{onPostgres, b.onPostgres}, {onSQLite, b.onSQLite}} {
		if !slices.ContainsFunc(b.rows, func(r row) bool { return r.store == part.store }) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the directory. Run by root, the server is another user's, who has
// to pass through; what is in the directories on the way has its own permissions.
func (b *bench) enter() error {
	if err := os.MkdirAll(b.opts.state, 0o711); err != nil {
		return err
	}
	if os.Geteuid() != 0 || filepath.IsAbs(b.opts.state) {
		return nil
	}
	for dir := filepath.Clean(b.opts.state); dir != "."; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil {
			err = os.Chmod(dir, info.Mode().Perm()|0o001)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ledgerName is the name of the ledger of this size: of its database, or of its
// file without the ending.
func (b *bench) ledgerName() string { return fmt.Sprintf("ledger_%d", b.opts.transactions) }

func (b *bench) keep(r row, measured result) {
	b.results[r] = measured
	progress("%s: %s/s", r, grouped(int64(measured.tps)))
}

// audit checks every row of a ledger, those of all its rows of the table at once.
func (b *bench) audit(ctx context.Context, store string, source audit.Source, size int64) error {
	progress("%s: auditing", store)
	began := time.Now()
	stop := every(10*time.Second, func() { progress("%s: auditing for %s", store, time.Since(began).Round(time.Second)) })
	defer stop()
	report, err := audit.Run(ctx, source)
	if err != nil {
		return err
	}
	found := audited{
		store: store, transactions: report.Transactions, bytes: size,
		findings: int64(len(report.Findings)) + report.Omitted, took: time.Since(began),
	}
	if !report.Clean() {
		found.first = report.Findings[0].String()
	}
	b.audits = append(b.audits, found)
	return nil
}
