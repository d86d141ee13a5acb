// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// replayOf is what a later request for the same thing is answered.
func replayOf(outcome ledger.Outcome) ledger.Outcome {
	outcome.Replayed = true
	return outcome
}

func TestAReplayIsTheFirstAnswerAndMovesNothing(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.must(opening("bob"))
	accepted := r.must(topUp("one", "alice", 5))
	refused, err := r.Post(context.Background(), transfer("two", "alice", "bob", 6))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(refused.Status).To(Equal(ledger.Refused))

	r.must(topUp("more", "alice", 100)) // the refusal would be accepted now
	head := r.Head()
	answers := r.together(topUp("one", "alice", 5), transfer("two", "alice", "bob", 6))
	r.Expect(answers[0]).To(Equal(ledgertest.Answer{Outcome: replayOf(accepted)}))
	r.Expect(answers[1]).To(Equal(ledgertest.Answer{Outcome: replayOf(refused)}))
	r.Expect(r.Head()).To(Equal(head))
	r.Expect(r.credit("alice")).To(Equal(int64(105)))
}

func TestAReplaySurvivesTheProcess(t *testing.T) {
	memory := ledgertest.NewMemory()
	r := start(t, memory, committer.Options{})
	r.must(opening("alice"))
	accepted := r.must(topUp("one", "alice", 5))
	r.stop()
	r.Eventually(r.ended).Should(Receive(BeNil()))

	next := start(t, memory, committer.Options{})
	outcome, err := next.Post(context.Background(), topUp("one", "alice", 5))
	next.Expect(err).NotTo(HaveOccurred())
	next.Expect(outcome).To(Equal(replayOf(accepted)))
}

func TestAKeyThatWasUsedForSomethingElseIsAConflict(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	first := r.must(topUp("one", "alice", 5))
	outcome, err := r.Post(context.Background(), topUp("one", "alice", 6))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome).To(Equal(ledger.Outcome{
		Status: ledger.NotTaken, Code: ledger.IdempotencyConflict,
		Figures: ledger.Figures{Other: first.Transaction}, Impacts: first.Impacts,
	}))
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestARefusedKeyMayBeUsedForACorrectedCommand(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.together(opening("alice"), opening("bob"), topUp("one", "alice", 5))
	refused, err := r.Post(context.Background(), transfer("two", "alice", "bob", 6))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(refused.Code).To(Equal(ledger.InsufficientFunds))
	r.must(transfer("two", "alice", "bob", 4))
	outcome, err := r.Post(context.Background(), transfer("two", "alice", "bob", 6))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Code).To(Equal(ledger.IdempotencyConflict))
}

func TestAVersionThatSomebodyElsePostedIsAMismatch(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	mine := settings("alice", 1, ledger.AccountSettings{Currency: "EUR", CreditLimit: 5})
	theirs := settings("alice", 1, ledger.AccountSettings{Currency: "EUR", CreditLimit: 6})
	first := r.must(mine)
	outcome, err := r.Post(context.Background(), theirs)
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Code).To(Equal(ledger.VersionMismatch), "so that the requester reads again")
	outcome, err = r.Post(context.Background(), mine)
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome).To(Equal(replayOf(first)))
}

func TestTheSameKeyManyTimesAtOnceHappensOnce(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	commands := make([]ledger.Command, 50)
	for i := range commands {
		commands[i] = topUp("one", "alice", 5)
	}
	commands[20] = topUp("one", "alice", 7)
	answers := r.together(commands...)

	first := answers[0].Outcome
	r.Expect(first.Status).To(Equal(ledger.Accepted))
	r.Expect(first.Replayed).To(BeFalse())
	for i, answer := range answers[1:] {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		if i+1 == 20 {
			r.Expect(answer.Outcome.Code).To(Equal(ledger.IdempotencyConflict))
			continue
		}
		r.Expect(answer.Outcome).To(Equal(replayOf(first)))
	}
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
	r.Expect(r.Waiting()).To(BeZero())
}

// The lookup for the batch after is made while the batch with the key is being
// appended: exactly the time in which a key could be decided twice.
func TestTheSameKeyInConsecutiveBatchesHappensOnce(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	appending, proceed := r.hold(t)
	first := r.later(topUp("one", "alice", 5))
	<-appending
	loads := r.store.Loads()
	again := r.later(topUp("one", "alice", 5))
	r.Eventually(r.Waiting).Should(Equal(1))
	other := r.later(topUp("two", "alice", 1))
	r.Eventually(r.store.Loads).Should(BeNumerically(">", loads))
	proceed()

	var outcome ledgertest.Answer
	r.Eventually(first).Should(Receive(&outcome))
	r.Eventually(again).Should(Receive(Equal(ledgertest.Answer{Outcome: replayOf(outcome.Outcome)})))
	r.Eventually(other).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Expect(r.credit("alice")).To(Equal(int64(6)))
}

func TestADuplicateOfWhatCouldNotBeTakenIsDecidedAnew(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	answers := r.together(topUp("one", "alice", 5), opening("alice"), topUp("one", "alice", 5))
	r.Expect(answers[0].Outcome.Code).To(Equal(ledger.AccountUnknown))
	r.Expect(answers[2].Outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(answers[2].Outcome.Replayed).To(BeFalse())
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
}

func TestACommandCanBeLookedUpWithoutBeingPosted(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	ctx := context.Background()
	_, err := r.Recorded(ctx, topUp("one", "alice", 5))
	r.Expect(err).To(MatchError(ledger.ErrUnknown))
	r.together(opening("alice"), opening("bob"))
	accepted := r.must(topUp("one", "alice", 5))
	refused, err := r.Post(ctx, transfer("two", "alice", "bob", 6))
	r.Expect(err).NotTo(HaveOccurred())

	r.Expect(r.Recorded(ctx, topUp("one", "alice", 5))).To(Equal(replayOf(accepted)))
	r.Expect(r.Recorded(ctx, transfer("two", "alice", "bob", 6))).To(Equal(replayOf(refused)))
	r.Expect(r.Recorded(ctx, topUp("one", "alice", 6))).To(HaveField("Code", ledger.IdempotencyConflict))
	_, err = r.Recorded(ctx, topUp("three", "alice", 6))
	r.Expect(err).To(MatchError(ledger.ErrUnknown))
}
