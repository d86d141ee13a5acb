// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// application is SQLite's application_id of a ledger: "PpyL".
	application = 0x5070794c
	// genesisVersion is the migration that writes batch 0, once in a ledger's
	// life.
	genesisVersion = 2
	// newestSchema is the last migration of this program.
	newestSchema = 4
)

// ErrNoLedger tells that a file is something else than a ledger.
var ErrNoLedger = errors.New("not a ledger of the prepay operator")

// ErrSchema tells that a ledger's tables are not those of this program.
var ErrSchema = errors.New("the tables are of another version")

// migrate makes the tables and batch 0, or brings older tables up to date.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	if err := claim(ctx, db, path); err != nil {
		return err
	}
	provider, err := migrator(db)
	if err != nil {
		return fmt.Errorf("migrate the ledger %s: %w", path, err)
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate the ledger %s: %w", path, err)
	}
	if version > newestSchema {
		return schemaError(path, version)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the ledger %s: %w", path, err)
	}
	return nil
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	sources, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, sources,
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(genesisVersion, &goose.GoFunc{RunTx: genesis}, nil)),
	)
}

// claim marks an empty file as a ledger and refuses the files of others.
func claim(ctx context.Context, db *sql.DB, path string) error {
	mark, tables, err := marks(ctx, db)
	if err != nil {
		return fmt.Errorf("open the ledger %s: %w", path, notADatabase(err))
	}
	switch {
	case mark == application:
		return nil
	case mark != 0 || tables != 0:
		return fmt.Errorf("open the ledger %s: %w", path, ErrNoLedger)
	}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", application)); err != nil {
		return fmt.Errorf("make the ledger %s: %w", path, err)
	}
	return nil
}

// marks reads the application_id and how much is in the file.
func marks(ctx context.Context, db *sql.DB) (mark, tables int64, err error) {
	err = db.QueryRowContext(ctx,
		"SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id").Scan(&mark, &tables)
	return mark, tables, err
}

// checkSchema refuses what is no ledger, or one of another version, without
// writing anything.
func checkSchema(ctx context.Context, db *sql.DB, path string) error {
	mark, _, err := marks(ctx, db)
	if err != nil {
		return fmt.Errorf("open the ledger %s: %w", path, notADatabase(err))
	}
	if mark != application {
		return fmt.Errorf("open the ledger %s: %w", path, ErrNoLedger)
	}
	var version int64
	err = db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version)
	if err != nil {
		return fmt.Errorf("open the ledger %s: read the version of its tables: %w", path, err)
	}
	if version != newestSchema {
		return schemaError(path, version)
	}
	return nil
}

func schemaError(path string, version int64) error {
	if version > newestSchema {
		return fmt.Errorf("ledger %s: %w: they are version %d and this program knows up to %d; use a newer program",
			path, ErrSchema, version, newestSchema)
	}
	return fmt.Errorf("ledger %s: %w: they are version %d and this program reads %d; start the manager once to migrate",
		path, ErrSchema, version, newestSchema)
}

// genesis writes batch 0 with the ledger's ID.
func genesis(ctx context.Context, tx *sql.Tx) error {
	batch, err := ledger.NewLedger()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, batchTable.statement(1), batchRow(nil, batch)...)
	return err
}
