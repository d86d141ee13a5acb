// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

func (b *bench) onSQLite(ctx context.Context) (err error) {
	path, err := b.loadSQLite(ctx)
	if err != nil || b.opts.loadOnly {
		return err
	}
	// The loaded one is never written to again, so that all runs begin alike.
	run := filepath.Join(b.opts.state, runName+".db")
	defer func() { err = errors.Join(err, removeSQLite(run)) }()
	if err := copyFile(path, run); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, run)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, r := range b.rows {
		if r.store != onSQLite {
			continue
		}
		measured, err := b.closed(ctx, store, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		b.keep(r, measured)
	}
	info, err := os.Stat(run)
	if err != nil {
		return err
	}
	return b.audit(ctx, onSQLite, store, info.Size())
}

// loadSQLite loads the ledger, if it is not, and returns its file.
func (b *bench) loadSQLite(ctx context.Context) (path string, err error) {
	path = filepath.Join(b.opts.state, b.ledgerName()+".db")
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return "", err
	}
	_, err = load(ctx, onSQLite, store, b.traffic, b.opts.transactions)
	return path, errors.Join(err, store.Close()) // closed, all of it is in the one file
}

// removeSQLite removes a database and what was beside it.
func removeSQLite(path string) error {
	files, err := filepath.Glob(path + "*")
	for _, file := range files {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// copyFile copies a file, which is in the system's memory afterwards.
func copyFile(from, to string) (err error) {
	progress("sqlite: copying %s, for this run", from)
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // nothing was written
	if err := removeSQLite(to); err != nil {
		return err
	}
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}
