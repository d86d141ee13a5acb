// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"net/http"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("A status write that fails", func() {
	DescribeTable("is made again, and moves nothing again", func(ctx SpecContext, failure answer, least int) {
		const times = 3
		namespace, ledger, apiServer := shared.namespace(ctx), ledgerFile(), newProxy(shared)
		DeferCleanup(shared.clean)
		var tried atomic.Int32
		apiServer.on(func(c *call) answer {
			if !c.outcome() {
				return forward
			}
			if tried.Add(1) <= times {
				return failure
			}
			return forward
		})
		manager := start(apiServer.kubeconfig, ledger)
		alice, cash := account(namespace, "alice"), topUp(namespace, "cash", "alice", "25.00 EUR")
		shared.create(ctx, alice, cash)
		status := completes(ctx, shared, cash)
		Expect(status.Replayed).To(BeFalse(), "it was decided for this object")
		Expect(status.TransactionID).NotTo(BeEmpty())
		shared.shows(ctx, alice, "25.00 EUR")
		manager.stop()
		expectBalances(ledger, "25.00 EUR")
		Expect(audited(ledger).Refusals).To(BeZero())
		Expect(tried.Load()).To(BeNumerically(">=", least))
	},
		Entry("because somebody else wrote (409)", answer(http.StatusConflict), 4),
		Entry("because the API server is busy (429)", answer(http.StatusTooManyRequests), 4),
		Entry("because the API server is ill (500)", answer(http.StatusInternalServerError), 4),
		Entry("because the connection is cut before it arrives", cut, 4),
		Entry("because the connection is cut after it arrived", cutAfter, 1),
	)
})
