// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// flaky fails a fifth of all calls, in every way there is.
type flaky struct {
	mu     sync.Mutex
	random *rand.Rand
	faults map[ledgertest.Fault]int
}

func (f *flaky) append(*ledger.Batch) ledgertest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.IntN(5) > 0 {
		return ledgertest.None
	}
	fault := []ledgertest.Fault{
		ledgertest.Lost, ledgertest.LostReply, ledgertest.LateCommit, ledgertest.Rejection,
	}[f.random.IntN(4)]
	f.faults[fault]++
	return fault
}

func (f *flaky) load(context.Context, ledger.Request) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.IntN(20) > 0 {
		return nil
	}
	return ledgertest.ErrCut
}

// 10,000 top-ups by 64 callers, each of which asks again until it is answered,
// over a store that loses requests and replies: none is lost, none is doubled.
func TestNothingIsLostOrDoubledUnderFaults(t *testing.T) {
	const operations, callers, accounts = 10_000, 64, 20
	const seed = 20260301
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 50, CacheLimit: 30})
	for i := range accounts {
		r.must(opening(strconv.Itoa(i)))
	}
	f := &flaky{random: rand.New(rand.NewPCG(seed, seed)), faults: map[ledgertest.Fault]int{}}
	r.store.OnAppend(f.append)
	r.store.OnLoad(f.load)

	ctx := context.Background()
	var posts sync.WaitGroup
	var mu sync.Mutex
	var retries, malformed int
	for caller := range callers {
		posts.Go(func() {
			for i := caller; i < operations; i += callers {
				command := topUp(fmt.Sprintf("op-%d", i), strconv.Itoa(i%accounts), 1)
				for {
					outcome, err := r.Post(ctx, command)
					if err == nil && outcome.Status == ledger.Accepted {
						break
					}
					mu.Lock()
					switch {
					case errors.Is(err, ledgertest.ErrCut):
						retries++
					case err == nil && outcome.Code == ledger.Malformed:
						malformed++ // rejected three times in a row, so it was isolated
					default:
						t.Errorf("operation %d: %v %v", i, outcome, err)
						mu.Unlock()
						return
					}
					mu.Unlock()
				}
			}
		})
	}
	posts.Wait()
	r.store.OnAppend(nil)
	r.store.OnLoad(nil)

	seen := map[ledger.ID]bool{}
	for _, b := range r.batches() {
		for _, record := range b.Records {
			r.Expect(seen[record.ID]).To(BeFalse(), "doubled")
			seen[record.ID] = true
		}
	}
	r.Expect(seen).To(HaveLen(operations + accounts))
	for i := range accounts {
		r.Expect(r.credit(strconv.Itoa(i))).To(Equal(int64(operations / accounts)))
	}
	r.chained()
	for _, fault := range []ledgertest.Fault{ledgertest.Lost, ledgertest.LostReply, ledgertest.LateCommit, ledgertest.Rejection} {
		r.Expect(f.faults[fault]).To(BeNumerically(">", 5), "fault %d was hardly tried", fault)
	}
	r.Expect(retries).To(BeNumerically(">", 0))
	t.Logf("%d batches, faults %v, %d posted again, %d isolated", r.Head().Sequence, f.faults, retries, malformed)
}
