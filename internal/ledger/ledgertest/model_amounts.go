// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

func (d *draft) limit() int64 { return pick(d, "credit limit", int64(0), 0, 50, 400) }

func (d *draft) account(tenant ledger.ID) ledger.ID {
	return ledger.AccountID(modelScope, tenant, pick(d, "account", accountNames...))
}

// place is mostly one that exists, and seldom another tenant's.
func (d *draft) place(tenant ledger.ID) ledger.Place {
	if d.oneIn(40, "of another tenant") {
		tenant = ledger.TenantID(modelScope, pick(d, "namespace", namespaces...), 1)
	}
	account := d.account(tenant)
	if !d.oneIn(2, "own bucket") {
		return ledger.Main(account)
	}
	if idle := d.idle(tenant); len(idle) > 0 && d.oneIn(4, "that has not started") {
		return pick(d, "idle", idle...)
	}
	bucket := ledger.BucketID(modelScope, tenant, d.bucketName(tenant))
	if owner, known := d.oracle.owners[bucket]; known && !d.oneIn(8, "of another account") {
		account = owner
	}
	return ledger.Place{Account: account, Bucket: bucket}
}

// source is a place, or one that is shared, or often all that an account has.
func (d *draft) source(tenant ledger.ID) ledger.Place {
	if at, ok := d.lent(tenant); ok && d.oneIn(3, "of another one's") {
		return at
	}
	at := d.place(tenant)
	if d.oneIn(2, "from anywhere") {
		at.Bucket = ledger.ID{}
	}
	return at
}

// destination is mostly another place with the same unit.
func (d *draft) destination(tenant ledger.ID, from ledger.Place) ledger.Place {
	to := d.place(tenant)
	for range 3 {
		if to != from && d.unit(to) == d.unit(from) {
			break
		}
		to = d.place(tenant)
	}
	return to
}

// unit is that of the place, or the usual one.
func (d *draft) unit(at ledger.Place) string {
	if b := d.oracle.reached(at); b != nil {
		return b.unit
	}
	return "EUR"
}

// amount is mostly one in the unit of the place.
func (d *draft) amount(at ledger.Place) ledger.Quantity {
	unit := d.unit(at)
	if d.oneIn(20, "wrong unit") {
		unit = pick(d, "unit", "B", "s", "EUR", "USD", "GB", "", illegible)
	}
	base := rapid.Int64Range(1, 300).Draw(d.T, "amount")
	switch {
	case d.oneIn(8, "all there is"):
		base = d.all(at, unit)
	case d.huge && d.oneIn(40, "huge amount"):
		base = pick(d, "huge", int64(largest-1)/2, largest)
	case d.oneIn(60, "odd amount"):
		base = pick(d, "odd", int64(0), -1, largest+1)
	}
	return ledger.Quantity{Base: base, Unit: unit}
}

// all is what there is at a place, with or without the credit line, or 1 more.
func (d *draft) all(at ledger.Place, unit string) int64 {
	if d.oracle.accounts[at.Account] == nil {
		return 1
	}
	lots, line := d.oracle.sources(at, unit, ledger.ID{})
	base := funds(d.oracle.accounts[at.Account], lots, 0) + pick(d, "and", 0, line, line+1)
	return max(1, base)
}

func (d *draft) payment() ledger.Payment {
	p := ledger.Payment{Type: pick(d, "payment", "Cash", "Cash", "BankTransfer", "BankTransfer", "cash")}
	if d.oneIn(4, "with receipt") {
		p.Reference = fmt.Sprintf("receipt-%d", rapid.IntRange(1, 500).Draw(d.T, "receipt"))
	}
	if d.oneIn(40, "no payment") {
		p.Type = ""
	}
	return p
}

func (d *draft) adjustment(tenant ledger.ID) ledger.Adjust {
	op := ledger.Adjust{Type: ledger.AdjustmentType(rapid.IntRange(1, 5).Draw(d.T, "type"))} //nolint:gosec // 1 to 5
	if d.oneIn(30, "no type") {
		op.Type = pick(d, "odd type", ledger.AdjustmentType(0), ledger.RecurringCharge+1)
	}
	if op.Type.IsCredit() {
		op.At = d.place(tenant)
	} else {
		op.At = d.source(tenant)
	}
	op.Amount = d.amount(op.At)
	op.Product = d.product(tenant, op.At)
	return op
}

// reversal is mostly that of something that can be undone.
func (d *draft) reversal(tenant ledger.ID) ledger.Reverse {
	op := ledger.Reverse{OnShortfall: pick(d, "shortfall", ledger.ShortfallRefuses, ledger.ShortfallOwes)}
	if d.oneIn(20, "of another tenant") {
		tenant = ledger.TenantID(modelScope, pick(d, "namespace", namespaces...), 1)
	}
	if past := d.past[tenant]; len(past) > 0 {
		if members := d.charges(past); len(members) > 0 && d.oneIn(4, "of a member's charge") {
			past = members
		}
		op.Of = pick(d, "of", past...)
	}
	switch {
	case d.oneIn(15, "of something asked for"):
		op.Of = pick(d, "asked for", d.before...).Key
	case d.oneIn(30, "of nothing"):
		op.Of = ledger.ID{}
	case d.oneIn(30, "of something unknown"):
		op.Of = ledger.OperationKey(modelScope, ledger.ID{}, "unknown", fmt.Sprintf("n%d", *d.made), "")
	}
	if d.oneIn(40, "no such shortfall") {
		op.OnShortfall = ledger.ShortfallOwes + 1
	}
	return op
}
