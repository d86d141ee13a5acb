// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// stragglers are clients that stay with the server they once connected to, and
// go on writing there after it was frozen. They do not go through the ledger's
// store: what they are told is what the servers alone promise.
type stragglers struct {
	cluster *cluster
	clients []*straggler
	tried   int
	// told are the rows that a server acknowledged.
	told []int
}

type straggler struct {
	all        *stragglers
	connection *pgx.Conn
}

const (
	stragglerTable  = "CREATE TABLE straggler (id bigint PRIMARY KEY)"
	stragglerInsert = "INSERT INTO straggler (id) VALUES ($1)"
	stragglerCount  = "SELECT count(*) FROM straggler WHERE id = ANY ($1)"
	// stragglerPatience is how long a straggler waits for a server that it has
	// sent a row to: the server was told to give up by then.
	stragglerPatience = time.Minute
)

// join connects a new client to one node and makes sure that it may write there.
func (s *stragglers) join(ctx context.Context, n *node) (*straggler, error) {
	connection, err := pgx.Connect(ctx, s.cluster.url(superuser, "postgres", n))
	if err != nil {
		return nil, err
	}
	client := &straggler{all: s, connection: connection}
	s.clients = append(s.clients, client)
	return client, client.insert(ctx)
}

func (c *straggler) insert(ctx context.Context) error {
	c.all.tried++
	id := c.all.tried
	if _, err := c.connection.Exec(ctx, stragglerInsert, id); err != nil {
		return err
	}
	c.all.told = append(c.all.told, id)
	return nil
}

// write writes row after row until the server ends the connection. The channel
// gets nil then, and an error if the server never does.
func (c *straggler) write(ctx context.Context) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, stragglerPatience)
		defer cancel()
		for ctx.Err() == nil {
			if c.insert(ctx) != nil && ctx.Err() == nil {
				ended <- nil
				return
			}
		}
		ended <- fmt.Errorf("an old leader kept a client's connection for %s", stragglerPatience)
	}()
	return ended
}

// lost is how many acknowledged rows the leader does not have.
func (s *stragglers) lost(ctx context.Context) (int, error) {
	connection, err := pgx.Connect(ctx, s.cluster.url(superuser, "postgres", s.cluster.nodes...))
	if err != nil {
		return 0, err
	}
	defer func() { _ = connection.Close(ctx) }()
	var found int
	err = connection.QueryRow(ctx, stragglerCount, s.told).Scan(&found)
	return len(s.told) - found, err
}

func (s *stragglers) close() error {
	// The servers have been ended before: a connection is closed without a word.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var failures error
	for _, c := range s.clients {
		failures = errors.Join(failures, c.connection.Close(ctx))
	}
	return failures
}
