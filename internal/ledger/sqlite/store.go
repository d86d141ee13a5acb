// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// busyMillis is how long a statement waits for another process, which can
	// only be an audit that recovers the write-ahead log.
	busyMillis = "5000"
	// walPages is at how many pages (of 4 KiB) the writer itself copies what is
	// left of the write-ahead log into the file, so that it begins anew.
	walPages = "32000"
	// walBytes is what the write-ahead log is cut to when it grew while a long
	// reader held it open. It has room for walPages, or the log would be cut and
	// grow again each time it begins anew.
	walBytes = "134217728"
	// cacheKiB is the page cache of the writer and of each reader, negative as
	// SQLite wants it for a size in KiB.
	cacheKiB = "-32768"
	// readers is how many reads run at once.
	readers = 4
)

// Store is the ledger in a file, open for writing.
type Store struct {
	*Reader
	writer *writer
	lock   *flock.Flock
}

var _ ledger.Store = (*Store)(nil)

// Open opens the ledger at path for writing and makes it if there is none. It
// brings older tables up to date and refuses newer ones. It returns [ErrLocked]
// while another process has it open for writing.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, err
	}
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	store, err := openLocked(ctx, path)
	if err != nil {
		return nil, errors.Join(err, held.Unlock())
	}
	store.lock = held
	return store, nil
}

func openLocked(ctx context.Context, path string) (*Store, error) {
	if err := private(path); err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", address(path, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_foreign_keys": {"on"},
		"_pragma": {"wal_autocheckpoint(" + walPages + ")", "journal_size_limit(" + walBytes + ")"},
	}))
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	checkpointer, err := newCheckpointer(ctx, path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger %s: %w", path, err), db.Close())
	}
	writer, err := newWriter(ctx, db, checkpointer)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger %s: %w", path, err), checkpointer.close(), db.Close())
	}
	reader, err := newReader(ctx, path, url.Values{"mode": {"ro"}})
	if err != nil {
		return nil, errors.Join(err, writer.close())
	}
	return &Store{Reader: reader, writer: writer}, nil
}

// Close ends reading and writing, completes the file and frees the lock.
func (s *Store) Close() error {
	// The writer comes after the readers: the last connection to close is the
	// one that empties the write-ahead log.
	return errors.Join(s.Reader.Close(), s.writer.close(), s.lock.Unlock())
}

// Append implements [ledger.Store]. The batch is committed as a whole even if
// the context ends meanwhile.
func (s *Store) Append(ctx context.Context, batch *ledger.Batch) error {
	return s.writer.append(context.WithoutCancel(ctx), batch)
}

// private makes the file, if there is none, so that only its owner reads it:
// balances are nobody else's business. SQLite gives its other files the same
// permissions.
func private(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// resolve makes path absolute and follows links, so that one ledger has one
// lock, however it is called.
func resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open the ledger %s: %w", path, err)
	}
	if target, err := filepath.EvalSymlinks(absolute); err == nil {
		return target, nil
	}
	// A file that is still to be made: follow the links on the way to it.
	dir, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("open the ledger %s: there is no directory %s", path, filepath.Dir(absolute))
	}
	if err != nil {
		return "", fmt.Errorf("open the ledger %s: %w", path, err)
	}
	return filepath.Join(dir, filepath.Base(absolute)), nil
}

// address is the driver's name for the file at path with its parameters.
func address(path string, parameters url.Values) string {
	parameters.Set("_busy_timeout", busyMillis)
	parameters.Set("_dqs", "0")
	parameters.Add("_pragma", "cache_size("+cacheKiB+")")
	return (&url.URL{Scheme: "file", Path: path, RawQuery: parameters.Encode()}).String()
}

// keepWAL keeps "-wal" and "-shm" when the last connection closes. A reader
// then never has to make them: files made by an audit that another user runs
// would lock the manager out.
func keepWAL(conn *sql.Conn) error {
	return conn.Raw(func(driver any) error {
		_, err := driver.(sqlite.FileControl).FileControlPersistWAL("main", 1)
		return err
	})
}
