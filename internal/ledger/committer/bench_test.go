// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// BenchmarkPost posts top-ups over 100 accounts, each caller one after the
// other, as reconcilers do.
func BenchmarkPost(b *testing.B) {
	stores := map[string]func(*testing.B) ledger.Store{
		"memory": func(*testing.B) ledger.Store { return ledgertest.NewMemory() },
		"sqlite": func(b *testing.B) ledger.Store {
			store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "ledger.db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := store.Close(); err != nil {
					b.Error(err)
				}
			})
			return store
		},
	}
	for _, name := range []string{"memory", "sqlite"} {
		for _, callers := range []int{1, 64, 256, 2048} {
			b.Run(fmt.Sprintf("store=%s/callers=%d", name, callers), func(b *testing.B) {
				benchmarkPost(b, stores[name](b), callers)
			})
		}
	}
}

func benchmarkPost(b *testing.B, store ledger.Store, callers int) {
	const accounts = 100
	c := committer.New(store, committer.Options{})
	c.Open()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	defer running.Wait()
	defer stop()
	for i := range accounts {
		if outcome, err := c.Post(ctx, opening(strconv.Itoa(i))); err != nil || outcome.Status != ledger.Accepted {
			b.Fatal(outcome, err)
		}
	}
	commands := make([]ledger.Command, b.N)
	for i := range commands {
		commands[i] = topUp(strconv.Itoa(i), strconv.Itoa(i%accounts), 1)
	}
	before, used := c.Head().Sequence, processor()
	var next atomic.Int64
	var posts sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range callers {
		posts.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				if outcome, err := c.Post(ctx, commands[i]); err != nil || outcome.Status != ledger.Accepted {
					b.Error(outcome, err)
					return
				}
			}
		})
	}
	posts.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs/post")
	b.ReportMetric(float64(b.N)/float64(c.Head().Sequence-before), "posts/batch")
}

// processor is the time this process has used of all processors.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
