// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// bucketView is a bucket and the state of its account, as they are at an instant.
type bucketView struct {
	ledger.Bucket
	// members are those that spec shares it with.
	members []member
	account ledger.AccountState
	asOf    time.Time
}

// mostShownLots is how many lots a status has room for.
const mostShownLots = 100

// show writes what the ledger has of the bucket into status.
func (v *bucketView) show(status *v1alpha1.BucketStatus) {
	amount := func(base int64) v1alpha1.SignedAmount { return amountOf(base, v.Settings.Unit) }
	status.Balance = &v1alpha1.BucketBalance{
		Remaining: amount(v.Remaining), Reserved: amount(v.Reserved), Accepted: amount(v.Accepted),
	}
	status.ValidFor = nil
	if v.Term.Start != 0 || v.Term.End != 0 {
		status.ValidFor = &v1alpha1.ValidityPeriod{Start: toTheSecond(v.Term.Start), End: toTheSecond(v.Term.End)}
	}
	status.NextCycleAt = toTheSecond(v.Term.Next)
	status.SharedWith = v.uses()
	lots := v.Lots[:min(len(v.Lots), mostShownLots)]
	status.Lots = make([]v1alpha1.BucketLot, len(lots))
	for i, lot := range lots {
		status.Lots[i] = v1alpha1.BucketLot{
			Number: lot.Number, Class: classNamed(lot.Class),
			Remaining: amount(lot.Remaining), Held: amount(lot.Held),
			Start: toTheSecond(lot.Start), End: toTheSecond(lot.End), RolledOver: lot.Rolled,
		}
	}
}

// toTheSecond is an instant of the ledger as the API server keeps it; nil if there
// is none. What is finer would differ from what was written before, for ever.
func toTheSecond(micros int64) *metav1.Time {
	if micros == 0 {
		return nil
	}
	at := metav1.NewTime(time.UnixMicro(micros).UTC().Truncate(time.Second))
	return &at
}

func classNamed(class ledger.Class) v1alpha1.BucketClass {
	if class == ledger.Granted {
		return v1alpha1.ClassGranted
	}
	return v1alpha1.ClassPaid
}

// sameBucketStatus tells whether two statuses say the same, but for the time at
// which they say it.
func sameBucketStatus(a, b v1alpha1.BucketStatus) bool {
	a.AsOf = b.AsOf
	return equality.Semantic.DeepEqual(a, b)
}

// waits reports whether the bucket starts with its first use, and that has not been.
func (v *bucketView) waits() bool { return v.Term != (ledger.Term{}) && v.Term.Start == 0 }

// ended reports whether the bucket has come to its end, which may have been moved
// to before its start.
func (v *bucketView) ended() bool { return v.isOver(v.Term.End) }

func (v *bucketView) isOver(end int64) bool { return end != 0 && end <= v.asOf.UnixMicro() }

// usable reports whether something in the bucket may be used now.
func (v *bucketView) usable() bool {
	at := v.asOf.UnixMicro()
	for _, lot := range v.Lots {
		begun := lot.Start <= at && (lot.Start != 0 || !v.waits())
		if lot.Remaining > 0 && begun && !v.isOver(lot.End) {
			return true
		}
	}
	return false
}

// changesAt is the next instant at which what is shown of the bucket changes
// although nothing is recorded, in microseconds since 1970, UTC; 0 if there is none.
func (v *bucketView) changesAt() int64 {
	at, next := v.asOf.UnixMicro(), int64(math.MaxInt64)
	consider := func(end int64, instants ...int64) {
		for _, instant := range append(instants, end) {
			if instant > at && !v.isOver(end) {
				next = min(next, instant)
			}
		}
	}
	consider(v.Term.End, v.Term.Start, v.Term.Next)
	for _, lot := range v.Lots {
		consider(lot.End, lot.Start)
	}
	if next == math.MaxInt64 {
		return 0
	}
	return next
}

// bucketStanding says how a bucket stands: docs/spec/v1alpha1/buckets.md has the
// table.
func bucketStanding(view *bucketView, cause error) (standing, error) {
	switch {
	case cause != nil:
		return standingOf(cause)
	case view.account == ledger.AccountStateSuspended:
		return ready(v1alpha1.ReasonSuspended, "The bucket's account is suspended"), nil
	case view.account == ledger.AccountStateClosed:
		return ready(v1alpha1.ReasonClosed, "The bucket's account is closed, for good"), nil
	case view.Settings.State == ledger.BucketStateSuspended:
		return ready(v1alpha1.ReasonSuspended,
			"The bucket is suspended: nothing is spent and nothing is added; what was held before, corrections and cycles still move"), nil
	case view.account == ledger.AccountStateRechargeOnly:
		return ready(v1alpha1.ReasonRechargeOnly, "The bucket's account is RechargeOnly: it may receive and not spend"), nil
	default:
		return contentStanding(view), nil
	}
}

// contentStanding says how a bucket stands that may be used by its state and its
// account's.
func contentStanding(view *bucketView) standing {
	empty, held := view.Remaining == 0, view.Reserved+view.Accepted > 0
	switch {
	case view.ended() && empty && held:
		return ready(v1alpha1.ReasonExpired, "The bucket has ended; what reservations hold of it can still be charged. "+
			"A TopUp with a validityExtension opens it again")
	case view.ended() && empty:
		return ready(v1alpha1.ReasonExpired, "The bucket has ended; a TopUp with a validityExtension opens it again")
	case view.usable():
		return ready(v1alpha1.ReasonActive, "The bucket can be used")
	case view.waits():
		return ready(v1alpha1.ReasonNotStarted, "The bucket starts with the first charge or reservation that uses it")
	case !view.ended() && view.Term.Start > view.asOf.UnixMicro():
		return ready(v1alpha1.ReasonNotStarted, "The bucket can be used from the start in status.validFor on")
	case !empty:
		return ready(v1alpha1.ReasonNotStarted, "Nothing in the bucket can be used yet; status.lots tells from when")
	case held:
		return ready(v1alpha1.ReasonDepleted, "All that is left in the bucket is held by reservations; a TopUp fills it")
	default:
		return ready(v1alpha1.ReasonDepleted, "The bucket is empty; a TopUp fills it")
	}
}
