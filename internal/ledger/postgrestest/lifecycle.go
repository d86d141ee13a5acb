// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Kill ends every process of the server by SIGKILL, as a power cut would end
// them, and returns when all are gone. It is no error if it does not run.
func (s *Server) Kill() error {
	if err := s.ours("killed"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kill()
}

// Shutdown stops the server as its owner would: sessions are ended, a checkpoint
// is written. Its data stays, for Restart.
func (s *Server) Shutdown() error {
	if err := s.ours("shut down"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shutdown()
}

// Restart starts the server again on the same port after Kill or Shutdown, and
// waits until it takes connections. One that runs is shut down first.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.ours("restarted"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("the PostgreSQL server was stopped for good: Shutdown keeps it for Restart")
	}
	if err := s.shutdown(); err != nil {
		return err
	}
	return s.start(ctx)
}

// Pause stops every process of the server where it is (SIGSTOP), until Resume:
// connections stay open and nothing answers.
func (s *Server) Pause() error { return s.signalAll("paused", syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.signalAll("resumed", syscall.SIGCONT) }

func (s *Server) signalAll(what string, signal syscall.Signal) error {
	if err := s.ours(what); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return fmt.Errorf("the PostgreSQL server on port %d does not run and cannot be %s", s.port, what)
	}
	return s.signal(signal)
}

// Stop shuts the server down, if it runs, for good, and removes its directory, if
// that is a temporary one. It may be called twice. A server that was there before
// (TEST_POSTGRES_URL) goes on.
func (s *Server) Stop() error {
	if s.external != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	err := s.shutdown()
	if s.options.Dir == "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return errors.Join(err, s.lock.Close())
}

// ours says that a server which was there before is not to be tampered with.
func (s *Server) ours(what string) error {
	if s.external == nil {
		return nil
	}
	return fmt.Errorf("the PostgreSQL server of %s cannot be %s: this needs a server that was started here", urlVariable, what)
}
