// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func claim(cluster string) ledger.Command {
	return ledger.Command{
		Key: ledger.SettingsKey(ledger.ScopeSubject(""), 1), Scope: scope,
		Operation: ledger.ClaimScope{ClusterUID: cluster},
	}
}

func accept() ledger.Command {
	return ledger.Command{
		Key: ledger.SettingsKey(ledger.EpochSubject(scope), 1), Scope: scope,
		Operation: ledger.AcceptHead{LedgerID: "memory", Hash: make([]byte, len(ledger.Hash{}))},
	}
}

func TestUntilItIsOpenedAllButTheScopeWaits(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	r.run(t)
	ctx := context.Background()
	impatient, leave := context.WithTimeout(ctx, 50*time.Millisecond)
	defer leave()
	_, err := r.Post(impatient, opening("alice"))
	r.Expect(err).To(MatchError(context.DeadlineExceeded), "it is neither decided nor refused")
	waiting := r.later(opening("alice"))
	r.must(claim("cluster"))
	r.must(accept())
	_, err = r.Account(ctx, account("alice"))
	r.Expect(err).To(MatchError(ledger.ErrUnknown), "reading goes on")
	fact, err := r.Fact(ctx, ledger.ScopeSubject(""))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(fact.Version).To(Equal(int64(1)))

	r.Open()
	r.Eventually(waiting).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Close(errors.New("the head is not the recorded one"))
	_, err = r.Post(ctx, topUp("one", "alice", 1))
	r.Expect(err).To(MatchError(ledger.ErrClosed))
	r.Expect(err).To(MatchError(ContainSubstring("the head is not the recorded one")))
	r.Open()
	r.must(topUp("one", "alice", 1))
}

func TestClosingAnswersWhoWaits(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	r.Open()
	waiting := r.later(opening("alice"))
	passing := r.later(claim("cluster"))
	r.Eventually(r.Waiting).Should(Equal(2))
	r.Close(errors.New("for a test"))
	r.Eventually(waiting).Should(Receive(HaveField("Err", MatchError(ledger.ErrClosed))))
	r.Expect(r.Waiting()).To(Equal(1))
	r.run(t)
	r.Eventually(passing).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
}

func TestClosedBeforeItRunsItTellsNothingButWhy(t *testing.T) {
	memory := ledgertest.NewMemory()
	r := prepare(t, memory, committer.Options{})
	asked := make(chan error, 1)
	go func() {
		_, err := r.Fact(context.Background(), ledger.ScopeSubject(""))
		asked <- err
	}()
	r.Consistently(asked, "50ms").ShouldNot(Receive(), "it is not known yet")
	r.Close(errors.New("another holds the scope"))
	r.Eventually(asked).Should(Receive(And(MatchError(ledger.ErrClosed), MatchError(ContainSubstring("another holds the scope")))))
	_, err := r.Account(context.Background(), account("alice"))
	r.Expect(err).To(MatchError(ledger.ErrClosed))

	another := start(t, memory, committer.Options{})
	another.must(opening("alice"))
	_, err = r.Account(context.Background(), account("alice"))
	r.Expect(err).To(MatchError(ledger.ErrClosed), "what another writes fences nobody who only waits")
	another.stop()
	r.run(t)
	r.Open()
	r.must(topUp("one", "alice", 1))
}

func TestClosingAnswersDuplicatesThatWereSetAside(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	appending, proceed := r.hold(t)
	first := r.later(opening("alice"))
	<-appending
	second := r.later(opening("alice"))
	r.Eventually(r.Waiting).Should(Equal(1))
	r.Close(errors.New("for a test"))
	proceed()
	r.Eventually(first).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Eventually(second).Should(Receive(HaveField("Err", MatchError(ledger.ErrClosed))))
	r.Expect(r.Waiting()).To(BeZero())
}

func TestItDoesNotWriteByOlderRules(t *testing.T) {
	memory := ledgertest.NewMemory()
	r := start(t, memory, committer.Options{})
	r.must(opening("alice"))
	newer := &ledger.Batch{
		Sequence: r.Head().Sequence + 1, Previous: r.Head().Hash, Instant: r.Head().Instant, Rules: book.Rules + 1,
	}
	r.Expect(newer.Seal()).To(Succeed())
	r.Expect(memory.Append(context.Background(), newer)).To(Succeed())

	older := prepare(t, memory, committer.Options{})
	older.Open()
	older.Expect(older.Run(context.Background())).To(And(MatchError(ledger.ErrNewer),
		MatchError(ContainSubstring("batch 2 was decided by rules"))))
	_, err := older.Post(context.Background(), topUp("one", "alice", 1))
	older.Expect(err).To(And(MatchError(ledger.ErrClosed), MatchError(ledger.ErrNewer)))
	older.Expect(memory.Head(context.Background())).To(Equal(newer.Head()))
}

// headless is a store that is not there.
type headless struct{ ledger.Store }

var errDown = errors.New("no route to the database")

func (headless) Head(context.Context) (ledger.Head, error) { return ledger.Head{}, errDown }

func TestItDoesNotRunWithoutAHead(t *testing.T) {
	g := NewWithT(t)
	c := committer.New(headless{ledgertest.NewMemory()}, committer.Options{})
	c.Open()
	g.Expect(c.Run(context.Background())).To(MatchError(errDown))
	_, err := c.Post(context.Background(), opening("alice"))
	g.Expect(err).To(MatchError(ledger.ErrClosed))
	g.Expect(err).To(MatchError(errDown))
}
