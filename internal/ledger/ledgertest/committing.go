// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// Content is what a store refuses of the content of a record.
type Content struct {
	Name string
	// Spoil makes a good record of a top-up one that the store refuses.
	Spoil func(*ledger.Record)
}

// refusable is what every store refuses. The last entry of a top-up is that of
// the account.
var refusable = []Content{
	{"a balance under its floor", func(r *ledger.Record) {
		last := &r.Entries[len(r.Entries)-1]
		last.Amount, last.Balance = -1, *last.Floor-1
	}},
	{"an amount beyond what is counted", func(r *ledger.Record) { r.Entries[len(r.Entries)-1].Amount = largest + 1 }},
	{"an entry that is there already", func(r *ledger.Record) { r.Entries[len(r.Entries)-1].Version = 1 }},
}

// Committing registers the specs of a committer on a store. create returns a store
// with a new log, and more is what this store refuses beyond what all of them do.
// A store that can be audited has to be in order after each spec.
//
// It is called as Ginkgo's Describe is, and returns true.
func Committing(name string, create func() ledger.Store, more ...Content) bool {
	return Describe("A committer on the "+name+" store", func() {
		var w *writer
		BeforeEach(func(ctx SpecContext) {
			w = newWriter(create())
			w.must(ctx, opening)
		})
		AfterEach(func(ctx SpecContext) {
			if source, ok := w.store.Store.(audit.Source); ok {
				report, err := audit.Run(ctx, source)
				Expect(err).NotTo(HaveOccurred())
				Expect(report.Findings).To(BeEmpty())
			}
		})

		var entries []TableEntry
		for _, content := range append(append([]Content(nil), refusable...), more...) {
			entries = append(entries, Entry(content.Name, content))
		}
		DescribeTable("lets the one command fail whose content the store refuses, and commits the other 999",
			func(ctx SpecContext, content Content) { w.failsAlone(ctx, content) }, entries)

		DescribeTable("commits a batch once", func(ctx SpecContext, fault Fault) { w.once(ctx, fault) },
			Entry("that never arrived", Lost),
			Entry("whose reply was lost", LostReply),
			Entry("that is written after it was looked for", LateCommit),
			Entry("that was rejected and is not the next time", Rejection),
		)

		It("decides the same key in consecutive batches once", func(ctx SpecContext) { w.consecutive(ctx) })
		It("catches up with ten years of cycles by one command, and loads no more than on the first day",
			func(ctx SpecContext) { w.catchesUp(ctx) })
		DescribeTable("lets a hundred accounts that share a bucket ask for it at once, and gives none more than its cap",
			func(ctx SpecContext, has int64) { w.usedAtOnce(ctx, has) },
			Entry("when there is more than all caps", int64(members*capOf+50)),
			Entry("when there is as much as all caps", int64(members*capOf)),
			Entry("when there is less, which is used to the last", int64(members*capOf-70)),
		)
		It("is fenced by what another writer wrote, in what it loads", func(ctx SpecContext) { w.fencedIdle(ctx) })
		It("is fenced by what another writer wrote, in what it appends", func(ctx SpecContext) { w.fencedBusy(ctx) })
	})
}

// writer is a committer on a store that fails as told.
type writer struct {
	*committer.Committer
	store    *Faulty
	poisoned atomic.Int64
	ended    chan error
}

// newWriter runs a committer until the spec ends.
func newWriter(store ledger.Store) *writer { return runWriter(store, committer.Options{}) }

func runWriter(store ledger.Store, options committer.Options) *writer {
	w := &writer{store: NewFaulty(store), ended: make(chan error, 1)}
	options.Observer = w
	w.Committer = committer.New(w.store, options)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.ended <- w.Run(ctx) })
	DeferCleanup(func() {
		cancel()
		running.Wait()
	})
	w.Open()
	return w
}

// Committed implements [committer.Observer]. It hides the committer's channel of
// the same name.
func (w *writer) Committed(int, time.Duration) {}

// Poisoned implements [committer.Observer].
func (w *writer) Poisoned(ledger.Command) { w.poisoned.Add(1) }

// InDoubt implements [committer.Observer].
func (w *writer) InDoubt(time.Duration) {}

const committingScope = "committing"

var (
	committingTenant = ledger.TenantID(committingScope, "retail", 1)
	// holder is the account that every top-up of these specs goes to.
	holder  = ledger.AccountID(committingScope, committingTenant, "alice")
	opening = ledger.Command{
		Key: ledger.SettingsKey(holder, 1), Scope: committingScope, Tenant: committingTenant,
		Operation: ledger.SetAccount{Account: holder, Settings: ledger.AccountSettings{Currency: "EUR"}},
	}
)

// topUp is the top-up of 1 that has the name.
func topUp(name string) ledger.Command {
	return ledger.Command{
		Key:   ledger.OperationKey(committingScope, committingTenant, "TopUp", name, ""),
		Scope: committingScope, Tenant: committingTenant,
		Operation: ledger.TopUp{
			Into: ledger.Main(holder), Amount: ledger.Quantity{Base: 1, Unit: "EUR"}, Payment: ledger.Payment{Type: "Cash"},
		},
	}
}

func topUps(n int) []ledger.Command {
	commands := make([]ledger.Command, n)
	for i := range commands {
		commands[i] = topUp(Name("t", i))
	}
	return commands
}

