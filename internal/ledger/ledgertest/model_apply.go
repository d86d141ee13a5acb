// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// apply does what a command that nothing speaks against asks for, and returns
// what it did to the buckets.
func (o *oracle) apply(c ledger.Command) []ledger.Impact {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		if op.Payment.Reference != "" {
			o.receipts[receiptOf(c, op)] = c.Key
		}
		o.outside[outsider{c.Tenant, fundingOf(op), op.Amount.Unit}] -= op.Amount.Base
		return []ledger.Impact{o.change(op.Into, op.Amount.Base, 0)}
	case ledger.Grant:
		o.outside[outsider{c.Tenant, "grants", op.Amount.Unit}] -= op.Amount.Base
		paid, granted := o.classed(op)
		return []ledger.Impact{o.change(op.Into, paid, granted)}
	case ledger.Transfer:
		return []ledger.Impact{o.change(op.From, -op.Amount.Base, 0), o.change(op.To, op.Amount.Base, 0)}
	case ledger.SetAccount:
		o.setAccount(c.Tenant, op)
	case ledger.SetBucket:
		return o.setBucket(c, op)
	case ledger.BindTenant:
		o.bind(c.Scope, op)
	case ledger.ClaimScope:
		o.claim = pretendClaim{version: op.ExpectVersion + 1, cluster: op.ClusterUID, lease: op.Lease}
	case ledger.AcceptHead:
		o.epochs[c.Scope]++
	}
	return nil
}

func (o *oracle) change(at ledger.Place, paid, granted int64) ledger.Impact {
	b := o.accounts[at.Account].buckets[at.Bucket]
	impact := ledger.Impact{Account: at.Account, Bucket: at.Bucket, Before: b.paid + b.granted}
	b.paid += paid
	b.granted += granted
	impact.After = b.paid + b.granted
	return impact
}

func (o *oracle) setAccount(tenant ledger.ID, op ledger.SetAccount) {
	a, ok := o.accounts[op.Account]
	if !ok {
		main := ledger.MainBucketID(op.Account)
		a = &pretendAccount{tenant: tenant, buckets: map[ledger.ID]*pretendBucket{main: {unit: op.Settings.Currency}}}
		o.accounts[op.Account] = a
	}
	a.version++
	a.settings = op.Settings
}

func (o *oracle) setBucket(c ledger.Command, op ledger.SetBucket) (impacts []ledger.Impact) {
	a := o.accounts[op.Settings.Account]
	b, ok := a.buckets[op.Bucket]
	if !ok {
		b = &pretendBucket{unit: baseUnits[op.Settings.Unit]}
		a.buckets[op.Bucket] = b
		o.owners[op.Bucket] = op.Settings.Account
	} else if op.Forfeit {
		o.outside[outsider{c.Tenant, "breakage", b.unit}] += b.paid + b.granted
		at := ledger.Place{Account: op.Settings.Account, Bucket: op.Bucket}
		impacts = append(impacts, o.change(at, -b.paid, -b.granted))
	}
	b.version++
	b.settings = op.Settings
	return impacts
}

func (o *oracle) bind(scope string, op ledger.BindTenant) {
	anew := o.madeAnew(op)
	known := o.bindings[op.Namespace]
	if known == nil {
		known = &pretendBinding{binding: ledger.Binding{Generation: 1}}
		o.bindings[op.Namespace] = known
	}
	if anew && op.Adoption == ledger.AdoptionFresh {
		known.binding.Generation++
	}
	known.version++
	known.binding.NamespaceUID, known.binding.ClusterUID = op.NamespaceUID, op.ClusterUID
	known.binding.Tenant = ledger.TenantID(scope, op.Namespace, known.binding.Generation)
}
