// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Store is the ledger in a database, open for writing.
type Store struct {
	*Reader
	// writer has one connection: batches are written one after the other.
	writer *pgxpool.Pool
	// messages are those that can be used again, prepared is of a batch to come.
	messages sync.Pool
	prepared atomic.Pointer[message]
	// described is what the newest connection's server says of each statement of
	// an append. It is replaced and never changed.
	described atomic.Pointer[map[string]*pgconn.StatementDescription]
}

var (
	_ ledger.Store    = (*Store)(nil)
	_ ledger.Preparer = (*Store)(nil)
)

// Open opens the ledger of the database that url names for writing. It makes no
// tables: [Migrate] does. Of several hosts in the URL it uses the one that takes
// writes, now and after each failover, unless target_session_attrs asks for
// another kind. Its errors are those of [OpenReadOnly].
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := o.writing(url)
	if err != nil {
		return nil, err
	}
	reader, err := openReader(ctx, config, o)
	if err != nil {
		return nil, err
	}
	config = reader.pool.Config()
	config.MinConns, config.MinIdleConns, config.MaxConns = 0, 0, 1
	writer, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger: %w", err), reader.Close())
	}
	reader.pools = append(reader.pools, writer)
	return &Store{Reader: reader, writer: writer, messages: sync.Pool{New: newMessage}}, nil
}

// Close ends reading and writing.
func (s *Store) Close() error {
	s.writer.Close()
	return s.Reader.Close()
}

// Head implements [ledger.Store]. A batch can be seen before a synchronous
// standby has it, so a further commit is made, after the batch was seen: where
// that one is, the batch is too. Writers that have been stuck in the middle of a
// batch are ended first.
func (s *Store) Head(ctx context.Context) (ledger.Head, error) {
	var head ledger.Head
	err := s.with(ctx, s.pool, func(ctx context.Context, connection *pgx.Conn) (err error) {
		if head, _, err = s.newest(ctx, connection); err != nil {
			return err
		}
		// An engine that cannot do this is asked in vain, and nothing else changes.
		_, _ = connection.Exec(ctx, endStuck)
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

// Prepare implements [ledger.Preparer]. Before the first append there is nothing
// that can be done.
func (s *Store) Prepare(batch *ledger.Batch) {
	described := s.described.Load()
	if described == nil {
		return
	}
	m := s.messages.Get().(*message)
	if err := m.make(batch, *described); err != nil {
		return // Append will say so
	}
	s.prepared.Store(m)
}

// Append implements [ledger.Store]. The end of the context does not cut it
// short: a batch that was sent and is not waited for may be written behind our
// back. After [answerWithin] without an answer its outcome is unknown.
func (s *Store) Append(ctx context.Context, batch *ledger.Batch) error {
	if len(batch.Payload) == 0 {
		return fmt.Errorf("append batch %d: it is not sealed", batch.Sequence)
	}
	err := s.with(context.WithoutCancel(ctx), s.writer, func(ctx context.Context, connection *pgx.Conn) error {
		described, err := s.describe(ctx, connection)
		if err != nil {
			return err
		}
		m := s.prepared.Swap(nil)
		if m == nil || m.of != batch {
			m = s.messages.Get().(*message)
			if err := m.make(batch, described); err != nil {
				return err
			}
		}
		defer s.messages.Put(m)
		return m.send(ctx, connection.PgConn(), s.options, described)
	})
	if err != nil {
		return fmt.Errorf("append batch %d: %w", batch.Sequence, rejected(err))
	}
	return nil
}

// describe makes a connection know the statements of an append, once.
func (s *Store) describe(ctx context.Context, connection *pgx.Conn) (map[string]*pgconn.StatementDescription, error) {
	const key = "prepay.dev/described"
	known := connection.PgConn().CustomData()
	if described, ok := known[key].(map[string]*pgconn.StatementDescription); ok {
		return described, nil
	}
	described := make(map[string]*pgconn.StatementDescription, len(appending))
	for _, text := range appending {
		statement, err := connection.Prepare(ctx, text, text)
		if err != nil {
			return nil, err
		}
		described[text] = statement
	}
	known[key] = described
	s.described.Store(&described)
	return described, nil
}
