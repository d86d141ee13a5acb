// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// poll is how often something that no channel tells of is looked at.
	poll = 10 * time.Millisecond
	// stopGrace is how long a fast shutdown may take, its checkpoint included,
	// before the server is killed.
	stopGrace = time.Minute
	// goneGrace is how long killed processes may take to disappear.
	goneGrace = 30 * time.Second
)

// process is a running postmaster.
type process struct {
	pid  int
	done chan struct{} // closed when it has ended and has been reaped
}

// launch starts the postmaster.
func (s *Server) launch() (*process, error) {
	log, err := os.OpenFile(s.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data()) //nolint:noctx // it lives until it is stopped
	cmd.Dir, cmd.Env = s.dir, environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: s.account,
		// A terminal's Ctrl-C must not reach it before its user is gone.
		Setpgid: true,
		// An immediate shutdown ends the children too and gives the shared
		// memory back, which a SIGKILL would not.
		Pdeathsig: syscall.SIGQUIT,
	}
	started := make(chan error)
	p := &process{done: make(chan struct{})}
	go func() {
		// The kernel sends Pdeathsig when the thread that started the process
		// ends, so this thread is kept until then.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = log.Close()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			// How it ended is in its log.
			_ = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// start launches the server and waits until it takes connections.
func (s *Server) start(ctx context.Context) error {
	if s.process != nil {
		return fmt.Errorf("the PostgreSQL server on port %d runs already", s.port)
	}
	p, err := s.launch()
	if err != nil {
		return err
	}
	s.process = p
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for !s.ready() {
		select {
		case <-p.done:
			s.process = nil
			return fmt.Errorf("PostgreSQL did not start:\n%s", s.logTail())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for PostgreSQL to start: %w; its log:\n%s", ctx.Err(), s.logTail()), s.kill())
		case <-ticker.C:
		}
	}
	conn, err := pgx.Connect(ctx, s.URL(maintenance))
	if err != nil {
		return errors.Join(fmt.Errorf("connecting to PostgreSQL: %w; its log:\n%s", err, s.logTail()), s.kill())
	}
	return conn.Close(ctx)
}

// ready reports whether the server takes connections, as it says in the file
// that it keeps. Asking the port could be answered by another server.
func (s *Server) ready() bool {
	lines := s.pidFile()
	return len(lines) > stateLine && lines[pidLine] == strconv.Itoa(s.process.pid) && strings.TrimSpace(lines[stateLine]) == "ready"
}

// shutdown ends the server by a fast shutdown, if it runs: sessions are ended,
// what they have not committed is rolled back, a checkpoint is written.
func (s *Server) shutdown() error {
	if s.process == nil {
		return nil
	}
	if err := s.signal(syscall.SIGCONT); err != nil {
		return err
	}
	if err := syscall.Kill(s.process.pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-s.process.done:
		s.process = nil
		return nil
	case <-grace.C:
		return errors.Join(fmt.Errorf("PostgreSQL did not stop within %s and was killed; its log:\n%s", stopGrace, s.logTail()), s.kill())
	}
}

// kill ends every process of the server by SIGKILL, waits until all are gone and
// gives their shared memory back, which would otherwise stay for good.
func (s *Server) kill() error {
	if s.process == nil {
		return nil
	}
	// Stopped, the postmaster makes no further child that would be missed.
	if err := syscall.Kill(s.process.pid, syscall.SIGSTOP); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	pids, err := descendants(s.process.pid)
	if err != nil {
		return err
	}
	for _, pid := range append(pids, s.process.pid) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	if err := gone(pids); err != nil {
		return err
	}
	<-s.process.done
	s.process = nil
	return s.releaseMemory()
}

// gone waits until there are no such processes.
func gone(pids []int) error {
	deadline := time.NewTimer(goneGrace)
	defer deadline.Stop()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		alive := slices.ContainsFunc(pids, func(pid int) bool {
			parent, state := status(pid)
			return parent != 0 && state != "Z"
		})
		if !alive {
			return nil
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("processes of the killed PostgreSQL are still there after %s", goneGrace)
		case <-ticker.C:
		}
	}
}

// signal sends a signal to every process of the server: the postmaster first,
// which when stopped makes no further child.
func (s *Server) signal(signal syscall.Signal) error {
	if err := syscall.Kill(s.process.pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	pids, err := descendants(s.process.pid)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// descendants returns the children of a process, their children and so on.
// PostgreSQL gives each child a session of its own, so that no process group
// has them all.
func descendants(root int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if parent, _ := status(pid); parent != 0 {
			children[parent] = append(children[parent], pid)
		}
	}
	found := children[root]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found, nil
}

// status returns the parent of a process and its state's letter, Z for one that
// has ended and is not yet reaped; 0 where there is no such process.
func status(pid int) (parent int, state string) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, ""
	}
	// The name before the last parenthesis may contain anything.
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	if len(fields) < 2 {
		return 0, ""
	}
	parent, err = strconv.Atoi(fields[1])
	if err != nil {
		return 0, ""
	}
	return parent, fields[0]
}

// logTail returns the last lines of the server's log, for an error message.
func (s *Server) logTail() string {
	const maxLines = 15
	content, err := os.ReadFile(s.logPath())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-maxLines):], []byte("\n")))
}