// must posts a command that has to be accepted.
func (w *writer) must(ctx context.Context, command ledger.Command) ledger.Outcome {
	GinkgoHelper()
	outcome, err := w.Post(ctx, command)
	Expect(err).NotTo(HaveOccurred())
	Expect(outcome.Status).To(Equal(ledger.Accepted), "code %s", outcome.Code)
	return outcome
}

// later posts a command in the background.
func (w *writer) later(ctx context.Context, command ledger.Command) <-chan Answer {
	answer := make(chan Answer, 1)
	go func() {
		outcome, err := w.Post(ctx, command)
		answer <- Answer{outcome, err}
	}()
	return answer
}

// hold keeps appends back: each tells that it has begun and waits to proceed.
func (w *writer) hold() (appending <-chan struct{}, proceed func()) {
	begun, released := make(chan struct{}, 100), make(chan struct{})
	w.store.OnAppend(func(*ledger.Batch) Fault {
		begun <- struct{}{}
		<-released
		return None
	})
	proceed = sync.OnceFunc(func() { close(released) })
	DeferCleanup(proceed)
	return begun, proceed
}

func (w *writer) credit(ctx context.Context) int64 {
	GinkgoHelper()
	view, err := w.Account(ctx, holder)
	Expect(err).NotTo(HaveOccurred())
	return view.Credit
}

func (w *writer) failsAlone(ctx context.Context, content Content) {
	GinkgoHelper()
	const at = 617
	w.must(ctx, topUp("first")) // so that the account has an entry of version 1
	commands := topUps(1000)
	w.store.Spoil(func(r *ledger.Record) {
		if r.ID == commands[at].Key {
			content.Spoil(r)
		}
	})
	for i, answer := range Together(w.Committer, w.store, commands...) {
		Expect(answer.Err).NotTo(HaveOccurred())
		if i == at {
			Expect(answer.Outcome).To(Equal(ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}))
			continue
		}
		Expect(answer.Outcome.Status).To(Equal(ledger.Accepted), "command %d: %s", i, answer.Outcome.Code)
	}
	Expect(w.poisoned.Load()).To(BeEquivalentTo(1))
	Expect(w.credit(ctx)).To(BeEquivalentTo(1000))
	_, err := w.Recorded(ctx, commands[at])
	Expect(err).To(MatchError(ledger.ErrUnknown))
	w.store.Spoil(nil)
	w.must(ctx, commands[at])
	Expect(w.credit(ctx)).To(BeEquivalentTo(1001))
}

func (w *writer) once(ctx context.Context, fault Fault) {
	GinkgoHelper()
	befalls := fault
	w.store.OnAppend(func(*ledger.Batch) Fault {
		now := befalls
		befalls = None
		return now
	})
	w.store.CutHead(2)
	head := w.Head().Sequence
	for _, answer := range Together(w.Committer, w.store, topUps(100)...) {
		Expect(answer.Err).NotTo(HaveOccurred())
		Expect(answer.Outcome.Status).To(Equal(ledger.Accepted))
		Expect(answer.Outcome.Replayed).To(BeFalse())
		Expect(answer.Outcome.Sequence).To(Equal(head + 1))
	}
	Expect(w.credit(ctx)).To(BeEquivalentTo(100))
}

func (w *writer) consecutive(ctx context.Context) {
	GinkgoHelper()
	appending, proceed := w.hold()
	first := w.later(ctx, topUp("one"))
	Eventually(ctx, appending).Should(Receive())
	loads := w.store.Loads()
	again := w.later(ctx, topUp("one"))
	Eventually(ctx, w.Waiting).Should(Equal(1))
	other := w.later(ctx, topUp("two"))
	Eventually(ctx, w.store.Loads).Should(BeNumerically(">", loads), "it is looked up while the first is appended")
	proceed()
	var answer Answer
	Eventually(ctx, first).Should(Receive(&answer))
	Expect(answer.Err).NotTo(HaveOccurred())
	Expect(answer.Outcome.Replayed).To(BeFalse())
	answer.Outcome.Replayed = true
	Eventually(ctx, again).Should(Receive(Equal(answer)))
	Eventually(ctx, other).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
	Expect(w.credit(ctx)).To(BeEquivalentTo(2))
}

func (w *writer) fencedIdle(ctx context.Context) {
	GinkgoHelper()
	newWriter(w.store.Store).must(ctx, topUp("one"))
	appends := w.store.Appends()
	_, err := w.Post(ctx, topUp("one"))
	Expect(err).To(MatchError(ledger.ErrFenced), "what another one wrote is not this one's to tell")
	Eventually(ctx, w.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	Expect(w.store.Appends()).To(Equal(appends))
}

func (w *writer) fencedBusy(ctx context.Context) {
	GinkgoHelper()
	appending, proceed := w.hold()
	late := w.later(ctx, topUp("late"))
	Eventually(ctx, appending).Should(Receive())
	behind := w.later(ctx, topUp("behind"))
	next := newWriter(w.store.Store)
	next.must(ctx, topUp("one"))
	proceed()
	Eventually(ctx, late).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	Eventually(ctx, behind).Should(Receive(HaveField("Err", MatchError(ledger.ErrFenced))))
	Eventually(ctx, w.ended).Should(Receive(MatchError(ledger.ErrFenced)))
	Expect(w.poisoned.Load()).To(BeZero())
	next.must(ctx, topUp("late"))
	Expect(next.credit(ctx)).To(BeEquivalentTo(2))
}
