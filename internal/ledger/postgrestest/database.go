// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CreateDatabase makes an empty database of a name that nobody else has, and
// returns its URL as the superuser. It goes with the server; DropDatabase
// removes it earlier.
func (s *Server) CreateDatabase(ctx context.Context) (url string, err error) {
	name := "test_" + strings.ToLower(rand.Text()[:13])
	// template0 is the one that nobody can be connected to, which would keep it
	// from being copied.
	if err := s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return "", err
	}
	if s.external != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.created = append(s.created, name)
	}
	return s.URL(name), nil
}

// DropDatabase removes a database, given by any URL that names it, and ends the
// sessions in it. It is no error if there is none.
func (s *Server) DropDatabase(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	if err := s.drop(ctx, config.Database); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created = slices.DeleteFunc(s.created, func(name string) bool { return name == config.Database })
	return nil
}

func (s *Server) drop(ctx context.Context, name string) error {
	return s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// connect opens a session of the superuser for a statement about the whole
// server.
func (s *Server) connect(ctx context.Context) (*pgx.Conn, error) {
	url := s.URL(maintenance)
	if s.external != nil {
		// There the URL names a database that its role may connect to.
		url = s.external.String()
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connecting to the PostgreSQL server: %w", err)
	}
	return conn, nil
}

// exec runs statements one after the other, each in a transaction of its own.
func (s *Server) exec(ctx context.Context, statements ...string) (err error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
