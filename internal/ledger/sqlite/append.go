// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// writer is the one connection that writes, with its prepared statements.
type writer struct {
	mu   sync.Mutex
	db   *sql.DB
	conn *sql.Conn
	head *sql.Stmt
	// prepared are the statements by table and number of rows.
	prepared     map[statement]*sql.Stmt
	rows         rows
	checkpointer *checkpointer
}

type statement struct {
	table *table
	rows  int
}

// chunks are the numbers of rows there are statements for. A few sizes keep the
// statements few and a large batch at one statement for each 64 rows.
var chunks = [...]int{64, 16, 4, 1}

func newWriter(ctx context.Context, db *sql.DB, checkpointer *checkpointer) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := keepWAL(conn); err != nil {
		return nil, err
	}
	head, err := conn.PrepareContext(ctx, selectHead)
	if err != nil {
		return nil, err
	}
	return &writer{db: db, conn: conn, head: head, prepared: map[statement]*sql.Stmt{}, checkpointer: checkpointer}, nil
}

func (w *writer) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	// SQLite keeps a connection until its last statement is closed, and so the
	// write-ahead log would not be emptied.
	errs := []error{w.checkpointer.close(), w.head.Close()}
	for _, prepared := range w.prepared {
		errs = append(errs, prepared.Close())
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}

func (w *writer) append(ctx context.Context, batch *ledger.Batch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("append batch %d: %w", batch.Sequence, err)
	}
	err := w.write(ctx, batch)
	if err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		// SQLite has already rolled back after some errors; then this fails,
		// and there is nothing left to undo.
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK")
		return fmt.Errorf("append batch %d: %w", batch.Sequence, err)
	}
	w.checkpointer.written(batch)
	return nil
}

func (w *writer) write(ctx context.Context, batch *ledger.Batch) error {
	head, err := scanHead(w.head.QueryRowContext(ctx))
	if err != nil {
		return err
	}
	if head.Sequence != batch.Sequence-1 || head.Hash != batch.Previous {
		return fmt.Errorf("it does not follow the newest batch, which is %d with hash %x", head.Sequence, head.Hash)
	}
	if len(batch.Payload) == 0 {
		return errors.New("it is not sealed")
	}
	w.rows.set(batch)
	for table, args := range w.rows.all() {
		if err := w.insert(ctx, table, args); err != nil {
			return rejected(err)
		}
	}
	return nil
}

// insert writes rows, given as the values of all of them, in a few statements.
func (w *writer) insert(ctx context.Context, into *table, args []any) error {
	width := into.width()
	for _, rows := range chunks {
		for len(args) >= rows*width {
			prepared, err := w.prepare(ctx, statement{into, rows})
			if err != nil {
				return err
			}
			if _, err := prepared.ExecContext(ctx, args[:rows*width]...); err != nil {
				return err
			}
			args = args[rows*width:]
		}
	}
	return nil
}

func (w *writer) prepare(ctx context.Context, of statement) (*sql.Stmt, error) {
	if prepared, ok := w.prepared[of]; ok {
		return prepared, nil
	}
	prepared, err := w.conn.PrepareContext(ctx, of.table.statement(of.rows))
	if err != nil {
		return nil, err
	}
	w.prepared[of] = prepared
	return prepared, nil
}
