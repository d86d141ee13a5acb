// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("the lock is held by another process")

// lockFile names a file whose flock(2) says that a process lives. The kernel
// drops the lock when its last holder exits, however it exits, so unlike a pid
// file it is never stale. The file's content is the holder's pid.
type lockFile string

// acquire takes the lock, or returns errHeld. Closing the file gives it back,
// unless a child process has inherited it.
func (l lockFile) acquire() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(string(l)), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(string(l), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, fmt.Errorf("locking %s: %w", l, err)
	}
	return file, nil
}

// await takes the lock as soon as its holder gives it back, or returns errHeld
// after the timeout.
func (l lockFile) await(timeout time.Duration) (*os.File, error) {
	for deadline := time.Now().Add(timeout); ; time.Sleep(20 * time.Millisecond) {
		file, err := l.acquire()
		if !errors.Is(err, errHeld) || time.Now().After(deadline) {
			return file, err
		}
	}
}

// held reports whether a process holds the lock now.
func (l lockFile) held() (bool, error) {
	if _, err := os.Stat(string(l)); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	file, err := l.acquire()
	if errors.Is(err, errHeld) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, file.Close()
}

// holder returns the process that holds the lock, or nil if none does.
func (l lockFile) holder() (*os.Process, error) {
	if held, err := l.held(); err != nil || !held {
		return nil, err
	}
	content, err := os.ReadFile(string(l))
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return nil, fmt.Errorf("%s is held, but names no process: %w", l, err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil, err
	}
	// The lock is looked at again now that the process is pinned by a handle
	// (a pidfd on Linux): had the holder exited before, the pid could by now
	// belong to a stranger.
	if held, err := l.held(); err != nil || !held {
		return nil, errors.Join(err, process.Release())
	}
	return process, nil
}

func writePID(file *os.File, pid int) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(pid)+"\n"), 0)
	return err
}
