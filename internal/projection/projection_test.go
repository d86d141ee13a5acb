// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	testclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func TestProjection(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "Projection")
}

// logOf is a log in memory.
type logOf struct {
	mu      sync.Mutex
	batches []*ledger.Batch
	next    chan struct{}
}

func (l *logOf) grown() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

func (l *logOf) Payloads(_ context.Context, after int64, each func([]byte) error) error {
	l.mu.Lock()
	batches := slices.Clone(l.batches[after+1:])
	l.mu.Unlock()
	for _, b := range batches {
		if err := each(b.Payload); err != nil {
			return err
		}
	}
	return nil
}

func (l *logOf) append(records ...ledger.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &ledger.Batch{Sequence: int64(len(l.batches)), Records: records, Instant: time.Unix(1, 0)}
	Expect(b.Seal()).To(Succeed())
	l.batches = append(l.batches, b)
	close(l.next)
	l.next = make(chan struct{})
}

var _ = Describe("a projection", func() {
	var (
		clock *testclock.FakeClock
		log   *logOf
		p     *Projection
		start func()
	)
	alice, data, bob := uuid.New(), uuid.New(), uuid.New()
	paid := func(account, bucket ledger.ID) ledger.Record {
		return ledger.Record{ID: uuid.New(), Impacts: []ledger.Impact{{Account: account, Bucket: bucket}}}
	}
	announced := func() []ledger.ID {
		var ids []ledger.ID
		for {
			id, ok, _ := p.pace.next()
			if !ok {
				return ids
			}
			ids = append(ids, id)
		}
	}

	BeforeEach(func() {
		clock = testclock.NewFakeClock(time.Unix(1_000_000, 0))
		log = &logOf{next: make(chan struct{})}
		log.append()
		p = New(log, 0, log.grown, clock, logr.Discard())
		start = func() {
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer GinkgoRecover()
				Expect(p.Run(ctx)).To(Succeed())
			}()
			DeferCleanup(func() { cancel(); <-done })
		}
		for _, id := range []ledger.ID{alice, data, bob} {
			p.Follow(id)
		}
	})

	It("announces the account and the bucket that a batch changed, and nothing that is not followed", func() {
		log.append(paid(alice, data), paid(uuid.New(), uuid.New()))
		Expect(p.tail(context.Background())).To(Succeed())
		Expect(announced()).To(Equal([]ledger.ID{alice, data}))
	})

	It("announces settings that changed", func() {
		log.append(ledger.Record{ID: uuid.New(), Facts: []ledger.Fact{
			{Subject: alice, Version: 2, Kind: ledger.FactAccount}, {Subject: bob, Version: 1, Kind: ledger.FactReceipt},
		}})
		Expect(p.tail(context.Background())).To(Succeed())
		Expect(announced()).To(Equal([]ledger.ID{alice}))
	})

	It("announces a bucket's account when the bucket's terms changed", func() {
		log.append(ledger.Record{ID: uuid.New(), Facts: []ledger.Fact{{
			Subject: data, Version: 2, Kind: ledger.FactBucket,
			Body: ledger.EncodeBody(ledger.BucketSettings{Account: alice, Unit: "EUR", UsageType: "Monetary"}),
		}}})
		Expect(p.tail(context.Background())).To(Succeed())
		Expect(announced()).To(ConsistOf(alice, data))
	})

	It("announces the account of a hold that was made longer, which moves nothing", func() {
		log.append(ledger.Record{ID: uuid.New(), Facts: []ledger.Fact{{
			Subject: uuid.New(), Version: 2, Kind: ledger.FactHold,
			Body: ledger.EncodeBody(ledger.Hold{Account: alice, Until: 1}),
		}}})
		Expect(p.tail(context.Background())).To(Succeed())
		Expect(announced()).To(Equal([]ledger.ID{alice}))
	})

	DescribeTable("announces a bucket of which nothing moved",
		func(kind ledger.FactKind, body any) {
			log.append(ledger.Record{ID: uuid.New(), Facts: []ledger.Fact{{
				Subject: uuid.New(), Version: 2, Kind: kind, Body: ledger.EncodeBody(body),
			}}})
			Expect(p.tail(context.Background())).To(Succeed())
			Expect(announced()).To(Equal([]ledger.ID{data}))
		},
		Entry("when its time changes", ledger.FactTerm, ledger.Term{Account: alice, Bucket: data, Cycle: 2}),
		Entry("when what an account has used of it changes", ledger.FactShareUse, ledger.ShareUse{Member: bob, Owner: alice, Bucket: data}),
	)

	It("reads on from where it stopped when a payload could not be read", func() {
		log.append(paid(alice, data))
		log.append(paid(bob, data))
		good := log.batches[2].Payload
		log.batches[2].Payload = []byte{0xff}
		Expect(p.tail(context.Background())).To(MatchError(ledger.ErrPayload))
		Expect(p.cursor).To(BeEquivalentTo(1))
		log.batches[2].Payload = good
		Expect(p.tail(context.Background())).To(Succeed())
		Expect(p.cursor).To(BeEquivalentTo(2))
	})

	It("follows a running log", func() {
		start()
		log.append(paid(alice, uuid.New()))
		Eventually(p.Changed()).Should(Receive(Equal(alice)))
		log.append(paid(bob, uuid.New()))
		Eventually(p.Changed()).Should(Receive(Equal(bob)))
	})

	It("reads again by itself after a failure, though nothing is committed any more", func() {
		log.append(paid(alice, data))
		good := log.batches[1].Payload
		log.batches[1].Payload = []byte{0xff}
		start()
		Eventually(clock.HasWaiters).Should(BeTrue())
		Consistently(p.Changed(), "50ms").ShouldNot(Receive())
		log.mu.Lock()
		log.batches[1].Payload = good
		log.mu.Unlock()
		clock.Step(again)
		Eventually(p.Changed()).Should(Receive(Equal(alice)))
	})

	It("announces one subject at most once in each interval, however often it changes", func() {
		p.pace.mark(alice)
		Expect(announced()).To(Equal([]ledger.ID{alice}))
		p.pace.mark(alice)
		p.pace.mark(alice)
		clock.Step(interval - time.Millisecond)
		Expect(announced()).To(BeEmpty())
		clock.Step(time.Millisecond)
		Expect(announced()).To(Equal([]ledger.ID{alice}))
	})

	It("never loses a change that comes while it announces the one before", func() {
		p.pace.mark(alice)
		Expect(announced()).To(HaveLen(1))
		p.pace.mark(alice)
		clock.Step(interval)
		Expect(announced()).To(HaveLen(1))
	})

	It("announces at once while the objects that wait are no crowd", func() {
		for range crowd - 1 {
			p.Began()
		}
		p.pace.mark(alice)
		p.pace.mark(bob)
		Expect(announced()).To(ConsistOf(alice, bob))
	})

	Describe("in a crowd of objects that wait", func() {
		BeforeEach(func() {
			for range crowd {
				p.Began()
			}
		})
		// pass has an object begin and end, so that the crowd stays one.
		pass := func(written bool) {
			p.Began()
			p.Ended(written)
		}

		It("takes a tenth of the writes, the longest due first", func() {
			p.pace.mark(bob)
			clock.Step(time.Millisecond)
			p.pace.mark(alice)
			Expect(announced()).To(BeEmpty())
			for range share - 1 {
				pass(true)
			}
			Expect(announced()).To(BeEmpty())
			pass(true)
			Expect(announced()).To(Equal([]ledger.ID{bob}))
			Expect(1.0 / (1 + share)).To(BeNumerically("~", 0.1))
		})

		It("counts what is written, not what is looked at", func() {
			p.pace.mark(alice)
			for range 2 * share {
				pass(false)
			}
			Expect(announced()).To(BeEmpty())
		})

		It("announces all when it is one no longer", func() {
			p.pace.mark(alice)
			p.pace.mark(bob)
			Expect(announced()).To(BeEmpty())
			p.Ended(false)
			Expect(announced()).To(ConsistOf(alice, bob))
		})

		It("wakes who announces when it is one no longer", func() {
			start()
			log.append(paid(alice, uuid.New()))
			Consistently(p.Changed(), "50ms").ShouldNot(Receive())
			p.Ended(false)
			Eventually(p.Changed()).Should(Receive(Equal(alice)))
		})

		It("lets nothing grow older than five seconds", func() {
			p.pace.mark(alice)
			clock.Step(patience - time.Millisecond)
			Expect(announced()).To(BeEmpty())
			clock.Step(time.Millisecond)
			Expect(announced()).To(Equal([]ledger.ID{alice}))
			Expect(interval + patience).To(BeNumerically("<=", 5*time.Second))
		})
	})

	It("announces one that changes all the time less than twice a second", func() {
		const seconds, steps = 10, 100
		count := 0
		for range seconds * steps {
			p.pace.mark(alice)
			count += len(announced())
			clock.Step(time.Second / steps)
		}
		Expect(count).To(And(BeNumerically(">", seconds), BeNumerically("<", 2*seconds)))
	})

	It("announces nearly all within a second of their commit at a rate that is sustained", func() {
		// 300 objects a second, each under way for 30 ms, over 1,000 accounts that
		// are chosen at random.
		const accounts, seconds, perSecond, underWay = 1000, 20, 300, 30
		ids := make([]ledger.ID, accounts)
		for i := range ids {
			ids[i] = uuid.New()
			p.Follow(ids[i])
		}
		chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same run each time
		changed := map[ledger.ID][]time.Time{}
		began := map[int]int{}
		var delays []time.Duration
		for millisecond := range seconds * 1000 {
			for range began[millisecond-underWay] {
				p.Ended(true)
			}
			if chance.IntN(1000) < perSecond {
				began[millisecond]++
				p.Began()
				id := ids[chance.IntN(accounts)]
				changed[id] = append(changed[id], clock.Now())
				p.pace.mark(id)
			}
			for _, id := range announced() {
				for _, at := range changed[id] {
					delays = append(delays, clock.Since(at))
				}
				delete(changed, id)
			}
			clock.Step(time.Millisecond)
		}
		slices.Sort(delays)
		Expect(len(delays)).To(BeNumerically(">", seconds*perSecond*9/10))
		Expect(delays[len(delays)*99/100]).To(BeNumerically("<=", interval))
	})

	It("forgets what is no longer followed", func() {
		p.pace.mark(alice)
		p.pace.mark(bob)
		p.Unfollow(alice)
		Expect(announced()).To(Equal([]ledger.ID{bob}))
	})
})
