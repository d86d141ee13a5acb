// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"
	"math"
)

// objectFigures are a result for programs to read.
type objectFigures struct {
	// Bench is "objects".
	Bench            string  `json:"bench"`
	Store            string  `json:"store"`
	Accounts         int     `json:"accounts"`
	ObjectsPerSecond float64 `json:"objectsPerSecond"`
	LimitPerSecond   float64 `json:"limitPerSecond"`
	// Ratio is the median of the pairs' ratios of the two, and CPURatio that of
	// the processor time.
	Ratio           float64 `json:"ratio"`
	CPURatio        float64 `json:"cpuRatio"`
	WritesPerObject float64 `json:"writesPerObject"`
	// HottestPerSecond is how often one account's status was written.
	HottestPerSecond float64 `json:"hottestPerSecond"`
	ShownP50         float64 `json:"shownP50ms"`
	ShownP99         float64 `json:"shownP99ms"`
}

// restartFigures are a restart for programs to read.
type restartFigures struct {
	// Bench is "restart".
	Bench        string  `json:"bench"`
	Store        string  `json:"store"`
	Objects      int     `json:"objects"`
	LedgerWrites int64   `json:"ledgerWrites"`
	StatusWrites int64   `json:"statusWrites"`
	OtherWrites  int64   `json:"otherWrites"`
	Ready        float64 `json:"readyMs"`
	Working      float64 `json:"workingMs"`
	// Resident, Untouched and Live are bytes per finished object; see memory.
	Resident  int64 `json:"residentBytes"`
	Untouched int64 `json:"untouchedBytes"`
	Live      int64 `json:"liveBytes"`
}

// printLastLine prints all figures as one array.
func printLastLine(w io.Writer, results []result, restarts []restart) error {
	figures := []any{}
	for _, r := range results {
		figures = append(figures, objectFigures{
			Bench: "objects", Store: r.store, Accounts: r.accounts,
			ObjectsPerSecond: round(r.median(managedPerSecond)), LimitPerSecond: round(r.median(limitPerSecond)),
			Ratio: round(r.ratio()), CPURatio: round(r.median(pair.cpuRatio)),
			WritesPerObject: round(r.median(func(p pair) float64 {
				return float64(p.managed.writes) / float64(p.managed.objects)
			})),
			HottestPerSecond: round(r.shown.hottest),
			ShownP50:         round(milliseconds(r.shown.p50)), ShownP99: round(milliseconds(r.shown.p99)),
		})
	}
	for _, r := range restarts {
		figures = append(figures, restartFigures{
			Bench: "restart", Store: r.store, Objects: r.objects,
			LedgerWrites: r.ledgerWrites, StatusWrites: r.writes.status, OtherWrites: r.writes.other,
			Ready: round(milliseconds(r.ready)), Working: round(milliseconds(r.working)),
			Resident: r.perObject.resident, Untouched: r.perObject.untouched, Live: r.perObject.live,
		})
	}
	return json.NewEncoder(w).Encode(figures)
}

// round keeps three decimals.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }
