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
	path := filepath.Join(b.opts.state, b.ledgerName()+".db")
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if _, err := load(ctx, onSQLite, store, b.traffic, b.opts.transactions); err != nil || b.opts.loadOnly {
		return err
	}
	if err := readThrough(path); err != nil {
		return err
	}
	for _, r := range b.rows {
		if r.store != onSQLite {
			continue
		}
		measured, err := b.closedLoop(ctx, store, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		b.keep(r, measured)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return b.audit(ctx, onSQLite, store, info.Size())
}

// readThrough reads a file into the system's memory.
func readThrough(path string) error {
	progress("sqlite: reading %s into memory", path)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	_, err = io.Copy(io.Discard, file)
	return err
}
