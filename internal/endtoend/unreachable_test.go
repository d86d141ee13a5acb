// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"net"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var _ = Describe("A database", func() {
	var (
		namespace, ledger string
		server            *postgrestest.Server
	)

	BeforeEach(func(ctx SpecContext) {
		namespace, server = shared.namespace(ctx), ownServer(ctx)
		ledger = migrated(ctx, server)
		DeferCleanup(shared.clean)
	})

	It("that is not there is waited for, and what waited is completed when it is there", func(ctx SpecContext) {
		Expect(server.Shutdown()).To(Succeed())
		load := newTraffic(ctx, shared, namespace)
		load.more(ctx, 100)
		manager := launch(shared.kubeconfig, ledger, elected(namespace)...)
		const reason = "the database cannot be reached"
		Eventually(manager.said, prompt, "50ms").WithArguments(reason).Should(Equal(1))

		By("being tried again and again, which is not logged each time")
		door := refuseAll(ctx, server.Address())
		Eventually(door.tries.Load, prompt, "50ms").Should(BeNumerically(">=", 5))
		door.close()
		migration := execute("", "migrate", at(ledger), "--grant-to=")
		DeferCleanup(func() { migration.Kill().Wait(prompt) })
		Eventually(migration.Err, prompt).Should(gbytes.Say("Trying again: " + reason))
		Expect(manager.probe("/readyz")).To(Equal(500))
		Expect(manager.answer("/readyz/ledger")).To(ContainSubstring(reason))
		Expect(manager.probe("/healthz")).To(Equal(200))
		Expect(manager.said(reason)).To(BeNumerically("<=", 3), "refused, reset, and refused again")
		Expect(manager).NotTo(gexec.Exit())

		By("coming up")
		Expect(server.Restart(ctx)).To(Succeed())
		Eventually(manager.ready, prompt, "50ms").Should(BeTrue())
		Eventually(migration, prompt).Should(gexec.Exit(0))
		load.settle(ctx)
		manager.stop()
		judge(ctx, ledger, 1, load)
	})

	It("that is killed and started again under load ends no manager, and loses nothing", func(ctx SpecContext) {
		const crashes = 3
		manager := start(shared.kubeconfig, ledger, elected(namespace)...)
		load := newTraffic(ctx, shared, namespace)
		load.funded(ctx)
		load.flow(ctx)
		for range crashes {
			load.hears(50)
			Expect(server.Kill()).To(Succeed())
			Expect(server.Restart(ctx)).To(Succeed())
		}
		load.hears(50)
		load.settle(ctx)
		Expect(manager).NotTo(gexec.Exit())
		Expect(manager.said(opened)).To(Equal(1))
		manager.stop()
		judge(ctx, ledger, crashes, load)
	})
})

// door is where nobody is let in.
type door struct {
	net.Listener
	tries atomic.Int64
}

// refuseAll resets every connection to an address, as a proxy does whose database
// is away.
func refuseAll(ctx context.Context, address string) *door {
	GinkgoHelper()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	Expect(err).NotTo(HaveOccurred())
	d := &door{Listener: listener}
	DeferCleanup(d.close)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			d.tries.Add(1)
			// Once it has asked, so that it meets the same end each time.
			_, _ = connection.Read(make([]byte, 1024))
			_ = connection.(*net.TCPConn).SetLinger(0)
			_ = connection.Close()
		}
	}()
	return d
}

// close leaves the address to another.
func (d *door) close() { _ = d.Close() } // a second time it is closed already
