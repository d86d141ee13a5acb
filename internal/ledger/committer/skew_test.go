// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// differ gives the store a clock that is ahead of the committer's.
func (r *rig) differ(by time.Duration) {
	r.store.SetClock(func() time.Time { return r.clock.Now().Add(by) })
}

func TestNothingIsDecidedWhileTheStoresClockIsAnotherOne(t *testing.T) {
	const hour = time.Hour
	for name, c := range map[string]struct {
		by   time.Duration
		says string
	}{
		"behind this one":     {-hour, "it is 2026-03-01T12:00:00Z here, which is 1h0m0s ahead of 2026-03-01T11:00:00Z there"},
		"ahead of this one":   {hour, "it is 2026-03-01T12:00:00Z here, which is 1h0m0s behind 2026-03-01T13:00:00Z there"},
		"just too far behind": {-committer.MaxAhead - time.Microsecond, "5.000001s ahead of"},
		"just too far ahead":  {committer.MaxAhead + time.Microsecond, "5.000001s behind"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{})
			done := r.must(opening("alice"))
			head, appends := r.Head(), r.store.Appends()
			r.differ(c.by)
			for _, command := range []ledger.Command{topUp("one", "alice", 5), opening("bob"), claim("c"), opening("alice")} {
				outcome, err := r.Post(context.Background(), command)
				r.Expect(err).To(And(MatchError(ledger.ErrClockSkew), MatchError(ContainSubstring(c.says))))
				r.Expect(outcome).To(BeZero())
			}
			r.Expect(r.memory.Head(context.Background())).To(Equal(head))
			r.Expect(r.store.Appends()).To(Equal(appends))
			r.Expect(r.credit("alice")).To(BeZero(), "reading goes on")

			r.differ(0)
			r.must(topUp("one", "alice", 5))
			r.Expect(r.must(opening("alice"))).To(Equal(replayOf(done)))
			r.chained()
		})
	}
}

func TestClocksMayDifferALittle(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.differ(committer.MaxAhead)
	r.must(opening("alice"))
	r.differ(-committer.MaxAhead)
	r.must(topUp("one", "alice", 5))
}

// The store looked at its clock at some time while it was read.
func TestASlowStoreIsNotOneWithAnotherClock(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.store.SetClock(func() time.Time { return noon.Add(30 * time.Second) })
	r.store.OnLoad(func(context.Context, ledger.Request) error {
		r.clock.SetTime(noon.Add(time.Minute))
		return nil
	})
	r.must(opening("alice"))
}

func TestAClockThatJumpsBeforeABatchIsDecidedAgainStopsIt(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	head := r.Head()
	r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
		r.differ(-time.Hour)
		return ledgertest.Rejection
	})
	_, err := r.Post(context.Background(), topUp("one", "alice", 5))
	r.Expect(err).To(MatchError(ledger.ErrClockSkew))
	r.Expect(r.memory.Head(context.Background())).To(Equal(head))

	r.store.OnAppend(nil)
	r.differ(0)
	r.must(topUp("one", "alice", 5))
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestASkewIsLoggedOnce(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	log := funcr.New(func(_, args string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, args)
	}, funcr.Options{})
	r := start(t, ledgertest.NewMemory(), committer.Options{Log: log})
	r.must(opening("alice"))
	for _, by := range []time.Duration{time.Hour, -time.Hour, 0, 0, time.Hour} {
		r.differ(by)
		_, err := r.Post(context.Background(), topUp("one", "alice", 5))
		r.Expect(err != nil).To(Equal(by != 0))
	}
	mu.Lock()
	defer mu.Unlock()
	r.Expect(lines).To(HaveExactElements(
		ContainSubstring("until the clocks agree"), ContainSubstring("agree again"), ContainSubstring("until the clocks agree")))
}
