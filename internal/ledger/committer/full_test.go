// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

const (
	// holders is how many accounts have something to settle, overdue how much each
	// of them has.
	holders, overdue = 10, 15
	// fullAt is how many records make a batch full here: two accounts' worth.
	fullAt = 4 * 5
)

func holder(i int) string { return fmt.Sprintf("holder-%d", i) }

func holdOf(holder, i int) string { return fmt.Sprintf("%d of %d", i, holder) }

// slept is a ledger in which ten accounts have 100 each, and fifteen holds that have
// ended while nobody looked. A batch may have five commands, and twenty records.
func slept(t *testing.T, memory *ledgertest.Memory) *rig {
	t.Helper()
	r := start(t, memory, committer.Options{MaxBatch: 5})
	for i := range holders {
		r.must(opening(holder(i)))
		r.must(topUp(fmt.Sprint("funds ", i), holder(i), 100))
		for j := range overdue {
			r.must(reserve(holdOf(i, j), holder(i), 1, time.Minute))
		}
	}
	r.clock.SetTime(noon.Add(time.Hour))
	return r
}

// ones are top-ups of 1, one of each holder.
func ones(prefix string) []ledger.Command {
	commands := make([]ledger.Command, holders)
	for i := range commands {
		commands[i] = topUp(fmt.Sprint(prefix, i), holder(i), 1)
	}
	return commands
}

// settledOnce checks that each hold ended once, before what was done with its
// account, and that batches ended when they were full.
func (r *rig) settledOnce(after int64) {
	seen, ended := map[ledger.ID]bool{}, 0
	for _, b := range r.batches()[after+1:] {
		r.Expect(len(b.Records)).To(BeNumerically("<", fullAt+overdue+1), "batch %d", b.Sequence)
		for i := range b.Records {
			record := &b.Records[i]
			r.Expect(seen[record.ID]).To(BeFalse(), "doubled")
			seen[record.ID] = true
			if record.Kind == ledger.KindExpireHold {
				r.Expect(record.Effective).To(Equal(noon.Add(time.Minute).UnixMicro()))
				ended++
			}
		}
	}
	r.Expect(ended).To(Equal(holders * overdue))
	r.chained()
}

func TestWhatIsSettledForManyAccountsMakesNoLargerBatches(t *testing.T) {
	r := slept(t, ledgertest.NewMemory())
	before := r.Head().Sequence
	answers := r.together(ones("t")...)
	sequences := make([]int64, 0, holders)
	for _, answer := range answers {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
		sequences = append(sequences, answer.Outcome.Sequence-before)
	}
	// Five are taken at a time, and two of them fill a batch.
	r.Expect(sequences).To(Equal([]int64{1, 1, 2, 2, 3, 4, 4, 5, 5, 6}))
	r.settledOnce(before)
	for i := range holders {
		r.Expect(r.credit(holder(i))).To(BeEquivalentTo(101))
	}
}

func TestWhatDidNotFitKeepsItsPlaceAndItsKey(t *testing.T) {
	r := slept(t, ledgertest.NewMemory())
	before := r.Head().Sequence
	commands := ones("t")[:3]
	commands = append(commands, transfer("t-to-0", holder(2), holder(0), 101), commands[2])
	answers := r.together(commands...)
	r.Expect(answers[3].Outcome.Status).To(Equal(ledger.Accepted), "code %s", answers[3].Outcome.Code)
	r.Expect(answers[3].Outcome.Sequence).To(Equal(before + 2))
	r.Expect(answers[4].Outcome.Replayed).To(BeTrue())
	r.Expect(answers[4].Outcome.Sequence).To(Equal(before+2), "as its twin, which did not fit either")
	r.Expect(r.credit(holder(0))).To(BeEquivalentTo(202))
	r.Expect(r.credit(holder(2))).To(BeZero())
}

func TestTheEndOfWhatWasSettledIsToldToWhoDidNotFit(t *testing.T) {
	r := slept(t, ledgertest.NewMemory())
	before := r.Head().Sequence
	first := ones("t")
	answers := r.together(first[0], first[1], expire(holdOf(0, 3), holder(0)))
	r.Expect(answers[2].Outcome.Code).To(Equal(ledger.HoldClosed))
	again := r.must(expire(holdOf(0, 3), holder(0)))
	r.Expect(again.Replayed).To(BeTrue())
	r.Expect(again.Sequence).To(Equal(before + 1))
}

