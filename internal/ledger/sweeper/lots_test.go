// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
)

var _ = Describe("A sweeper of lots and buckets", func() {
	tenant := ledger.TenantID(scope, "retail", 1)
	account := ledger.AccountID(scope, tenant, "alice")
	bucket := ledger.BucketID(scope, tenant, "data")
	lot := ledger.Lot{Account: account, Bucket: bucket, Number: 7, End: noon.UnixMicro(), Tenant: tenant, Scope: scope}
	term := ledger.Term{
		Account: account, Bucket: bucket, Start: 1, End: noon.Add(time.Hour).UnixMicro(),
		Next: noon.UnixMicro(), Cycle: 3, Tenant: tenant, Scope: scope,
	}
	last, over := term, term
	last.End, last.Next = noon.UnixMicro(), 0
	over.Next, over.Ended = 0, true

	var d *desk
	BeforeEach(func() { d = newDesk() })

	DescribeTable("asks in the name of who opened it for",
		func(subject ledger.ID, kind ledger.FactKind, body any, key ledger.ID, op ledger.Operation) {
			d.is(noon, subject, kind, body)
			d.start()
			d.looks(noon, 2)
			Expect(d.posted).To(Equal([]ledger.Command{{
				Key: key, Scope: scope, Tenant: tenant, Lane: ledger.Bulk, Operation: op,
			}}))
		},
		Entry("the end of a lot", ledger.LotID(bucket, 7), ledger.FactLot, lot,
			ledger.LotExpiryKey(ledger.LotID(bucket, 7)),
			ledger.ExpireLot{Account: account, Lot: ledger.LotID(bucket, 7)}),
		Entry("the beginning of a cycle", ledger.TermID(bucket), ledger.FactTerm, term,
			ledger.CycleKey(bucket, 3), ledger.BeginCycle{Account: account, Bucket: bucket, Cycle: 3}),
		Entry("the end of a bucket", ledger.TermID(bucket), ledger.FactTerm, last,
			ledger.BucketExpiryKey(bucket, last.End),
			ledger.ExpireBucket{Account: account, Bucket: bucket, End: last.End}),
	)

	It("asks for nothing that was settled or moved meanwhile", func() {
		ended, moved := lot, lot
		ended.Ended = true
		moved.End++
		d.is(noon, ledger.LotID(bucket, 7), ledger.FactLot, ended)
		d.is(noon, ledger.LotID(bucket, 8), ledger.FactLot, moved)
		d.is(noon.Add(-time.Hour), ledger.TermID(bucket), ledger.FactTerm, term)
		d.is(time.UnixMicro(over.End).Add(-2*time.Hour), ledger.TermID(account), ledger.FactTerm, over)
		d.start()
		d.looks(noon, 2)
		Expect(d.ended()).To(BeEmpty())
		Expect(d.complaints()).To(BeEmpty())
	})

	It("leaves what is not due by the ledger's own word", func() {
		d.is(noon, ledger.LotID(bucket, 7), ledger.FactLot, lot)
		d.failing(func(call string, _ ledger.ID) (ledger.Code, error) {
			if call == "post" {
				return ledger.NotDue, nil
			}
			return "", nil
		})
		d.start()
		d.looks(noon, 2)
		d.looks(d.tick(), 2)
		Expect(d.ended()).To(HaveLen(2))
		Expect(d.complaints()).To(BeEmpty())
	})

	DescribeTable("says that it cannot read", func(subject ledger.ID, kind ledger.FactKind) {
		d.is(noon, subject, kind, "illegible")
		d.start()
		d.looks(noon, 1)
		d.looks(d.tick(), 1)
		Expect(d.complaints()).To(ConsistOf(ContainSubstring(subject.String() + ", version 1")))
	},
		Entry("a lot", ledger.LotID(bucket, 7), ledger.FactLot),
		Entry("a term", ledger.TermID(bucket), ledger.FactTerm),
	)

	It("has a ledger catch up with hundreds of cycles by one command", func(ctx SpecContext) {
		const days = 400
		clock := testingclock.NewFakeClock(noon)
		store := ledgertest.NewMemory()
		writer := committer.New(store, committer.Options{Clock: clock})
		counts := &counting{Ledger: writer}
		running, stop := context.WithCancel(context.Background())
		ended := make(chan error, 2)
		go func() { ended <- writer.Run(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
			Eventually(ended).Should(Receive(BeNil()))
		})
		writer.Open()
		for _, command := range []ledger.Command{
			{
				Key:       ledger.SettingsKey(account, 1),
				Operation: ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: "EUR"}},
			},
			{
				Key: ledger.SettingsKey(bucket, 1),
				Operation: ledger.SetBucket{Bucket: bucket, Settings: ledger.BucketSettings{
					Account: account, Unit: "GB", UsageType: "Data", Class: ledger.Granted, Refill: 5,
					Cycle: ledger.Cycle{Every: calendar.Period{Count: 1, Unit: calendar.Days}},
				}},
			},
		} {
			command.Scope, command.Tenant = scope, tenant
			Expect(writer.Post(ctx, command)).To(HaveField("Status", ledger.Accepted))
		}
		before := writer.Head().Sequence
		clock.Step(days * 24 * time.Hour)
		go func() { ended <- sweeper.New(store, counts, sweeper.Options{Clock: clock}).Start(running) }()
		Eventually(func() ([]ledger.Due, error) { return store.Due(ctx, clock.Now().UnixMicro(), 1) }).Should(BeEmpty())
		Eventually(func() int64 { return writer.Head().Sequence }).Should(Equal(before + 1))
		Expect(counts.commands).To(Equal([]ledger.Operation{ledger.BeginCycle{Account: account, Bucket: bucket, Cycle: 1}}))
		view, err := writer.Account(ctx, account)
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Buckets[bucket].Term.Cycle).To(BeEquivalentTo(days + 1))
		Expect(view.Buckets[bucket].Remaining).To(BeEquivalentTo(5))
		Expect(view.Buckets[bucket].Lots).To(ConsistOf(HaveField("Start", clock.Now().UnixMicro())))
	})
})

// counting keeps what was posted to a ledger, by one who posts one at a time.
type counting struct {
	ledger.Ledger
	commands []ledger.Operation
}

func (c *counting) Post(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	c.commands = append(c.commands, command.Operation)
	return c.Ledger.Post(ctx, command)
}
