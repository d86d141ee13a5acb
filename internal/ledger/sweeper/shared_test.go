// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper_test

import (
	"bytes"
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
)

var _ = Describe("A sweeper of what is held of a shared bucket", func() {
	tenant := ledger.TenantID(scope, "retail", 1)
	account := func(name string) ledger.ID { return ledger.AccountID(scope, tenant, name) }
	bucket := ledger.BucketID(scope, tenant, "family")
	key := func(name string) ledger.ID { return ledger.OperationKey(scope, tenant, "BalanceAdjustment", name, "") }
	some := func(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: "B"} }

	var (
		clock  *testingclock.FakeClock
		store  *ledgertest.Memory
		writer *committer.Committer
	)
	// run runs a part until the end of the spec.
	run := func(start func(context.Context) error) {
		running, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
		})
	}
	// outcome posts a command.
	outcome := func(ctx context.Context, key ledger.ID, op ledger.Operation) ledger.Outcome {
		GinkgoHelper()
		answer, err := writer.Post(ctx, ledger.Command{Key: key, Scope: scope, Tenant: tenant, Operation: op})
		Expect(err).NotTo(HaveOccurred())
		return answer
	}
	charge := func(ctx context.Context, name, of string) ledger.Outcome {
		GinkgoHelper()
		return outcome(ctx, key(name), ledger.Adjust{
			Type: ledger.OneTimeCharge, At: ledger.Place{Account: account(of)}, Amount: some(10),
		})
	}

	// Alice shares 10 with Bob and Carol, and Bob holds them all for a minute.
	BeforeEach(func(ctx SpecContext) {
		clock, store = testingclock.NewFakeClock(noon), ledgertest.NewMemory()
		writer = committer.New(store, committer.Options{Clock: clock, CacheLimit: 1})
		run(writer.Run)
		writer.Open()
		terms := ledger.BucketSettings{Account: account("alice"), Unit: "GB", UsageType: "Data"}
		for _, name := range []string{"alice", "bob", "carol"} {
			Expect(outcome(ctx, ledger.SettingsKey(account(name), 1), ledger.SetAccount{
				Account: account(name), Settings: ledger.AccountSettings{Currency: "EUR"},
			}).Status).To(Equal(ledger.Accepted))
			if name != "alice" {
				terms.SharedWith = append(terms.SharedWith, ledger.Share{Account: account(name)})
			}
		}
		slices.SortFunc(terms.SharedWith, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
		for _, c := range []struct {
			key ledger.ID
			op  ledger.Operation
		}{
			{ledger.SettingsKey(bucket, 1), ledger.SetBucket{Bucket: bucket, Settings: terms}},
			{key("grant"), ledger.Grant{Into: ledger.Place{Account: account("alice"), Bucket: bucket}, Amount: some(10)}},
			{ledger.HoldKey(subject(1), "reserve"), ledger.Reserve{
				Hold: subject(1), From: ledger.Place{Account: account("bob")}, Amount: some(10), For: time.Minute.Microseconds(),
			}},
		} {
			Expect(outcome(ctx, c.key, c.op).Status).To(Equal(ledger.Accepted))
		}
		clock.Step(time.Minute)
	})

	It("gives it back to the others, who do not have it before", func(ctx SpecContext) {
		Expect(charge(ctx, "early", "carol").Code).To(Equal(ledger.InsufficientFunds))
		run(sweeper.New(store, writer, sweeper.Options{Clock: clock}).Start)
		Eventually(func() ([]ledger.Due, error) { return store.Due(ctx, clock.Now().UnixMicro(), 1) }).Should(BeEmpty())
		Expect(charge(ctx, "late", "carol").Status).To(Equal(ledger.Accepted))
		view, err := writer.Account(ctx, account("alice"))
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Buckets[bucket].Uses).To(Equal(map[ledger.ID]int64{account("carol"): 10}))
	})

	It("is not needed by who held it: it is there for him at that instant", func(ctx SpecContext) {
		Expect(charge(ctx, "at once", "bob").Status).To(Equal(ledger.Accepted))
		view, err := writer.Account(ctx, account("alice"))
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Buckets[bucket].Uses).To(Equal(map[ledger.ID]int64{account("bob"): 10}))
	})
})
