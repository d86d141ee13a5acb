// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	managerStartTimeout = time.Minute
	managerStopTimeout  = 30 * time.Second
)

// manager is a run of the manager's program, a process of its own as it is in
// production.
type manager struct {
	cmd *exec.Cmd
	log *os.File
	// end asks the process to end; exited is closed when it has.
	end    context.CancelFunc
	exited chan struct{}
	// profiler is the address of its net/http/pprof, empty if it has none.
	profiler string
	// ready is how long it took from the start of the process to being ready.
	ready time.Duration
}

// startManager starts the program against the cluster and its ledger, and
// returns when it says that it is ready.
func startManager(ctx context.Context, program string, c *cluster, profiled bool) (*manager, error) {
	health, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	m := &manager{exited: make(chan struct{})}
	args := append(c.ledger.flags(), "--ledger", c.ledger.location(), "--scope=default",
		"--metrics-bind-address=0", "--health-probe-bind-address", health)
	if profiled {
		if m.profiler, err = freeAddress(ctx); err != nil {
			return nil, err
		}
		args = append(args, "--pprof-bind-address", m.profiler)
	}
	m.log, err = os.OpenFile(filepath.Join(c.dir, "manager.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	running, end := context.WithCancel(ctx)
	m.end = end
	m.cmd = exec.CommandContext(running, program, args...)
	m.cmd.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig())
	m.cmd.Stdout, m.cmd.Stderr = m.log, m.log
	// A group of its own: the terminal's Ctrl-C would reach it beside our own
	// SIGTERM, and a second signal makes it give up its clean stop.
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	m.cmd.Cancel = func() error { return m.cmd.Process.Signal(syscall.SIGTERM) }
	m.cmd.WaitDelay = managerStopTimeout
	began := time.Now()
	if err := m.cmd.Start(); err != nil {
		end()
		return nil, errors.Join(err, m.log.Close())
	}
	go func() {
		defer close(m.exited)
		// How it ended is read from ProcessState: this error would also tell
		// that it was asked to.
		_ = m.cmd.Wait()
	}()
	if err := m.awaitReady(ctx, c, "http://"+health+"/readyz"); err != nil {
		return nil, errors.Join(err, m.stop())
	}
	m.ready = time.Since(began)
	return m, nil
}

// awaitReady waits until the manager says that it is ready, and is the active
// one: a standby is ready as well.
func (m *manager) awaitReady(ctx context.Context, c *cluster, url string) error {
	ctx, cancel := context.WithTimeout(ctx, managerStartTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the manager to be ready: %w; its log ends:\n%s", ctx.Err(), m.logTail())
		case <-m.exited:
			return m.endedByItself()
		case <-tick.C:
			active, err := c.ledger.elected(ctx, c)
			if err != nil {
				return err
			}
			if active && answersOK(ctx, url) {
				return nil
			}
		}
	}
}

// awaitEnd returns an error if the process ends before done is closed.
func (m *manager) awaitEnd(done <-chan struct{}) error {
	select {
	case <-m.exited:
		return m.endedByItself()
	case <-done:
		return nil
	}
}

func (m *manager) endedByItself() error {
	return fmt.Errorf("the manager ended by itself (%s); its log ends:\n%s", m.cmd.ProcessState, m.logTail())
}

func answersOK(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return errors.Join(response.Body.Close()) == nil && response.StatusCode == http.StatusOK
}

func (m *manager) pid() int { return m.cmd.Process.Pid }

// stop ends the process as Kubernetes would, with SIGTERM and, if it does not
// end in time, SIGKILL. Anything but a clean end is an error.
func (m *manager) stop() error {
	m.end()
	<-m.exited
	if !m.cmd.ProcessState.Success() {
		return errors.Join(fmt.Errorf("the manager ended badly (%s); its log ends:\n%s", m.cmd.ProcessState, m.logTail()), m.log.Close())
	}
	return m.log.Close()
}

func (m *manager) logTail() string {
	const maxLines = 15
	content, err := os.ReadFile(m.log.Name())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-maxLines):], []byte("\n")))
}

// freeAddress finds a port on loopback that nothing listens on at the moment.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
