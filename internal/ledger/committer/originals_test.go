// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func reversal(name string, of ledger.Command) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "BalanceAdjustment", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Reverse{Of: of.Key},
	}
}

// recollecting counts how often it was asked what transactions did, and keeps what
// it was asked last.
type recollecting struct {
	ledger.Store
	times atomic.Int64
	last  atomic.Pointer[[]ledger.ID]
}

func (s *recollecting) Originals(ctx context.Context, transactions []ledger.ID) (map[ledger.ID]ledger.Original, error) {
	s.times.Add(1)
	s.last.Store(&transactions)
	return s.Store.Originals(ctx, transactions)
}

// funded runs a committer over a store that counts, with 10 on alice's account from
// the top-up "ten".
func funded(t *testing.T) (*rig, *recollecting) {
	t.Helper()
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	counts := &recollecting{Store: r.store.Store}
	r.store.Store = counts
	r.run(t)
	r.Open()
	r.must(opening("alice"))
	r.must(opening("bob"))
	r.must(topUp("ten", "alice", 10))
	return r, counts
}

var ten = topUp("ten", "alice", 10)

func (r *rig) code(command ledger.Command) ledger.Code {
	outcome, err := r.Post(context.Background(), command)
	r.Expect(err).NotTo(HaveOccurred())
	return outcome.Code
}

func TestAReversalIsToldWhatItUndoes(t *testing.T) {
	r, _ := funded(t)
	r.must(transfer("seven", "alice", "bob", 7))
	r.must(reversal("undo", transfer("seven", "alice", "bob", 7)))
	r.Expect(r.credit("alice")).To(Equal(int64(10)))
	r.Expect(r.credit("bob")).To(BeZero())
	r.Expect(r.code(reversal("undo again", transfer("seven", "alice", "bob", 7)))).To(Equal(ledger.AlreadyReversed))
	r.Expect(r.code(reversal("too early", topUp("next", "alice", 1)))).To(Equal(ledger.OriginalUnknown))
	r.must(topUp("next", "alice", 1))
	r.must(reversal("too early", topUp("next", "alice", 1)))
	r.Expect(r.credit("alice")).To(Equal(int64(10)))
	r.chained()
}

func TestWhatTransactionsDidIsAskedOnceForAllWhoWaitAndForNobodyElse(t *testing.T) {
	r, store := funded(t)
	r.together(topUps("t", "alice", 3)...)
	r.Expect(store.times.Load()).To(BeZero(), "nothing was to be undone")
	var commands []ledger.Command
	for i, made := range topUps("t", "alice", 3) {
		commands = append(commands, topUps("u", "bob", 3)[i], reversal(ledgertest.Name("undo", i), made))
	}
	for _, answer := range r.together(commands...) {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted), "code %s", answer.Outcome.Code)
	}
	r.Expect(store.times.Load()).To(Equal(int64(1)))
	r.Expect(*store.last.Load()).To(HaveLen(3))
	r.Expect(r.credit("alice")).To(Equal(int64(10)))
	r.Expect(r.credit("bob")).To(Equal(int64(3)))
}

func TestNobodyIsBelievedWhoSaysHimselfWhatATransactionDid(t *testing.T) {
	r, _ := funded(t)
	log := r.batches()
	forged := reversal("forged", topUp("never", "alice", 1000))
	forged.Operation = ledger.Reverse{Of: topUp("never", "alice", 1000).Key, Original: &ledger.Original{
		Kind: ledger.KindTopUp, Entries: log[len(log)-1].Records[0].Entries, Accounts: []ledger.ID{account("alice")},
	}}
	r.Expect(r.code(forged)).To(Equal(ledger.OriginalUnknown))
	r.Expect(r.credit("alice")).To(Equal(int64(10)))
}

func TestWhatCannotBeReadIsNotUndone(t *testing.T) {
	r, _ := funded(t)
	r.store.OnLoad(func(_ context.Context, what ledger.Request) error {
		if len(what.Transactions) == 1 && what.Transactions[0] == ten.Key {
			return ledgertest.ErrCut
		}
		return nil
	})
	_, err := r.Post(context.Background(), reversal("undo", ten))
	r.Expect(err).To(MatchError(ledgertest.ErrCut))
	r.must(topUp("meanwhile", "bob", 1))
	r.store.OnLoad(nil)
	r.must(reversal("undo", ten))
	r.Expect(r.credit("alice")).To(BeZero())
}

