// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// checkpointer copies the write-ahead log into the file, as the writer would do
// by itself, but beside it: nobody waits. What it does not come to is left to
// the writer, when the log has become long.
type checkpointer struct {
	db   *sql.DB
	conn *sql.Conn
	// pages is about how many were written since the last copy was asked for.
	pages int
	due   chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

const (
	// copyPages is after how many written pages they are copied.
	copyPages = 4000
	// pagesOf is about how many pages a command changes.
	pagesOf = 3
)

func newCheckpointer(ctx context.Context, path string) (*checkpointer, error) {
	db, err := sql.Open("sqlite", address(path, url.Values{"mode": {"rw"}, "_synchronous": {"FULL"}}))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		err = keepWAL(conn)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &checkpointer{db: db, conn: conn, due: make(chan struct{}, 1), ended: make(chan struct{})}
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	go c.run(ctx)
	return c, nil
}

func (c *checkpointer) run(ctx context.Context) {
	defer close(c.ended)
	for {
		select {
		case <-c.due:
			_, _ = c.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)") // if it fails, the writer will do it
		case <-ctx.Done():
			return
		}
	}
}

// written counts a batch that was committed. The caller writes one at a time.
func (c *checkpointer) written(batch *ledger.Batch) {
	if c.pages += pagesOf * len(batch.Records); c.pages < copyPages {
		return
	}
	select {
	case c.due <- struct{}{}:
		c.pages = 0
	default: // it is asked for already
	}
}

func (c *checkpointer) close() error {
	c.stop()
	<-c.ended
	return errors.Join(c.conn.Close(), c.db.Close())
}
