// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// tenYears is how long a ledger is left alone.
const tenYears = pastLots * 24 * time.Hour

// catchesUp leaves a bucket that is refilled every day alone for ten years. Whatever
// touches the account next settles them all, in one batch, and what is loaded then
// is as much as on the first day.
func (w *writer) catchesUp(ctx context.Context) {
	GinkgoHelper()
	clock := &standing{now: time.Now()}
	late := runWriter(w.store.Store, committer.Options{Clock: clock})
	late.store.SetClock(clock.Now)
	bucket := ledger.BucketID(committingScope, committingTenant, "data")
	late.must(ctx, ledger.Command{
		Key: ledger.SettingsKey(bucket, 1), Scope: committingScope, Tenant: committingTenant,
		Operation: ledger.SetBucket{Bucket: bucket, Settings: ledger.BucketSettings{
			Account: holder, Unit: "GB", UsageType: "Data", Class: ledger.Granted, Refill: 5,
			Cycle: ledger.Cycle{Every: calendar.Period{Count: 1, Unit: calendar.Days}},
		}},
	})
	rows := func() ledger.AccountRows {
		GinkgoHelper()
		loaded, err := late.store.Store.Load(ctx, ledger.Request{Accounts: []ledger.ID{holder}})
		Expect(err).NotTo(HaveOccurred())
		return loaded.Accounts[holder]
	}
	clock.set(clock.Now().Add(24 * time.Hour))
	late.must(ctx, topUp("on the first day"))
	first := rows()
	head := late.Head().Sequence
	clock.set(clock.Now().Add(tenYears))
	Expect(late.must(ctx, topUp("ten years later")).Sequence).To(Equal(head + 1))

	kinds := map[ledger.Kind]int{}
	Expect(w.store.Payloads(ctx, head, func(payload []byte) error {
		batch, err := ledger.Open(payload)
		Expect(err).NotTo(HaveOccurred())
		for i := range batch.Records {
			kinds[batch.Records[i].Kind]++
		}
		return nil
	})).To(Succeed())
	Expect(kinds).To(Equal(map[ledger.Kind]int{
		ledger.KindExpireLot: pastLots, ledger.KindBeginCycle: pastLots, ledger.KindTopUp: 1,
	}))
	last := rows()
	Expect(last.Facts).To(HaveLen(len(first.Facts)))
	Expect(last.Cells).To(HaveLen(len(first.Cells)))
	view, err := late.Account(ctx, holder)
	Expect(err).NotTo(HaveOccurred())
	Expect(view.Credit).To(BeEquivalentTo(2))
	Expect(view.Buckets[bucket].Remaining).To(BeEquivalentTo(5))
}
