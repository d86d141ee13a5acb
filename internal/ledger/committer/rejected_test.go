// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// poison makes the store refuse the commands.
func (r *rig) poison(commands ...ledger.Command) {
	r.store.Poison(func(record *ledger.Record) bool {
		return slices.ContainsFunc(commands, func(c ledger.Command) bool { return c.Key == record.ID })
	})
}

func TestOnePoisonedCommandFailsAlone(t *testing.T) {
	for name, at := range map[string]int{"first": 0, "in the middle": 617, "last": 999} {
		t.Run(name, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 1000})
			r.together(opening("alice"), opening("bob"))
			commands := topUps("t", "alice", 1000)
			// Each but the first needs what the one before brought.
			for i := range commands {
				if i%2 == 1 {
					commands[i] = transfer(commands[i].Key.String(), "alice", "bob", 1)
				}
			}
			r.poison(commands[at])
			for i, answer := range r.together(commands...) {
				r.Expect(answer.Err).NotTo(HaveOccurred())
				if i == at {
					r.Expect(answer.Outcome).To(Equal(ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}))
					continue
				}
				if i == at+1 && at%2 == 0 {
					// What it would have transferred was the poisoned top-up.
					r.Expect(answer.Outcome.Code).To(Equal(ledger.InsufficientFunds))
					continue
				}
				r.Expect(answer.Outcome.Status).To(Equal(ledger.Accepted), "command %d", i)
			}
			r.Expect(r.alerts.list()).To(Equal([]ledger.Command{commands[at]}))
			_, err := r.Recorded(context.Background(), commands[at])
			r.Expect(err).To(MatchError(ledger.ErrUnknown))
			r.Expect(r.store.Appends()).To(BeNumerically("<", 30), "it is found by halving")
			r.chained()
		})
	}
}

func TestSeveralPoisonedCommandsFailAlone(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	commands := topUps("t", "alice", 100)
	r.poison(commands[3], commands[4], commands[70])
	taken := 0
	for _, answer := range r.together(commands...) {
		r.Expect(answer.Err).NotTo(HaveOccurred())
		if answer.Outcome.Status == ledger.Accepted {
			taken++
		}
	}
	r.Expect(taken).To(Equal(97))
	r.Expect(r.credit("alice")).To(Equal(int64(97)))
	r.Expect(r.alerts.list()).To(HaveLen(3))
	r.store.Poison(nil)
	r.must(commands[3])
	r.Expect(r.credit("alice")).To(Equal(int64(98)))
}

// The batch behind was gathered when everything it needs was known, and then the
// rejected one made the committer forget it.
func TestABatchGatheredBeforeARejectionIsLoadedAgain(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.together(opening("alice"), opening("bob"))
	r.must(topUp("funds", "alice", 10))
	bad := transfer("bad", "alice", "bob", 10)
	appending, proceed := make(chan struct{}, 10), make(chan struct{})
	r.store.OnAppend(func(b *ledger.Batch) ledgertest.Fault {
		appending <- struct{}{}
		<-proceed
		if b.Records[0].ID == bad.Key {
			return ledgertest.Rejection
		}
		return ledgertest.None
	})
	rejected := r.later(bad)
	<-appending
	loads := r.store.Loads()
	behind := r.later(transfer("good", "alice", "bob", 10))
	r.Eventually(r.store.Loads).Should(Equal(loads + 1))
	close(proceed)
	r.Eventually(rejected).Should(Receive(HaveField("Outcome.Code", ledger.Malformed)))
	r.Eventually(behind).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Expect(r.credit("alice")).To(BeZero())
	r.Expect(r.credit("bob")).To(Equal(int64(10)))
}

// The batch behind was loaded while the rejected one was being loaded again.
func TestABatchLoadedDuringARejectionIsLoadedAgain(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.together(opening("alice"), opening("bob"))
	r.must(topUp("funds", "alice", 10))
	bad := transfer("bad", "alice", "bob", 10)
	r.poison(bad)
	appending, proceed := make(chan struct{}, 10), make(chan struct{})
	loads := r.store.Loads()
	r.store.OnLoad(func(context.Context, ledger.Request) error {
		if r.store.Loads() == loads+1 { // that of the batch with the bad one
			return nil
		}
		appending <- struct{}{}
		<-proceed
		return nil
	})
	rejected := r.later(bad) // its reload blocks
	<-appending
	behind := r.later(transfer("good", "alice", "bob", 10))
	<-appending // loaded while alice's state is in doubt
	close(proceed)
	r.Eventually(rejected).Should(Receive(HaveField("Outcome.Code", ledger.Malformed)))
	r.Eventually(behind).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	r.Expect(r.credit("alice")).To(BeZero())
	r.Expect(r.credit("bob")).To(Equal(int64(10)))
}

func TestALookupThatFailsIsAnErrorAndNothingElse(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	down := errors.New("no route to the database")
	r.store.OnLoad(func(context.Context, ledger.Request) error { return down })
	_, err := r.Post(context.Background(), topUp("one", "bob", 5))
	r.Expect(err).To(MatchError(down))
	r.store.OnLoad(nil)
	outcome, err := r.Post(context.Background(), topUp("one", "bob", 5))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Code).To(Equal(ledger.AccountUnknown), "what was not loaded is asked for again")
	r.must(topUp("two", "alice", 5))
}

// What did not fit into the batch must not wait for somebody else to come.
func TestALookupThatFailsDoesNotHoldUpTheRest(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 2})
	loading, goOn := make(chan struct{}), make(chan struct{})
	loads := r.store.Loads()
	r.store.OnLoad(func(context.Context, ledger.Request) error {
		switch r.store.Loads() - loads {
		case 1:
			close(loading)
			<-goOn
			return ledgertest.ErrCut
		case 2:
			return ledgertest.ErrCut
		default:
			return nil
		}
	})
	answers := []<-chan ledgertest.Answer{r.later(opening("first"))}
	<-loading
	for i := range 5 {
		answers = append(answers, r.later(opening(strconv.Itoa(i))))
		r.Eventually(r.Waiting).Should(Equal(i + 1))
	}
	close(goOn)
	for i, answer := range answers {
		if i < 3 {
			r.Eventually(answer).Should(Receive(HaveField("Err", MatchError(ledgertest.ErrCut))))
			continue
		}
		r.Eventually(answer).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	}
}

// unreadable is a store in which one account's rows are of a newer program.
type unreadable struct {
	ledger.Store
	account ledger.ID
}

func (u unreadable) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	found, err := u.Store.Load(ctx, what)
	if err == nil && slices.Contains(what.Accounts, u.account) {
		found.Accounts[u.account] = ledger.AccountRows{Facts: []ledger.FactRow{{Fact: ledger.Fact{Kind: 200}}}}
	}
	return found, err
}

func TestAnAccountThatCannotBeReadStopsNobodyElse(t *testing.T) {
	r := prepare(t, ledgertest.NewMemory(), committer.Options{})
	r.store.Store = unreadable{Store: r.store.Store, account: account("odd")}
	r.run(t)
	r.Open()
	r.must(opening("alice"))
	answers := r.together(topUp("one", "alice", 1), topUp("two", "odd", 1), topUp("three", "alice", 1))
	r.Expect(answers[0].Outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(answers[1].Err).To(MatchError(ContainSubstring("unknown to this program")))
	r.Expect(answers[2].Outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(r.alerts.list()).To(BeEmpty())
}
