// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// childVariable makes the test binary a process that commits.
const childVariable = "PREPAY_FAULTS_CHILD"

// How a child ends that is not killed.
const (
	exitDone = iota
	exitFailed
	exitFenced
)

// errand is what a child is to do.
type errand struct {
	URL      string
	Seed     uint64
	Accounts int
	// Commands are the numbers of the commands to post, by so many Callers.
	Commands []int
	Callers  int
	// Step is where to die by one's own hand, at the At-th time.
	Step step
	At   int64
}

// answer is one line of what a child says: a caller was told this.
type answer struct {
	Command int
	Outcome ledger.Outcome
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// runChild does an errand, and returns how the process is to end.
func runChild() int {
	var e errand
	if err := json.NewDecoder(os.Stdin).Decode(&e); err != nil {
		return failed(err)
	}
	err := e.run(context.Background())
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, ledger.ErrFenced):
		return exitFenced
	default:
		return failed(err)
	}
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "child:", err)
	return exitFailed
}

func (e *errand) run(ctx context.Context) error {
	store, err := postgres.Open(ctx, e.URL, postgres.Options{})
	if err != nil {
		return err
	}
	// The next answer is the last one.
	var lastWord atomic.Bool
	reach := die
	if e.Step == afterFirstAnswer {
		reach = func() { lastWord.Store(true) }
	}
	c := committer.New(&stepped{Store: store, step: e.Step, at: e.At, reach: reach}, committer.Options{})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer cancel()
		ended <- c.Run(ctx)
	}()
	c.Open()
	l := newLoad(e.Seed, e.Accounts)
	var saying sync.Mutex
	out := json.NewEncoder(os.Stdout)
	l.each(len(e.Commands), e.Callers, func(i int) {
		n := e.Commands[i]
		for ctx.Err() == nil {
			outcome, err := c.Post(ctx, l.command(n))
			if err == nil {
				saying.Lock()
				defer saying.Unlock()
				_ = out.Encode(answer{Command: n, Outcome: outcome}) // a parent that is gone needs no answer
				if lastWord.Load() {
					die()
				}
				return
			}
			select {
			case <-time.After(patience):
			case <-ctx.Done():
			}
		}
	})
	cancel()
	return <-ended
}

// child is a process that does an errand.
type child struct {
	process *exec.Cmd
	// exited is closed when it is gone and all it said was read.
	exited chan struct{}
}

var errKilled = errors.New("the process that was asked is gone")

// delegate starts a child that posts some of the commands of the load. What its
// callers were told goes into the journal.
func (l *load) delegate(ctx context.Context, e errand) *child {
	GinkgoHelper()
	e.Seed, e.Accounts = l.Seed, l.Accounts
	input, err := json.Marshal(e)
	Expect(err).NotTo(HaveOccurred())
	self, err := os.Executable()
	Expect(err).NotTo(HaveOccurred())
	c := &child{process: exec.CommandContext(ctx, self), exited: make(chan struct{})}
	c.process.Env = append(os.Environ(), childVariable+"=1")
	c.process.Stdin, c.process.Stderr = bytes.NewReader(input), GinkgoWriter
	out, err := c.process.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(c.process.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = c.process.Process.Kill() // it may be gone
		<-c.exited
	})
	go func() {
		defer close(c.exited)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var told answer
			if json.Unmarshal(lines.Bytes(), &told) != nil {
				break // it was killed in the middle of a word
			}
			l.assignment(told.Command, told.Outcome)
		}
		_ = c.process.Wait() // its state tells
	}()
	return c
}

// signal sends a signal to the child.
func (c *child) signal(signal syscall.Signal) {
	GinkgoHelper()
	Expect(c.process.Process.Signal(signal)).To(Succeed())
}

// kill kills the child and returns when it is gone.
func (c *child) kill() {
	_ = c.process.Process.Kill() // it may be gone
	<-c.exited
}

// killed reports whether the child was killed, after it has exited.
func (c *child) killed() bool {
	status, ok := c.process.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func (c *child) exitCode() int { return c.process.ProcessState.ExitCode() }
