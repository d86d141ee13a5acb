// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// goal is what the ratio must be, and what it should be.
type goal struct{ bound, aim float64 }

// goals by number of accounts. One account is measured for information.
var goals = map[int]goal{
	100:  {bound: 0.70, aim: 0.80},
	1000: {bound: 0.50, aim: 0.65},
}

// referenceAccounts is the number of accounts that the last line speaks of.
const referenceAccounts = 100

func introduction(opts options) string {
	return fmt.Sprintf(`What is measured, for accounts %s:
  (a) the API server's limit: the manager is stopped; %d workers each create a top-up and then put its status, a copy
      of one that the manager wrote;
  (b) with the manager, a process of its own: %d workers create top-ups without waiting for one to be completed, and
      the manager completes them.
Both are timed from the first create to the last completion that a watch shows; the same watch runs in both. Slices of
%d top-ups alternate, (a) then (b), %d pairs, on one server; the manager is started before each (b), and the clock only
once all processes are idle. The ratio is the median of the pairs' (b)/(a).
`, opts.accounts.String(), workers, workers, opts.slice, opts.pairs)
}

func printReport(w io.Writer, results []result) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\t\n", args...) }
	line("accounts\tlimit/s\twith manager/s\tratio\tlowest\thighest\tratio of CPU time\tbalances shown after")
	for _, r := range results {
		lowest, highest := math.Inf(1), math.Inf(-1)
		for _, p := range r.pairs {
			lowest, highest = min(lowest, p.ratio()), max(highest, p.ratio())
		}
		lag := time.Duration(r.median(func(p pair) float64 { return float64(p.lag) }))
		line("%d\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%s", r.accounts, r.median(limitPerSecond), r.median(managedPerSecond),
			r.ratio(), lowest, highest, r.median(pair.cpuRatio), lag.Round(10*time.Millisecond))
	}
	line("")
	line("CPU ms per object\tetcd\tkube-apiserver\tbench\tmanager\ttotal\twrites per object")
	for _, r := range results {
		line("%d, limit\t%s", r.accounts, r.costs(func(p pair) slice { return p.limit }))
		line("%d, with manager\t%s", r.accounts, r.costs(func(p pair) slice { return p.managed }))
		line("%d, balances afterwards\t\t\t\t%.2f\t\t", r.accounts, r.median(func(p pair) float64 {
			return milliseconds(p.lagCPU) / float64(p.managed.objects)
		}))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w)
	for _, r := range results {
		_, _ = fmt.Fprintln(w, r.verdict())
	}
	return printLastLine(w, results)
}

// costs are the medians of what an object costs each process.
func (r result) costs(of func(pair) slice) string {
	perObject := func(process func(usage) time.Duration) float64 {
		return r.median(func(p pair) float64 {
			return milliseconds(process(of(p).cpu)) / float64(of(p).objects)
		})
	}
	return fmt.Sprintf("%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f",
		perObject(func(u usage) time.Duration { return u.etcd }),
		perObject(func(u usage) time.Duration { return u.apiServer }),
		perObject(func(u usage) time.Duration { return u.bench }),
		perObject(func(u usage) time.Duration { return u.manager }),
		perObject(usage.total),
		r.median(func(p pair) float64 { return float64(of(p).writes) / float64(of(p).objects) }))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (r result) verdict() string {
	g, ok := goals[r.accounts]
	switch {
	case !ok:
		return fmt.Sprintf("%s: %.2f (no bound)", counted(r.accounts), r.ratio())
	case r.ratio() < g.bound:
		return fmt.Sprintf("%s: %.2f is BELOW THE BOUND of %.2f", counted(r.accounts), r.ratio(), g.bound)
	case r.ratio() < g.aim:
		return fmt.Sprintf("%s: %.2f meets the bound of %.2f and is below the aim of %.2f", counted(r.accounts), r.ratio(), g.bound, g.aim)
	default:
		return fmt.Sprintf("%s: %.2f meets the aim of %.2f", counted(r.accounts), r.ratio(), g.aim)
	}
}

func counted(accounts int) string {
	if accounts == 1 {
		return "1 account"
	}
	return fmt.Sprintf("%d accounts", accounts)
}

// figures are a result for programs to read.
type figures struct {
	Accounts         int     `json:"accounts"`
	ObjectsPerSecond float64 `json:"objectsPerSecond"`
	LimitPerSecond   float64 `json:"limitPerSecond"`
	Ratio            float64 `json:"ratio"`
}

// printLastLine speaks of 100 accounts, or of the first number that was
// measured if that one was not.
func printLastLine(w io.Writer, results []result) error {
	var last struct {
		figures
		All []figures `json:"all"`
	}
	for i, r := range results {
		f := figures{
			Accounts:         r.accounts,
			ObjectsPerSecond: round(r.median(managedPerSecond)),
			LimitPerSecond:   round(r.median(limitPerSecond)),
			Ratio:            round(r.ratio()),
		}
		last.All = append(last.All, f)
		if i == 0 || r.accounts == referenceAccounts {
			last.figures = f
		}
	}
	return json.NewEncoder(w).Encode(last)
}

// round keeps three decimals.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }
