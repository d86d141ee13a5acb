// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"net/url"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var _ = Describe("PostgreSQL", func() {
	It("killed with SIGKILL under load, and started again, loses nothing", limit(), func(ctx SpecContext) {
		server := ownServer(ctx, postgrestest.Options{})
		there := newLedger(ctx, server)
		w := startWriter(openStore(ctx, there), nil)
		l := newLoad(5, 100)
		l.open(ctx, w.Post)
		enough, done := l.background(ctx, share(8), 2*callers(), w.Post)
		kills := 1 + rounds()
		for range kills {
			l.progress(300)
			Expect(server.Kill()).To(Succeed())
			Expect(server.Restart(ctx)).To(Succeed())
		}
		enough()
		await(ctx, done, w.ended)
		Expect(w.ended).NotTo(Receive(), "a server that comes back is no reason to stop")
		f := compare(ctx, openReader(ctx, there), l)
		f.spec, f.faults = "PostgreSQL killed and restarted", kills
		report(f)
	})

	It("restored to a backup behind a running committer is not written to", limit(), func(ctx SpecContext) {
		server := ownServer(ctx, postgrestest.Options{})
		there := newLedger(ctx, server)
		w := startWriter(openStore(ctx, there), nil)
		before := newLoad(6, 20)
		before.open(ctx, w.Post)
		before.run(ctx, 0, share(2), callers(), w.Post)
		backup, err := server.Backup(ctx)
		Expect(err).NotTo(HaveOccurred())
		restored := w.Head()

		after := newLoad(7, 20)
		after.open(ctx, w.Post)
		after.run(ctx, 0, share(1), callers(), w.Post)
		f := compare(ctx, openReader(ctx, there), before, after)
		Expect(server.Restore(ctx, backup)).To(Succeed())

		others := newLoad(8, 64)
		others.each(others.Accounts, 64, func(n int) {
			Eventually(func() error {
				_, err := w.Post(ctx, others.opening(n))
				return err
			}).WithContext(ctx).Should(MatchError(ledger.ErrMismatch), "only the connections may fail before that")
		})
		Eventually(w.ended).Should(Receive(MatchError(ledger.ErrMismatch)))

		reader := openReader(ctx, there)
		found, err := reader.Load(ctx, ledger.Request{})
		Expect(err).NotTo(HaveOccurred())
		Expect(found.Head).To(Equal(restored), "something was written to the restored log")
		compare(ctx, reader, before) // what the backup has is as it was told
		f.spec, f.faults, f.tried = "restored to a backup", 1, f.tried+others.Accounts
		report(f)
	})
})

var _ = Describe("A synchronous standby", func() {
	It("promoted after the primary's waiting sessions were ended has everything that was acknowledged", limit(), func(ctx SpecContext) {
		primary := ownServer(ctx, postgrestest.Options{})
		there := newLedger(ctx, primary)
		standby, err := primary.Standby(ctx, "second")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(standby.Stop)
		Expect(primary.SetSynchronous(ctx, "second")).To(Succeed())

		p, through := startProxy(there)
		w := startWriter(openStore(ctx, through), nil)
		l := newLoad(9, 100)
		l.open(ctx, w.Post)
		enough, done := l.background(ctx, share(6), 2*callers(), w.Post)
		l.progress(1000)

		Expect(standby.Shutdown()).To(Succeed())
		ended := 0
		// The batch, and what asks whether it was written.
		Eventually(func() int {
			terminated, err := primary.TerminateWaiting(ctx)
			Expect(err).NotTo(HaveOccurred())
			ended += terminated
			return ended
		}).WithContext(ctx).Should(BeNumerically(">=", 5))
		ahead := newest(ctx, there)
		Expect(primary.Kill()).To(Succeed())
		p.refuse()

		Expect(standby.Restart(ctx)).To(Succeed())
		Expect(standby.Promote(ctx)).To(Succeed())
		parsed, err := url.Parse(there)
		Expect(err).NotTo(HaveOccurred())
		promoted := standby.URL(parsed.Path[1:])
		Expect(newest(ctx, promoted)).To(BeNumerically("<", ahead), "the standby lacks nothing, so nothing is shown")
		p.direct(promoted)
		p.admit()
		enough()
		await(ctx, done, w.ended)
		Expect(w.ended).NotTo(Receive())
		f := compare(ctx, openReader(ctx, promoted), l)
		f.spec, f.faults = "standby promoted, waiting sessions ended", ended
		report(f)
	})
})
