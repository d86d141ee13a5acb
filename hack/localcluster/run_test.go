// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestACancelledCommandEndsCleanly(t *testing.T) {
	c := &cluster{dir: t.TempDir(), out: io.Discard}
	ready := filepath.Join(c.dir, "ready")
	if err := syscall.Mkfifo(ready, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(asCommand, ready)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.foreground(ctx, os.Args[:1]) }()
	if _, err := os.ReadFile(ready); err != nil { // blocks until the command has written it
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("foreground: %v", err)
	}
}

func TestTheCommandsFailureIsReported(t *testing.T) {
	c := &cluster{dir: t.TempDir(), out: io.Discard}
	err := c.foreground(t.Context(), []string{"/bin/sh", "-c", "exit 7"})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("foreground: %v; want exit status 7", err)
	}
}
