// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	// ticksPerSecond is USER_HZ, in which /proc reports: 100 on every
	// architecture that Go supports on Linux.
	ticksPerSecond = 100

	settleTimeout = time.Minute
	settlePoll    = 300 * time.Millisecond
	// settledBelow is the processor time in settlePoll below which the servers
	// count as idle; at rest they use a hundredth of a core or two.
	settledBelow = 20 * time.Millisecond
)

// usage is the processor time, user and system, that each process has used.
type usage struct {
	etcd, apiServer, bench, manager, store time.Duration
}

func (u usage) minus(v usage) usage {
	return usage{
		etcd: u.etcd - v.etcd, apiServer: u.apiServer - v.apiServer, bench: u.bench - v.bench,
		manager: u.manager - v.manager, store: u.store - v.store,
	}
}

func (u usage) total() time.Duration {
	return u.etcd + u.apiServer + u.bench + u.manager + u.store
}

// usageOf reads the processes' own accounting. The manager may be nil: stopped.
func usageOf(c *cluster, m *manager) (u usage, err error) {
	if u.etcd, err = processTime(c.etcd); err != nil {
		return usage{}, err
	}
	if u.apiServer, err = processTime(c.apiServer); err != nil {
		return usage{}, err
	}
	if m != nil {
		if u.manager, err = processTime(m.pid()); err != nil {
			return usage{}, err
		}
	}
	if u.store, err = c.ledger.used(); err != nil {
		return usage{}, err
	}
	u.bench, err = ownTime()
	return u, err
}

// processTime is the processor time of a process, to a hundredth of a second.
func processTime(pid int) (time.Duration, error) {
	s, err := statOf(pid)
	return s.used, err
}

// stat is what the bench reads of proc_pid_stat(5).
type stat struct {
	parent int
	// used is utime and stime, and usedByEnded that of the children that have
	// ended.
	used, usedByEnded time.Duration
}

// statOf reads a process's own accounting. The error is fs.ErrNotExist if there
// is none of that number.
func statOf(pid int) (s stat, err error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	content, err := os.ReadFile(path)
	if errors.Is(err, syscall.ESRCH) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return stat{}, err
	}
	// The program's name, in parentheses, may itself hold spaces. After it come
	// fields 3 and up; 4 is the parent, 14 to 17 are the times.
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("%s has too few fields", path)
	}
	if s.parent, err = strconv.Atoi(string(fields[1])); err != nil {
		return stat{}, fmt.Errorf("%s: %w", path, err)
	}
	var times [4]time.Duration
	for i, field := range fields[11:15] {
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("%s: %w", path, err)
		}
		times[i] = time.Duration(ticks) * time.Second / ticksPerSecond
	}
	s.used, s.usedByEnded = times[0]+times[1], times[2]+times[3]
	return s, nil
}

func ownTime() (time.Duration, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0, err
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), nil
}

// settle waits until the servers, and the manager if it runs, are idle, so that
// no slice pays for what another has left behind.
func settle(ctx context.Context, c *cluster, m *manager) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	tick := time.NewTicker(settlePoll)
	defer tick.Stop()
	before, err := usageOf(c, m)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the servers to be idle: %w", ctx.Err())
		case <-tick.C:
		}
		now, err := usageOf(c, m)
		if err != nil {
			return err
		}
		if used := now.minus(before); used.total()-used.bench <= settledBelow {
			return nil
		}
		before = now
	}
}
