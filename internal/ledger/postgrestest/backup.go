// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// Backup is a copy of a whole server's data as it was at one moment.
type Backup struct{ dir string }

// Backup makes a base backup of the running server (pg_basebackup, with the WAL
// that it needs), which goes on meanwhile. The copy lies in the server's
// directory.
func (s *Server) Backup(ctx context.Context) (*Backup, error) {
	if err := s.ours("backed up"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.dir, "backup-")
	if err != nil {
		return nil, err
	}
	b := &Backup{dir: dir}
	if err := errors.Join(s.own(dir), s.baseBackup(ctx, b.data(), "backup")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

func (b *Backup) data() string { return filepath.Join(b.dir, "data") }

// Restore shuts the server down, if it runs, puts a backup of it in the place of
// its data and starts it again on the same port: everything committed since the
// backup is gone, as after a restore by hand. A backup can be restored again.
func (s *Server) Restore(ctx context.Context, b *Backup) error {
	if err := s.ours("restored"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.shutdown(); err != nil {
		return err
	}
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	// Done by the server's user, whose the copy then is.
	if err := s.run(ctx, "cp", "-a", b.data(), s.data()); err != nil {
		return err
	}
	return s.start(ctx)
}
