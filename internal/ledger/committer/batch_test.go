// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func TestWhatWaitsTogetherIsOneBatchInOrder(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	answers := r.together(
		opening("alice"), opening("bob"), topUp("one", "alice", 100),
		transfer("two", "alice", "bob", 70), transfer("three", "alice", "bob", 70),
	)
	for i, answer := range answers {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		r.Expect(answer.Outcome.Sequence).To(Equal(int64(1)), "answer %d", i)
		r.Expect(answer.Outcome.CommittedAt).To(Equal(noon))
	}
	r.Expect(answers[3].Outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(answers[4].Outcome.Status).To(Equal(ledger.Refused))
	r.Expect(answers[4].Outcome.Code).To(Equal(ledger.InsufficientFunds))
	r.Expect(answers[4].Outcome.Figures).To(Equal(ledger.Figures{Needed: 70, Available: 30, Unit: "EUR"}))
	r.Expect(r.batches()[1].Records).To(HaveLen(5))
	r.Expect(r.credit("alice")).To(Equal(int64(30)))
	r.Expect(r.credit("bob")).To(Equal(int64(70)))
}

func TestABatchThatDecidesNothingIsNotWritten(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	answers := r.together(topUp("early", "alice", 1), topUp("too early", "bob", 1))
	for _, answer := range answers {
		r.Expect(answer.Outcome.Status).To(Equal(ledger.NotTaken))
		r.Expect(answer.Outcome.Code).To(Equal(ledger.AccountUnknown))
		r.Expect(answer.Outcome.Sequence).To(BeZero())
	}
	r.Expect(r.Head().Sequence).To(BeZero())
	r.Expect(r.store.Appends()).To(BeZero())
}

func TestABatchHasABound(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 10})
	r.must(opening("alice"))
	r.together(topUps("t", "alice", 95)...)
	for _, b := range r.batches() {
		r.Expect(len(b.Records)).To(BeNumerically("<=", 10))
	}
	r.Expect(r.credit("alice")).To(Equal(int64(95)))
	r.chained()
}

func TestInstantsNeverGoBack(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.clock.SetTime(noon.Add(1234 * time.Nanosecond))
	r.Expect(r.must(opening("alice")).CommittedAt).To(Equal(noon.Add(time.Microsecond)), "instants are cut to microseconds")
	r.clock.SetTime(noon.Add(-committer.MaxAhead + time.Millisecond))
	r.Expect(r.must(topUp("one", "alice", 1)).CommittedAt).To(Equal(noon.Add(time.Microsecond)))
	r.clock.SetTime(noon.Add(time.Hour))
	r.Expect(r.must(topUp("two", "alice", 1)).CommittedAt).To(Equal(noon.Add(time.Hour)))
	r.chained()
}

func TestNothingIsDecidedByAClockThatIsFarBehind(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.clock.SetTime(noon.Add(-committer.MaxAhead))
	r.must(topUp("one", "alice", 1))
	r.clock.SetTime(noon.Add(-committer.MaxAhead - time.Microsecond))
	_, err := r.Post(context.Background(), topUp("two", "alice", 1))
	r.Expect(err).To(MatchError(ledger.ErrClockBehind))
	r.Expect(r.Head().Sequence).To(Equal(int64(2)))
	r.clock.SetTime(noon)
	r.must(topUp("two", "alice", 1))
	r.Expect(r.credit("alice")).To(Equal(int64(2)))
}

func TestBulkTakesAFifthWhileInteractiveOnesWait(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 10})
	r.must(opening("alice"))
	sweeps := topUps("sweep", "alice", 40)
	for i := range sweeps {
		sweeps[i].Lane = ledger.Bulk
	}
	r.together(append(sweeps, topUps("person", "alice", 16)...)...)

	bulk := map[ledger.ID]bool{}
	for _, c := range sweeps {
		bulk[c.Key] = true
	}
	var shares []int
	for _, b := range r.batches()[2:] {
		share := 0
		for _, record := range b.Records {
			if bulk[record.ID] {
				share++
			}
		}
		shares = append(shares, share)
	}
	r.Expect(shares).To(Equal([]int{2, 2, 10, 10, 10, 6}))
}

