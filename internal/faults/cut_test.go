// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// every chooses the moment for each so many-th append.
func every(nth int64, when moment) func() moment {
	var count atomic.Int64
	return func() moment {
		if count.Add(1)%nth == 0 {
			return when
		}
		return never
	}
}

// sometimes chooses some moment or other for one in so many appends.
func sometimes(oneIn int) func() moment {
	return func() moment {
		if rand.IntN(oneIn) > 0 { //nolint:gosec // chance
			return never
		}
		return moments[rand.IntN(len(moments))] //nolint:gosec // chance
	}
}

var _ = Describe("A connection that is cut", func() {
	// run posts a load through a proxy that cuts.
	run := func(ctx context.Context, name string, n int, options postgres.Options, choose func() moment, meanwhile func(*proxy, <-chan struct{})) {
		GinkgoHelper()
		server := newLedger(ctx, sharedServer(ctx))
		p, url := startProxy(server)
		store, err := postgres.Open(ctx, url, options)
		Expect(err).NotTo(HaveOccurred())
		w := startWriter(store, nil)
		l := newLoad(1, 40)
		l.open(ctx, w.Post)
		p.cutWhen(choose)
		enough, done := l.background(ctx, n, callers(), w.Post)
		enough()
		meanwhile(p, done)
		await(ctx, done, w.ended)
		Expect(w.ended).NotTo(Receive(), "a cut connection is no reason to stop")
		f := compare(ctx, openReader(ctx, server), l)
		f.spec, f.faults = name, int(p.cuts.Load())
		report(f)
	}
	nothing := func(*proxy, <-chan struct{}) {}

	for _, when := range moments {
		It(when.String()+" loses nothing", limit(), func(ctx SpecContext) {
			run(ctx, "connection cut "+when.String(), share(5), postgres.Options{}, every(3, when), nothing)
		})
		It(when.String()+", with one statement after the other, loses nothing", limit(), func(ctx SpecContext) {
			run(ctx, "the same "+when.String()+", not pipelined", share(1), postgres.Options{NoPipelining: true}, every(3, when), nothing)
		})
	}

	It("at any moment, lookups included, loses nothing", limit(), func(ctx SpecContext) {
		run(ctx, "connections cut at random", share(10), postgres.Options{}, sometimes(6), func(p *proxy, done <-chan struct{}) {
			again := time.NewTicker(250 * time.Millisecond)
			defer again.Stop()
			for {
				select {
				case <-again.C:
					p.cutAll()
				case <-done:
					return
				}
			}
		})
	})
})

var _ = Describe("The same key", func() {
	It("in consecutive batches, and from many callers at once, happens once", limit(), func(ctx SpecContext) {
		server := newLedger(ctx, sharedServer(ctx))
		p, url := startProxy(server)
		w := startWriter(openStore(ctx, url), nil)
		l := newLoad(2, 8)
		l.open(ctx, w.Post)
		p.cutWhen(sometimes(8))
		// 64 callers walk over the numbers together, each command has 16: four
		// commands are asked for at once. Then all are asked for again while the
		// next ones are.
		const callers, times = 64, 16
		n := share(4)
		l.each(n, callers, func(i int) {
			command := i / times
			if i%2 == 1 && command > 4 {
				command -= 4
			}
			l.settle(ctx, l.command(command), w.Post)
		})
		log := readLog(ctx, openReader(ctx, server))
		Expect(len(log)).To(BeNumerically("<=", n/times+l.Accounts+2))
		f := compare(ctx, openReader(ctx, server), l)
		f.spec, f.faults = "the same key again and at once", f.tried-len(l.told)
		report(f)
	})

	It("with other content is a conflict, whoever comes first", limit(), func(ctx SpecContext) {
		server := newLedger(ctx, sharedServer(ctx))
		w := startWriter(openStore(ctx, server), nil)
		l := newLoad(3, 4)
		l.open(ctx, w.Post)
		const keys = 50
		var conflicts atomic.Int64
		l.each(2*keys, 32, func(i int) {
			command := l.topUp(l.name("n", i/2), i/2%4, 1+int64(i%2), ledger.Payment{Type: "Cash"})
			outcome, err := w.Post(ctx, command)
			switch {
			case err != nil:
				l.doubt(err)
			case outcome.Code == ledger.IdempotencyConflict:
				conflicts.Add(1)
			default:
				l.try()
				l.acknowledge(command, outcome)
			}
		})
		Expect(conflicts.Load()).To(Equal(int64(keys)))
		f := compare(ctx, openReader(ctx, server), l)
		f.spec, f.faults = "the same key with other content", keys
		report(f)
	})
})
