// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (o *oracle) againstAccount(c ledger.Command, op ledger.SetAccount) (list []objection) {
	next := op.Settings
	a, ok := o.accounts[op.Account]
	if _, err := calendar.Zone(next.TimeZone); err != nil {
		return []objection{cannot(ledger.Malformed)}
	}
	if next.CreditLimit < 0 || next.MaximumBalance < 0 || next.State > ledger.AccountStateRechargeOnly || ok && a.tenant != c.Tenant {
		return []objection{cannot(ledger.Malformed)}
	}
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
		list = append(list, cannot(ledger.AccountConflict).with(ledger.Figures{Unit: a.settings.Currency}))
	}
	if a.settings.State == ledger.AccountStateClosed {
		list = append(list, cannot(ledger.AccountClosed))
	}
	if op.OnlyIfEmpty && !a.moneyless() {
		left := a.sum(a.settings.Currency) + a.main().has(inDebt)
		list = append(list, cannot(ledger.BalanceNotZero).with(ledger.Figures{Available: left, Unit: a.settings.Currency}))
	}
	return list
}

// moneyless says whether no bucket has or holds any money, and none is owed; data
// and the like may be left.
func (a *pretendAccount) moneyless() bool {
	for _, b := range a.buckets {
		for _, l := range b.lots {
			if b.unit == a.settings.Currency && l.in != [pockets]int64{} {
				return false
			}
		}
	}
	return true
}

func (o *oracle) againstBucket(c ledger.Command, op ledger.SetBucket) (list []objection) {
	next := op.Settings
	unit, isUnit := baseUnits[next.Unit]
	owner, known := o.owners[op.Bucket]
	if !known && (!isUnit || !openable(next)) || !coherent(next) || next.UsageType == "" || next.Class > ledger.Granted || next.State > ledger.BucketStateSuspended {
		return []objection{cannot(ledger.Malformed)}
	}
	if list = o.againstStranger(c, next.Account); len(list) > 0 {
		return list
	}
	if list = o.againstMembers(c, next.SharedWith); len(list) > 0 {
		return list
	}
	if known {
		b := o.accounts[owner].buckets[op.Bucket]
		if was := b.settings; was.Account != next.Account || was.Unit != next.Unit ||
			was.UsageType != next.UsageType || was.Class != next.Class || was.Validity != next.Validity || was.Cycle != next.Cycle {
			list = append(list, cannot(ledger.BucketConflict))
		}
		if b.version != op.ExpectVersion {
			list = append(list, cannot(ledger.VersionMismatch))
		}
		return list
	}
	if op.ExpectVersion != 0 {
		list = append(list, cannot(ledger.VersionMismatch))
	}
	if currency := o.accounts[next.Account].settings.Currency; currencies[unit] && unit != currency {
		list = append(list, cannot(ledger.UnitMismatch).with(ledger.Figures{Unit: currency}))
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
		list = append(list, cannot(ledger.ScopeHeld).with(ledger.Figures{
			Needed: 60, Available: int64(silent / time.Second), Unit: "s",
		}))
	}
	return list
}
