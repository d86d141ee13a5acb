// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// MigrateTo makes the tables of an older program.
func MigrateTo(ctx context.Context, db *sql.DB, path string, version int64) error {
	if err := claim(ctx, db, path); err != nil {
		return err
	}
	provider, err := migrator(db)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// Pragma reads a setting of the connection that writes.
func Pragma(ctx context.Context, store *Store, name string) (string, error) {
	var value any
	err := store.writer.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return fmt.Sprint(value), err
}

// Plan is how SQLite runs each statement of a load, one step a line.
func Plan(ctx context.Context, store *Store, statement string) (steps []string, err error) {
	arguments := make([]any, strings.Count(statement, "?"))
	rows, err := store.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+statement, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// LoadStatements are the statements of a load.
var LoadStatements = loadStatements

// The statements that load an account.
var (
	SelectAccountFacts = selectAccountFacts
	SelectAccountCells = selectAccountCells
)