// The batch is decided once more after all that it touched was forgotten.
func TestAReversalBesideAPoisonedCommandIsToldAgainWhatItUndoes(t *testing.T) {
	r, store := funded(t)
	bad := topUp("bad", "bob", 1)
	r.poison(bad)
	answers := r.together(reversal("undo", ten), bad, topUp("good", "bob", 1))
	r.Expect(answers[0].Outcome.Status).To(Equal(ledger.Accepted), "code %s", answers[0].Outcome.Code)
	r.Expect(answers[1].Outcome.Code).To(Equal(ledger.Malformed))
	r.Expect(answers[2].Outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(store.times.Load()).To(BeNumerically(">", 1))
	r.Expect(r.credit("alice")).To(BeZero())
}

// A batch can be seen before it is known to be committed. Nothing is undone then,
// and nobody takes it for another writer's.
func TestWhatIsInDoubtIsNotUndone(t *testing.T) {
	r, _ := funded(t)
	r.store.CutHead(1 << 30)
	r.once(ledgertest.LostReply)
	doubtful := topUp("doubtful", "alice", 5)
	posted := r.later(doubtful)
	r.Eventually(func() (ledger.Head, error) { return r.memory.Head(context.Background()) }).
		Should(HaveField("Sequence", int64(4)), "it can be seen")
	loads := r.store.Loads()
	early := r.later(reversal("undo", doubtful))
	r.Eventually(r.store.Loads).Should(Equal(loads + 2))
	r.store.CutHead(0)
	r.Eventually(posted).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Eventually(early).Should(Receive(HaveField("Outcome.Code", ledger.OriginalUnknown)))
	r.must(reversal("undo", doubtful))
	r.Expect(r.credit("alice")).To(Equal(int64(10)))
}

func hold(name string) ledger.ID {
	return ledger.OperationKey(scope, tenant, "BalanceReservation", name, "")
}

func reserve(name, from string, amount int64, lasts time.Duration) ledger.Command {
	return ledger.Command{
		Key: ledger.HoldKey(hold(name), "reserve"), Scope: scope, Tenant: tenant,
		Operation: ledger.Reserve{
			Hold: hold(name), From: ledger.Main(account(from)), Amount: euros(amount), For: lasts.Microseconds(),
		},
	}
}

func expire(name, of string) ledger.Command {
	return ledger.Command{
		Key: ledger.HoldKey(hold(name), "expire"), Scope: scope, Tenant: tenant, Lane: ledger.Bulk,
		Operation: ledger.ExpireHold{Account: account(of), Hold: hold(name)},
	}
}

// The book ended the hold for the sake of another command, in a batch that can be
// seen and is not known to be committed. Its record has the key of the command that
// asks for the end.
func TestTheEndOfAHoldThatIsInDoubtIsNobodyElses(t *testing.T) {
	r, _ := funded(t)
	r.must(reserve("call", "alice", 4, time.Minute))
	r.clock.SetTime(noon.Add(time.Minute))
	r.store.CutHead(1 << 30)
	r.once(ledgertest.LostReply)
	posted := r.later(topUp("one", "alice", 1))
	r.Eventually(func() (ledger.Head, error) { return r.memory.Head(context.Background()) }).
		Should(HaveField("Sequence", int64(5)), "it can be seen")
	loads := r.store.Loads()
	swept := r.later(expire("call", "alice"))
	r.Eventually(r.store.Loads).Should(Equal(loads + 1))
	r.Consistently(swept, "20ms").ShouldNot(Receive())
	r.store.CutHead(0)
	r.Eventually(posted).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Eventually(swept).Should(Receive(HaveField("Outcome.Code", ledger.HoldClosed)))
	again := r.must(expire("call", "alice"))
	r.Expect(again.Replayed).To(BeTrue())
	r.Expect(again.Sequence).To(Equal(int64(5)))
	r.chained()
}

func TestTheEndOfAHoldByAnotherWriterIsAFence(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := start(t, memory, committer.Options{})
	old.must(opening("alice"))
	old.must(topUp("ten", "alice", 10))
	old.must(reserve("call", "alice", 4, time.Minute))
	next := start(t, memory, committer.Options{})
	next.clock.SetTime(noon.Add(time.Minute))
	next.must(expire("call", "alice"))
	old.clock.SetTime(noon.Add(time.Minute))
	_, err := old.Post(context.Background(), expire("call", "alice"))
	old.Expect(err).To(MatchError(ledger.ErrFenced))
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
}
