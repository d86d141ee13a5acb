// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"fmt"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// readable is a ledger that can be looked into.
type readable interface {
	audit.Source
	Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error)
	Payloads(ctx context.Context, after int64, each func(payload []byte) error) error
}

// inLog is what the log says about one key.
type inLog struct {
	outcome ledger.Outcome
	times   int
}

// readLog reads what was recorded under each key.
func readLog(ctx context.Context, from readable) map[ledger.ID]inLog {
	GinkgoHelper()
	log := map[ledger.ID]inLog{}
	err := from.Payloads(ctx, -1, func(payload []byte) error {
		b, err := ledger.Open(payload)
		if err != nil {
			return err
		}
		for i := range b.Records {
			record := &b.Records[i]
			key := record.ID
			if record.Status == ledger.Refused {
				key = record.Key
			}
			log[key] = inLog{outcome: record.Outcome(b), times: log[key].times + 1}
		}
		return nil
	})
	Expect(err).NotTo(HaveOccurred())
	return log
}

// compare holds what the callers were told against the ledger, and audits the
// ledger.
func compare(ctx context.Context, from readable, loads ...*load) figures {
	GinkgoHelper()
	found, err := audit.Run(ctx, from)
	Expect(err).NotTo(HaveOccurred())
	Expect(found.Findings).To(BeEmpty())
	for _, balance := range found.Balances {
		Expect(balance.Sum.Sign()).To(BeZero(), "tenant %s has %s %s too much", balance.Tenant, balance.Sum, balance.Unit)
	}
	log := readLog(ctx, from)
	var all figures
	for _, l := range loads {
		all.add(l.compare(ctx, log, from))
	}
	return all
}

func (l *load) compare(ctx context.Context, log map[ledger.ID]inLog, from readable) figures {
	GinkgoHelper()
	l.mu.Lock()
	defer l.mu.Unlock()
	Expect(l.contradictions).To(BeEmpty())
	f := figures{tried: l.tried, doubtful: l.doubtful, acknowledged: l.known}
	for key, told := range l.told {
		found, ok := log[key]
		if !ok || !same(found.outcome, told.outcome) {
			f.lost++
			fmt.Fprintf(GinkgoWriter, "lost: %s was told %+v, the log has %+v\n", key, told.outcome, found.outcome)
		}
		f.doubled += max(found.times-1, 0)
	}
	f.doubled += l.misstated(ctx, from)
	for text, times := range l.doubts {
		fmt.Fprintf(GinkgoWriter, "%d × %s\n", times, text)
	}
	return f
}

// misstated counts the accounts whose balance is not what the acknowledged
// operations make of it. It holds only when every operation was acknowledged.
func (l *load) misstated(ctx context.Context, from readable) (wrong int) {
	GinkgoHelper()
	sums := l.balances()
	loaded, err := from.Load(ctx, ledger.Request{Accounts: slices.Collect(maps.Keys(sums))})
	Expect(err).NotTo(HaveOccurred())
	for account, sum := range sums {
		view, err := book.View(account, loaded.Accounts[account], loaded.Head.Instant)
		Expect(err).NotTo(HaveOccurred())
		if view.Credit != sum {
			wrong++
			fmt.Fprintf(GinkgoWriter, "misstated: account %s has %d, was told %d\n", account, view.Credit, sum)
		}
	}
	return wrong
}
