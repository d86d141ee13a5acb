// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// node is a Patroni and the PostgreSQL that it looks after.
type node struct {
	cluster       *cluster
	name, dir     string
	address, rest string
	patroni       *process
	// frozen are the node's processes while they are stopped.
	frozen []int
	// silent is true while the node is killed or stopped.
	silent bool
}

func (n *node) data() string { return filepath.Join(n.dir, "data") }

// stopGrace is how long a server may take to end before it is killed.
const stopGrace = 10 * time.Second

// stop ends PostgreSQL in the one quick way that gives its shared memory back.
func (n *node) stop() error {
	if err := n.thaw(); err != nil {
		return err
	}
	if n.patroni != nil && n.patroni.lives() {
		if err := kill(n.patroni.pid); err != nil {
			return err
		}
		<-n.patroni.ended
	}
	postmaster, err := n.postmaster()
	if err != nil || postmaster == 0 {
		return err
	}
	if err := send([]int{postmaster}, syscall.SIGQUIT); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	for pause(ctx, pollEvery) {
		if left, err := n.postmaster(); err != nil || left == 0 {
			return err
		}
	}
	return kill(postmaster)
}

func (n *node) start() (err error) {
	n.patroni, err = n.cluster.account.start(n.dir, filepath.Join(n.dir, "patroni.log"),
		n.cluster.programs.patroni, filepath.Join(n.dir, "patroni.yml"))
	n.silent = err != nil
	return err
}

// postmaster is the process ID of the node's PostgreSQL, 0 if it does not run.
func (n *node) postmaster() (int, error) {
	content, err := os.ReadFile(filepath.Join(n.data(), "postmaster.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, err
	}
	// The file outlives a server that was killed, and the number may be another
	// process' by now.
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err != nil || dir != n.data() {
		return 0, nil //nolint:nilerr // there is no such process
	}
	return pid, nil
}

// roots are the node's processes that others descend from.
func (n *node) roots() ([]int, error) {
	var roots []int
	if n.patroni != nil && n.patroni.lives() {
		roots = append(roots, n.patroni.pid)
	}
	postmaster, err := n.postmaster()
	if postmaster != 0 {
		roots = append(roots, postmaster)
	}
	return roots, err
}

// kill kills Patroni and PostgreSQL together.
func (n *node) kill() error {
	roots, err := n.roots()
	if err != nil {
		return err
	}
	n.silent = true
	return kill(roots...)
}

// killServer kills PostgreSQL, and leaves Patroni to find out.
func (n *node) killServer() error {
	postmaster, err := n.postmaster()
	if err != nil || postmaster == 0 {
		return errors.Join(err, fmt.Errorf("%s: PostgreSQL does not run", n.name))
	}
	return kill(postmaster)
}

// freeze stops Patroni and PostgreSQL together, until thaw.
func (n *node) freeze() error {
	roots, err := n.roots()
	if err != nil {
		return err
	}
	n.silent = true
	n.frozen, err = freeze(roots...)
	return err
}

func (n *node) thaw() error {
	frozen := n.frozen
	n.silent, n.frozen = false, nil
	return send(frozen, syscall.SIGCONT)
}
