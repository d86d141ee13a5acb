// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// once makes the next append suffer a fault, and no later one.
func (r *rig) once(fault ledgertest.Fault) {
	var done bool
	r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
		if done {
			return ledgertest.None
		}
		done = true
		return fault
	})
}

func TestABatchWhoseReplyIsLostHappensOnce(t *testing.T) {
	for name, fault := range map[string]ledgertest.Fault{
		"it was not written":    ledgertest.Lost,
		"it was written":        ledgertest.LostReply,
		"it is written later":   ledgertest.LateCommit,
		"the store rejected it": ledgertest.Rejection,
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{})
			r.must(opening("alice"))
			r.once(fault)
			r.store.CutHead(3)
			for _, answer := range r.together(topUps("t", "alice", 10)...) {
				r.Expect(answer.Err).NotTo(HaveOccurred())
				r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
				r.Expect(answer.Outcome.Sequence).To(Equal(int64(2)))
				r.Expect(answer.Outcome.Replayed).To(BeFalse())
			}
			r.Expect(r.credit("alice")).To(Equal(int64(10)))
			r.Expect(r.store.WrittenLate()).To(Equal(map[ledgertest.Fault]int{ledgertest.LateCommit: 1}[fault]))
			r.chained()
		})
	}
}

func TestAnAppendIsNotCancelledWhenTheProcessStops(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	appending, proceed := r.hold(t)
	inFlight := r.later(topUp("one", "alice", 5))
	<-appending
	waiting := r.later(topUp("two", "alice", 5))
	r.stop()
	proceed()
	r.Eventually(waiting).Should(Receive(HaveField("Err", MatchError(ledger.ErrClosed))))
	r.Eventually(inFlight).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Eventually(r.ended).Should(Receive(BeNil()))
	_, err := r.Post(context.Background(), topUp("three", "alice", 5))
	r.Expect(err).To(MatchError(ledger.ErrClosed))
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestAProcessThatStopsInDoubtSaysSo(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.store.CutHead(1 << 30)
	r.once(ledgertest.LostReply)
	inDoubt := r.later(topUp("one", "alice", 5))
	r.Eventually(r.alerts.doubt).Should(BeNumerically(">", 0), "somebody has to look")
	r.stop()
	r.Eventually(r.ended).Should(Receive(BeNil()))
	r.Expect(r.alerts.doubt()).To(BeZero())
	r.Eventually(inDoubt).Should(Receive(HaveField("Err", MatchError(ContainSubstring("not known")))))

	next := start(t, r.memory, committer.Options{})
	outcome, err := next.Post(context.Background(), topUp("one", "alice", 5))
	next.Expect(err).NotTo(HaveOccurred())
	next.Expect(outcome.Replayed).To(BeTrue())
	next.Expect(next.credit("alice")).To(Equal(int64(5)))
}

func TestASecondWriterIsFenced(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := start(t, memory, committer.Options{})
	old.must(opening("alice"))
	// The old one holds its batch back while the new one writes.
	appending, proceed := old.hold(t)
	late := old.later(topUp("late", "alice", 5))
	<-appending
	loads := old.store.Loads()
	waiting := old.later(topUp("waiting", "alice", 5))
	old.Eventually(old.store.Loads).Should(BeNumerically(">", loads))

	next := start(t, memory, committer.Options{})
	next.must(topUp("new", "alice", 1))
	proceed()
	old.Eventually(late).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	old.Eventually(waiting).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	_, err := old.Post(context.Background(), topUp("later", "alice", 5))
	old.Expect(err).To(MatchError(ledger.ErrFenced))

	next.must(topUp("late", "alice", 5))
	next.Expect(next.credit("alice")).To(Equal(int64(6)))
	next.chained()
}

func TestAWriterThatWasIdleIsFencedByWhatItLoads(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := start(t, memory, committer.Options{})
	old.must(opening("alice"))
	next := start(t, memory, committer.Options{})
	next.must(topUp("new", "alice", 1))
	_, err := old.Post(context.Background(), topUp("late", "alice", 5))
	old.Expect(err).To(MatchError(ledger.ErrFenced))
	old.Expect(old.store.Appends()).To(Equal(1), "it did not even try")
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
}

// Two writers commit as fast as they can; each command goes to both of them.
func TestTwoWritersAtOnceCommitEveryCommandOnce(t *testing.T) {
	memory := ledgertest.NewMemory()
	first := start(t, memory, committer.Options{})
	first.must(opening("alice"))
	second := start(t, memory, committer.Options{})

	const commands = 500
	var posts sync.WaitGroup
	for _, c := range topUps("t", "alice", commands) {
		for _, writer := range []*rig{first, second} {
			posts.Go(func() { _, _ = writer.Post(context.Background(), c) })
		}
	}
	posts.Wait()
	var survivor *rig
	for _, writer := range []*rig{first, second} {
		if _, err := writer.Post(context.Background(), topUp("last", "alice", 1)); err == nil {
			survivor = writer
			continue
		}
		writer.Eventually(writer.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	}
	first.Expect(survivor).NotTo(BeNil(), "one of them goes on")
	for _, c := range topUps("t", "alice", commands) {
		survivor.must(c)
	}
	survivor.Expect(survivor.credit("alice")).To(Equal(int64(commands + 1)))
	survivor.chained()
}

func TestALogThatWentBackStopsTheWriter(t *testing.T) {
	t.Run("seen by what it loads", func(t *testing.T) {
		r := start(t, ledgertest.NewMemory(), committer.Options{})
		r.must(opening("alice"))
		r.must(topUp("one", "alice", 5))
		r.memory.Rewind(1)
		_, err := r.Post(context.Background(), topUp("two", "alice", 5))
		r.Expect(err).To(MatchError(ledger.ErrMismatch))
		r.Eventually(r.ended).Should(Receive(MatchError(ledger.ErrMismatch)))
		r.Expect(r.store.Appends()).To(Equal(2), "nothing is written on top")
	})
	t.Run("seen by the probe", func(t *testing.T) {
		r := start(t, ledgertest.NewMemory(), committer.Options{})
		r.must(opening("alice"))
		r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
			r.memory.Rewind(0)
			return ledgertest.Lost
		})
		_, err := r.Post(context.Background(), topUp("one", "alice", 5))
		r.Expect(err).To(MatchError(ledger.ErrMismatch))
		r.Eventually(r.ended).Should(Receive(MatchError(ledger.ErrMismatch)))
	})
	t.Run("another log of the same length", func(t *testing.T) {
		r := start(t, ledgertest.NewMemory(), committer.Options{})
		r.must(opening("alice"))
		r.memory.Rewind(0)
		other := start(t, r.memory, committer.Options{})
		other.must(opening("bob"))
		_, err := r.Post(context.Background(), topUp("one", "alice", 5))
		r.Expect(err).To(MatchError(ledger.ErrMismatch))
	})
}
