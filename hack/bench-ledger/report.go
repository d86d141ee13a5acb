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

func introduction(opts options) string {
	forced := fmt.Sprintf("the server begins a checkpoint %s after the last", checkpointEvery)
	if opts.forced() {
		forced = "a CHECKPOINT is asked for in the middle, as rows are too short for the server's own"
	}
	return fmt.Sprintf(`Every ledger holds %s transactions over %s accounts before anything is measured; a run works on a copy, and what one row measures
is there for the next.
Rows are measured for %ds after %s of warming up; on PostgreSQL %s.
  tpcb     pgbench -s %d -M prepared -c 16 -j 2, the lowest of %d runs: the yardstick
  rowlock  one transaction per transfer, both balances locked with SELECT … FOR UPDATE
  ours     the committer over the store, as in the manager; hot is one account on one side of every transfer; hold is an amount
           reserved and then charged, counted as one; buckets is a charge that takes from %d buckets; the open loop has
           transfers arrive at %.0f%% of the rate of 2048 callers, and counts from when each was due
  limit    the batches which that row wrote, written again into a copy from before it: no look-ups, no rules
Callers and committer share the machine with the server.
`, grouped(opts.transactions), grouped(accounts), opts.seconds, opts.warmUp(), forced, tpcbScale, tpcbRuns, 1+others, 100*openShare)
}

// figures are a row of the table for programs to read.
type figures struct {
	Store   string  `json:"store"`
	Design  string  `json:"design"`
	Callers int     `json:"callers"`
	Load    string  `json:"load"`
	TPS     float64 `json:"tps"`
	P50     float64 `json:"p50ms"`
	P99     float64 `json:"p99ms"`
	// VsTPCB and VsLimit are 0 where there is nothing to compare with.
	VsTPCB  float64 `json:"vsTPCB"`
	VsLimit float64 `json:"vsLimit"`
	// P999 and Max are of the open loop only: in a closed one callers that wait
	// send nothing that could be late.
	P999 float64 `json:"p999ms,omitempty"`
	Max  float64 `json:"maxms,omitempty"`
}

// table is the figures of all rows that were measured.
func table(rows []row, results map[row]result) []figures {
	all := []figures{}
	for _, r := range rows {
		measured, ok := results[r]
		if !ok {
			continue
		}
		f := figures{
			Store: r.store, Design: r.design, Callers: r.callers, Load: r.load,
			TPS: math.Round(measured.tps), P50: round(measured.p50), P99: round(measured.p99),
			VsTPCB: ratio(measured.tps, results[yardstick].tps),
		}
		if r == openRow {
			f.P999, f.Max = round(measured.p999), round(measured.max)
		}
		if r.design == designOurs {
			f.VsLimit = ratio(measured.tps, results[row{r.store, designLimit, r.callers, r.load}].tps)
		}
		all = append(all, f)
	}
	return all
}

// ratio is 0 without anything to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return round(a / b)
}

// round keeps three decimals.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func printReport(w io.Writer, b *bench) error {
	all := table(b.rows, b.results)
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "store\tdesign\tcallers\tload\ttps\tp50 ms\tp99 ms\tp99.9 ms\tmax ms\t× TPC-B\tof the limit\t")
	for _, f := range all {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", f.Store, f.Design, shown(float64(f.Callers), 0), f.Load,
			grouped(int64(f.TPS)), shown(f.P50, 1), shown(f.P99, 1), shown(f.P999, 1), shown(f.Max, 1), shown(f.VsTPCB, 2), shown(f.VsLimit, 2))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := printCosts(w, b); err != nil {
		return err
	}
	for _, a := range b.audits {
		_, _ = fmt.Fprintln(w, a)
	}
	return json.NewEncoder(w).Encode(all)
}

// shown is a figure, and a dash where there is none.
func shown(f float64, decimals int) string {
	if f == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", decimals, f)
}

// printCosts says where time goes.
func printCosts(w io.Writer, b *bench) error {
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "\nfor each transfer\tserver CPU µs\tclient CPU µs\tWAL bytes\tcheckpoints begun\ttransfers per batch\t")
	for _, r := range b.rows {
		measured, ok := b.results[r]
		if !ok || measured.measured == 0 {
			continue
		}
		perTransfer := func(total float64) float64 { return total / float64(measured.measured) }
		var perBatch float64
		if batches := measured.to - measured.from; batches > 0 {
			perBatch = float64(measured.measured) / float64(batches)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t\n", r,
			shown(perTransfer(microseconds(measured.usage.server)), 1), shown(perTransfer(microseconds(measured.usage.client)), 1),
			shown(perTransfer(float64(measured.usage.wal)), 0), shown(float64(measured.usage.checkpoints), 0), shown(perBatch, 0))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func (a audited) String() string {
	text := fmt.Sprintf("audit of %s, after all its rows: %s transactions in %.1f GB, findings: %d, took %s",
		a.store, grouped(a.transactions), float64(a.bytes)/1e9, a.findings, a.took.Round(time.Second))
	if a.findings > 0 {
		text += "; the first: " + a.first
	}
	return text
}
