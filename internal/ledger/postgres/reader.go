// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// answerWithin is how long an answer of the server is waited for. A server that
// is frozen, or cut off without a word, would be waited for without an end, while
// another has long taken its place. Giving a commit up loses nothing: its outcome
// is unknown, and the head tells.
const answerWithin = 15 * time.Second

// Reader is the ledger in a database, open for reading only.
type Reader struct {
	options  Options
	pool     *pgxpool.Pool
	identity string
	// within is [answerWithin], but in tests.
	within time.Duration
	// pools are all pools of this ledger.
	pools []*pgxpool.Pool
}

// OpenReadOnly opens the ledger of the database that url names for reading,
// while a manager writes to it or not. It returns [ErrNoLedger] if there is none
// and [ErrSchema] if its tables are of another version; see also [Unreachable].
func OpenReadOnly(ctx context.Context, url string, o Options) (*Reader, error) {
	config, err := o.reading(url)
	if err != nil {
		return nil, err
	}
	return openReader(ctx, config, o)
}

func openReader(ctx context.Context, config *pgxpool.Config, o Options) (*Reader, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	r := &Reader{options: o, pool: pool, within: answerWithin, pools: []*pgxpool.Pool{pool}}
	if err := r.check(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return r, nil
}

// check makes sure that there is a ledger this program can read.
func (r *Reader) check(ctx context.Context) error {
	var version *int64
	var payload []byte
	err := r.with(ctx, r.pool, func(ctx context.Context, connection *pgx.Conn) error {
		if err := connection.QueryRow(ctx, selectSchema).Scan(&version); err != nil || version == nil || *version != newestSchema {
			return err
		}
		if err := connection.QueryRow(ctx, selectGenesis).Scan(&payload); err != nil {
			return fmt.Errorf("read batch 0: %w", err)
		}
		return nil
	})
	switch {
	case undefinedTable(err), err == nil && (version == nil || *version == 0):
		return fmt.Errorf("%w: run manager migrate as its owner", ErrNoLedger)
	case err != nil:
		return err
	case *version != newestSchema:
		return schemaError(*version)
	}
	first, err := ledger.Open(payload)
	if err != nil {
		return fmt.Errorf("read batch 0: %w", err)
	}
	r.identity = first.Ledger
	return nil
}

// Close ends reading.
func (r *Reader) Close() error {
	r.pool.Close()
	return nil
}

// Identity is the ledger's ID, made when the log was made.
func (r *Reader) Identity() string { return r.identity }

// newest reads the newest batch and the server's clock.
func (r *Reader) newest(ctx context.Context, connection *pgx.Conn) (head ledger.Head, clock time.Time, err error) {
	err = take(ctx, connection, step{text: selectHead, read: func(rows pgx.Rows) error {
		head, clock, err = scanHead(rows)
		return err
	}})
	if err == nil && clock.IsZero() {
		err = errors.New("the log is empty")
	}
	return head, clock, err
}

// with lends a connection for a time in which the server has to answer. Without
// success it is closed, as what is still under way on it is nobody's any more. If
// the server is not there, all others are made anew: they lead to the same one.
func (r *Reader) with(ctx context.Context, pool *pgxpool.Pool, use func(context.Context, *pgx.Conn) error) error {
	asker := ctx
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	connection, err := pool.Acquire(ctx)
	if err == nil {
		if err = use(ctx, connection.Conn()); err == nil {
			connection.Release()
			return nil
		}
		// The pool would wait for the farewell of a server that may be frozen.
		broken := connection.Hijack()
		cancel()
		_ = broken.Close(ctx)
	}
	if asker.Err() == nil && Unreachable(err) {
		for _, each := range r.pools {
			each.Reset()
		}
	}
	return err
}

// payloadsAtOnce bounds how much of the log is in memory.
const payloadsAtOnce = 64

// Payloads implements [ledger.Store]. It begins with one and reads more at a time
// as it goes on, as there is often but one, or one that is wanted.
func (r *Reader) Payloads(ctx context.Context, after int64, each func(payload []byte) error) error {
	for limit := 1; ; limit = min(2*limit, payloadsAtOnce) {
		var chunk [][]byte
		err := r.with(ctx, r.pool, func(ctx context.Context, connection *pgx.Conn) (err error) {
			rows, _ := connection.Query(ctx, selectPayloads, after, limit) // its error is in the rows
			chunk, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
			return err
		})
		if err != nil {
			return fmt.Errorf("read the log after batch %d: %w", after, err)
		}
		for _, payload := range chunk {
			if err := each(payload); err != nil {
				return err
			}
			after++
		}
		if len(chunk) < limit {
			return nil
		}
	}
}

func scanHead(rows pgx.Rows) (head ledger.Head, clock time.Time, err error) {
	var hash []byte
	var micros int64
	err = rows.Scan(&head.Sequence, &hash, &micros, &clock)
	copy(head.Hash[:], hash)
	head.Instant = time.UnixMicro(micros).UTC()
	return head, clock, err
}
