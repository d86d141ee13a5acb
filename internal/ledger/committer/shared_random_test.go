// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// Six owners share their buckets with other ones of twelve accounts again and again,
// while these use whatever they may and next to nothing is kept in memory, over a
// store that loses requests and replies. There is always enough. In the order of the
// log each use is accepted if and only if something is shared with the account then:
// an owner that was not at hand would make it a refusal, and one that was and should
// not have been an acceptance.
func TestSharesAreAsTheLogHasThemWithAlmostNoCache(t *testing.T) {
	const owners, members, versions, asks = 6, 12, 60, 150
	const seed = 20260302
	r := start(t, ledgertest.NewMemory(), committer.Options{CacheLimit: 1, MaxBatch: 5})
	owner := func(i int) string { return fmt.Sprint("owner-", i) }
	member := func(i int) string { return fmt.Sprint("member-", i) }
	for i := range owners {
		r.must(opening(owner(i)))
		r.must(sharing(owner(i), 0))
		r.must(granted(owner(i), 1_000_000))
	}
	for i := range members {
		r.must(opening(member(i)))
	}
	f := &flaky{random: rand.New(rand.NewPCG(seed, seed)), faults: map[ledgertest.Fault]int{}}
	r.store.OnAppend(f.append)
	r.store.OnLoad(f.load)
	// post asks until it is answered. Rejected three times in a row, a command is
	// isolated, and may be asked for again.
	post := func(command ledger.Command) {
		for {
			outcome, err := r.Post(context.Background(), command)
			if err == nil && outcome.Status != ledger.NotTaken {
				return
			}
			if err == nil && outcome.Code != ledger.Malformed || err != nil && !errors.Is(err, ledgertest.ErrCut) {
				t.Errorf("%+v: %+v %v", command.Operation, outcome, err)
				return
			}
		}
	}
	var posts sync.WaitGroup
	for i := range owners {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		posts.Go(func() {
			for version := range versions {
				var with []string
				for m := range members {
					if random.IntN(8) == 0 {
						with = append(with, member(m))
					}
				}
				post(sharing(owner(i), int64(version+1), with...))
			}
		})
	}
	of := map[ledger.ID]ledger.ID{} // whose each use is, by its key
	for i := range members {
		for n := range asks {
			of[uses(fmt.Sprint(i, " ", n), member(i)).Key] = account(member(i))
		}
		posts.Go(func() {
			for n := range asks {
				post(uses(fmt.Sprint(i, " ", n), member(i)))
			}
		})
	}
	posts.Wait()
	r.store.OnAppend(nil)
	r.store.OnLoad(nil)

	shared := map[ledger.ID]map[ledger.ID]bool{} // with whom, by bucket
	may := func(account ledger.ID) bool {
		for _, with := range shared {
			if with[account] {
				return true
			}
		}
		return false
	}
	ends := map[ledger.Status]int{}
	for _, b := range r.batches() {
		for i := range b.Records {
			record := &b.Records[i]
			key := record.ID
			if record.Status == ledger.Refused {
				key = record.Key
			}
			if account, ok := of[key]; ok {
				want := ledger.Refused
				if may(account) {
					want = ledger.Accepted
				}
				r.Expect(record.Status).To(Equal(want), "in batch %d", b.Sequence)
				ends[record.Status]++
			}
			for _, fact := range record.Facts {
				if fact.Kind != ledger.FactBucket {
					continue
				}
				var terms ledger.BucketSettings
				r.Expect(ledger.DecodeBody(fact.Body, &terms)).To(Succeed())
				shared[fact.Subject] = map[ledger.ID]bool{}
				for _, share := range terms.SharedWith {
					shared[fact.Subject][share.Account] = true
				}
			}
		}
	}
	r.Expect(ends[ledger.Accepted] + ends[ledger.Refused]).To(Equal(members * asks))
	r.Expect(ends[ledger.Accepted]).To(BeNumerically(">", 100))
	r.Expect(ends[ledger.Refused]).To(BeNumerically(">", 100))
	left := int64(owners * 1_000_000)
	for i := range owners {
		remaining, _ := r.left(owner(i))
		left -= remaining
	}
	r.Expect(left).To(BeEquivalentTo(ends[ledger.Accepted]))
	r.chained()
}
