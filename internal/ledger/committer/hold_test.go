// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// charge takes one from an account without a hold.
func charge(name, from string) ledger.Command {
	return ledger.Command{
		Key: ledger.OperationKey(scope, tenant, "BalanceAdjustment", name, ""), Scope: scope, Tenant: tenant,
		Operation: ledger.Adjust{
			Type: ledger.OneTimeCharge, At: ledger.Place{Account: account(from)}, Amount: euros(1),
		},
	}
}

func TestAHundredChargesAtOnceOnFiftyTakeFifty(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{MaxBatch: 7})
	r.must(opening("alice"))
	r.must(topUp("fifty", "alice", 50))
	answers := make([]<-chan ledgertest.Answer, 100)
	for i := range answers {
		answers[i] = r.later(charge(fmt.Sprint(i), "alice"))
	}
	ends := map[ledger.Code]int{}
	for _, answer := range answers {
		got := <-answer
		r.Expect(got.Err).NotTo(HaveOccurred())
		ends[got.Outcome.Code]++
	}
	r.Expect(ends).To(Equal(map[ledger.Code]int{"": 50, ledger.InsufficientFunds: 50}))
	r.Expect(r.credit("alice")).To(BeZero())
	r.chained()
}

// A charge and the end of its hold race each other a thousand times, with a clock
// that stands just before the end, at it, or just after it, or is moved across it
// by somebody else meanwhile.
func TestAChargeAndTheEndOfAHoldNeverBothHappen(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.must(topUp("much", "alice", 1_000_000))
	left, charged, expired := int64(1_000_000), 0, 0
	for i := range 1000 {
		hold := ledger.OperationKey(scope, tenant, "BalanceReservation", fmt.Sprint(i), "")
		of := func(role string, op ledger.Operation) ledger.Command {
			return ledger.Command{Key: ledger.HoldKey(hold, role), Scope: scope, Tenant: tenant, Operation: op}
		}
		made := r.must(of("reserve", ledger.Reserve{
			Hold: hold, From: ledger.Place{Account: account("alice")}, Amount: euros(5), For: 1000,
		}))
		end := made.CommittedAt.Add(time.Millisecond)
		r.clock.SetTime(end.Add(time.Duration(rand.IntN(3)-1) * time.Microsecond))
		commands := []ledger.Command{
			of("charge", ledger.ChargeHold{Account: account("alice"), Hold: hold}),
			of("expire", ledger.ExpireHold{Account: account("alice"), Hold: hold}),
		}
		rand.Shuffle(len(commands), func(i, j int) { commands[i], commands[j] = commands[j], commands[i] })
		first, second := r.later(commands[0]), r.later(commands[1])
		if rand.IntN(2) == 0 {
			r.clock.SetTime(end)
		}
		won := map[ledger.Kind]bool{}
		for i, answer := range []<-chan ledgertest.Answer{first, second} {
			got := <-answer
			r.Expect(got.Err).NotTo(HaveOccurred())
			won[commands[i].Operation.Kind()] = got.Outcome.Status == ledger.Accepted
		}
		r.clock.SetTime(end)
		if !won[ledger.KindChargeHold] && !won[ledger.KindExpireHold] {
			r.must(commands[kindAt(commands, ledger.KindExpireHold)])
			won[ledger.KindExpireHold] = true
		}
		r.Expect(won[ledger.KindChargeHold]).NotTo(Equal(won[ledger.KindExpireHold]), "hold %d", i)
		if won[ledger.KindChargeHold] {
			left -= 5
			charged++
		} else {
			expired++
		}
		r.Expect(r.credit("alice")).To(Equal(left), "hold %d", i)
	}
	r.Expect(charged).To(BeNumerically(">", 100))
	r.Expect(expired).To(BeNumerically(">", 100))
	view, err := r.Account(context.Background(), account("alice"))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(view.Reserved).To(BeZero())
	r.Expect(view.Available).To(Equal(left))
	r.chained()
}

// kindAt is where the command of a kind is.
func kindAt(commands []ledger.Command, kind ledger.Kind) int {
	for i, c := range commands {
		if c.Operation.Kind() == kind {
			return i
		}
	}
	return -1
}
