// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

const ledgerUsage = "where the ledger is kept: sqlite:///absolute/path/ledger.db, or postgres://user@host/database?sslmode=verify-full"

// Location is the ledger that a command's flags name.
type Location struct {
	// URL is sqlite:///absolute/path, or what PostgreSQL's own programs take:
	// postgres://user@host:port/database?sslmode=…, each part of which may be left
	// to the environment (PGHOST, PGUSER, …).
	URL string
	// PasswordFile holds the password of a PostgreSQL ledger; "" is none.
	PasswordFile string
	// Pipelining sends a whole transaction to PostgreSQL in one round trip.
	Pipelining bool
}

// Bind adds the flags that every command on a ledger has.
func (l *Location) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&l.URL, "ledger", "", ledgerUsage)
	flags.StringVar(&l.PasswordFile, "ledger-password-file", "",
		"a file with the password of the PostgreSQL user; it is read again for each connection")
}

// BindPipelining adds the flag of commands that write.
func (l *Location) BindPipelining(flags *pflag.FlagSet) {
	flags.BoolVar(&l.Pipelining, "ledger-pipelining", true,
		"send a transaction to PostgreSQL in one round trip; turn it off for a proxy that cannot do that")
}

// Check returns what is wrong with the flags, without opening anything. It
// repeats no password.
func (l *Location) Check() error {
	if l.URL == "" {
		return fmt.Errorf("--ledger is missing: say %s", ledgerUsage)
	}
	if l.External() {
		return l.checkExternal()
	}
	if _, err := l.path(); err != nil {
		return err
	}
	if l.PasswordFile != "" {
		return fmt.Errorf("--ledger-password-file %s: a ledger in a file has no password; leave the flag out", l.PasswordFile)
	}
	return nil
}

// External reports whether the ledger is in a PostgreSQL database, which
// several managers can reach.
func (l *Location) External() bool {
	scheme, _, found := strings.Cut(l.URL, ":")
	return found && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// checkExternal refuses passwords: everybody on the machine reads the arguments
// of a process.
func (l *Location) checkExternal() error {
	u, err := url.Parse(l.URL)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		// What is wrong with it may be a part of a password: nothing of it is shown.
		return fmt.Errorf("--ledger is no URL of a database; say %s, without a password", ledgerUsage)
	}
	_, password := u.User.Password()
	if parameters := u.Query(); password || parameters.Has("password") || parameters.Has("sslpassword") {
		return errors.New("--ledger has a password in it, which anybody on this machine can read with ps: " +
			"put it into a file and name that with --ledger-password-file")
	}
	if err := postgres.Check(l.address()); err != nil {
		return fmt.Errorf("--ledger: %w", err)
	}
	return nil
}

// path is that of the database in a file.
func (l *Location) path() (string, error) {
	u, err := url.Parse(l.URL)
	if err != nil {
		return "", fmt.Errorf("--ledger %q: %w; say %s", l.URL, err, ledgerUsage)
	}
	if u.Scheme != "sqlite" || u.User != nil || u.Host != "" || u.Path == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--ledger %q is no ledger this program can keep: say %s", l.URL, ledgerUsage)
	}
	return u.Path, nil
}

// address is the URL of a database as the driver wants it.
func (l *Location) address() string {
	scheme, rest, _ := strings.Cut(l.URL, ":")
	return strings.ToLower(scheme) + ":" + rest
}

// options are how PostgreSQL is reached.
func (l *Location) options() postgres.Options {
	return postgres.Options{PasswordFile: l.PasswordFile, NoPipelining: !l.Pipelining}
}

// Store is a ledger that is open for writing.
type Store interface {
	ledger.Store
	Close() error
}

// Reader is a ledger that is open for reading.
type Reader interface {
	audit.Source
	Close() error
}

// Open opens the ledger for writing. One in a file is made if there is none;
// one in a database is made by [NewMigrate].
func (l *Location) Open(ctx context.Context) (Store, error) {
	if l.External() {
		store, err := postgres.Open(ctx, l.address(), l.options())
		if err != nil {
			return nil, denied(err, notGranted)
		}
		return store, nil
	}
	path, err := l.path()
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return store, nil
}

// OpenExisting opens a ledger for writing and makes none.
func (l *Location) OpenExisting(ctx context.Context) (Store, error) {
	if !l.External() {
		path, err := l.path()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no ledger: %w", err)
		}
	}
	return l.Open(ctx)
}

// OpenReadOnly opens the ledger for reading, while a manager writes to it or
// not. It makes none.
func (l *Location) OpenReadOnly(ctx context.Context) (Reader, error) {
	if l.External() {
		reader, err := postgres.OpenReadOnly(ctx, l.address(), l.options())
		if err != nil {
			return nil, denied(err, notGranted)
		}
		return reader, nil
	}
	path, err := l.path()
	if err != nil {
		return nil, err
	}
	reader, err := sqlite.OpenReadOnly(ctx, path)
	if err != nil {
		return nil, err
	}
	return reader, nil
}
