// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func TestMain(m *testing.M) {
	SetDefaultEventuallyTimeout(30 * time.Second)
	os.Exit(m.Run())
}

const scope = "test"

var tenant = ledger.TenantID(scope, "retail", 1)

// noon is when every test begins.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// rig is a committer that runs over a store in memory that can fail.
type rig struct {
	*WithT
	*committer.Committer
	memory *ledgertest.Memory
	store  *ledgertest.Faulty
	clock  *testingclock.FakePassiveClock
	alerts *alerts
	// stop ends Run, which has to return nil; ended gets what it returned.
	stop  context.CancelFunc
	ended chan error
}

// alerts keeps what the committer told its observer.
type alerts struct {
	mu       sync.Mutex
	poisoned []ledger.Command
	doubts   []time.Duration
}

func (a *alerts) Committed(int, time.Duration) {}

func (a *alerts) Poisoned(command ledger.Command) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.poisoned = append(a.poisoned, command)
}

func (a *alerts) InDoubt(since time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.doubts = append(a.doubts, since)
}

// doubt is for how long the newest batch is in doubt.
func (a *alerts) doubt() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.doubts) == 0 {
		return 0
	}
	return a.doubts[len(a.doubts)-1]
}

func (a *alerts) list() []ledger.Command {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]ledger.Command(nil), a.poisoned...)
}

// start runs a committer over the memory and opens it.
func start(t *testing.T, memory *ledgertest.Memory, options committer.Options) *rig {
	t.Helper()
	r := prepare(t, memory, options)
	r.run(t)
	r.Open()
	return r
}

// prepare makes a committer that does not run yet.
func prepare(t *testing.T, memory *ledgertest.Memory, options committer.Options) *rig {
	t.Helper()
	r := &rig{
		WithT: NewWithT(t), memory: memory, store: ledgertest.NewFaulty(memory),
		clock: testingclock.NewFakePassiveClock(noon), alerts: &alerts{}, ended: make(chan error, 1),
	}
	options.Clock, options.Observer = r.clock, r.alerts
	r.Committer = committer.New(r.store, options)
	return r
}

func (r *rig) run(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	var running sync.WaitGroup
	running.Go(func() { r.ended <- r.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// must posts a command that has to be accepted.
func (r *rig) must(command ledger.Command) ledger.Outcome {
	outcome, err := r.Post(context.Background(), command)
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Status).To(Equal(ledger.Accepted), "code %s", outcome.Code)
	return outcome
}

// later posts a command in the background.
func (r *rig) later(command ledger.Command) <-chan ledgertest.Answer {
	answer := make(chan ledgertest.Answer, 1)
	go func() {
		outcome, err := r.Post(context.Background(), command)
		answer <- ledgertest.Answer{Outcome: outcome, Err: err}
	}()
	return answer
}

func (r *rig) together(commands ...ledger.Command) []ledgertest.Answer {
	return ledgertest.Together(r.Committer, r.store, commands...)
}

// hold blocks appends: each tells that it has begun, and waits until all may
// proceed, at the latest when the test ends.
func (r *rig) hold(t *testing.T) (appending <-chan struct{}, proceed func()) {
	begun, released := make(chan struct{}, 100), make(chan struct{})
	r.store.OnAppend(func(*ledger.Batch) ledgertest.Fault {
		begun <- struct{}{}
		<-released
		return ledgertest.None
	})
	proceed = sync.OnceFunc(func() { close(released) })
	t.Cleanup(proceed)
	return begun, proceed
}

// credit is the money on an account, and 0 if the ledger has no such account.
func (r *rig) credit(name string) int64 {
	view, err := r.Account(context.Background(), account(name))
	if errors.Is(err, ledger.ErrUnknown) {
		return 0
	}
	r.Expect(err).NotTo(HaveOccurred())
	return view.Credit
}

func account(name string) ledger.ID { return ledger.AccountID(scope, tenant, name) }

func settings(name string, expect int64, s ledger.AccountSettings) ledger.Command {
	op := ledger.SetAccount{Account: account(name), ExpectVersion: expect, Settings: s}
	return ledger.Command{
		Key: ledger.SettingsKey(op.Account, expect+1), Scope: scope, Tenant: tenant, Operation: op,
	}
}

// opening is the first settings of an account in euros.
func opening(name string) ledger.Command {
	return settings(name, 0, ledger.AccountSettings{Currency: "EUR"})
}

// topUp is a command whose key is its name.
func topUp(name, into string, amount int64) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "TopUp", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.TopUp{
			Into: ledger.Main(account(into)), Amount: euros(amount), Payment: ledger.Payment{Type: "Cash"},
		},
	}
}

func transfer(name, from, to string, amount int64) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "BalanceTransfer", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Transfer{
			From: ledger.Main(account(from)), To: ledger.Main(account(to)), Amount: euros(amount),
		},
	}
}

func euros(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: "EUR"} }

// topUps are n commands of 1 each, named prefix-0, prefix-1, …
func topUps(prefix, into string, n int) []ledger.Command {
	commands := make([]ledger.Command, n)
	for i := range commands {
		commands[i] = topUp(prefix+"-"+strconv.Itoa(i), into, 1)
	}
	return commands
}

// batches are the batches of the log, from batch 0.
func (r *rig) batches() []*ledger.Batch {
	var log []*ledger.Batch
	err := r.memory.Payloads(context.Background(), -1, func(payload []byte) error {
		b, err := ledger.Open(payload)
		log = append(log, b)
		return err
	})
	r.Expect(err).NotTo(HaveOccurred())
	return log
}

// chained checks sequence, hash chain and instants of the whole log.
func (r *rig) chained() {
	log := r.batches()
	for i, b := range log[1:] {
		r.Expect(b.Sequence).To(Equal(log[i].Sequence + 1))
		r.Expect(b.Previous).To(Equal(log[i].Hash))
		r.Expect(b.Instant).NotTo(BeTemporally("<", log[i].Instant))
		r.Expect(b.Records).NotTo(BeEmpty(), "batch %d decides nothing", b.Sequence)
	}
}
