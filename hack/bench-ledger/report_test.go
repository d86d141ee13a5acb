// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheTableComparesWithinTheRun(t *testing.T) {
	limit := postgresRow(designLimit, 2048, loadUniform)
	hot := postgresRow(designOurs, 2048, loadHot)
	single := oursOnSQLite(1, loadUniform)
	results := map[row]result{
		yardstick: {tps: 2000},
		fullRow:   {tps: 30000.4, spread: spread{p50: 60.0004, p99: 100, p999: 200, max: 300}},
		limit:     {tps: 40000},
		hot:       {tps: 27000},
		openRow:   {tps: 21000, spread: spread{p50: 20, p99: 40, p999: 80.5, max: 90}},
		single:    {tps: 500},
	}
	want := []figures{
		{Store: "postgres", Design: "tpcb", Callers: 16, Load: "uniform", TPS: 2000, VsTPCB: 1},
		{Store: "postgres", Design: "ours", Callers: 2048, Load: "uniform", TPS: 30000, P50: 60, P99: 100, VsTPCB: 15, VsLimit: 0.75},
		{Store: "postgres", Design: "limit", Callers: 2048, Load: "uniform", TPS: 40000, VsTPCB: 20},
		{Store: "postgres", Design: "ours", Load: "open", TPS: 21000, P50: 20, P99: 40, VsTPCB: 10.5, P999: 80.5, Max: 90},
		{Store: "postgres", Design: "ours", Callers: 2048, Load: "hot", TPS: 27000, VsTPCB: 13.5},
		{Store: "sqlite", Design: "ours", Callers: 1, Load: "uniform", TPS: 500, VsTPCB: 0.25},
	}
	if diff := cmp.Diff(want, table(allRows(), results)); diff != "" {
		t.Error(diff)
	}
	delete(results, yardstick)
	for _, f := range table(allRows(), results) {
		if f.VsTPCB != 0 {
			t.Errorf("%+v is compared with a yardstick that was not measured", f)
		}
	}
}

func TestTheLastLineIsForPrograms(t *testing.T) {
	b := &bench{rows: []row{fullRow, openRow}, results: map[row]result{
		fullRow: {
			tps: 1000, measured: 60_000, from: 10, to: 110,
			usage: usage{server: 1200 * time.Millisecond, client: 900 * time.Millisecond, wal: 120_000_000, checkpoints: 2},
		},
	}, audits: []audited{{store: onPostgres, transactions: 1_060_000, bytes: 1_500_000_000, findings: 2, first: "tx", took: time.Minute}}}
	var printed bytes.Buffer
	if err := printReport(&printed, b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(printed.String()), "\n")
	var last []map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(last) != 1 {
		t.Fatalf("the last line is %q: %v", lines[len(lines)-1], err)
	}
	for _, field := range []string{"store", "design", "callers", "load", "tps", "p50ms", "p99ms", "vsTPCB", "vsLimit"} {
		if _, ok := last[0][field]; !ok {
			t.Errorf("the last line has no %s", field)
		}
	}
	words := strings.Join(strings.Fields(printed.String()), " ")
	for _, want := range []string{
		"postgres ours 2048 uniform 1,000 – – – – – –",
		"postgres/ours/2048/uniform 20.0 15.0 2000 2 600", // µs of the server and of the client, bytes, checkpoints, batch
		"1,060,000 transactions in 1.5 GB, findings: 2, took 1m0s; the first: tx",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the report does not say %q:\n%s", want, &printed)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 65_536: "65,536", 10_000_000: "10,000,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}

func TestLatenciesAreThoseOfAllCallers(t *testing.T) {
	l := newLatencies()
	for i := range 1000 {
		l.record(i, time.Duration(i+1)*time.Millisecond)
	}
	got := l.spread()
	for name, c := range map[string][2]float64{
		"p50": {got.p50, 500}, "p99": {got.p99, 990}, "p99.9": {got.p999, 999}, "max": {got.max, 1000},
	} {
		if c[0] < c[1] || c[0] > c[1]*1.002 {
			t.Errorf("%s is %v, it should be %v to three digits", name, c[0], c[1])
		}
	}
	if l.count() != 1000 {
		t.Errorf("it counts %d", l.count())
	}
}

func TestPgbenchIsRead(t *testing.T) {
	const output = "transaction type: <builtin: TPC-B (sort of)>\nnumber of transactions actually processed: 108512\n" +
		"latency average = 4.4 ms\ninitial connection time = 30.0 ms\ntps = 3618.250000 (without initial connection time)\n"
	got, err := parsePgbench([]byte(output))
	if err != nil || got.tps != 3618.25 || got.measured != 108_512 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parsePgbench([]byte("pgbench: error\n")); err == nil {
		t.Error("a run without a rate is taken")
	}
}

func TestProcessTimesAreRead(t *testing.T) {
	const line = "4242 (postgres: (a) b) S 41 4242 4242 0 -1 4194560 1 2 3 4 105 42 7 3 20 0 1 0 300 1000"
	got, err := parseStat("stat", []byte(line))
	if want := (stat{parent: 41, own: 147, ended: 10}); err != nil || got != want {
		t.Errorf("%+v, %v; it should be %+v", got, err, want)
	}
	if _, err := parseStat("stat", []byte("4242 (postgres) S 41")); err == nil {
		t.Error("a cut line is taken")
	}
}
