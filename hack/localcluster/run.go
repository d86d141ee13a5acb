// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// commandGrace is how long the command may take to end after SIGTERM before it
// is killed: longer than a manager takes.
const commandGrace = 40 * time.Second

// use keeps other `run` and `down` commands away from this cluster until the
// file is closed.
func (c *cluster) use() (*os.File, error) {
	lock, err := lockFile(filepath.Join(c.dir, "run.lock")).acquire()
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("the cluster in %s is in use by another command: end that one first (Ctrl-C)", c.dir)
	}
	return lock, err
}

// run brings the cluster up, runs a command against it and stops the cluster
// when the command ends or ctx is cancelled. With fresh, it starts from an
// empty state.
func (c *cluster) run(ctx context.Context, fresh bool, command []string) (err error) {
	lock, err := c.use()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if fresh {
		if err := c.remove(); err != nil {
			return err
		}
	}
	if err := c.up(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	return c.foreground(ctx, command)
}

// foreground runs the command in a process group of its own and passes a
// cancellation on as one SIGTERM to the whole group. Left in this group, it
// would get the terminal's SIGINT as well, and a manager takes a second signal
// as an order to abandon its clean stop.
func (c *cluster) foreground(ctx context.Context, command []string) error {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // a cancelled context kills; this one is asked to stop
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	group := -cmd.Process.Pid
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	select {
	case err := <-exited:
		// What the command may have left behind must not outlive the cluster.
		_ = syscall.Kill(group, syscall.SIGTERM)
		return err
	case <-ctx.Done():
	}
	c.say("stopping ...")
	_ = syscall.Kill(group, syscall.SIGTERM)
	select {
	case err := <-exited:
		if endedBy(err, syscall.SIGTERM) {
			return nil
		}
		return err
	case <-time.After(commandGrace):
		_ = syscall.Kill(group, syscall.SIGKILL)
		return errors.Join(fmt.Errorf("%s did not end within %s and was killed", command[0], commandGrace), <-exited)
	}
}

func endedBy(err error, signal syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}
