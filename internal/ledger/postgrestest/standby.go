// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Standby copies the server, which has to run, to another one that follows it as
// a streaming standby with name as its application_name, and waits until it
// streams. It has the same settings, a port and a temporary directory of its
// own, and is stopped on its own.
func (s *Server) Standby(ctx context.Context, name string) (*Server, error) {
	if err := s.ours("copied to a standby"); err != nil {
		return nil, err
	}
	standby, err := newServer(Options{Settings: s.options.Settings, Password: s.options.Password, TLS: s.options.TLS})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.copyTo(ctx, standby, name), s.awaitStreaming(ctx, name)); err != nil {
		return nil, errors.Join(fmt.Errorf("standby %s: %w", name, err), standby.Stop())
	}
	return standby, nil
}

// copyTo makes and starts the standby.
func (s *Server) copyTo(ctx context.Context, standby *Server, name string) error {
	if err := s.baseBackup(ctx, standby.data(), name, "--write-recovery-conf"); err != nil {
		return err
	}
	// The last line counts. With the primary's own, a promoted standby would
	// wait for itself.
	auto, err := os.OpenFile(filepath.Join(standby.data(), "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = auto.WriteString("synchronous_standby_names = ''\n")
	if err := errors.Join(err, auto.Close()); err != nil {
		return err
	}
	return standby.prepare(ctx)
}

// baseBackup copies the data of the running server into a new directory.
func (s *Server) baseBackup(ctx context.Context, into, name string, args ...string) error {
	source, err := url.Parse(s.URL(""))
	if err != nil {
		return err
	}
	query := source.Query()
	query.Set("application_name", name)
	if s.options.TLS {
		// The copy is read by the server's user, who may enter neither this
		// server's directory nor, as a standby, rely on it.
		query.Set("sslmode", "require")
		query.Del("sslrootcert")
	}
	source.RawQuery = query.Encode()
	return s.run(ctx, "pg_basebackup", append(args,
		"--pgdata", into, "--dbname", source.String(), "--checkpoint", "fast", "--wal-method", "stream", "--no-sync")...)
}

func (s *Server) awaitStreaming(ctx context.Context, name string) error {
	return s.await(ctx, "a standby that streams",
		"SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming')", name)
}

// await asks until the answer is yes. It uses one session, so that a changed
// setting is seen when this session has taken it over.
func (s *Server) await(ctx context.Context, what, question string, args ...any) (err error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		var yes bool
		if err := conn.QueryRow(ctx, question, args...).Scan(&yes); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// SetSynchronous makes every commit from now on wait for the first of the named
// standbys that is connected; without a name none waits. That a standby is
// connected is not checked: with none, commits wait.
func (s *Server) SetSynchronous(ctx context.Context, names ...string) error {
	if err := s.ours("made synchronous"); err != nil {
		return err
	}
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, quote(name))
	}
	value := strings.Join(quoted, ", ")
	literal := "'" + strings.ReplaceAll(value, "'", "''") + "'"
	if err := s.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = "+literal, "SELECT pg_reload_conf()"); err != nil {
		return err
	}
	if err := s.await(ctx, "synchronous_standby_names", "SELECT current_setting('synchronous_standby_names') = $1", value); err != nil {
		return err
	}
	// Commits do not wait before the checkpointer has read the setting too: once
	// it has made a checkpoint, it has.
	return s.exec(ctx, "CHECKPOINT")
}

// Promote makes a standby a primary, and returns when it takes writes.
func (s *Server) Promote(ctx context.Context) error {
	if err := s.ours("promoted"); err != nil {
		return err
	}
	if err := s.exec(ctx, "SELECT pg_promote(false)"); err != nil {
		return err
	}
	return s.await(ctx, "the end of recovery", "SELECT NOT pg_is_in_recovery()")
}

// TerminateWaiting ends the sessions whose commit waits for a synchronous
// standby, and returns how many there were: their clients get an error although
// the commit has been made here.
func (s *Server) TerminateWaiting(ctx context.Context) (terminated int, err error) {
	if err := s.ours("asked to end the sessions of others"); err != nil {
		return 0, err
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	rows, err := conn.Query(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	if err != nil {
		return 0, err
	}
	sent, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	return len(sent), err
}
