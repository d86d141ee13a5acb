// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// wrongClock is the system's clock, put wrong.
type wrongClock struct{ by atomic.Int64 }

func (c *wrongClock) Now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *wrongClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

var _ = Describe("A manager whose clock is a year wrong", func() {
	const year, commands = 365 * 24 * time.Hour, 200
	scope, tenant := "clock", ledger.TenantID("clock", "retail", 1)
	account := ledger.AccountID(scope, tenant, "alice")
	command := func(i int) ledger.Command {
		return ledger.Command{
			Key: ledger.OperationKey(scope, tenant, "TopUp", fmt.Sprint(i), ""), Scope: scope, Tenant: tenant,
			Operation: ledger.TopUp{
				Into: ledger.Main(account), Amount: ledger.Quantity{Base: 7, Unit: "EUR"}, Payment: ledger.Payment{Type: "Cash"},
			},
		}
	}

	// begin runs a committer until the end of the spec.
	begin := func(store *postgres.Store, clock *wrongClock) *committer.Committer {
		writer := committer.New(store, committer.Options{Clock: clock})
		writer.Open()
		running, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- writer.Run(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
		})
		return writer
	}

	for _, c := range []struct {
		name, says string
		by         time.Duration
	}{
		{"ahead", `it is \S+Z here, which is 8(760h0m|759h59m)\S* ahead of \S+Z there; set the clocks right`, year},
		{"behind", `it is \S+Z here, which is 8(760h0m|759h59m)\S* behind \S+Z there; set the clocks right`, -year},
	} {
		It(c.name+" writes nothing and names both clocks, and goes on when it is right", func(ctx SpecContext) {
			store, clock := open(newLedger(ctx), postgres.Options{}), &wrongClock{}
			writer := begin(store, clock)
			Expect(writer.Post(ctx, ledger.Command{
				Key: ledger.SettingsKey(account, 1), Scope: scope, Tenant: tenant,
				Operation: ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: "EUR"}},
			})).To(HaveField("Status", ledger.Accepted))
			Expect(writer.Post(ctx, command(0))).To(HaveField("Status", ledger.Accepted))
			head, err := store.Head(ctx)
			Expect(err).NotTo(HaveOccurred())

			clock.by.Store(int64(c.by))
			for i := range commands {
				outcome, err := writer.Post(ctx, command(i))
				Expect(err).To(And(MatchError(ledger.ErrClockSkew), MatchError(MatchRegexp(c.says))))
				Expect(outcome).To(BeZero())
			}
			Expect(store.Head(ctx)).To(Equal(head), "nothing was written")
			Expect(writer.Account(ctx, account)).To(HaveField("Credit", int64(7)), "reading goes on")

			clock.by.Store(0)
			acknowledged := 0
			for i := range commands {
				outcome, err := writer.Post(ctx, command(i))
				Expect(err).NotTo(HaveOccurred())
				Expect(outcome.Status).To(Equal(ledger.Accepted))
				Expect(outcome.Replayed).To(Equal(i == 0))
				acknowledged++
			}
			found, err := writer.Account(ctx, account)
			Expect(err).NotTo(HaveOccurred())
			held := int(found.Credit / 7)
			lost, doubled := max(0, acknowledged-held), max(0, held-acknowledged)
			report, err := audit.Run(ctx, store)
			Expect(err).NotTo(HaveOccurred())
			Expect(report.Findings).To(BeEmpty())
			AddReportEntry(fmt.Sprintf("a clock a year %s: operations tried %d, acknowledged %d, lost %d, doubled %d",
				c.name, commands, acknowledged, lost, doubled), ReportEntryVisibilityAlways)
			Expect(lost + doubled).To(BeZero())
		})
	}
})
