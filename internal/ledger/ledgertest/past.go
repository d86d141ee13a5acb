// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// pastLots is how many lots an account has in ten years if it gets one a day.
const pastLots = 3650

// writePast opens two accounts that stand alike: each has a bucket with one lot, but
// the second had as many before it, which have ended.
func writePast(ctx context.Context, s *Scribe, lots int) (fresh, old ledger.ID, err error) {
	fresh, old = s.Account("new"), s.Account("old")
	outside, base := s.Settings(s.Account("outside"), ledger.External, "B")
	if _, err := s.Append(ctx, outside); err != nil {
		return fresh, old, err
	}
	from := ledger.CellID(base, ledger.External)
	if err := s.days(ctx, fresh, from, 1); err != nil {
		return fresh, old, err
	}
	return fresh, old, s.days(ctx, old, from, lots+1)
}

// inBatch is how many days are written at once.
const inBatch = 365

// days opens an account with a bucket that gets a lot each day, which ends with the
// next one. The last lot is there in the end.
func (s *Scribe) days(ctx context.Context, account ledger.ID, from int64, days int) error {
	settings, _ := s.Settings(account, ledger.Available, "B")
	bucket := ledger.BucketID("test", s.Tenant, account.String())
	s.Fact(&settings, bucket, ledger.FactBucket, ledger.BucketSettings{Account: account, Unit: "GB", UsageType: "Data"})
	settings.Live = append(settings.Live, ledger.Live{Account: account, Subject: bucket})
	records := []ledger.Record{settings}
	last := int64(0)
	for day := 1; day <= days; day++ {
		record := s.Record(Name(account.String(), day))
		if last != 0 {
			s.Entry(&record, last, -5, Floor(0))
			s.Entry(&record, from, 5, nil)
			s.End(&record, last)
		}
		last = s.Open(&record, ledger.Lot{
			Account: account, Bucket: bucket, Number: int64(day), Class: ledger.Granted, Unit: "B",
			Start: int64(day), End: int64(day + 1), OfCycle: true, Scope: "test",
		}, ledger.Available)
		s.Entry(&record, last, 5, Floor(0))
		s.Entry(&record, from, -5, nil)
		s.Term(&record, ledger.Term{
			Account: account, Bucket: bucket, Start: 1, Cycle: int64(day), Next: int64(day + 1), Scope: "test", Tenant: s.Tenant,
		})
		records = append(records, record)
		if len(records) == inBatch || day == days {
			if _, err := s.Append(ctx, records...); err != nil {
				return err
			}
			records = nil
		}
	}
	return nil
}

// BenchmarkPast loads an account with ten years of past lots, and one without, in
// turn, so that whatever else the machine does befalls both, and tells the median of
// each.
func BenchmarkPast(b *testing.B, store ledger.Store) {
	ctx := context.Background()
	scribe, err := NewScribe(ctx, store)
	if err != nil {
		b.Fatal(err)
	}
	fresh, old, err := writePast(ctx, scribe, pastLots)
	if err != nil {
		b.Fatal(err)
	}
	accounts := []ledger.ID{fresh, old}
	took := make([][]time.Duration, len(accounts))
	rows := make([]int, len(accounts))
	b.ResetTimer()
	for range b.N {
		for i, account := range accounts {
			began := time.Now()
			loaded, err := store.Load(ctx, ledger.Request{Accounts: []ledger.ID{account}})
			if err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(began))
			rows[i] = len(loaded.Accounts[account].Facts) + len(loaded.Accounts[account].Cells)
		}
	}
	b.StopTimer()
	for i, name := range []string{"new", "3650-past-lots"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2].Nanoseconds())/1000, "µs/"+name)
		b.ReportMetric(float64(rows[i]), "rows/"+name)
	}
}
