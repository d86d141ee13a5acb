// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// reserve asks for a new hold.
func (d *draft) reserve(c ledger.Command) ledger.Command {
	*d.made++
	op := ledger.Reserve{
		Hold:     ledger.OperationKey(modelScope, c.Tenant, "hold", fmt.Sprintf("n%d", *d.made), ""),
		From:     d.source(c.Tenant),
		OnExpiry: pick(d, "on expiry", ledger.ExpiryReleases, ledger.ExpiryReleases, ledger.ExpiryCharges),
	}
	op.Amount = d.amount(op.From)
	op.Product = d.product(c.Tenant, op.From)
	op.For = d.duration()
	if d.oneIn(4, "until") {
		op.For, op.Until = 0, d.oracle.micros()+op.For
		theirs := func(a *pretendAccount) bool { return a.id == op.From.Account }
		if ends := d.oracle.events(theirs, d.oracle.micros()+month.Microseconds()); len(ends) > 0 && d.oneIn(2, "until something else") {
			op.Until = pick(d, "else", ends[:min(len(ends), 20)]...).at
		}
	}
	if next := d.nextCycle(op.From); next > 0 && d.oneIn(3, "into the next cycle") {
		op.For, op.Until = 0, next+day.Microseconds()
	}
	if d.oneIn(40, "odd") {
		switch pick(d, "what is odd", "end", "expiry", "key") {
		case "end":
			op.Until = pick(d, "odd end", int64(0), -1, 1)
		case "expiry":
			op.OnExpiry = ledger.ExpiryCharges + 1
		case "key":
			op.Hold = ledger.OperationKey(modelScope, c.Tenant, "hold", "odd", "")
		}
	}
	c.Operation, c.Key = op, ledger.HoldKey(op.Hold, "reserve")
	if d.oneIn(60, "other key") {
		c.Key = ledger.HoldKey(op.Hold, "release")
	}
	c.Annotation.Requestor = "the model"
	*d.reserves = append(*d.reserves, c)
	return c
}

// duration is how long a hold lasts, in microseconds.
func (d *draft) duration() int64 {
	const quarter = 15 * time.Minute
	long := pick(d, "duration", time.Microsecond, time.Second, 61*time.Second, quarter, quarter, quarter, quarter,
		48*time.Hour, 48*time.Hour, 20*24*time.Hour, month)
	if d.oneIn(40, "odd duration") {
		long = pick(d, "odd", 0, -time.Second, month+time.Microsecond)
	}
	return long.Microseconds()
}

// hold does something with a hold that was asked for, mostly a new one.
func (d *draft) hold(c ledger.Command, role string) ledger.Command {
	reserves := *d.reserves
	if len(reserves) == 0 {
		return d.reserve(c)
	}
	switch pick(d, "which hold", "open", "new", "open", "newer", "old") {
	case "new":
		reserves = reserves[max(0, len(reserves)-10):]
	case "newer":
		reserves = reserves[max(0, len(reserves)-60):]
	case "open":
		if open := d.oracle.openHolds(everywhere); len(open) > 0 {
			if before := spanning(open, d.oracle.micros()); len(before) > 0 && d.oneIn(2, "over cycles") {
				open, role = before, pick(d, "to", role, "extend")
			}
			h := pick(d, "open hold", open...)
			return d.with(ledger.Command{Scope: modelScope, Tenant: h.account.tenant}, h.account.id, h.id, role)
		}
	}
	asked := pick(d, "hold", reserves...)
	c.Tenant = asked.Tenant
	op, _ := asked.Operation.(ledger.Reserve)
	account, hold := op.From.Account, op.Hold
	if d.oneIn(40, "of another account") {
		account = d.account(c.Tenant)
	}
	if d.oneIn(40, "unknown hold") {
		hold = ledger.OperationKey(modelScope, c.Tenant, "hold", "unknown", "")
	}
	return d.with(c, account, hold, role)
}

// with does something with a hold.
func (d *draft) with(c ledger.Command, account, hold ledger.ID, role string) ledger.Command {
	c.Key = ledger.HoldKey(hold, role)
	switch role {
	case "accept":
		op := ledger.AcceptHold{Account: account, Hold: hold}
		if d.oneIn(2, "for longer") {
			_, op.Until = d.more(hold)
		}
		if d.oneIn(40, "odd end") {
			op.Until = -1
		}
		c.Operation = op
	case "extend":
		op := ledger.ExtendHold{Account: account, Hold: hold}
		op.Amount, op.Until = d.more(hold)
		c.Operation, c.Key = op, ledger.ExtensionKey(hold, op.Amount.Base, op.Until)
	case "charge":
		op := ledger.ChargeHold{Account: account, Hold: hold}
		if !d.oneIn(4, "all") {
			op.Amount, _ = d.more(hold)
			op.Amount.Base -= rapid.Int64Range(0, max(0, op.Amount.Base)).Draw(d.T, "less")
		}
		c.Operation = op
	case "release":
		c.Operation = ledger.ReleaseHold{Account: account, Hold: hold}
	case "expire":
		c.Operation = ledger.ExpireHold{Account: account, Hold: hold}
	}
	if d.oneIn(60, "other key") {
		c.Key = ledger.HoldKey(hold, "reserve")
	}
	return c
}

// more is what a hold could be made to be: as much, or seldom less, and as long.
func (d *draft) more(hold ledger.ID) (ledger.Quantity, int64) {
	amount, until := ledger.Quantity{Base: 100, Unit: "EUR"}, d.oracle.instant().UnixMicro()
	if h := d.oracle.holds[hold]; h != nil {
		amount, until = h.amount, h.until
	}
	amount.Base += pick(d, "more", int64(0), 0, 1, 20, 150, -1)
	until += pick(d, "longer", 0, 0, time.Microsecond, time.Second, time.Hour, month, -time.Microsecond).Microseconds()
	if d.oneIn(40, "wrong unit") {
		amount.Unit = pick(d, "unit", "USD", "B", illegible)
	}
	return amount, until
}
