// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// loaded collects the accounts that are loaded.
func (r *rig) loaded() func() []ledger.ID {
	var mu sync.Mutex
	var accounts []ledger.ID
	r.store.OnLoad(func(_ context.Context, what ledger.Request) error {
		mu.Lock()
		defer mu.Unlock()
		accounts = append(accounts, what.Accounts...)
		return nil
	})
	return func() []ledger.ID {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(accounts)
	}
}

func TestWhatIsKnownIsNotLoadedAgain(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	loaded := r.loaded()
	r.must(opening("alice"))
	r.must(topUp("one", "alice", 1))
	r.must(topUp("two", "alice", 1))
	outside := func(name string) ledger.ID { return ledger.ExternalID(scope, tenant, name) }
	r.Expect(loaded()).To(ConsistOf(account("alice"), outside("funding:cash"),
		outside("revenue:usage"), outside("breakage"), outside("grants")),
		"what ends by itself may be charged or lost, and what begins is granted")
}

// What is resolved is asked for no more, and would push out what is.
func TestAHoldThatIsResolvedIsNotKept(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.must(topUp("some", "alice", 100))
	hold := ledger.OperationKey(scope, tenant, "BalanceReservation", "call", "")
	of := func(role string, op ledger.Operation) ledger.Command {
		return ledger.Command{Key: ledger.HoldKey(hold, role), Scope: scope, Tenant: tenant, Operation: op}
	}
	r.must(of("reserve", ledger.Reserve{
		Hold: hold, From: ledger.Place{Account: account("alice")}, Amount: euros(5), For: 1000,
	}))
	r.must(of("charge", ledger.ChargeHold{Account: account("alice"), Hold: hold}))
	for i := range 3 { // as many batches as may still need it
		r.must(topUp(strconv.Itoa(i), "alice", 1))
	}
	var facts atomic.Int64
	r.store.OnLoad(func(_ context.Context, what ledger.Request) error {
		if slices.Contains(what.Facts, hold) {
			facts.Add(1)
		}
		return nil
	})
	late, err := r.Post(context.Background(), of("release", ledger.ReleaseHold{Account: account("alice"), Hold: hold}))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(late.Code).To(Equal(ledger.HoldClosed))
	r.Expect(facts.Load()).To(BeEquivalentTo(1))
}

func TestWhatWasNotNeededForLongIsEvicted(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1})
	r.must(opening("alice"))
	for i := range 3 {
		r.must(opening("other" + strconv.Itoa(i)))
	}
	loaded := r.loaded()
	r.must(topUp("one", "alice", 1))
	r.Expect(loaded()).To(ContainElement(account("alice")))
	r.Expect(r.credit("alice")).To(Equal(int64(1)))
}

func TestWhatIsKeptInMemoryIsBounded(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 20})
	for i := range 200 {
		r.must(opening(strconv.Itoa(i)))
		r.must(topUp(strconv.Itoa(i), strconv.Itoa(i), 1))
	}
	r.Expect(r.Known()).To(BeNumerically("<=", 20))
	r.Expect(r.Known()).To(BeNumerically(">", 10))
}

// A process that starts again is asked first for what it has already done.
func TestReplaysAloneKeepNothing(t *testing.T) {
	memory := ledgertest.NewMemory()
	first := start(t, memory, committer.Options{})
	for i := range 200 {
		first.must(opening(strconv.Itoa(i)))
		first.must(topUp(strconv.Itoa(i), strconv.Itoa(i), 1))
	}
	first.stop()
	first.Eventually(first.ended).Should(Receive(BeNil()))

	r := start(t, memory, committer.Options{CacheLimit: 20})
	replay := func(i int) {
		r.Expect(r.must(topUp(strconv.Itoa(i), strconv.Itoa(i), 1)).Replayed).To(BeTrue())
	}
	for i := range 200 {
		replay(i)
	}
	// The needs of the two newest batches are kept, however many they are.
	next := 0
	r.Eventually(func() int {
		replay(next % 200)
		next++
		return r.Marked()
	}).Should(BeNumerically("<=", 20))
	r.Expect(r.Known()).To(BeNumerically("<=", 20))
	r.Expect(r.store.Appends()).To(BeZero())
	// What was read for the replays serves the commands after them.
	r.must(topUp("new", "199", 1))
	r.Expect(r.credit("199")).To(Equal(int64(2)))
	r.chained()
}

// Many accounts take part in many batches at once while next to nothing may be
// kept: whatever is evicted too early, or loaded too late, breaks a balance.
func TestMoneyIsRightWithAlmostNoCache(t *testing.T) {
	const accounts, transfers = 40, 4000
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 2, MaxBatch: 7})
	name := func(i int) string { return fmt.Sprintf("a%d", i%accounts) }
	for i := range accounts {
		r.must(opening(name(i)))
		r.must(topUp("funds-"+name(i), name(i), 1000))
	}
	want := make([]int64, accounts)
	for i := range want {
		want[i] = 1000
	}
	var mu sync.Mutex
	var posts sync.WaitGroup
	for worker := range 32 {
		posts.Go(func() {
			for i := worker; i < transfers; i += 32 {
				from, to := i*7, i*13+1
				if name(from) == name(to) {
					continue
				}
				outcome, err := r.Post(context.Background(), transfer(strconv.Itoa(i), name(from), name(to), 100))
				if err != nil {
					t.Error(err)
				}
				if outcome.Status == ledger.Accepted {
					mu.Lock()
					want[from%accounts] -= 100
					want[to%accounts] += 100
					mu.Unlock()
				}
			}
		})
	}
	posts.Wait()
	for i := range accounts {
		r.Expect(r.credit(name(i))).To(Equal(want[i]), name(i))
		r.Expect(want[i]).To(BeNumerically(">=", 0))
	}
	r.chained()
	r.Expect(r.alerts.list()).To(BeEmpty())
}
