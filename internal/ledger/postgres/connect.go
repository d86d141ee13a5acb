// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say how to reach a ledger beyond its URL. The zero value is usable.
type Options struct {
	// PasswordFile holds the password. It is read anew for each connection, so
	// that a rotated password needs no restart.
	PasswordFile string
	// NoPipelining sends one statement after the other, for proxies and engines
	// that take no more than one at a time.
	NoPipelining bool
}

// defaults are the parameters of a session that the URL says nothing about.
var defaults = map[string]string{
	"application_name": "prepay-operator",
	// Milliseconds after which the server ends a transaction that a paused manager
	// does not go on with. In the middle of a pipeline it does not count: see
	// end_stuck.sql.
	"idle_in_transaction_session_timeout": "10000",
	// All look-ups are by key, for one as for a thousand. Planned for what is
	// asked, the first ones of a session may read whole tables.
	"plan_cache_mode": "force_generic_plan",
	// A role or a database may have it off.
	"synchronous_commit": "on",
}

// pingWithin is how long a connection that was idle has to show that it is still
// one.
const pingWithin = 2 * time.Second

// Check returns what is wrong with a URL, without connecting. It repeats no
// password.
func Check(url string) error {
	_, err := Options{}.reading(url)
	return err
}

// writing is how connections are made to the server that takes writes, unless
// the URL asks for another kind: a standby may be behind, and a log that went
// back is a reason to stop. Nothing is connected yet.
func (o Options) writing(url string) (*pgxpool.Config, error) {
	config, err := o.reading(url)
	if err == nil && config.ConnConfig.ValidateConnect == nil {
		config.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return config, err
}

// reading is how connections are made to any server.
func (o Options) reading(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the ledger's URL: %w", err) // pgx leaves the password out
	}
	for name, value := range defaults {
		if _, said := config.ConnConfig.RuntimeParams[name]; !said {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	// A commit that lacks its standby is told by a warning; see [remember].
	config.ConnConfig.RuntimeParams["client_min_messages"] = "warning"
	config.ConnConfig.OnNotice = remember
	config.PingTimeout = pingWithin
	if o.PasswordFile != "" {
		config.BeforeConnect = func(_ context.Context, connection *pgx.ConnConfig) error {
			password, err := os.ReadFile(o.PasswordFile)
			if err != nil {
				return fmt.Errorf("read the password of the ledger's database: %w", err)
			}
			connection.Password = strings.TrimRight(string(password), "\r\n")
			return nil
		}
	}
	return config, nil
}

// warned is where a connection keeps the last warning of its server.
const warned = "prepay.dev/warned"

// remember keeps warnings: after one of a COMMIT, it is not known where the
// transaction is. "Canceling wait for synchronous replication" is such a warning.
func remember(connection *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.SeverityUnlocalized == "WARNING" {
		connection.CustomData()[warned] = (*pgconn.PgError)(notice)
	}
}

// forget forgets the last warning.
func forget(connection *pgconn.PgConn) { delete(connection.CustomData(), warned) }

// clean returns the warning that a connection's server gave since the last one
// was forgotten.
func clean(connection *pgconn.PgConn) error {
	if warning, ok := connection.CustomData()[warned].(error); ok {
		return fmt.Errorf("the server warns: %w", warning)
	}
	return nil
}

// step is one statement of a transaction; read takes its rows, if it has any.
type step struct {
	text string
	args []any
	read func(pgx.Rows) error
}

// run sends a transaction's steps in one round trip, or one after the other, and
// returns the first error. The last step is [commit], and a warning of that one is
// an error too. After an error the connection must not be used.
func (o Options) run(ctx context.Context, connection *pgx.Conn, steps []step) error {
	if o.NoPipelining {
		for _, step := range steps {
			if err := take(ctx, connection, step); err != nil {
				return err
			}
		}
		return clean(connection.PgConn())
	}
	batch := &pgx.Batch{}
	for _, step := range steps {
		batch.Queue(step.text, step.args...)
	}
	results := connection.SendBatch(ctx, batch)
	for _, step := range steps {
		// Results are read as they are asked for: what is kept from here on comes
		// with this step.
		forget(connection.PgConn())
		if err := step.from(results.Query()); err != nil {
			_ = results.Close() // the first error counts
			return err
		}
	}
	if err := results.Close(); err != nil {
		return err
	}
	return clean(connection.PgConn())
}

func take(ctx context.Context, connection *pgx.Conn, step step) error {
	forget(connection.PgConn())
	return step.from(connection.Query(ctx, step.text, step.args...))
}

// from reads the step's rows to their end.
func (s step) from(rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := s.read(rows); err != nil {
			return err
		}
	}
	return s.concluded(rows.CommandTag(), rows.Err())
}

// concluded returns what is wrong with the step's end.
func (s step) concluded(tag pgconn.CommandTag, err error) error {
	if err == nil && s.text == commit && tag.String() != "COMMIT" {
		err = fmt.Errorf("COMMIT was answered with %s", tag)
	}
	return err
}
