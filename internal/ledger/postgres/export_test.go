// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// AnswerWithin makes a store give up waiting for a commit's answer sooner.
func AnswerWithin(store *Store, limit time.Duration) { store.within = limit }

// NewestSchema is the version of the tables that this program reads.
const NewestSchema = newestSchema

// FirstSchema is the version of the tables of the first program.
const FirstSchema = genesisVersion

// MigrateTo makes the tables of an older program, and grants a role what it needs.
func MigrateTo(ctx context.Context, url string, version int64, grantTo string) (err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := migrator(db)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return err
	}
	return grant(ctx, db, grantTo)
}
