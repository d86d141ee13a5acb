// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// These make the test binary stand in for another program.
const (
	// asServer: live until a signal ends it.
	asServer = "LOCALCLUSTER_TEST_SERVER"
	// asCommand: write to the named pipe, then exit 0 after SIGTERM.
	asCommand = "LOCALCLUSTER_TEST_COMMAND"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		// Not `select {}`: the runtime would call that a deadlock.
		never := make(chan os.Signal, 1)
		signal.Notify(never, syscall.SIGUSR1)
		<-never
	}
	if pipe := os.Getenv(asCommand); pipe != "" {
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		if err := os.WriteFile(pipe, []byte("ready\n"), 0o600); err != nil {
			panic(err)
		}
		<-terminated
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func startServer(t *testing.T) (server, <-chan error) {
	t.Helper()
	t.Setenv(asServer, "1")
	s := server{name: "server", dir: t.TempDir()}
	exited, err := s.start(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s, exited
}

func mustRun(t *testing.T, s server, want bool) {
	t.Helper()
	if got, err := s.running(); err != nil || got != want {
		t.Fatalf("running() = %v, %v; want %v", got, err, want)
	}
}

func TestAServerRunsUntilItIsStopped(t *testing.T) {
	s, exited := startServer(t)
	mustRun(t, s, true)
	if stopped, err := s.stop(); err != nil || !stopped {
		t.Fatalf("stop() = %v, %v; want true", stopped, err)
	}
	if err := <-exited; !endedBy(err, syscall.SIGTERM) {
		t.Errorf("the server ended with %v, not by SIGTERM", err)
	}
	mustRun(t, s, false)
	if stopped, err := s.stop(); err != nil || stopped {
		t.Errorf("a second stop() = %v, %v; want false", stopped, err)
	}
}

func TestAKilledServerIsKnownToBeGone(t *testing.T) {
	s, exited := startServer(t)
	process, err := s.lock().holder()
	if err != nil || process == nil {
		t.Fatalf("holder() = %v, %v", process, err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-exited; !endedBy(err, syscall.SIGKILL) {
		t.Errorf("the server ended with %v, not by SIGKILL", err)
	}
	mustRun(t, s, false)
}

func TestAServerIsNotStartedTwice(t *testing.T) {
	s, _ := startServer(t)
	if _, err := s.start(os.Args[0]); err == nil {
		t.Error("a second start succeeded")
	}
}

func TestAStalePIDFileOfAStrangerIsLeftAlone(t *testing.T) {
	stranger := exec.Command(os.Args[0])
	stranger.Env = append(os.Environ(), asServer+"=1")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	s := server{name: "server", dir: t.TempDir()}
	content := strconv.Itoa(stranger.Process.Pid)
	if err := os.WriteFile(string(s.lock()), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, s, false)
	if stopped, err := s.stop(); err != nil || stopped {
		t.Errorf("stop() = %v, %v; want false", stopped, err)
	}
	if err := stranger.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Wait(); !endedBy(err, syscall.SIGKILL) {
		t.Errorf("the stranger ended with %v, not by this test", err)
	}
}

func TestRemoveDeletesTheLedgerWithTheClusterAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"etcd/member", "pki/ca.crt", "kubeconfig", "ledger.db", "ledger.db-wal", "demo/ledger.db", "notes"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &cluster{dir: dir, out: io.Discard}
	if err := c.down(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range left {
		names = append(names, filepath.Base(path))
	}
	if got, want := strings.Join(names, " "), "change.lock demo notes run.lock"; got != want {
		t.Errorf("left: %s; want: %s", got, want)
	}
}

func TestAClusterInUseIsNotRemoved(t *testing.T) {
	c := &cluster{dir: t.TempDir(), out: io.Discard}
	ledger := filepath.Join(c.dir, "ledger.db")
	if err := os.WriteFile(ledger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := c.use()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.down(); err == nil {
		t.Error("down() succeeded while another command uses the cluster")
	}
	if _, err := os.Stat(ledger); err != nil {
		t.Errorf("the ledger of a cluster in use: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.down(); err != nil {
		t.Errorf("down() after the use: %v", err)
	}
}
