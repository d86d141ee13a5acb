// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

const (
	// runName is the database that rows are measured in, a copy of the loaded
	// one: that one is never written to again, so that all runs begin alike.
	runName = "run"
	// copyName is the database that limits are measured in.
	copyName = "limit"
)

func (b *bench) onPostgres(ctx context.Context) (err error) {
	progress("postgres: starting the server of %s", b.opts.state)
	if b.server, err = startServer(ctx, filepath.Join(b.opts.state, "postgres")); err != nil {
		return err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(err, b.server.drop(ctx, runName), b.server.drop(ctx, copyName), b.server.stop(ctx))
		b.server = nil
	}()
	progress("postgres: %s", b.server.pages())
	if b.hasOursOnPostgres() {
		if err := b.loadPostgres(ctx); err != nil {
			return err
		}
	}
	if b.opts.loadOnly {
		return nil
	}
	if b.hasOursOnPostgres() {
		progress("postgres: copying the ledger, for this run")
		if err := b.server.duplicate(ctx, b.ledgerName(), runName); err != nil {
			return err
		}
		if err := b.server.warm(ctx, runName, false); err != nil {
			return err
		}
	}
	for _, r := range b.rows {
		if r.store != onPostgres {
			continue
		}
		if err := b.measurePostgres(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
	}
	return b.auditPostgres(ctx)
}

// hasOursOnPostgres reports whether any row needs the ledger on PostgreSQL.
func (b *bench) hasOursOnPostgres() bool {
	return slices.ContainsFunc(b.rows, func(r row) bool { return r.store == onPostgres && r.design == designOurs })
}

// openLoaded opens the ledger that is loaded, and makes it if there is none.
func (b *bench) openLoaded(ctx context.Context) (*postgres.Store, error) {
	database := b.ledgerName()
	made, err := b.server.ensure(ctx, database)
	if err != nil {
		return nil, err
	}
	url := b.server.URL(database)
	// One that is loaded may have been made by an earlier program.
	if _, err := postgres.Migrate(ctx, url, postgres.Options{}, ""); err != nil {
		if made {
			err = errors.Join(err, b.server.drop(ctx, database))
		}
		return nil, err
	}
	return postgres.Open(ctx, url, postgres.Options{})
}

func (b *bench) loadPostgres(ctx context.Context) error {
	store, err := b.openLoaded(ctx)
	if err != nil {
		return err
	}
	added, err := load(ctx, onPostgres, store, b.traffic, b.opts.transactions)
	if err = errors.Join(err, store.Close()); err != nil || !added {
		return err
	}
	progress("postgres: VACUUM ANALYZE, once after loading")
	return b.server.on(ctx, b.ledgerName(), "VACUUM (ANALYZE)")
}

func (b *bench) measurePostgres(ctx context.Context, r row) (err error) {
	var measured result
	switch r.design {
	case designTPCB:
		measured, err = b.tpcb(ctx, r)
	case designRowLock:
		measured, err = b.rowLock(ctx, r)
	case designLimit:
		measured, err = b.limit(ctx, r)
	default:
		measured, err = b.oursOnPostgres(ctx, r)
	}
	if err == nil {
		b.keep(r, measured)
	}
	return err
}

func (b *bench) oursOnPostgres(ctx context.Context, r row) (measured result, err error) {
	if b.copied == (ledger.Head{}) && slices.Contains(b.rows, postgresRow(designLimit, r.callers, r.load)) {
		if err := b.takeCopy(ctx); err != nil {
			return result{}, err
		}
	}
	store, err := postgres.Open(ctx, b.server.URL(runName), postgres.Options{})
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if r.load == loadOpen {
		return b.openLoop(ctx, store, r)
	}
	return b.closed(ctx, store, r)
}

func (b *bench) auditPostgres(ctx context.Context) (err error) {
	if !b.hasOursOnPostgres() {
		return nil
	}
	reader, err := postgres.OpenReadOnly(ctx, b.server.URL(runName), postgres.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	size, err := b.server.bytes(ctx, runName)
	if err != nil {
		return err
	}
	return b.audit(ctx, onPostgres, reader, size)
}
