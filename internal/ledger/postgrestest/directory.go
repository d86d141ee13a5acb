// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// prefix begins the names of the temporary directories.
const prefix = "prepay-postgres-"

// temporaryDir makes a directory for a server and a lock in it that this process
// holds. It first removes those whose process has died without Stop: a lock ends
// with its process.
func temporaryDir() (dir string, lock *os.File, err error) {
	abandoned, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return "", nil, err
	}
	for _, dir := range abandoned {
		// Only one that is complete: another process may be making it now.
		if lock, err := lockDir(dir, os.O_RDWR); err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
	for {
		dir, err := os.MkdirTemp("", prefix)
		if err != nil {
			return "", nil, err
		}
		if lock, err = lockDir(dir, os.O_RDWR|os.O_CREATE); err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
			return "", nil, errors.Join(err, os.RemoveAll(dir))
		}
		// Another process may have taken it for abandoned before the lock was.
		if err == nil {
			if _, err := os.Stat(lockPath(dir)); err == nil {
				return dir, lock, nil
			}
			_ = lock.Close()
		}
	}
}

// keptDir makes a directory that stays, where it is not there yet, and locks it.
func keptDir(path string) (dir string, lock *os.File, err error) {
	if dir, err = filepath.Abs(path); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	lock, err = lockDir(dir, os.O_RDWR|os.O_CREATE)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return "", nil, fmt.Errorf("the PostgreSQL server in %s is in use by another process: end that one first", dir)
	}
	return dir, lock, err
}

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

func lockDir(dir string, flag int) (*os.File, error) {
	lock, err := os.OpenFile(lockPath(dir), flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// The lines of the file that a running server keeps in its data directory.
const (
	pidLine    = 0
	memoryLine = 6 // the key and the id of its shared memory
	stateLine  = 7
)

// pidFile returns the lines of that file, none where there is no file.
func (s *Server) pidFile() []string {
	content, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(content), "\n")
}

// releaseMemory gives back the shared memory of a server that has just been
// killed: the file that names it is removed only by a clean end.
func (s *Server) releaseMemory() error {
	lines := s.pidFile()
	if len(lines) <= memoryLine {
		return nil
	}
	var key, id uint32
	if _, err := fmt.Sscan(lines[memoryLine], &key, &id); err != nil {
		return fmt.Errorf("the shared memory in postmaster.pid is %q: %w", lines[memoryLine], err)
	}
	const remove = 0 // IPC_RMID
	if _, _, errno := syscall.Syscall(syscall.SYS_SHMCTL, uintptr(id), remove, 0); errno != 0 && errno != syscall.EINVAL {
		return errno
	}
	return nil
}
