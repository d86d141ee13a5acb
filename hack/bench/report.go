// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

func introduction(opts options) string {
	return fmt.Sprintf(`What is measured, for each store (%s) and accounts %s:
  (a) the API server's limit: the manager is stopped; %d workers each create a top-up and then put its status, a copy
      of one that the manager wrote;
  (b) with the manager, a process of its own: %d workers create top-ups without waiting for one to be completed, and
      the manager completes them.
Both are timed from the first create to the last completion that a watch shows; the same watch runs in both. Slices of
%d top-ups alternate, (a) then (b), %d pairs, on one server; the manager is started before each (b), and the clock only
once all processes are idle. The ratio is the median of the pairs' (b)/(a).

Then, how balances get into status while top-ups come: at the full rate, how often the status of one account is written;
at half of it, over accounts chosen at random, how long after a top-up's commit, which is the instant of its decision in
the ledger, a watch shows an account's status that has it in the balance.

Then, for each store, a restart of the manager with %d finished top-ups as kubectl apply leaves them: what it writes to
the ledger (batches) and to the API server (requests, as that counts them), the time from the start of the process to
its readiness and to the completion of a top-up that was waiting, and the memory: what one finished top-up adds to that
of a manager without any, resident (VmRSS) after a garbage collection and as it is, and live on the heap.
`, opts.stores.String(), opts.accounts.String(), workers, workers, opts.slice, opts.pairs, opts.finished)
}

func printReport(w io.Writer, results []result, restarts []restart) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\t\n", args...) }
	if len(results) > 0 {
		reportRatios(line, results)
		reportCosts(line, results)
		reportShown(line, results)
	}
	if len(restarts) > 0 {
		reportRestarts(line, restarts)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w)
	for _, c := range checks(results, restarts) {
		_, _ = fmt.Fprintln(w, c)
	}
	return printLastLine(w, results, restarts)
}

func reportRatios(line func(string, ...any), results []result) {
	line("store, accounts\tlimit/s\twith manager/s\tratio\tlowest\thighest\tratio of CPU time\tbalances shown after")
	for _, r := range results {
		lowest, highest := math.Inf(1), math.Inf(-1)
		for _, p := range r.pairs {
			lowest, highest = min(lowest, p.ratio()), max(highest, p.ratio())
		}
		lag := time.Duration(r.median(func(p pair) float64 { return float64(p.lag) }))
		line("%s\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%s", r, r.median(limitPerSecond), r.median(managedPerSecond),
			r.ratio(), lowest, highest, r.median(pair.cpuRatio), lag.Round(10*time.Millisecond))
	}
	line("")
}

func reportCosts(line func(string, ...any), results []result) {
	line("CPU ms per object\tetcd\tkube-apiserver\tbench\tmanager\tPostgreSQL\ttotal\twrites per object")
	for _, r := range results {
		line("%s, limit\t%s", r, r.costs(func(p pair) slice { return p.limit }))
		line("%s, with manager\t%s", r, r.costs(func(p pair) slice { return p.managed }))
		line("%s, balances afterwards\t\t\t\t%.2f\t\t\t", r, r.median(func(p pair) float64 {
			return milliseconds(p.lagCPU) / float64(p.managed.objects)
		}))
	}
	line("")
}

// costs are the medians of what an object costs each process.
func (r result) costs(of func(pair) slice) string {
	perObject := func(process func(usage) time.Duration) float64 {
		return r.median(func(p pair) float64 {
			return milliseconds(process(of(p).cpu)) / float64(of(p).objects)
		})
	}
	return fmt.Sprintf("%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f",
		perObject(func(u usage) time.Duration { return u.etcd }),
		perObject(func(u usage) time.Duration { return u.apiServer }),
		perObject(func(u usage) time.Duration { return u.bench }),
		perObject(func(u usage) time.Duration { return u.manager }),
		perObject(func(u usage) time.Duration { return u.store }),
		perObject(usage.total),
		r.median(func(p pair) float64 { return float64(of(p).writes) / float64(of(p).objects) }))
}

func reportShown(line func(string, ...any), results []result) {
	line("how balances are shown\tfull rate/s\tone account's writes/s\thalf rate/s\tcommit to status p50\tp99")
	for _, r := range results {
		line("%s\t%.0f\t%.2f\t%.0f\t%s\t%s", r, r.shown.fullRate, r.shown.hottest, r.shown.halfRate,
			r.shown.p50.Round(time.Millisecond), r.shown.p99.Round(time.Millisecond))
	}
	line("")
}

func reportRestarts(line func(string, ...any), restarts []restart) {
	line("restart\tledger writes\tstatus writes\tother writes\tready after\tworking after\tbytes an object: resident\tas it is\tlive")
	for _, r := range restarts {
		line("%s\t%d\t%d\t%d\t%s\t%s\t%d\t%d\t%d", r, r.ledgerWrites, r.writes.status, r.writes.other,
			r.ready.Round(time.Millisecond), r.working.Round(time.Millisecond),
			r.perObject.resident, r.perObject.untouched, r.perObject.live)
	}
	line("")
}

// String names the result in the report.
func (r result) String() string { return r.store + ", " + counted(r.accounts) }

// String names the restart in the report.
func (r restart) String() string { return fmt.Sprintf("%s, %d finished", r.store, r.objects) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func counted(accounts int) string {
	if accounts == 1 {
		return "1 account"
	}
	return fmt.Sprintf("%d accounts", accounts)
}
