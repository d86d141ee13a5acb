// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"
)

// goal is what a ratio must be at least, and what it should be.
type goal struct{ bound, aim float64 }

// goals of (b)/(a) by store and number of accounts. One account is measured for
// information.
var goals = map[string]map[int]goal{
	storePostgres: {100: {bound: 0.65, aim: 0.85}, 1000: {bound: 0.50, aim: 0.65}},
	storeSQLite:   {100: {bound: 0.70, aim: 0.80}, 1000: {bound: 0.50, aim: 0.65}},
}

// What holds of everything else.
const (
	// maxHottest bounds how often a second one account's status is written.
	maxHottest = 2
	// maxShown bounds the p99 of the time from commit to status with as many
	// accounts as shownAccounts.
	maxShown      = time.Second
	shownAccounts = 1000
	// maxResident bounds what a finished object adds to the resident memory.
	maxResident = 4 << 10
)

// check is a figure held against what it must be.
type check struct {
	what  string
	value string
	must  string
	met   bool
	// aim is said of a ratio that meets its bound only; otherwise "".
	aim string
}

// String is the check as the report has it.
func (c check) String() string {
	if !c.met {
		return fmt.Sprintf("%s: %s BREAKS THE BOUND: it must be %s", c.what, c.value, c.must)
	}
	return fmt.Sprintf("%s: %s meets the bound, %s%s", c.what, c.value, c.must, c.aim)
}

func checks(results []result, restarts []restart) (all []check) {
	for _, r := range results {
		if g, ok := r.goal(); ok {
			all = append(all, r.checkRatio(g))
		}
		all = append(all, check{
			what: r.String() + ", status writes a second of one account", met: r.shown.hottest <= maxHottest,
			value: fmt.Sprintf("%.2f", r.shown.hottest), must: fmt.Sprintf("at most %d", maxHottest),
		})
		if r.accounts == shownAccounts {
			all = append(all, check{
				what: r.String() + ", p99 from commit to status", met: r.shown.p99 <= maxShown,
				value: r.shown.p99.Round(time.Millisecond).String(), must: "at most " + maxShown.String(),
			})
		}
	}
	for _, r := range restarts {
		all = append(all, check{
			what: r.String() + ", writes at restart", met: r.ledgerWrites == 0 && r.writes == apiWrites{}, must: "none",
			value: fmt.Sprintf("%d to the ledger, %d of status, %d others", r.ledgerWrites, r.writes.status, r.writes.other),
		}, check{
			what: r.String() + ", resident memory of one", met: r.perObject.resident <= maxResident,
			value: fmt.Sprintf("%d bytes", r.perObject.resident), must: fmt.Sprintf("at most %d", maxResident),
		})
	}
	return all
}

func (r result) goal() (goal, bool) {
	g, ok := goals[r.store][r.accounts]
	return g, ok
}

func (r result) checkRatio(g goal) check {
	c := check{
		what: r.String() + ", (b)/(a)", met: r.ratio() >= g.bound,
		value: fmt.Sprintf("%.2f", r.ratio()), must: fmt.Sprintf("at least %.2f", g.bound),
	}
	if r.ratio() >= g.aim {
		c.aim = fmt.Sprintf(", and the aim, %.2f", g.aim)
	} else {
		c.aim = fmt.Sprintf("; the aim is %.2f", g.aim)
	}
	return c
}
