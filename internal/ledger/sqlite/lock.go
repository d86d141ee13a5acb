// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// ErrLocked tells that another process writes to the ledger.
var ErrLocked = errors.New("in use by another manager")

// lock makes this process the one writer of the ledger at path. The lock file
// is never removed: a process that waits for a removed file and one that makes
// a new one would both hold a lock.
func lock(path string) (*flock.Flock, error) {
	file := flock.New(path + ".lock")
	taken, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the ledger %s: %w", path, err)
	}
	if !taken {
		return nil, fmt.Errorf("ledger %s is %w%s: one ledger has one writer; stop that one first",
			path, ErrLocked, holder(file.Path()))
	}
	if err := os.WriteFile(file.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the ledger %s: %w", path, err), file.Unlock())
	}
	return file, nil
}

// holder names the process in a lock file; the file may be empty while its
// holder is about to write to it.
func holder(lockPath string) string {
	content, err := os.ReadFile(lockPath)
	if err != nil || len(content) == 0 {
		return ""
	}
	return fmt.Sprintf(" (pid %s)", strings.TrimSpace(string(content)))
}