func TestBulkTakesAFifthOfABatchThatGrows(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 10})
	r.must(opening("alice"))
	appending, proceed := r.hold(t)
	answers := []<-chan ledgertest.Answer{r.later(topUp("first", "alice", 1))}
	<-appending
	loads := r.store.Loads()
	answers = append(answers, r.later(topUp("second", "alice", 1)))
	r.Eventually(r.store.Loads).Should(Equal(loads+1), "it is decided on the first")
	answers = append(answers, r.later(topUp("person", "alice", 1)))
	r.Eventually(r.store.Loads).Should(Equal(loads+2), "it is in the batch that grows")
	for _, c := range topUps("sweep", "alice", 9) {
		c.Lane = ledger.Bulk
		answers = append(answers, r.later(c))
	}
	r.Eventually(r.Waiting).Should(Equal(7))
	proceed()
	for _, answer := range answers {
		r.Eventually(answer).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	}
	r.Expect(r.batches()[4].Records).To(HaveLen(3))
}

func TestThereIsRoomInTheQueueAsSoonAsABatchIsTaken(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{QueueLength: 2, MaxBatch: 1})
	r.must(opening("alice"))
	loading, goOn := make(chan struct{}), make(chan struct{})
	r.store.OnLoad(func(context.Context, ledger.Request) error {
		r.store.OnLoad(nil)
		close(loading)
		<-goOn
		return nil
	})
	appending, proceed := r.hold(t)
	posted := topUps("t", "alice", 5)
	answers := []<-chan ledgertest.Answer{r.later(posted[0])}
	<-loading
	for _, c := range posted[1:] {
		answers = append(answers, r.later(c))
	}
	r.Eventually(r.Waiting).Should(Equal(2))
	r.Consistently(r.Waiting, "20ms").Should(Equal(2), "there is no room for a third")
	loads := r.store.Loads()
	close(goOn)
	<-appending
	r.Eventually(r.store.Loads).Should(BeNumerically(">", loads), "one is taken")
	r.Eventually(r.Waiting).Should(Equal(2), "though nobody was answered yet")
	proceed()
	for _, answer := range answers {
		r.Eventually(answer).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	}
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestTheQueueIsBounded(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{QueueLength: 3})
	r.Open()
	first := make([]<-chan ledgertest.Answer, 0, 3)
	for _, c := range topUps("t", "alice", 3) {
		first = append(first, r.later(c))
	}
	r.Eventually(r.Waiting).Should(Equal(3))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := r.Post(ctx, topUp("no room", "alice", 1))
	r.Expect(err).To(MatchError(context.DeadlineExceeded))
	r.Expect(r.Waiting()).To(Equal(3))

	blocked := r.later(topUp("patient", "alice", 1))
	r.run(t)
	for _, answer := range append(first, blocked) {
		r.Eventually(answer).Should(Receive(HaveField("Outcome.Code", ledger.AccountUnknown)))
	}
}

func TestACallerThatGivesUpDoesNotLoseItsCommand(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	appending, proceed := r.hold(t)
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := r.Post(ctx, topUp("one", "alice", 5))
		gaveUp <- err
	}()
	<-appending
	cancel()
	r.Eventually(gaveUp).Should(Receive(MatchError(context.Canceled)))
	proceed()
	outcome, err := r.Post(context.Background(), topUp("one", "alice", 5))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Replayed).To(BeTrue())
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestACommandWithoutKeyOrOperationIsNotTaken(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	for _, c := range []ledger.Command{{Key: account("x")}, {Operation: ledger.TopUp{}}} {
		outcome, err := r.Post(context.Background(), c)
		r.Expect(err).NotTo(HaveOccurred())
		r.Expect(outcome.Status).To(Equal(ledger.NotTaken))
		r.Expect(outcome.Code).To(Equal(ledger.Malformed))
	}
}

func TestTheNextBatchIsLoadedWhileOneIsAppended(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	appending, proceed := r.hold(t)
	first := r.later(topUp("one", "alice", 1))
	<-appending
	loads := r.store.Loads()
	second := r.later(transfer("two", "alice", "alice2", 1))
	r.Eventually(r.store.Loads).Should(BeNumerically(">", loads), "looked up during the append")
	third := r.later(topUp("three", "alice", 1))
	r.Eventually(r.store.Loads).Should(BeNumerically(">", loads+1), "and the waiting batch grows")
	r.Consistently(second, "20ms").ShouldNot(Receive())
	proceed()
	r.Eventually(first).Should(Receive(HaveField("Outcome.Sequence", int64(2))))
	r.Eventually(second).Should(Receive(HaveField("Outcome.Code", ledger.AccountUnknown)))
	r.Eventually(third).Should(Receive(HaveField("Outcome.Sequence", int64(3))))
}

func TestWhoWaitsForACommitIsWoken(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	next := r.Committed()
	r.must(opening("alice"))
	r.Expect(next).To(BeClosed())
	next = r.Committed()
	r.Expect(next).NotTo(BeClosed())
	head, err := r.memory.Head(context.Background())
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(r.Head()).To(Equal(head))
}
