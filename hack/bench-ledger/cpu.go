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

// ticksPerSecond is USER_HZ, in which /proc reports: 100 on every architecture
// that Go supports on Linux.
const ticksPerSecond = 100

// usage is what was used so far.
type usage struct {
	// server is the processor time of PostgreSQL, all its processes together;
	// client is that of this one, and so of SQLite too.
	server, client time.Duration
	// wal is in bytes, checkpoints counts those that were begun.
	wal, checkpoints int64
}

func (u usage) minus(v usage) usage {
	return usage{u.server - v.server, u.client - v.client, u.wal - v.wal, u.checkpoints - v.checkpoints}
}

func (u usage) plus(v usage) usage {
	return usage{u.server + v.server, u.client + v.client, u.wal + v.wal, u.checkpoints + v.checkpoints}
}

// used reads what this process and the server, if there is one, have used.
func used(ctx context.Context, s *server) (u usage, err error) {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		return usage{}, err
	}
	u.client = time.Duration(self.Utime.Nano() + self.Stime.Nano())
	if s == nil {
		return u, nil
	}
	if u.wal, u.checkpoints, err = s.wal(ctx); err != nil {
		return usage{}, err
	}
	u.server, err = familyTime(s.pid)
	return u, err
}

// familyTime is the processor time of a process, of its children, and of its
// children that have ended.
func familyTime(pid int) (time.Duration, error) {
	root, err := processStat(pid)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	ticks := root.own + root.ended
	for _, entry := range entries {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue // no process
		}
		if stat, err := processStat(child); err == nil && stat.parent == pid {
			ticks += stat.own + stat.ended
		}
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// stat is what proc_pid_stat(5) tells: the parent, and utime and stime of the
// process and of its children that were waited for, in ticks.
type stat struct {
	parent     int
	own, ended int64
}

func processStat(pid int) (stat, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	content, err := os.ReadFile(path)
	if err != nil {
		return stat{}, err
	}
	return parseStat(path, content)
}

func parseStat(path string, content []byte) (stat, error) {
	// The program's name, in parentheses, may itself hold spaces. After it come
	// fields 3 and up; the parent is 4, the times are 14 to 17.
	fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("%s has too few fields", path)
	}
	var numbers [5]int64
	for i, field := range [5]int{1, 11, 12, 13, 14} {
		n, err := strconv.ParseInt(string(fields[field]), 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("%s: %w", path, err)
		}
		numbers[i] = n
	}
	return stat{parent: int(numbers[0]), own: numbers[1] + numbers[2], ended: numbers[3] + numbers[4]}, nil
}
