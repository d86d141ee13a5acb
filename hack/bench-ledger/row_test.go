// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRowsAreChosenByTheirParts(t *testing.T) {
	for pattern, want := range map[string][]string{
		"postgres/tpcb":             {"postgres/tpcb/16/uniform"},
		"postgres/rowlock/16/hot":   {"postgres/rowlock/16/hot"},
		"*/ours/256/hot":            {"postgres/ours/256/hot", "sqlite/ours/256/hot"},
		"sqlite/ours/1,sqlite/*/16": {"sqlite/ours/1/uniform", "sqlite/ours/16/uniform", "sqlite/ours/16/hot"},
		// What they cannot be measured without comes with them.
		"postgres/limit/256":   {"postgres/ours/256/uniform", "postgres/limit/256/uniform"},
		"postgres/ours/0/open": {"postgres/ours/2048/uniform", "postgres/ours/0/open"},
	} {
		var s selection
		if err := s.Set(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		var got []string
		for _, r := range withNeeds(s.chosen()) {
			got = append(got, r.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", pattern, diff)
		}
	}
	for _, pattern := range []string{"", "mysql", "postgres/ours/17", "postgres/ours/16/hot/more", "postgres,"} {
		var s selection
		if err := s.Set(pattern); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
}

func TestALimitComesRightAfterItsRow(t *testing.T) {
	rows := allRows()
	if diff := cmp.Diff(rows, withNeeds(new(selection).chosen()), cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("without --only not all rows are measured: %s", diff)
	}
	for i, r := range rows {
		needed, ok := r.needs()
		if ok && r.design == designLimit && rows[i-1] != needed {
			t.Errorf("%s comes after %s", r, rows[i-1])
		}
	}
}

func TestFlagsThatCannotBeMeantAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--transactions=199000"}, {"--transactions=10000001"}, {"--seconds=0"}, {"--only=mysql"}, {"postgres"},
		{"--pprof=cpu.out"}, {"--pprof=cpu.out", "--only=postgres/ours"}, {"--pprof=cpu.out", "--only=postgres/tpcb"},
	} {
		if opts, err := parse(args); err == nil {
			t.Errorf("%v is taken for %+v", args, opts)
		}
	}
	opts, err := parse([]string{"--transactions=200000", "--seconds=8", "--only=postgres/ours/0", "--pprof=cpu.out"})
	if err != nil || opts.warmUp() != 2*1e9 || !opts.forced() {
		t.Errorf("%+v, %v", opts, err)
	}
	if opts, err = parse(nil); err != nil || opts.warmUp() != 5*1e9 || opts.forced() {
		t.Errorf("%+v, %v", opts, err)
	}
}
