// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"bytes"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// MaxProducts is how many products a bucket may be for.
	MaxProducts = 64
	// MaxPriority is how far a bucket's priority may be from that of the main bucket.
	MaxPriority = 1000
)

// possibleTimes says whether a bucket can be opened with its validity and its cycle.
// They are never changed, so nothing asks again.
func possibleTimes(of ledger.BucketSettings) bool {
	v, cycle := of.Validity, of.Cycle
	if !possibleSpan(v) || v.OnFirstUse && (v.Start != 0 || v.End != 0) || v.End != 0 && !v.Lasts.IsZero() {
		return false
	}
	return cycle.IsZero() || cycle.Every.IsValid() && cycle.Every.Unit != calendar.Hours && instant(cycle.Anchor)
}

// possibleSpan says whether the instants and the length of a validity can be, and
// its end comes after its start.
func possibleSpan(v ledger.Validity) bool {
	return instant(v.Start) && instant(v.End) && possiblePeriod(v.Lasts) && (v.Start == 0 || v.End == 0 || v.End > v.Start)
}

// possiblePeriod says whether a period is one, or none at all.
func possiblePeriod(p calendar.Period) bool { return p.IsZero() || p.IsValid() }

// instant says whether an instant can be written as a date; 0 is none.
func instant(at int64) bool { return at >= 0 && at <= latest }

// soundRules says whether what may be changed of a bucket's terms is consistent.
func soundRules(of ledger.BucketSettings) bool {
	for i, product := range of.Products {
		if product == (ledger.ID{}) || i > 0 && bytes.Compare(of.Products[i-1][:], product[:]) >= 0 {
			return false
		}
	}
	hasCycle := !of.Cycle.IsZero()
	return len(of.Products) <= MaxProducts && of.Priority >= -MaxPriority && of.Priority <= MaxPriority &&
		bound(of.Refill) && (of.Refill == 0 || hasCycle) && (of.Rollover.IsZero() || hasCycle && soundRollover(of.Rollover))
}

func soundRollover(r ledger.Rollover) bool {
	return r.Percentage >= 1 && r.Percentage <= 100 && r.Times >= 1 && r.Cap >= 0 && possiblePeriod(r.Lasts)
}

// consistent says whether the validity and the extension of a top-up can be.
func consistent(op ledger.TopUp) bool {
	v, by := op.Validity, op.Extension
	if !v.IsZero() && (!by.IsZero() || v.OnFirstUse || !possibleSpan(v) || (v.End == 0) == v.Lasts.IsZero()) {
		return false
	}
	if by.Policy == ledger.ExtendNone {
		return by.IsZero()
	}
	return by.Policy <= ledger.ExtendAdd && op.Into.Bucket != ledger.MainBucketID(op.Into.Account) &&
		(by.Until == 0) != by.Lasts.IsZero() && (by.Policy != ledger.ExtendAdd || by.Until == 0) &&
		instant(by.Until) && possiblePeriod(by.Lasts) && possiblePeriod(by.Ceiling)
}
