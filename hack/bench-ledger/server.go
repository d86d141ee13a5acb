// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

// checkpointEvery is how long after a checkpoint the server begins the next: one
// begins inside each row of a minute, and is spread over most of the time to the
// one after, as in production.
const checkpointEvery = 60 * time.Second

// settings are those of the one server that all rows on PostgreSQL share. How
// durable a commit is stays as the server's defaults have it: fsync and
// synchronous_commit are on. Pages are compressed with LZ4 when they go to the
// WAL whole, as they do after each checkpoint, and so are payloads: with the
// server's own method that cost as much as everything else together. A batch is
// megabytes of WAL then, more than the default buffers hold.
var settings = map[string]string{
	"shared_buffers":            "4GB",
	"checkpoint_timeout":        strconv.Itoa(int(checkpointEvery.Seconds())) + "s",
	"max_wal_size":              "6GB",
	"wal_buffers":               "128MB",
	"wal_compression":           "lz4",
	"default_toast_compression": "lz4",
	"jit":                       "off",
}

// server is the PostgreSQL server of the benchmark.
type server struct {
	*postgrestest.Server
	// pool is of connections to the maintenance database.
	pool *pgxpool.Pool
	pid  int
	// version is for example 150018.
	version int
}

const maintenance = "postgres"

// startServer starts the server that is kept in a directory, and makes it there
// if there is none.
func startServer(ctx context.Context, dir string) (*server, error) {
	started, err := postgrestest.Start(ctx, postgrestest.Options{Dir: dir, Settings: settings})
	if err != nil {
		return nil, err
	}
	s := &server{Server: started}
	if s.pool, err = pgxpool.New(ctx, s.URL(maintenance)); err == nil {
		s.pid, err = postmaster(dir)
	}
	if err == nil {
		err = s.pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&s.version)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop(ctx))
	}
	return s, nil
}

// postmaster reads the process ID of the server from its first file.
func postmaster(dir string) (int, error) {
	content, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return strconv.Atoi(line)
}

// largePages matches what proc_pid_smaps(5) says of a process with huge pages.
var largePages = regexp.MustCompile(`(?m)^(Shared|Private)_Hugetlb: +[1-9]`)

// pages says in which pages the server has its buffers. It takes huge ones where
// the machine has them reserved: with small ones, most steps of a look-up in a
// large index wait for the page table too.
func (s *server) pages() string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
	switch {
	case err != nil:
		return fmt.Sprintf("it is not known in which pages the server has its buffers: %v", err)
	case largePages.Match(content):
		return "the server has its buffers in huge pages"
	default:
		return "the server has its buffers in small pages; reserve huge ones before with sysctl -w vm.nr_hugepages=2400 to measure it as it should be run"
	}
}

// stop writes a checkpoint first: a shutdown that has to write gigabytes would
// be taken for one that hangs.
func (s *server) stop(ctx context.Context) error {
	err := s.checkpoint(context.WithoutCancel(ctx))
	if s.pool != nil {
		s.pool.Close()
	}
	return errors.Join(err, s.Stop())
}

func (s *server) exec(ctx context.Context, statement string) error {
	if _, err := s.pool.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// on runs a statement in another database than the pool's.
func (s *server) on(ctx context.Context, database, statement string) error {
	connection, err := pgx.Connect(ctx, s.URL(database))
	if err != nil {
		return err
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the statement's error counts
	if _, err := connection.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func (s *server) checkpoint(ctx context.Context) error { return s.exec(ctx, "CHECKPOINT") }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// ensure makes an empty database if there is none of that name, and reports
// whether it did.
func (s *server) ensure(ctx context.Context, name string) (made bool, err error) {
	err = s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0 ENCODING 'UTF8'")
	var failure *pgconn.PgError
	const duplicateDatabase = "42P04"
	if errors.As(err, &failure) && failure.Code == duplicateDatabase {
		return false, nil
	}
	return err == nil, err
}

// duplicate makes a copy of a database that nobody is connected to, file by
// file: the WAL does not have to carry it.
func (s *server) duplicate(ctx context.Context, from, to string) error {
	if err := s.drop(ctx, to); err != nil {
		return err
	}
	statement := "CREATE DATABASE " + quote(to) + " TEMPLATE " + quote(from)
	if s.version >= 150000 {
		statement += " STRATEGY file_copy" // before, there was no other
	}
	return s.exec(ctx, statement)
}

func (s *server) drop(ctx context.Context, name string) error {
	return s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
}

// warm reads a database's indexes, and its tables too if wanted, into the
// server's memory, where they would be had the server not just been started.
func (s *server) warm(ctx context.Context, database string, tables bool) error {
	kinds := "'i'"
	if tables {
		kinds = "'r', 'i'"
	}
	progress("postgres: reading database %s into memory", database)
	if err := s.on(ctx, database, "CREATE EXTENSION IF NOT EXISTS pg_prewarm"); err != nil {
		return err
	}
	return s.on(ctx, database, "SELECT sum(pg_prewarm(oid)) FROM pg_class"+
		" WHERE relnamespace = 'public'::regnamespace AND relkind IN ("+kinds+")")
}

// bytes is the size of a database.
func (s *server) bytes(ctx context.Context, database string) (size int64, err error) {
	err = s.pool.QueryRow(ctx, "SELECT pg_database_size($1)", database).Scan(&size)
	return size, err
}

// wal is how many bytes of WAL were written since the server was made, and how
// many checkpoints were begun since it was started.
func (s *server) wal(ctx context.Context) (written, checkpoints int64, err error) {
	begun := "checkpoints_timed + checkpoints_req FROM pg_stat_bgwriter"
	if s.version >= 170000 {
		begun = "num_timed + num_requested FROM pg_stat_checkpointer"
	}
	err = s.pool.QueryRow(ctx, "SELECT (pg_current_wal_lsn() - '0/0')::bigint, "+begun).Scan(&written, &checkpoints)
	return written, checkpoints, err
}
