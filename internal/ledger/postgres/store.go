// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// answerWithin is how long an answer to a commit is waited for. A server that is
// frozen, or cut off without a word, would be waited for without an end, while
// another has long taken its place. Giving up loses nothing: the outcome is
// unknown, and the head tells.
const answerWithin = 15 * time.Second

// Store is the ledger in a database, open for writing.
type Store struct {
	*Reader
	// writer has one connection: batches are written one after the other.
	writer *pgxpool.Pool
	rows   rows
}

var _ ledger.Store = (*Store)(nil)

// Open opens the ledger of the database that url names for writing. It makes no
// tables: [Migrate] does. Its errors are those of [OpenReadOnly].
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	reader, err := OpenReadOnly(ctx, url, o)
	if err != nil {
		return nil, err
	}
	config := reader.pool.Config()
	config.MinConns, config.MinIdleConns, config.MaxConns = 0, 0, 1
	writer, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger: %w", err), reader.Close())
	}
	return &Store{Reader: reader, writer: writer}, nil
}

// Close ends reading and writing.
func (s *Store) Close() error {
	s.writer.Close()
	return s.Reader.Close()
}

// Head implements [ledger.Store]. A batch can be seen before a synchronous
// standby has it, so a further commit is made, after the batch was seen: where
// that one is, the batch is too.
func (s *Store) Head(ctx context.Context) (ledger.Head, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var head ledger.Head
	err := with(ctx, s.pool, func(connection *pgx.Conn) (err error) {
		if head, _, err = s.newest(ctx, connection); err != nil {
			return err
		}
		id, err := uuid.NewRandom()
		if err != nil {
			return err
		}
		return s.options.run(ctx, connection, []step{
			{text: begin}, {text: insertBarrier, args: []any{id}}, {text: deleteBarrier, args: []any{id}}, {text: commit},
		})
	})
	if err != nil {
		return ledger.Head{}, fmt.Errorf("read the newest batch: %w", err)
	}
	return head, nil
}

// Append implements [ledger.Store]. The end of the context does not cut it
// short: a batch that was sent and is not waited for may be written behind our
// back. After [answerWithin] without an answer its outcome is unknown.
func (s *Store) Append(ctx context.Context, batch *ledger.Batch) error {
	if len(batch.Payload) == 0 {
		return fmt.Errorf("append batch %d: it is not sealed", batch.Sequence)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	s.rows.set(batch)
	err := with(ctx, s.writer, func(connection *pgx.Conn) error {
		return s.options.run(ctx, connection, s.rows.steps)
	})
	if err != nil {
		return fmt.Errorf("append batch %d: %w", batch.Sequence, rejected(err))
	}
	return nil
}

// with lends a connection, and closes it if it was used without success: what
// is still under way on it is nobody's any more.
func with(ctx context.Context, pool *pgxpool.Pool, use func(*pgx.Conn) error) error {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	err = use(connection.Conn())
	if err != nil {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_ = connection.Conn().Close(ended) // without a farewell
	}
	return err
}
