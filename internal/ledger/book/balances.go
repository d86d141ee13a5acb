// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// credit is all the money on the account, held parts included.
func (a *account) credit() int64 { return a.total(a.settings.Currency) }

// total is everything of a unit on the account, held parts included.
func (a *account) total(unit string) int64 {
	var sum int64
	for b := range a.buckets {
		for _, l := range b.lots {
			if l.Unit == unit {
				sum += l.total()
			}
		}
	}
	return sum
}

// owed is the money the account has to pay back before anything else; never
// positive.
func (a *account) owed() int64 { return a.sum(ledger.Debt, a.settings.Currency) }

// isEmpty reports whether no bucket has any money, held or free, and none is owed.
// A used credit line and as much in another bucket, or held, are not nothing.
func (a *account) isEmpty() bool {
	for b := range a.buckets {
		for _, l := range b.lots {
			isUsed := func(c cell) bool { return c.balance != 0 }
			if l.Unit == a.settings.Currency && slices.ContainsFunc(l.cells[:], isUsed) {
				return false
			}
		}
	}
	return true
}

// sum is what lies in the cells of a kind, of a unit.
func (a *account) sum(kind ledger.CellKind, unit string) int64 {
	var sum int64
	for b := range a.buckets {
		if b.unit() == unit {
			sum += b.sum(kind)
		}
	}
	return sum
}

// sum is what lies in the bucket's cells of a kind.
func (b *bucket) sum(kind ledger.CellKind) int64 {
	var sum int64
	for _, l := range b.lots {
		sum += l.cells[kind].balance
	}
	return sum
}

// remaining is the free value in the bucket.
func (b *bucket) remaining() int64 { return b.sum(ledger.Available) }

// total is everything in the lot, held parts included.
func (l *lot) total() int64 {
	return l.cells[ledger.Available].balance + l.cells[ledger.Reserved].balance + l.cells[ledger.AcceptedHold].balance
}
