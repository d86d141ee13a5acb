// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
	"golang.org/x/sync/errgroup"
)

const (
	// profiledSlices is how many slices' worth of top-ups a profile covers: a
	// sampling profile needs some seconds to mean anything.
	profiledSlices = 4
	// profileMargin is for the wait until the servers are idle. A process that
	// waits adds no samples.
	profileMargin = 2 * time.Second

	topFunctions = 25
	topPackages  = 20
)

// profile runs one more slice with the manager, several times as long, and
// prints where the manager's and the API server's processor time went.
func (mm *measurement) profile(ctx context.Context, perSecond float64) (err error) {
	m, err := startManager(ctx, mm.opts.manager, mm.cluster, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()

	count := profiledSlices * mm.opts.slice
	length := profileMargin + time.Duration(float64(count)/perSecond*float64(time.Second))
	managerPath, serverPath := mm.profilePath("manager"), mm.profilePath("kube-apiserver")
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return fetchProfile(groupCtx, http.DefaultClient, "http://"+m.profiler, length, managerPath)
	})
	group.Go(func() error {
		return fetchProfile(groupCtx, mm.cluster.http, mm.cluster.config.Host, length, serverPath)
	})
	group.Go(func() error {
		_, err := mm.managed(groupCtx, m, count)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return errors.Join(printProfile(ctx, "the manager", managerPath), printProfile(ctx, "kube-apiserver", serverPath))
}

func (mm *measurement) profilePath(program string) string {
	return filepath.Join(mm.opts.state, fmt.Sprintf("%s-%d-accounts.pprof", program, mm.accounts))
}

// fetchProfile has the server at base sample its processor time for that long,
// and stores the profile.
func fetchProfile(ctx context.Context, c *http.Client, base string, length time.Duration, path string) (err error) {
	url := fmt.Sprintf("%s/debug/pprof/profile?seconds=%.0f", base, math.Ceil(length.Seconds()))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}

// printProfile prints the profile twice: by the package that the time was spent
// for, and by function as go tool pprof does.
func printProfile(ctx context.Context, title, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	p, err := profile.Parse(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Printf("\n  Where %s's processor time went (%s), by package:\n", title, path)
	byPackage, total := spentFor(p)
	packages := slices.SortedFunc(maps.Keys(byPackage), func(a, b string) int {
		return cmp.Or(cmp.Compare(byPackage[b], byPackage[a]), cmp.Compare(a, b))
	})
	for _, name := range packages[:min(topPackages, len(packages))] {
		fmt.Printf("  %5.1f %%  %s\n", 100*float64(byPackage[name])/float64(total), name)
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", topFunctions), path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w: %s", err, out)
	}
	fmt.Printf("\n  and by function:\n%s", out)
	return nil
}

// spentFor divides a profile's time among packages. Time in the standard
// library and the runtime counts for the package of a module that called it,
// as it is that one which could ask for less; what nobody called, such as
// garbage collection, counts for the function that it began with.
func spentFor(p *profile.Profile) (byPackage map[string]int64, total int64) {
	byPackage = make(map[string]int64)
	for _, sample := range p.Sample {
		// The last value is nanoseconds, the one before it a count of samples.
		spent := sample.Value[len(sample.Value)-1]
		byPackage[callerOf(sample)] += spent
		total += spent
	}
	return byPackage, total
}

func callerOf(sample *profile.Sample) string {
	first := "unknown"
	// Locations and their lines go from the callee to its callers.
	for _, location := range sample.Location {
		for _, line := range location.Line {
			// A hash or a comparison that the compiler made belongs to its caller.
			if line.Function == nil || strings.HasPrefix(line.Function.Name, "type:.") {
				continue
			}
			first = line.Function.Name
			if name := packageOf(first); strings.Contains(strings.Split(name, "/")[0], ".") {
				return name
			}
		}
	}
	return first
}

// packageOf cuts a function's symbol down to the path of its package.
func packageOf(function string) string {
	// Type arguments hold paths of their own.
	path, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndexByte(path, '/') + 1
	name, _, _ := strings.Cut(path[slash:], ".")
	return path[:slash] + name
}
