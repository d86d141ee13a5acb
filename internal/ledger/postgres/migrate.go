// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// genesisVersion is the migration that writes batch 0, once in a ledger's
	// life.
	genesisVersion = 2
	// newestSchema is the last migration of this program.
	newestSchema = 3
	// lockMillis is how long a change of a table waits for those who read it, in
	// milliseconds. Those who add to it wait behind the change, and not so long
	// that they would give up.
	lockMillis = "3000"
)

// Migrate makes the tables of a ledger and its batch 0, or brings older tables
// up to date, and returns the version they have now. It is for the owner of the
// database; of several at once, one works and the others wait. A table that
// somebody reads for long cannot be changed: that error is [Unreachable].
//
// The role grantTo may then read everything, add to the log, and add to and
// delete from the work tables; with "" nothing is granted.
func Migrate(ctx context.Context, url string, o Options, grantTo string) (version int64, err error) {
	config, err := o.writing(url)
	if err != nil {
		return 0, err
	}
	if _, said := config.ConnConfig.RuntimeParams["lock_timeout"]; !said {
		config.ConnConfig.RuntimeParams["lock_timeout"] = lockMillis
	}
	db := stdlib.OpenDB(*config.ConnConfig, stdlib.OptionBeforeConnect(func(ctx context.Context, c *pgx.ConnConfig) error {
		if config.BeforeConnect == nil {
			return nil
		}
		return config.BeforeConnect(ctx, c)
	}))
	defer func() { err = errors.Join(err, db.Close()) }()
	if version, err = migrate(ctx, db); err == nil && grantTo != "" {
		err = grant(ctx, db, grantTo)
	}
	if err != nil {
		return 0, fmt.Errorf("migrate the ledger: %w", err)
	}
	return version, nil
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	sources, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	one, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, sources,
		goose.WithDisableGlobalRegistry(true), goose.WithLocker(one),
		goose.WithGoMigrations(goose.NewGoMigration(genesisVersion, &goose.GoFunc{RunTx: genesis}, nil)),
	)
}

func migrate(ctx context.Context, db *sql.DB) (int64, error) {
	provider, err := migrator(db)
	if err != nil {
		return 0, err
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return 0, err
	}
	if version > newestSchema {
		return 0, schemaError(version)
	}
	if _, err := provider.Up(ctx); err != nil {
		return 0, err
	}
	return newestSchema, nil
}

// genesis writes batch 0 with the ledger's ID.
func genesis(ctx context.Context, tx *sql.Tx) error {
	batch, err := ledger.NewLedger()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertBatch, batchRow(batch)...)
	return err
}

// grant lets a role do what a manager does, and no more.
func grant(ctx context.Context, db *sql.DB, role string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to undo after the commit
	name := pgx.Identifier{role}.Sanitize()
	for _, text := range []string{grantLog, grantWork, grantSchema} {
		text = strings.TrimSuffix(text, grantee) + name
		if _, err := tx.ExecContext(ctx, text); err != nil {
			var failure *pgconn.PgError
			if errors.As(err, &failure) && failure.Code == pgerrcode.UndefinedObject {
				return fmt.Errorf("there is no role %s to grant anything to: make it first, or name another: %w", name, err)
			}
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return tx.Commit()
}

// grantee stands for the role at the end of the statements that grant something:
// a role cannot be a parameter.
const grantee = "manager"

func schemaError(version int64) error {
	if version > newestSchema {
		return fmt.Errorf("%w: they are version %d and this program knows up to %d; use a newer program",
			ErrSchema, version, newestSchema)
	}
	return fmt.Errorf("%w: they are version %d and this program reads %d; run manager migrate as their owner",
		ErrSchema, version, newestSchema)
}
