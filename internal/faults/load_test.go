// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	scope = "faults"
	// kinds are the pairs of tenant and currency; accounts of one kind can send
	// each other money.
	kinds = 4
)

var (
	namespaces = [2]string{"retail", "wholesale"}
	currencies = [2]string{"EUR", "USD"}
)

// load is a list of commands, each of which anybody can make again from its
// number, and the journal of what was answered.
type load struct {
	// Seed makes the commands of two loads different.
	Seed uint64
	// Accounts is how many accounts there are.
	Accounts int
	journal
}

func newLoad(seed uint64, accounts int) *load {
	return &load{Seed: seed, Accounts: accounts, journal: newJournal()}
}

// place tells about the numbered account.
func (l *load) place(n int) (tenant, account ledger.ID, currency string) {
	tenant = ledger.TenantID(scope, namespaces[n%2], 1)
	return tenant, ledger.AccountID(scope, tenant, l.name("account", n)), currencies[n/2%2]
}

func (l *load) name(what string, n int) string {
	return what + "-" + strconv.FormatUint(l.Seed, 10) + "-" + strconv.Itoa(n)
}

// opening is the first settings of an account.
func (l *load) opening(n int) ledger.Command {
	tenant, account, currency := l.place(n)
	return ledger.Command{
		Key: ledger.SettingsKey(account, 1), Scope: scope, Tenant: tenant,
		Operation: ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: currency}},
	}
}

// command is the numbered command: mostly top-ups and transfers, some of which
// cannot be paid for; some receipts that were used before; and sometimes an
// earlier command once more.
func (l *load) command(n int) ledger.Command {
	random := rand.New(rand.NewPCG(l.Seed, uint64(n))) //nolint:gosec // the same each time
	choice := random.IntN(100)
	if choice < 4 && n > 0 {
		return l.command(n - 1 - random.IntN(min(n, 50)))
	}
	at := random.IntN(l.Accounts)
	if choice < 50 {
		payment := ledger.Payment{Type: "Cash"}
		if choice < 10 {
			payment = ledger.Payment{Type: "BankTransfer", Reference: l.name("receipt", random.IntN(n+1))}
		}
		return l.topUp(l.name("n", n), at, 1+random.Int64N(100), payment)
	}
	amount := 1 + random.Int64N(60)
	if choice > 94 {
		amount = 1_000_000_000
	}
	to := (at + kinds*(1+random.IntN(max(l.Accounts/kinds-1, 1)))) % l.Accounts
	return l.transfer(l.name("n", n), at, to, amount)
}

func (l *load) topUp(name string, into int, amount int64, payment ledger.Payment) ledger.Command {
	tenant, account, currency := l.place(into)
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "TopUp", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.TopUp{
			Into: ledger.Main(account), Amount: ledger.Quantity{Base: amount, Unit: currency}, Payment: payment,
		},
		Annotation: ledger.Annotation{Channel: "Retail"},
	}
}

func (l *load) transfer(name string, from, to int, amount int64) ledger.Command {
	tenant, sender, currency := l.place(from)
	_, receiver, _ := l.place(to)
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "BalanceTransfer", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Transfer{
			From: ledger.Main(sender), To: ledger.Main(receiver), Amount: ledger.Quantity{Base: amount, Unit: currency},
		},
	}
}

// poster is who can be asked for a command.
type poster func(context.Context, ledger.Command) (ledger.Outcome, error)

// open posts the settings of all accounts.
func (l *load) open(ctx context.Context, post poster) {
	commands := make([]ledger.Command, l.Accounts)
	for n := range commands {
		commands[n] = l.opening(n)
	}
	l.post(ctx, commands, 64, post)
}

// run posts the commands numbered from one number to another.
func (l *load) run(ctx context.Context, from, to, callers int, post poster) {
	l.each(to-from, callers, func(n int) { l.settle(ctx, l.command(from+n), post) })
}

// post posts commands.
func (l *load) post(ctx context.Context, commands []ledger.Command, callers int, post poster) {
	l.each(len(commands), callers, func(n int) { l.settle(ctx, commands[n], post) })
}

// each does something for each number below n, by so many callers at once, and
// returns when it is done.
func (l *load) each(n, callers int, do func(int)) {
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(callers, n) {
		running.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	running.Wait()
}

// patience is how long a caller waits after it was told an error.
const patience = 50 * time.Millisecond

// settle posts one command until it is known what happened.
func (l *load) settle(ctx context.Context, command ledger.Command, post poster) {
	l.try()
	if outcome, known := l.insist(ctx, command, post); known {
		l.acknowledge(command, outcome)
	}
}

// insist posts one command until there is an answer or ctx ends.
func (l *load) insist(ctx context.Context, command ledger.Command, post poster) (outcome ledger.Outcome, known bool) {
	for {
		outcome, err := post(ctx, command)
		if err == nil {
			return outcome, true
		}
		l.doubt(err)
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return ledger.Outcome{}, false
		}
	}
}

// assignment notes the answer to a command that was assigned, be it the first.
func (l *load) assignment(number int, outcome ledger.Outcome) {
	if l.tell(number) {
		l.acknowledge(l.command(number), outcome)
	} else {
		l.note(l.command(number), outcome)
	}
}

// background runs at least so many commands, and further ones until enough is
// called, while a spec goes on; done is closed when all of them were answered.
func (l *load) background(ctx context.Context, atLeast, callers int, post poster) (enough func(), done <-chan struct{}) {
	var next atomic.Int64
	var stopped atomic.Bool
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= atLeast && stopped.Load() {
					return
				}
				l.settle(ctx, l.command(n), post)
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		running.Wait()
	}()
	return func() { stopped.Store(true) }, finished
}

// progress waits until so many further operations were acknowledged.
func (l *load) progress(operations int) {
	GinkgoHelper()
	Eventually(l.answered).Should(BeNumerically(">=", l.answered()+operations))
}

// await waits for the end of a load for as long as the spec has, or until the
// writer that should have answered it has ended.
func await(ctx context.Context, done <-chan struct{}, ended <-chan error) {
	GinkgoHelper()
	select {
	case <-done:
	case err := <-ended:
		Fail(fmt.Sprintf("the committer has ended: %v", err))
	case <-ctx.Done():
		Fail("the load was not answered in time")
	}
}
