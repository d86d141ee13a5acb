// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// topUps makes batches of typical top-ups: a transaction, a leg on the account
// and one on the counter-account, and the receipt that was used up.
type topUps struct {
	tb       testing.TB
	store    *sqlite.Store
	head     ledger.Head
	tenant   ledger.ID
	accounts []ledger.ID
	// versions and balances are by account; the last is the counter-account.
	versions, balances []int64
	made               int
}

func newTopUps(tb testing.TB, path string, accounts int) *topUps {
	tb.Helper()
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	head, err := store.Head(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	t := &topUps{
		tb: tb, store: store, head: head, tenant: ledger.TenantID("bench", "shop", 1),
		versions: make([]int64, accounts+1), balances: make([]int64, accounts+1),
	}
	t.open(accounts)
	return t
}

// open writes the accounts with one lot each, and the counter-account.
func (t *topUps) open(accounts int) {
	var records []ledger.Record
	for i := range accounts + 1 {
		account := ledger.AccountID("bench", t.tenant, strconv.Itoa(i))
		bucket := ledger.MainBucketID(account)
		kind := ledger.Available
		if i == accounts {
			kind = ledger.External
		}
		t.accounts = append(t.accounts, account)
		base := int64(i+1) * ledger.LotBlock
		lot := ledger.Lot{Account: account, Bucket: bucket, Base: base, Unit: "EUR"}
		records = append(records, ledger.Record{
			ID: ledger.SettingsKey(account, 1), Kind: ledger.KindSetAccount, Status: ledger.Accepted, PrintVersion: 1,
			Cells: []ledger.Cell{{
				ID: ledger.CellID(base, kind), Account: account, Bucket: bucket, Unit: "EUR", Kind: kind, Tenant: t.tenant,
			}},
			Facts: []ledger.Fact{
				{Subject: account, Version: 1, Kind: ledger.FactAccount,
					Body: ledger.EncodeBody(ledger.AccountSettings{Currency: "EUR"})},
				{Subject: ledger.LotID(bucket, 0), Version: 1, Kind: ledger.FactLot, Body: ledger.EncodeBody(lot)},
			},
			Live: []ledger.Live{{Account: account, Subject: ledger.LotID(bucket, 0), Base: base}},
		})
	}
	t.append(t.seal(records))
}

func (t *topUps) next(size int) *ledger.Batch {
	records := make([]ledger.Record, size)
	outside := len(t.accounts) - 1
	var zero int64
	for i := range records {
		t.made++
		of := t.made % outside
		key := ledger.OperationKey("bench", t.tenant, "TopUp", fmt.Sprintf("topup-%d", t.made), "")
		records[i] = ledger.Record{
			ID: key, Kind: ledger.KindTopUp, Status: ledger.Accepted, PrintVersion: 1,
			Fingerprint: ledger.Fingerprint{byte(t.made)},
			Impacts: []ledger.Impact{{
				Account: t.accounts[of], Bucket: ledger.MainBucketID(t.accounts[of]),
				Before: t.balances[of], After: t.balances[of] + 100000,
			}},
			Entries: []ledger.Entry{
				t.entry(of, ledger.Available, 100000, &zero), t.entry(outside, ledger.External, -100000, nil),
			},
			Facts: []ledger.Fact{{
				Subject: ledger.ReceiptSubject(t.tenant, "cash", strconv.Itoa(t.made)),
				Version: 1, Kind: ledger.FactReceipt, Body: ledger.EncodeBody(ledger.Receipt{Transaction: key}),
			}},
			Annotation: ledger.Annotation{Channel: "Retail"},
		}
	}
	return t.seal(records)
}

func (t *topUps) entry(of int, kind ledger.CellKind, amount int64, floor *int64) ledger.Entry {
	t.versions[of]++
	t.balances[of] += amount
	return ledger.Entry{
		Cell: ledger.CellID(int64(of+1)*ledger.LotBlock, kind), Version: t.versions[of],
		Amount: amount, Balance: t.balances[of], Floor: floor,
	}
}

func (t *topUps) seal(records []ledger.Record) *ledger.Batch {
	batch := &ledger.Batch{
		Sequence: t.head.Sequence + 1, Previous: t.head.Hash,
		Instant: time.Now().UTC().Truncate(time.Microsecond), Rules: 1, Records: records,
	}
	if err := batch.Seal(); err != nil {
		t.tb.Fatal(err)
	}
	t.head = batch.Head()
	return batch
}

func (t *topUps) append(batch *ledger.Batch) {
	if err := t.store.Append(context.Background(), batch); err != nil {
		t.tb.Fatal(err)
	}
}

// processor is the time this process has used of all processors.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkAppend appends to a ledger that already holds 100,000 top-ups.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 64} {
		b.Run(fmt.Sprintf("batchesOf%d", size), func(b *testing.B) {
			topUps := newTopUps(b, filepath.Join(b.TempDir(), "ledger.db"), 100)
			for topUps.made < 100_000 {
				topUps.append(topUps.next(1000))
			}
			batches := make([]*ledger.Batch, b.N)
			for i := range batches {
				batches[i] = topUps.next(size)
			}
			before := processor()
			b.ResetTimer()
			for _, batch := range batches {
				topUps.append(batch)
			}
			b.StopTimer()
			transactions := float64(b.N * size)
			b.ReportMetric(transactions/b.Elapsed().Seconds(), "tx/s")
			b.ReportMetric(float64((processor()-before).Microseconds())/transactions, "cpu-µs/tx")
		})
	}
}

// BenchmarkLoad loads what a batch of top-ups needs: two unknown transactions
// and one account for each.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []int{1, 64} {
		b.Run(fmt.Sprintf("of%d", size), func(b *testing.B) {
			topUps := newTopUps(b, filepath.Join(b.TempDir(), "ledger.db"), 100)
			for topUps.made < 100_000 {
				topUps.append(topUps.next(1000))
			}
			var what ledger.Request
			for i := range size {
				key := ledger.OperationKey("bench", topUps.tenant, "TopUp", fmt.Sprintf("absent-%d", i), "")
				what.Transactions = append(what.Transactions, key, ledger.RefusalID(key, ledger.Fingerprint{}))
				what.Accounts = append(what.Accounts, topUps.accounts[i])
				what.Facts = append(what.Facts, ledger.ReceiptSubject(topUps.tenant, "cash", fmt.Sprintf("absent-%d", i)))
			}
			before := processor()
			b.ResetTimer()
			for range b.N {
				if _, err := topUps.store.Load(context.Background(), what); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64((processor()-before).Microseconds())/float64(b.N*size), "cpu-µs/command")
		})
	}
}

// BenchmarkLoadPast loads an account with ten years of past lots, and one without.
func BenchmarkLoadPast(b *testing.B) {
	store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "ledger.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	ledgertest.BenchmarkPast(b, store)
}
