// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// slots are writers any of which may be asked.
type slots []service

func (s slots) Post(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	return s[rand.IntN(len(s))].Post(ctx, command) //nolint:gosec // chance
}

// impatient asks somebody who may not answer.
func impatient(post poster) poster {
	return func(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
		ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		defer cancel()
		return post(ctx, command)
	}
}

var _ = Describe("Two committers on one ledger", func() {
	It("commit everything once, and one of them is fenced", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		l := newLoad(10, 40)
		both := make(slots, 2)
		for i := range both {
			w := startWriter(openStore(ctx, there), nil)
			both[i].current.Store(w)
			if i == 0 {
				l.open(ctx, w.Post)
			}
		}
		l.run(ctx, 0, share(5), 2*callers(), both.Post)
		fenced := 0
		for i := range both {
			select {
			case err := <-both[i].current.Load().ended:
				Expect(err).To(MatchError(ledger.ErrFenced))
				fenced++
			default:
			}
		}
		Expect(fenced).To(Equal(1))
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "two committers at once", fenced
		report(f)
	})

	It("take the ledger from each other again and again, and no money appears or disappears", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		l := newLoad(11, 40)
		first := startWriter(openStore(ctx, there), nil)
		l.open(ctx, first.Post)
		first.close()
		both := make(slots, 2)
		fights := int64(4 * rounds())
		var fenced atomic.Int64
		stopFirst := both[0].manage(ctx, there, nil, &fenced)
		stopSecond := both[1].manage(ctx, there, func() bool { return fenced.Load() >= fights }, &fenced)
		for at := 0; at < share(6) || fenced.Load() < fights && ctx.Err() == nil; at += 1000 {
			l.run(ctx, at, at+1000, 2*callers(), both.Post)
		}
		stopFirst()
		stopSecond()
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "two committers in turns", int(fenced.Load())
		report(f)
	})
})

// manage keeps a committer in charge: it starts one, and again whenever that was
// fenced, as Kubernetes starts a manager again, until it is stopped or it is
// enough.
func (s *service) manage(ctx context.Context, url string, enough func() bool, fenced *atomic.Int64) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var managing sync.WaitGroup
	managing.Go(func() {
		defer GinkgoRecover()
		defer s.current.Store(nil)
		for ctx.Err() == nil && (enough == nil || !enough()) {
			store, err := postgres.Open(ctx, url, postgres.Options{})
			if err != nil {
				Expect(ctx.Err()).To(HaveOccurred(), "%v", err)
				return
			}
			w := run(store, nil)
			s.current.Store(w)
			select {
			case err := <-w.ended:
				Expect(err).To(MatchError(ledger.ErrFenced))
				fenced.Add(1)
			case <-ctx.Done():
			}
			w.close()
		}
	})
	stop = func() {
		cancel()
		managing.Wait()
	}
	DeferCleanup(stop)
	return stop
}

var _ = Describe("A committer that is paused while another takes over", func() {
	for _, at := range []step{afterLookup, beforeAppend} {
		It(string(at)+" writes nothing when it goes on", limit(), func(ctx SpecContext) {
			there := newLedger(ctx, sharedServer(ctx))
			paused, resume := make(chan struct{}), make(chan struct{})
			goOn := sync.OnceFunc(func() { close(resume) })
			old := startWriter(openStore(ctx, there), func(store ledger.Store) ledger.Store {
				return &stepped{Store: store, step: at, at: 10, reach: func() {
					close(paused)
					<-resume
				}}
			})
			DeferCleanup(goOn)
			var s service
			s.current.Store(old)
			l := newLoad(12, 40)
			l.open(ctx, s.Post)
			enough, done := l.background(ctx, share(3), callers(), impatient(s.Post))
			Eventually(paused).Should(BeClosed())
			var fenced atomic.Int64
			stop := s.manage(ctx, there, nil, &fenced)
			l.progress(100)
			enough()
			await(ctx, done, nil)
			stop()
			head := newest(ctx, there)
			goOn()
			Eventually(old.ended).Should(Receive(MatchError(ledger.ErrFenced)))
			Expect(newest(ctx, there)).To(Equal(head))
			f := compare(ctx, openReader(ctx, there), l)
			f.spec, f.faults = "paused "+string(at), 1
			report(f)
		})
	}

	It("by SIGSTOP is fenced when it goes on", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		l := newLoad(13, 40)
		first := startWriter(openStore(ctx, there), nil)
		l.open(ctx, first.Post)
		first.close()
		l.assign(max(share(4), 2000))
		stopped := l.delegate(ctx, errand{URL: there, Commands: l.remaining(), Callers: 64})
		l.progress(400)
		stopped.signal(syscall.SIGSTOP)
		// The last batch of the other may be written after the first one of these
		// has begun.
		var next service
		var fenced atomic.Int64
		stop := next.manage(ctx, there, nil, &fenced)
		numbers := l.remaining()
		l.each(len(numbers), 64, func(i int) {
			if outcome, known := l.insist(ctx, l.command(numbers[i]), next.Post); known {
				l.assignment(numbers[i], outcome)
			}
		})
		Expect(l.remaining()).To(BeEmpty())
		before := fenced.Load()
		stopped.signal(syscall.SIGCONT)
		Eventually(stopped.exited).WithContext(ctx).Should(BeClosed())
		Expect(stopped.exitCode()).To(Equal(exitFenced))
		stop()
		Expect(fenced.Load()).To(Equal(before), "the one that was paused wrote something")
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "paused by SIGSTOP", 1
		report(f)
	})

	It("in the middle of a batch holds nobody up", limit(), func(ctx SpecContext) {
		there := newLedger(ctx, sharedServer(ctx))
		p, through := startProxy(there)
		old := startWriter(openStore(ctx, through), nil)
		var s service
		s.current.Store(old)
		l := newLoad(14, 40)
		l.open(ctx, s.Post)
		hung, resume := make(chan struct{}), make(chan struct{})
		DeferCleanup(sync.OnceFunc(func() { close(resume) }))
		var once sync.Once
		p.whenReached(func(moment) {
			once.Do(func() { close(hung) })
			<-resume
		})
		p.cutWhen(every(5, halfSent))
		enough, done := l.background(ctx, share(2), callers(), impatient(s.Post))
		Eventually(hung).Should(BeClosed())
		var fenced atomic.Int64
		s.manage(ctx, there, nil, &fenced)
		l.progress(100)
		enough()
		await(ctx, done, nil)
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "hung in the middle of a batch", 1
		report(f)
	})
})
