// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The words of which rows are made; they are in the JSON too.
const (
	onPostgres = "postgres"
	onSQLite   = "sqlite"

	designTPCB    = "tpcb"
	designRowLock = "rowlock"
	designOurs    = "ours"
	designLimit   = "limit"

	loadUniform = "uniform"
	loadHot     = "hot"
	loadOpen    = "open"
	loadHold    = "hold"
	loadBuckets = "buckets"
)

// row names one line of the table.
type row struct {
	store, design string
	// callers is how many wait for an answer at a time; 0 for the open loop,
	// where nobody waits.
	callers int
	load    string
}

func (r row) parts() []string {
	return []string{r.store, r.design, strconv.Itoa(r.callers), r.load}
}

// String is the row as --only names it.
func (r row) String() string { return strings.Join(r.parts(), "/") }

func postgresRow(design string, callers int, load string) row {
	return row{store: onPostgres, design: design, callers: callers, load: load}
}

func oursOnSQLite(callers int, load string) row {
	return row{store: onSQLite, design: designOurs, callers: callers, load: load}
}

var (
	yardstick = postgresRow(designTPCB, 16, loadUniform)
	// fullRow is the one whose rate the open loop takes a part of.
	fullRow = postgresRow(designOurs, 2048, loadUniform)
	openRow = postgresRow(designOurs, 0, loadOpen)
)

// allRows are in the order of measuring. A limit comes right after the row whose
// batches it writes again, and the open loop while the ledger is about as large as
// when the rate was found that it takes a part of.
func allRows() []row {
	return []row{
		yardstick,
		postgresRow(designRowLock, 16, loadUniform),
		postgresRow(designRowLock, 16, loadHot),
		postgresRow(designOurs, 256, loadUniform),
		postgresRow(designLimit, 256, loadUniform),
		fullRow,
		postgresRow(designLimit, 2048, loadUniform),
		openRow,
		postgresRow(designOurs, 2048, loadHot),
		postgresRow(designOurs, 2048, loadHold),
		postgresRow(designOurs, 2048, loadBuckets),
		postgresRow(designOurs, 256, loadHot),
		postgresRow(designOurs, 16, loadUniform),
		postgresRow(designOurs, 16, loadHot),
		oursOnSQLite(1, loadUniform),
		oursOnSQLite(16, loadUniform),
		oursOnSQLite(256, loadUniform),
		oursOnSQLite(2048, loadUniform),
		oursOnSQLite(16, loadHot),
		oursOnSQLite(256, loadHot),
		oursOnSQLite(2048, loadHot),
		oursOnSQLite(2048, loadHold),
		oursOnSQLite(2048, loadBuckets),
	}
}

// needs is the row that has to be measured for this one to be.
func (r row) needs() (row, bool) {
	switch {
	case r == openRow:
		return fullRow, true
	case r.design == designLimit:
		return postgresRow(designOurs, r.callers, r.load), true
	default:
		return row{}, false
	}
}

// selection is what --only says: patterns of rows, separated by commas.
type selection []string

func (s *selection) String() string { return strings.Join(*s, ",") }

// Set refuses a pattern that no row has.
func (s *selection) Set(text string) error {
	*s = strings.Split(text, ",")
	for _, pattern := range *s {
		if !slices.ContainsFunc(allRows(), func(r row) bool { return matches(pattern, r) }) {
			return fmt.Errorf("%q names no row; the rows are in the help", pattern)
		}
	}
	return nil
}

// matches compares part by part; * is any part, and parts that are not there
// are any too.
func matches(pattern string, r row) bool {
	wanted, has := strings.Split(pattern, "/"), r.parts()
	if len(wanted) > len(has) {
		return false
	}
	for i, part := range wanted {
		if part != "*" && part != has[i] {
			return false
		}
	}
	return true
}

// chosen are the rows that the patterns name; all without one.
func (s *selection) chosen() []row {
	if len(*s) == 0 {
		return allRows()
	}
	return slices.DeleteFunc(allRows(), func(r row) bool {
		return !slices.ContainsFunc(*s, func(pattern string) bool { return matches(pattern, r) })
	})
}

// withNeeds adds the rows without which chosen ones cannot be measured.
func withNeeds(chosen []row) []row {
	return slices.DeleteFunc(allRows(), func(r row) bool {
		return !slices.Contains(chosen, r) && !slices.ContainsFunc(chosen, func(other row) bool {
			needed, ok := other.needs()
			return ok && needed == r
		})
	})
}