// A batch is decided on the one before, whose command the store refuses; what did
// not fit into that one is decided once more too.
func TestWhatDidNotFitOutlivesAPoisonedCommand(t *testing.T) {
	for bad := range 5 {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			r := slept(t, ledgertest.NewMemory())
			before := r.Head().Sequence
			commands := ones("t")
			r.poison(commands[bad])
			for i, answer := range r.together(commands...) {
				r.Expect(answer.Err).NotTo(HaveOccurred())
				if i == bad {
					r.Expect(answer.Outcome.Code).To(Equal(ledger.Malformed))
					continue
				}
				r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted), "command %d: %s", i, answer.Outcome.Code)
			}
			r.Expect(r.alerts.list()).To(Equal([]ledger.Command{commands[bad]}))
			for i := range holders {
				view, err := r.Account(context.Background(), account(holder(i)))
				r.Expect(err).NotTo(HaveOccurred())
				if i != bad {
					r.Expect(view.Credit).To(BeEquivalentTo(101))
					r.Expect(view.Reserved).To(BeZero())
				}
			}
			r.store.Poison(nil)
			r.must(commands[bad])
			r.settledOnce(before)
		})
	}
}

func TestWhatDidNotFitIsCommittedOnceUnderFaults(t *testing.T) {
	for _, fault := range []ledgertest.Fault{ledgertest.Lost, ledgertest.LostReply, ledgertest.LateCommit, ledgertest.Rejection} {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			r := slept(t, ledgertest.NewMemory())
			before, appends := r.Head().Sequence, 0
			r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
				if appends++; appends%2 == 1 {
					return fault
				}
				return ledgertest.None
			})
			for _, answer := range r.together(ones("t")...) {
				r.Expect(answer.Err).NotTo(HaveOccurred())
				r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
			}
			r.settledOnce(before)
		})
	}
}

func TestWhatDidNotFitIsFencedToo(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := slept(t, memory)
	appending, proceed := old.hold(t)
	late := make([]<-chan ledgertest.Answer, 0, 5)
	for _, command := range ones("t")[:5] {
		late = append(late, old.later(command))
	}
	<-appending
	next := start(t, memory, committer.Options{})
	next.clock.SetTime(noon.Add(time.Hour))
	next.must(topUp("another's", holder(9), 1))
	proceed()
	for _, answer := range late {
		old.Eventually(answer).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	}
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
}

// It is decided once more as the batch before was rejected, and then another writer
// is faster.
func TestWhatDidNotFitIsFencedWhenItIsDecidedOnceMore(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := slept(t, memory)
	next := prepare(t, memory, committer.Options{})
	appending, proceed, appends := make(chan struct{}), make(chan struct{}), 0
	old.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
		switch appends++; appends {
		case 1:
			close(appending)
			<-proceed
			return ledgertest.Rejection
		case 3: // the first was written by then
			next.clock.SetTime(noon.Add(time.Hour))
			next.run(t)
			next.Open()
			next.must(topUp("another's", holder(9), 1))
		}
		return ledgertest.None
	})
	first := old.later(topUp("first", holder(8), 1))
	<-appending
	loads := old.store.Loads()
	late := make(chan []ledgertest.Answer, 1)
	go func() { late <- old.together(ones("t")[:5]...) }()
	old.Eventually(old.store.Loads).Should(Equal(loads+2), "they are taken as one batch")
	old.Eventually(old.Waiting).Should(BeZero())
	close(proceed)
	old.Eventually(first).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	var answers []ledgertest.Answer
	old.Eventually(late).Should(Receive(&answers))
	for _, answer := range answers {
		old.Expect(answer.Err).To(MatchError(ledger.ErrFenced))
	}
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
}

// Who stops finishes what it has taken: nobody is left without an answer.
func TestWhatDidNotFitIsAnsweredBeforeTheEnd(t *testing.T) {
	r := slept(t, ledgertest.NewMemory())
	before := r.Head().Sequence
	appending, proceed := r.hold(t)
	answers := make(chan []ledgertest.Answer, 1)
	go func() { answers <- r.together(ones("t")[:5]...) }()
	<-appending
	r.stop()
	proceed()
	r.Eventually(r.ended).Should(Receive(BeNil()))
	for _, answer := range <-answers {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
	}
	r.Expect(r.batches()).To(HaveLen(int(before) + 1 + 3))
}
