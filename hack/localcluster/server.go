// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopGrace is how long a server may take to end after SIGTERM before it is
// killed. An API server would wait half a minute for open watches; what it has
// answered is in etcd, and what etcd has answered is on disk.
const stopGrace = 5 * time.Second

// server is a process that outlives the command that starts it.
type server struct {
	name string
	dir  string
}

func (s server) lock() lockFile  { return lockFile(filepath.Join(s.dir, s.name+".pid")) }
func (s server) logPath() string { return filepath.Join(s.dir, s.name+".log") }

// start runs the program in a session of its own, so that neither Ctrl-C nor a
// closed terminal reaches it. The channel gets the program's end while the
// caller lives.
func (s server) start(program string, args ...string) (<-chan error, error) {
	lock, err := s.lock().acquire()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	defer func() { _ = lock.Close() }()
	log, err := os.Create(s.logPath())
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()

	cmd := exec.Command(program, args...) //nolint:noctx // it outlives every context of this process
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// The child inherits the locked file and never closes it: the lock is held
	// for exactly as long as the child lives.
	cmd.ExtraFiles = []*os.File{lock}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.name, err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if err := writePID(lock, cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	return exited, nil
}

func (s server) running() (bool, error) { return s.lock().held() }

// stop ends the server, if it runs, and reports whether it did.
func (s server) stop() (bool, error) {
	process, err := s.lock().holder()
	if err != nil || process == nil {
		return false, err
	}
	defer func() { _ = process.Release() }()
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return false, fmt.Errorf("stopping %s (pid %d): %w", s.name, process.Pid, err)
		}
		lock, err := s.lock().await(stopGrace)
		if err == nil {
			return true, lock.Close()
		}
		if !errors.Is(err, errHeld) {
			return false, err
		}
	}
	return false, fmt.Errorf("%s (pid %d) does not end, even when killed", s.name, process.Pid)
}

// logTail returns the last lines of the server's log, for an error message.
func (s server) logTail() string {
	const maxLines = 15
	content, err := os.ReadFile(s.logPath())
	if errors.Is(err, fs.ErrNotExist) {
		return "(no log)"
	}
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-maxLines):], []byte("\n")))
}
