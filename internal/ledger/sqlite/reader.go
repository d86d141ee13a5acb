// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Reader is the ledger in a file, open for reading only.
type Reader struct {
	db       *sql.DB
	identity string
	// prepared are the statements of Load, by their text.
	prepared map[string]*sql.Stmt
}

// OpenReadOnly opens the ledger at path for reading, while a manager writes to
// it or not. It takes no lock, makes no file and changes none. It returns
// [os.ErrNotExist] if there is no such file and [ErrNoLedger] if it is
// something else.
func OpenReadOnly(ctx context.Context, path string) (*Reader, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	parameters := url.Values{"mode": {"ro"}}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, os.ErrNotExist) {
		// A copy that no manager ever opened here. SQLite would make "-wal" and
		// "-shm" beside it, and leave them there.
		parameters.Set("immutable", "1")
	}
	return newReader(ctx, path, parameters)
}

func newReader(ctx context.Context, path string, parameters url.Values) (*Reader, error) {
	parameters.Set("_query_only", "on")
	db, err := sql.Open("sqlite", address(path, parameters))
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	r := &Reader{db: db, prepared: map[string]*sql.Stmt{}}
	if err := r.prepare(ctx, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

func (r *Reader) prepare(ctx context.Context, path string) error {
	if err := checkSchema(ctx, r.db, path); err != nil {
		return err
	}
	for _, text := range loadStatements {
		prepared, err := r.db.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("open the ledger %s: %w", path, err)
		}
		r.prepared[text] = prepared
	}
	var payload []byte
	err := r.db.QueryRowContext(ctx, "SELECT payload FROM batch WHERE seq = 0").Scan(&payload)
	if err != nil {
		return fmt.Errorf("open the ledger %s: read batch 0: %w", path, err)
	}
	first, err := ledger.Open(payload)
	if err != nil {
		return fmt.Errorf("open the ledger %s: read batch 0: %w", path, err)
	}
	r.identity = first.Ledger
	return nil
}

// Close ends reading.
func (r *Reader) Close() error { return r.db.Close() }

// Identity is the ledger's ID, made when the log was made.
func (r *Reader) Identity() string { return r.identity }

// Head is the newest batch.
func (r *Reader) Head(ctx context.Context) (ledger.Head, error) {
	head, err := scanHead(r.prepared[selectHead].QueryRowContext(ctx))
	if err != nil {
		return ledger.Head{}, fmt.Errorf("read the newest batch: %w", err)
	}
	return head, nil
}

// payloadsAtOnce bounds how long one read keeps the write-ahead log from being
// emptied, and how much of the log is in memory.
const payloadsAtOnce = 64

// Payloads implements [ledger.Store].
func (r *Reader) Payloads(ctx context.Context, after int64, each func(payload []byte) error) error {
	for {
		chunk, err := r.payloads(ctx, after)
		if err != nil {
			return fmt.Errorf("read the log after batch %d: %w", after, err)
		}
		for _, payload := range chunk {
			if err := each(payload); err != nil {
				return err
			}
			after++
		}
		if len(chunk) < payloadsAtOnce {
			return nil
		}
	}
}

func (r *Reader) payloads(ctx context.Context, after int64) ([][]byte, error) {
	rows, err := r.prepared[selectPayloads].QueryContext(ctx, after, payloadsAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var chunk [][]byte
	for rows.Next() {
		var payload []byte
		if err := rows.Scan(&payload); err != nil {
			return nil, err
		}
		chunk = append(chunk, payload)
	}
	return chunk, rows.Err()
}

func scanHead(row *sql.Row) (ledger.Head, error) {
	var head ledger.Head
	var hash []byte
	var micros int64
	if err := row.Scan(&head.Sequence, &hash, &micros); err != nil {
		return ledger.Head{}, err
	}
	copy(head.Hash[:], hash)
	head.Instant = time.UnixMicro(micros).UTC()
	return head, nil
}
