// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (o *oracle) againstAccount(op ledger.SetAccount) (list []objection) {
	next := op.Settings
	if next.CreditLimit < 0 || next.MaximumBalance < 0 || next.State > ledger.AccountStateClosed {
		list = append(list, cannot(ledger.Malformed))
	}
	a, ok := o.accounts[op.Account]
	if !ok {
		if !currencies[next.Currency] {
			list = append(list, cannot(ledger.Malformed))
		}
		if op.ExpectVersion != 0 {
			list = append(list, cannot(ledger.VersionMismatch))
		}
		return list
	}
	if a.version != op.ExpectVersion {
		list = append(list, cannot(ledger.VersionMismatch))
	}
	if a.settings.Currency != next.Currency {
		conflict := cannot(ledger.AccountConflict)
		conflict.figures.Unit = a.settings.Currency
		list = append(list, conflict)
	}
	if a.settings.State == ledger.AccountStateClosed {
		list = append(list, cannot(ledger.AccountClosed))
	}
	if op.OnlyIfEmpty && !a.moneyless() {
		left := cannot(ledger.BalanceNotZero)
		left.figures = ledger.Figures{Available: a.sum(a.settings.Currency), Unit: a.settings.Currency}
		list = append(list, left)
	}
	return list
}

// moneyless says whether no bucket has any money; data and the like may be left.
func (a *pretendAccount) moneyless() bool {
	for _, b := range a.buckets {
		if b.unit == a.settings.Currency && (b.paid != 0 || b.granted != 0) {
			return false
		}
	}
	return true
}

func (o *oracle) againstBucket(op ledger.SetBucket) (list []objection) {
	next := op.Settings
	unit, isUnit := baseUnits[next.Unit]
	owner, known := o.owners[op.Bucket]
	if !known && !isUnit || next.UsageType == "" || next.Class > ledger.Granted || next.State > ledger.BucketStateRetained {
		return []objection{cannot(ledger.Malformed)}
	}
	a, ok := o.accounts[next.Account]
	if !ok {
		list = append(list, cannot(ledger.AccountUnknown))
	}
	switch {
	case !known && op.ExpectVersion != 0:
		list = append(list, cannot(ledger.VersionMismatch))
	case known:
		b := o.accounts[owner].buckets[op.Bucket]
		if b.version != op.ExpectVersion {
			list = append(list, cannot(ledger.VersionMismatch))
		}
		if was := b.settings; was.Account != next.Account || was.Unit != next.Unit ||
			was.UsageType != next.UsageType || was.Class != next.Class {
			list = append(list, cannot(ledger.BucketConflict))
		}
	}
	if ok && !known && currencies[unit] && unit != a.settings.Currency {
		mismatch := cannot(ledger.UnitMismatch)
		mismatch.figures.Unit = a.settings.Currency
		list = append(list, mismatch)
	}
	return list
}

func (o *oracle) againstBinding(op ledger.BindTenant) (list []objection) {
	known := o.bindings[op.Namespace]
	if known == nil {
		known = &pretendBinding{}
	}
	if known.version != op.ExpectVersion {
		list = append(list, cannot(ledger.VersionMismatch))
	}
	if o.madeAnew(op) && op.Adoption == ledger.AdoptionUndecided {
		list = append(list, cannot(ledger.AdoptionRequired))
	}
	return list
}

// madeAnew says whether the same cluster has another namespace of that name.
func (o *oracle) madeAnew(op ledger.BindTenant) bool {
	known := o.bindings[op.Namespace]
	return known != nil && known.binding.ClusterUID == op.ClusterUID && known.binding.NamespaceUID != op.NamespaceUID
}

func (o *oracle) againstClaim(op ledger.ClaimScope) (list []objection) {
	known := o.claim
	if known.version != op.ExpectVersion {
		list = append(list, cannot(ledger.VersionMismatch))
	}
	silent := o.instant().Sub(o.last)
	stranger := known.version > 0 && known.cluster != op.ClusterUID
	if known.lease != "" && known.lease != op.Lease {
		stranger = true
	}
	if stranger && !op.TakeOver && silent < time.Minute {
		held := cannot(ledger.ScopeHeld)
		held.figures = ledger.Figures{Needed: 60, Available: int64(silent / time.Second), Unit: "s"}
		list = append(list, held)
	}
	return list
}
