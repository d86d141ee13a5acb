// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// bankAccounts is how many accounts the bank of one history has.
const bankAccounts = 3

// bank is what is on its accounts.
type bank [bankAccounts]int64

// request is what a client asked of the bank: a top-up of to, a transfer, or
// with no amount to read an account.
type request struct {
	transfer bool
	from, to int
	amount   int64
}

// reply is what it was told.
type reply struct {
	// known is false when it was told nothing it could rely on.
	known    bool
	accepted bool
	// balance is what was on to afterwards.
	balance int64
}

// banking is the model: what one after the other would do. A request without a
// reply may be put at the end, where nobody saw it.
var banking = porcupine.Model{
	Init: func() any { return bank{} },
	Step: func(state, input, output any) (bool, any) {
		b, asked, told := state.(bank), input.(request), output.(reply)
		if asked.amount == 0 {
			return told.balance == b[asked.to], b
		}
		accepted := !asked.transfer || b[asked.from] >= asked.amount
		if accepted {
			b[asked.to] += asked.amount
			if asked.transfer {
				b[asked.from] -= asked.amount
			}
		}
		if !told.known {
			return true, b
		}
		return told.accepted == accepted && (!accepted || told.balance == b[asked.to]), b
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
}

// history is what some clients did at once to a bank of their own.
type history struct {
	*load
	number int
	begun  time.Time

	mu   sync.Mutex
	done []porcupine.Operation
	// open are the commands whose callers were told nothing.
	open []ledger.Command
}

func (h *history) account(n int) int { return kinds * (h.number*bankAccounts + n) }

// command makes the ledger's command of a request.
func (h *history) command(client, n int, r request) ledger.Command {
	name := h.name("history", h.number) + fmt.Sprintf("-%d-%d", client, n)
	if r.transfer {
		return h.transfer(name, h.account(r.from), h.account(r.to), r.amount)
	}
	return h.topUp(name, h.account(r.to), r.amount, ledger.Payment{Type: "Cash"})
}

func draw() request {
	r := request{from: rand.IntN(bankAccounts), amount: 1 + rand.Int64N(20)} //nolint:gosec // chance
	r.to = (r.from + 1) % bankAccounts
	switch rand.IntN(3) { //nolint:gosec // chance
	case 0:
		r.transfer = true
	case 1:
		r.amount = 0
	}
	return r
}

// client does some things, one after the other, until one of them is in doubt: a
// history with many open ends takes too long to check.
func (h *history) client(ctx context.Context, client, requests int, bank *service) {
	for n, doubt := 0, false; n < requests && !doubt; n++ {
		r := draw()
		patience := time.Minute
		if rand.IntN(3) == 0 { //nolint:gosec // chance
			patience = time.Duration(rand.IntN(15)) * time.Millisecond //nolint:gosec // chance
		}
		called := time.Since(h.begun).Nanoseconds()
		told := h.ask(ctx, patience, h.command(client, n, r), r, bank)
		returned := time.Since(h.begun).Nanoseconds()
		if !told.known {
			if r.amount == 0 {
				continue // a read that nobody saw changes nothing
			}
			returned, doubt = math.MaxInt64, true
		}
		h.mu.Lock()
		h.done = append(h.done, porcupine.Operation{ClientId: client, Input: r, Call: called, Output: told, Return: returned})
		h.mu.Unlock()
	}
}

func (h *history) ask(ctx context.Context, patience time.Duration, command ledger.Command, r request, bank *service) reply {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if r.amount == 0 {
		_, account, _ := h.place(h.account(r.to))
		view, err := bank.Account(ctx, account)
		return reply{known: err == nil, balance: view.Credit}
	}
	h.try()
	outcome, err := bank.Post(ctx, command)
	if err != nil {
		h.doubt(err)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.open = append(h.open, command)
		return reply{}
	}
	h.acknowledge(command, outcome)
	told := reply{known: true, accepted: outcome.Status == ledger.Accepted}
	_, account, _ := h.place(h.account(r.to))
	for _, impact := range outcome.Impacts {
		if impact.Account == account {
			told.balance = impact.After
		}
	}
	return told
}

var _ = Describe("Short histories with lost replies", func() {
	It("are linearizable", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		p, through := startProxy(there)
		var s service
		s.current.Store(run(openStore(ctx, through), nil))
		DeferCleanup(func() { s.current.Load().close() })

		histories, clients, requests := 200+*operations/1000, 5, 6
		l := newLoad(18, kinds*bankAccounts*histories)
		l.each(l.Accounts/kinds, 64, func(n int) { l.settle(ctx, l.opening(kinds*n), s.Post) })
		p.cutWhen(sometimes(6))
		all := make([]*history, histories)
		l.each(histories, 16, func(number int) {
			h := &history{load: l, number: number, begun: time.Now()}
			all[number] = h
			if number%40 == 39 {
				s.replace(func() *writer { return run(openStore(ctx, through), nil) })
			}
			var together sync.WaitGroup
			for client := range clients {
				together.Go(func() { h.client(ctx, client, requests, &s) })
			}
			together.Wait()
		})
		unknown := 0
		for _, h := range all {
			unknown += len(h.open)
			Expect(porcupine.CheckOperationsTimeout(banking, h.done, time.Minute)).To(Equal(porcupine.Ok),
				"history %d is not linearizable: %v", h.number, h.done)
			for _, command := range h.open {
				// It was tried before; only now it is known what happened.
				if outcome, known := l.insist(ctx, command, s.Post); known {
					l.acknowledge(command, outcome)
				}
			}
		}
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = fmt.Sprintf("%d histories are linearizable", histories), int(p.cuts.Load())
		report(f)
		Expect(unknown).To(BeNumerically(">", histories/10), "too few replies were lost to show anything")
	})
})
