// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// asking is every way to be told of a top-up of 5 that opened alice's account.
var asking = map[string]func(context.Context, *committer.Committer) (any, error){
	"its outcome": func(ctx context.Context, c *committer.Committer) (any, error) {
		outcome, err := c.Recorded(ctx, topUp("one", "alice", 5))
		return outcome.Status, err
	},
	"the account": func(ctx context.Context, c *committer.Committer) (any, error) {
		view, err := c.Account(ctx, account("alice"))
		return view.Credit, err
	},
	"a fact": func(ctx context.Context, c *committer.Committer) (any, error) {
		fact, err := c.Fact(ctx, account("alice"))
		return fact.Version, err
	},
}

type told struct {
	Said any
	Err  error
}

// ask asks in the background.
func (r *rig) ask(what string) <-chan told {
	answer := make(chan told, 1)
	go func() {
		said, err := asking[what](context.Background(), r.Committer)
		answer <- told{said, err}
	}()
	return answer
}

func TestWhatIsInDoubtIsNotTold(t *testing.T) {
	want := map[string]any{"its outcome": ledger.Accepted, "the account": int64(5), "a fact": int64(1)}
	for what := range asking {
		t.Run(what, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{})
			r.must(opening("alice"))
			r.store.CutHead(1 << 30)
			r.once(ledgertest.LostReply)
			posted := r.later(topUp("one", "alice", 5))
			r.Eventually(func() (ledger.Head, error) { return r.memory.Head(context.Background()) }).
				Should(HaveField("Sequence", int64(2)), "it can be seen")
			answer := r.ask(what)
			r.Consistently(answer, "20ms").ShouldNot(Receive())
			impatient, leave := context.WithCancel(context.Background())
			leave()
			_, err := asking[what](impatient, r.Committer)
			r.Expect(err).To(MatchError(context.Canceled))

			r.store.CutHead(0)
			r.Eventually(answer).Should(Receive(Equal(told{Said: want[what]})))
			r.Eventually(posted).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
		})
	}
}

// A process that stops in doubt must not find its own batch and take it for what
// was recorded before.
func TestWhatWasGivenUpInDoubtIsNotTold(t *testing.T) {
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{})
			r.must(opening("alice"))
			r.store.CutHead(1 << 30)
			appending, proceed := make(chan struct{}), make(chan struct{})
			r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
				close(appending)
				<-proceed
				return ledgertest.LostReply
			})
			posted := r.later(topUp("one", "alice", 5))
			<-appending
			again := r.later(topUp("one", "alice", 5))
			r.Eventually(r.Waiting).Should(Equal(1))
			close(proceed)
			r.stop()
			r.Eventually(r.ended).Should(Receive(BeNil()))
			r.Eventually(posted).Should(Receive(HaveField("Err", MatchError(ledger.ErrClosed))))
			r.Eventually(again).Should(Receive(HaveField("Err", MatchError(ledger.ErrClosed))))
			for what := range asking {
				_, err := asking[what](context.Background(), r.Committer)
				r.Expect(err).To(MatchError(ledger.ErrClosed), what)
			}
		})
	}
}

func TestUntilItHasBegunNothingIsTold(t *testing.T) {
	for what := range asking {
		t.Run(what, func(t *testing.T) {
			memory := ledgertest.NewMemory()
			first := start(t, memory, committer.Options{})
			first.must(opening("alice"))
			first.must(topUp("one", "alice", 5))
			first.stop()
			first.Eventually(first.ended).Should(Receive(BeNil()))
			_, err := asking[what](context.Background(), first.Committer)
			first.Expect(err).NotTo(HaveOccurred(), "what was committed is told to the end")

			r := prepare(t, memory, committer.Options{})
			answer := r.ask(what)
			r.Consistently(answer, "20ms").ShouldNot(Receive())
			r.run(t)
			r.Eventually(answer).Should(Receive(HaveField("Err", BeNil())))
		})
	}
}

func TestNothingIsToldWhenItCouldNotBegin(t *testing.T) {
	g := NewWithT(t)
	c := committer.New(headless{ledgertest.NewMemory()}, committer.Options{})
	g.Expect(c.Run(context.Background())).To(MatchError(errDown))
	_, err := c.Fact(context.Background(), account("alice"))
	g.Expect(err).To(And(MatchError(ledger.ErrClosed), MatchError(errDown)))
}

func TestWhatAnotherWriterWroteIsNotTold(t *testing.T) {
	for what := range asking {
		t.Run(what, func(t *testing.T) {
			memory := ledgertest.NewMemory()
			old := start(t, memory, committer.Options{})
			old.must(opening("alice"))
			next := start(t, memory, committer.Options{})
			next.must(topUp("one", "alice", 5))
			_, err := asking[what](context.Background(), old.Committer)
			old.Expect(err).To(MatchError(ledger.ErrFenced))
			old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)), "though it has nothing to write")
			_, err = asking[what](context.Background(), old.Committer)
			old.Expect(err).To(MatchError(ledger.ErrFenced))
		})
	}
	t.Run("to who posts it again", func(t *testing.T) {
		memory := ledgertest.NewMemory()
		old := start(t, memory, committer.Options{})
		old.must(opening("alice"))
		next := start(t, memory, committer.Options{})
		next.must(topUp("one", "alice", 5))
		_, err := old.Post(context.Background(), topUp("one", "alice", 5))
		old.Expect(err).To(MatchError(ledger.ErrFenced))
		old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
		old.Expect(old.store.Appends()).To(Equal(1))
	})
}

