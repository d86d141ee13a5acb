// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// end is when lots and buckets of these specs end.
const end = 77_000_000

// lotBooks is a ledger with a bucket that gets a lot.
type lotBooks struct {
	*books
	at     place
	bucket ledger.ID
	// lot and term are the subjects of the lot and of the bucket's term; base is the
	// lot's first cell, once it is open.
	lot, term ledger.ID
	base      int64
}

func writeLots(ctx context.Context) *lotBooks {
	GinkgoHelper()
	l := &lotBooks{books: write(ctx)}
	l.at = l.places[0]
	l.Tenant = l.at.tenant
	l.bucket = ledger.BucketID("test", l.at.tenant, "data")
	l.lot, l.term = ledger.LotID(l.bucket, 7), ledger.TermID(l.bucket)
	return l
}

// post appends a record.
func (l *lotBooks) post(ctx context.Context, name string, change func(*ledger.Record)) {
	GinkgoHelper()
	record := l.Record(name)
	change(&record)
	_, err := l.Append(ctx, record)
	Expect(err).NotTo(HaveOccurred())
}

func (l *lotBooks) finds(ctx context.Context, texts ...string) {
	GinkgoHelper()
	found := []string{}
	for _, finding := range run(ctx, l.books).Findings {
		found = append(found, finding.String())
	}
	Expect(found).To(ConsistOf(texts))
}

// dated is a lot with an end of its own, lasting one without.
func (l *lotBooks) dated() ledger.Lot {
	lot := l.lasting()
	lot.Start, lot.End, lot.Scope = end-1000, end, "test"
	return lot
}

func (l *lotBooks) lasting() ledger.Lot {
	return ledger.Lot{Account: l.at.account, Bucket: l.bucket, Number: 7, Unit: l.at.lot.Unit}
}

// opens opens a lot with 100 in it.
func (l *lotBooks) opens(ctx context.Context, with ledger.Lot, change ...func(*ledger.Record)) {
	GinkgoHelper()
	l.post(ctx, "opened", func(r *ledger.Record) {
		l.base = l.Open(r, with, ledger.Available)
		l.move(r, 100)
		for _, each := range change {
			each(r)
		}
	})
}

// move moves an amount into the lot from outside.
func (l *lotBooks) move(r *ledger.Record, amount int64) {
	l.Entry(r, l.base, amount, ledgertest.Floor(0))
	l.Entry(r, l.at.outside, -amount, nil)
}

// held is a hold of 30 of the lot.
func (l *lotBooks) held(state ledger.HoldState) ledger.Hold {
	hold := ledger.Hold{
		Account: l.at.account, State: state, Amount: ledger.Quantity{Base: 30, Unit: l.at.lot.Unit}, Until: end + 9,
	}
	if state.IsOpen() {
		hold.Origins = []ledger.Origin{{Base: l.base, Amount: 30}}
	}
	return hold
}

// live, due and balance begin what is found, or say it.
func (l *lotBooks) live(subject ledger.ID) string {
	return fmt.Sprintf("live %s of account %s: ", subject, l.at.account)
}

func (l *lotBooks) due(subject ledger.ID, instant int64) string {
	return fmt.Sprintf("due %s at %d: ", subject, instant)
}

func (l *lotBooks) balance(kind ledger.CellKind, is int64, whose string) string {
	return fmt.Sprintf("cell %d: its balance is %d, and %s has ended", ledger.CellID(l.base, kind), is, whose)
}
