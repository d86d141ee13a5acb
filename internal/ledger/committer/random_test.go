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
	"sync/atomic"
	"testing"
	"time"

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

// course is one course of operations on an account, each of which is posted when
// the one before was accepted: a top-up of 1, and for three in four courses a hold
// of 1, which is charged, released, or charged and the charge reversed.
func course(i int, of string) []ledger.Command {
	name := fmt.Sprintf("op-%d", i)
	id := ledger.OperationKey(scope, tenant, "BalanceReservation", name, "")
	step := func(key ledger.ID, op ledger.Operation) ledger.Command {
		return ledger.Command{Key: key, Scope: scope, Tenant: tenant, Operation: op}
	}
	reserve := step(ledger.HoldKey(id, "reserve"), ledger.Reserve{
		Hold: id, From: ledger.Place{Account: account(of)}, Amount: euros(1), For: time.Hour.Microseconds(),
	})
	charge := step(ledger.HoldKey(id, "charge"), ledger.ChargeHold{Account: account(of), Hold: id})
	release := step(ledger.HoldKey(id, "release"), ledger.ReleaseHold{Account: account(of), Hold: id})
	reverse := step(ledger.OperationKey(scope, tenant, "Reversal", name, ""), ledger.Reverse{Of: charge.Key})
	steps := [][]ledger.Command{nil, {reserve, charge}, {reserve, release}, {reserve, charge, reverse}}[i%4]
	return append([]ledger.Command{topUp(name, of, 1)}, steps...)
}

// 6,000 courses of operations, 16,500 operations in all, by 64 callers, each of which
// asks again until it is answered, over a store that loses requests and replies: none
// is lost, none is doubled.
func TestNothingIsLostOrDoubledUnderFaults(t *testing.T) {
	const courses, callers, accounts = 6_000, 64, 20
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
	var retries, malformed, operations atomic.Int64
	post := func(command ledger.Command) bool {
		for {
			outcome, err := r.Post(ctx, command)
			switch {
			case err == nil && outcome.Status == ledger.Accepted:
				operations.Add(1)
				return true
			case errors.Is(err, ledgertest.ErrCut):
				retries.Add(1)
			case err == nil && outcome.Code == ledger.Malformed:
				malformed.Add(1) // rejected three times in a row, so it was isolated
			default:
				t.Errorf("%+v: %+v %v", command.Operation, outcome, err)
				return false
			}
		}
	}
	for caller := range callers {
		posts.Go(func() {
			for i := caller; i < courses; i += callers {
				for _, command := range course(i, strconv.Itoa(i/4%accounts)) {
					if !post(command) {
						return
					}
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
	r.Expect(operations.Load()).To(BeEquivalentTo(courses / 4 * (1 + 3 + 3 + 4)))
	r.Expect(seen).To(HaveLen(int(operations.Load()) + accounts))
	for i := range accounts {
		r.Expect(r.credit(strconv.Itoa(i))).To(BeEquivalentTo(courses/accounts*3/4), "one in four was charged")
	}
	r.chained()
	for _, fault := range []ledgertest.Fault{ledgertest.Lost, ledgertest.LostReply, ledgertest.LateCommit, ledgertest.Rejection} {
		r.Expect(f.faults[fault]).To(BeNumerically(">", 5), "fault %d was hardly tried", fault)
	}
	r.Expect(retries.Load()).To(BeNumerically(">", 0))
	t.Logf("%d batches, faults %v, %d posted again, %d isolated", r.Head().Sequence, f.faults, retries.Load(), malformed.Load())
}
