// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// The stores that a ledger is measured on.
const (
	storeSQLite   = "sqlite"
	storePostgres = "postgres"
)

// store is where the manager keeps its ledger while it is measured.
type store interface {
	// location is what --ledger says, and flags are what else a manager needs.
	location() string
	flags() []string
	// elected reports whether a manager is the active one, where several share
	// the store. One that stopped is it no longer.
	elected(context.Context, *cluster) (bool, error)
	// used is the processor time of the store's own processes.
	used() (time.Duration, error)
	// remove ends them and deletes what they stored.
	remove() error
}

// openStore makes a new, empty store in dir, or beside it: the server's own user
// may not enter the cluster's directory.
func openStore(ctx context.Context, kind, dir, program string) (store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if kind == storePostgres {
		return startPostgres(ctx, dir+"-postgres", program)
	}
	return sqliteFile(filepath.Join(dir, "ledger.db")), nil
}

// sqliteFile is a ledger in a file of the cluster's directory, which goes with
// it.
type sqliteFile string

func (f sqliteFile) location() string                                { return "sqlite://" + string(f) }
func (f sqliteFile) flags() []string                                 { return nil }
func (f sqliteFile) elected(context.Context, *cluster) (bool, error) { return true, nil }
func (f sqliteFile) used() (time.Duration, error)                    { return 0, nil }
func (f sqliteFile) remove() error                                   { return nil }

// ledgerHead is the newest batch of a ledger.
type ledgerHead struct {
	Sequence int64 `json:"sequence"`
}

// audit has the program check every invariant of the ledger, and returns its
// head.
func audit(ctx context.Context, program string, s store) (ledgerHead, error) {
	var stderr *exec.ExitError
	out, err := exec.CommandContext(ctx, program, "audit", "--ledger", s.location(), "--output=json").Output()
	if errors.As(err, &stderr) {
		return ledgerHead{}, fmt.Errorf("the audit of the ledger failed: %w: %s%s", err, stderr.Stderr, out)
	}
	if err != nil {
		return ledgerHead{}, fmt.Errorf("the audit of the ledger failed: %w", err)
	}
	var report struct {
		Head ledgerHead `json:"head"`
	}
	return report.Head, json.Unmarshal(out, &report)
}
