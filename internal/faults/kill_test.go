// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// rounds is how often each spec kills.
func rounds() int { return 3 + *operations/200_000 }

var _ = Describe("A process that is killed with SIGKILL", func() {
	// run lets children post a load until they are killed, and a last one post
	// the rest.
	run := func(ctx context.Context, at string, die step, when moment) {
		GinkgoHelper()
		server := newLedger(ctx, sharedServer(ctx))
		p, url := startProxy(server)
		l := newLoad(4, 40)
		first := startWriter(openStore(ctx, server), nil)
		l.open(ctx, first.Post)
		first.close()
		l.assign(max(share(2), 1200)) // enough for every child to reach its step

		for range rounds() {
			e := errand{URL: url, Commands: l.remaining(), Callers: 64, Step: die, At: 2 + rand.Int64N(3)} //nolint:gosec // chance
			var batch atomic.Int64
			victim := make(chan *child, 1)
			p.cutWhen(func() moment {
				if when != never && batch.Add(1) == e.At {
					return when
				}
				return never
			})
			p.whenReached(func(moment) {
				c := <-victim
				victim <- c
				c.kill()
			})
			c := l.delegate(ctx, e)
			victim <- c
			Eventually(c.exited).WithContext(ctx).Should(BeClosed())
			Expect(c.killed()).To(BeTrue(), "it has to reach the step: %s", c.process.ProcessState)
			for range min(len(l.remaining()), e.Callers) {
				l.doubt(errKilled)
			}
		}
		p.cutWhen(func() moment { return never })
		c := l.delegate(ctx, errand{URL: url, Commands: l.remaining(), Callers: 64})
		Eventually(c.exited).WithContext(ctx).Should(BeClosed())
		Expect(c.exitCode()).To(Equal(exitDone))
		Expect(l.remaining()).To(BeEmpty())
		f := compare(ctx, openReader(ctx, server), l)
		f.spec, f.faults = "committer killed "+at, rounds()
		report(f)
	}

	for _, at := range []step{beforeLookup, afterLookup, beforeAppend, afterAppend, afterFirstAnswer} {
		It(string(at)+" loses nothing", limit(), func(ctx SpecContext) { run(ctx, string(at), at, never) })
	}
	for at, when := range map[string]moment{
		"with half of the batch sent":               halfSent,
		"with the batch sent":                       afterSend,
		"after the commit, with the reply not read": afterCommit,
	} {
		It(at+" loses nothing", limit(), func(ctx SpecContext) { run(ctx, at, nowhere, when) })
	}
})