func TestAReaderFindsALogThatWentBack(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.must(topUp("one", "alice", 5))
	r.memory.Rewind(1)
	_, err := r.Account(context.Background(), account("alice"))
	r.Expect(err).To(MatchError(ledger.ErrMismatch))
	r.Eventually(r.ended).Should(Receive(MatchError(ledger.ErrMismatch)))
}

// unique is a store whose log has a unique sequence and no other fence, so that
// a second writer meets the same error as content that is refused.
type unique struct{ ledger.Store }

func (u unique) Append(ctx context.Context, batch *ledger.Batch) error {
	err := u.Store.Append(ctx, batch)
	if err != nil && !errors.Is(err, ledger.ErrRejected) {
		err = fmt.Errorf("%w: %w", ledger.ErrRejected, err)
	}
	return err
}

func TestASequenceThatIsTakenFencesAndPoisonsNobody(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := prepare(t, memory, committer.Options{})
	old.store.Store = unique{memory}
	old.run(t)
	old.Open()
	old.must(opening("alice"))
	appending, proceed := old.hold(t)
	commands := topUps("t", "alice", 3)
	late := make([]<-chan ledgertest.Answer, 0, 4)
	late = append(late, old.later(commands[0]))
	<-appending
	for _, c := range commands[1:] {
		late = append(late, old.later(c))
	}
	late = append(late, old.later(commands[0]))
	next := start(t, memory, committer.Options{})
	for _, c := range commands {
		next.must(c) // the old one would find them all in the log
	}
	proceed()
	for _, answer := range late {
		old.Eventually(answer).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	}
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	old.Expect(old.alerts.list()).To(BeEmpty())
	next.Expect(next.credit("alice")).To(Equal(int64(3)))
	next.chained()
}

// The batch of the sequence was rejected, so that what has it now is not ours.
func TestAReaderFindsWhoTookTheSequence(t *testing.T) {
	memory := ledgertest.NewMemory()
	old := prepare(t, memory, committer.Options{})
	old.store.Store = unique{memory}
	old.run(t)
	old.Open()
	old.must(opening("alice"))
	appending, proceed := old.hold(t)
	late := old.later(topUp("late", "alice", 5))
	<-appending
	start(t, memory, committer.Options{}).must(topUp("new", "alice", 1))
	old.store.OnLoad(func(context.Context, ledger.Request) error {
		old.store.OnLoad(nil)
		return ledgertest.ErrCut
	})
	proceed()
	old.Eventually(late).Should(Receive(HaveField("Err", MatchError(ledgertest.ErrCut))))
	old.Eventually(old.ask("the account")).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	old.Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
}

// A duplicate in a batch that was sent before collides with itself.
func TestABatchThatCollidesWithItselfIsCommitted(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	r.store.Store = unique{r.memory}
	r.run(t)
	r.Open()
	r.must(opening("alice"))
	r.once(ledgertest.LateCommit)
	r.Expect(r.must(topUp("one", "alice", 5)).Replayed).To(BeFalse())
	r.Expect(r.store.WrittenLate()).To(Equal(1))
	r.Expect(r.store.Appends()).To(Equal(3), "the second of the batch was rejected")
	r.Expect(r.credit("alice")).To(Equal(int64(5)))
	r.Expect(r.alerts.list()).To(BeEmpty())
}

func TestAWriterThatIsFencedWhileItHalvesAnswersEverybody(t *testing.T) {
	memory := ledgertest.NewMemory()
	r := start(t, memory, committer.Options{})
	r.must(opening("alice"))
	rejections := 0
	r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
		if rejections++; rejections <= 2 {
			return ledgertest.Rejection
		}
		next := start(t, memory, committer.Options{})
		next.must(topUp("new", "alice", 1))
		return ledgertest.None
	})
	for _, answer := range r.together(topUps("t", "alice", 8)...) {
		r.Expect(answer.Err).To(MatchError(ledger.ErrFenced))
	}
	r.Eventually(r.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	r.Expect(r.alerts.list()).To(BeEmpty())
}

// behind is a store that is read from a server which has been left behind: reads
// find an older state, and the head is told by the one that takes writes.
type behind struct {
	ledger.Store
	old ledger.Head
	on  atomic.Bool
}

func (b *behind) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	found, err := b.Store.Load(ctx, what)
	if err == nil && b.on.Load() {
		found.Head = b.old
	}
	return found, err
}

func TestAServerThatWasLeftBehindIsNotBelieved(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	store := &behind{Store: r.store}
	var err error
	store.old, err = r.store.Head(context.Background())
	r.Expect(err).NotTo(HaveOccurred())
	r.Committer = committer.New(store, committer.Options{})
	r.run(t)
	r.Open()
	r.must(opening("alice"))

	store.on.Store(true)
	_, err = r.Post(context.Background(), topUp("one", "alice", 5))
	r.Expect(err).To(MatchError(ContainSubstring("has been left behind")))
	r.Expect(err).NotTo(MatchError(ledger.ErrMismatch))
	_, err = r.Account(context.Background(), account("alice"))
	r.Expect(err).To(MatchError(ContainSubstring("has been left behind")))

	store.on.Store(false)
	r.must(topUp("one", "alice", 5))
	r.Expect(r.credit("alice")).To(BeEquivalentTo(5))
}
