// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

const (
	// A process whose resident memory has not fallen by memoryNoise for
	// memoryStill has given back what it gives back.
	memoryStill = 5 * time.Second
	memoryNoise = 256 << 10
	memoryLimit = 2 * time.Minute
	memoryPoll  = 250 * time.Millisecond
)

// memory is what a process holds, in bytes.
type memory struct {
	// untouched is what the kernel counts, VmRSS, as it is when the manager has
	// nothing more to do. It depends on when the last collection happened to be.
	untouched int64
	// resident is VmRSS once the garbage is collected and the runtime has given
	// back what it does not want to keep.
	resident int64
	// live is what a garbage collection leaves on the heap.
	live int64
}

// memoryOf collects a manager's garbage, waits until it has given back what it
// gives back by itself, and measures what is left. It must have a profiler. The
// profile of the heap is stored at path.
func memoryOf(ctx context.Context, m *manager, path string) (held memory, err error) {
	ctx, cancel := context.WithTimeout(ctx, memoryLimit)
	defer cancel()
	if held.untouched, err = settledResident(ctx, m); err != nil {
		return memory{}, err
	}
	// Twice: what finalizers and pools let go of, the second one finds.
	for range 2 {
		if held.live, err = m.heap(ctx, path); err != nil {
			return memory{}, err
		}
	}
	held.resident, err = settledResident(ctx, m)
	return held, err
}

// settledResident waits until a manager's resident memory falls no more.
func settledResident(ctx context.Context, m *manager) (int64, error) {
	lowest, err := residentOf(m.pid())
	if err != nil {
		return 0, err
	}
	tick := time.NewTicker(memoryPoll)
	defer tick.Stop()
	for fell := time.Now(); time.Since(fell) < memoryStill; {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("waiting for the manager's memory to stay as it is: %w", ctx.Err())
		case <-tick.C:
		}
		now, err := residentOf(m.pid())
		if err != nil {
			return 0, err
		}
		if now < lowest-memoryNoise {
			lowest, fell = now, time.Now()
		}
	}
	return residentOf(m.pid())
}

// heap has the manager collect its garbage, and returns how many bytes are live.
func (m *manager) heap(ctx context.Context, path string) (live int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.profiler+"/debug/pprof/heap?gc=1", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	content, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the heap's profile: %s: %s", response.Status, content)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return 0, err
	}
	p, err := profile.ParseData(content)
	if err != nil {
		return 0, err
	}
	// The last value of a sample is the bytes in use.
	for _, sample := range p.Sample {
		live += sample.Value[len(sample.Value)-1]
	}
	return live, nil
}

// residentOf reads VmRSS of proc_pid_status(5), in bytes.
func residentOf(pid int) (resident int64, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
}
