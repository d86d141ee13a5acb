// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	scope = "failover"
	// accounts is over how many accounts the commands are spread; one in four
	// commands is about the first.
	accounts = 50
	// askAgain is how long a caller waits before it posts a command again whose
	// outcome it does not know.
	askAgain = 100 * time.Millisecond
	// lookUpTimeout is how long an outcome is looked up that may be in doubt.
	lookUpTimeout = 50 * time.Millisecond
	// lookUps is how many are looked up: they are of the same few batches.
	lookUps = 50
	// replayEvery: of so many commands one is posted once more after it was
	// answered, as somebody does who has lost the answer.
	replayEvery = 10
)

var tenant = ledger.TenantID(scope, "failover", 1)

func accountID(number int) ledger.ID {
	return ledger.AccountID(scope, tenant, fmt.Sprintf("account-%d", number))
}

// opening is the first settings of an account. Part of the transfers finds no
// funds: refusals are outcomes to keep, too.
func opening(number int) ledger.Command {
	op := ledger.SetAccount{Account: accountID(number), Settings: ledger.AccountSettings{Currency: "EUR"}}
	return ledger.Command{Key: ledger.SettingsKey(op.Account, 1), Scope: scope, Tenant: tenant, Operation: op}
}

// command is the same for the same caller and number.
func command(caller, number int) ledger.Command {
	random := rand.New(rand.NewPCG(uint64(caller), uint64(number))) //nolint:gosec // it has to be the same again
	some := func() int { return max(0, random.IntN(accounts*4/3)-accounts/3) }
	amount := ledger.Quantity{Base: 1 + random.Int64N(1000), Unit: "EUR"}
	kind, from, to := "BalanceTransfer", some(), some()
	var op ledger.Operation = ledger.Transfer{From: ledger.Main(accountID(from)), To: ledger.Main(accountID(to)), Amount: amount}
	if from == to || random.IntN(3) == 0 {
		kind, op = "TopUp", ledger.TopUp{Into: ledger.Main(accountID(to)), Amount: amount, Payment: ledger.Payment{Type: "Cash"}}
	}
	name := fmt.Sprintf("%d-%d", caller, number)
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, kind, name, ""), Scope: scope, Tenant: tenant, Operation: op,
	}
}

// acknowledgement is what a caller was told about one of its commands.
type acknowledgement struct {
	transaction ledger.ID
	sequence    int64
	status      ledger.Status
	code        ledger.Code
}

func acknowledge(o ledger.Outcome) acknowledgement {
	return acknowledgement{transaction: o.Transaction, sequence: o.Sequence, status: o.Status, code: o.Code}
}

// load is callers that post, each one command after the other, and readers, until
// they are told to stop. A caller goes on only when it knows the outcome.
type load struct {
	ledger ledger.Ledger
	log    logr.Logger
	// pace is how long a caller waits after an answer.
	pace time.Duration
	// posts counts the calls, unknown those of them that told no outcome.
	posts, unknown atomic.Int64
	// reads counts the looks at accounts that were answered, unread the others.
	reads, unread atomic.Int64
	// journals are what the callers were told, by caller and number. Nobody else
	// reads them before wait has returned.
	journals [][]acknowledgement
	// pending are the commands that were posted and are not answered yet, by
	// caller.
	pending []atomic.Pointer[ledger.Command]

	callers sync.WaitGroup
	stop    chan struct{}
	fail    func(error)
	watch   watch
}

// start lets the callers run until stop is closed or ctx ends, when what is
// unknown stays so. A contradiction is told to fail.
func start(ctx context.Context, l ledger.Ledger, log logr.Logger, callers int, pace time.Duration, fail func(error)) *load {
	running := &load{
		ledger: l, log: log, pace: pace, fail: fail,
		journals: make([][]acknowledgement, callers), pending: make([]atomic.Pointer[ledger.Command], callers),
		stop: make(chan struct{}),
	}
	running.watch.begin()
	for i := range callers {
		running.callers.Go(func() { running.call(ctx, i) })
	}
	for range readers {
		running.callers.Go(func() { running.read(ctx) })
	}
	return running
}

// wait ends the load: everybody finds out how the last command ended first.
func (l *load) wait() {
	close(l.stop)
	l.callers.Wait()
}

func (l *load) call(ctx context.Context, caller int) {
	for number := 0; ; number++ {
		c := command(caller, number)
		l.pending[caller].Store(&c)
		told, ok := l.post(ctx, c)
		if !ok {
			return
		}
		l.pending[caller].Store(nil)
		l.journals[caller] = append(l.journals[caller], told)
		if number%replayEvery == 0 {
			again, ok := l.post(ctx, c)
			if !ok {
				return
			}
			if again != told {
				l.fail(fmt.Errorf("command %s was answered with %+v, and with %+v when it was posted again", c.Key, told, again))
			}
		}
		select {
		case <-time.After(l.pace):
		case <-l.stop:
			return
		}
	}
}

// post posts a command until its outcome is known. It reports false if ctx
// ended before.
func (l *load) post(ctx context.Context, c ledger.Command) (acknowledgement, bool) {
	for {
		l.posts.Add(1)
		began := time.Now()
		outcome, err := l.ledger.Post(ctx, c)
		if err == nil {
			if !outcome.Replayed { // which is read, and commits nothing
				l.watch.acknowledged(began)
			}
			return acknowledge(outcome), true
		}
		if l.unknown.Add(1)%1000 == 1 { // all callers are told the same
			l.log.Info("a caller does not know how a command ended", "cause", err.Error())
		}
		if !pause(ctx, askAgain) {
			return acknowledgement{}, false
		}
	}
}

// leaked counts some of the pending commands whose outcome the ledger tells to those who
// look it up, although it has told nobody who waits for it.
func (l *load) leaked(ctx context.Context) (count int) {
	for i := range min(len(l.pending), lookUps) {
		c := l.pending[i].Load()
		if c == nil {
			continue
		}
		brief, cancel := context.WithTimeout(ctx, lookUpTimeout)
		_, err := l.ledger.Recorded(brief, *c)
		cancel()
		if err == nil && l.pending[i].Load() == c {
			count++
		}
	}
	return count
}

// watch measures for how long nothing new is acknowledged.
type watch struct {
	mu sync.Mutex
	// last is when something was acknowledged.
	last    time.Time
	silence time.Duration
	// since is when the last wait for news began.
	since time.Time
	news  chan struct{}
}

// begin starts anew.
func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.silence = time.Now(), 0
}

// await returns a channel that is closed when a command is acknowledged that is
// posted from now on.
func (w *watch) await() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.news = time.Now(), make(chan struct{})
	return w.news
}

// longest is the longest time since begin in which nothing was acknowledged.
func (w *watch) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.silence, time.Since(w.last))
}

func (w *watch) acknowledged(posted time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.silence, w.last = max(w.silence, now.Sub(w.last)), now
	if w.news != nil && posted.After(w.since) {
		close(w.news)
		w.news = nil
	}
}
