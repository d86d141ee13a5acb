// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
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
	etcd, apiServer, bench, manager time.Duration
}

func (u usage) minus(v usage) usage {
	return usage{etcd: u.etcd - v.etcd, apiServer: u.apiServer - v.apiServer, bench: u.bench - v.bench, manager: u.manager - v.manager}
}

func (u usage) total() time.Duration { return u.etcd + u.apiServer + u.bench + u.manager }

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
	u.bench, err = ownTime()
	return u, err
}

// processTime reads utime and stime of proc_pid_stat(5), to a hundredth of a
// second.
func processTime(pid int) (time.Duration, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The program's name, in parentheses, may itself hold spaces. After it come
	// fields 3 and up; utime is 14 and stime 15.
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has too few fields", pid)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
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
