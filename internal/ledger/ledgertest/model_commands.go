// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const modelScope = "model"

// The world is small, so that commands meet.
var (
	namespaces   = []string{"retail", "wholesale"}
	accountNames = []string{"ann", "ben", "cleo", "dan"}
	bucketNames  = []string{"data", "voice", "promo", "purse"}
	bucketTerms  = map[string]ledger.BucketSettings{
		"data":  {Unit: "GB", UsageType: "Data"},
		"voice": {Unit: "min", UsageType: "Voice", Class: ledger.Granted},
		"promo": {Unit: "EUR", UsageType: "Monetary", Class: ledger.Granted},
		"purse": {Unit: "EUR", UsageType: "Monetary"},
	}
)

// baseUnits are what the units of the world are counted in.
var (
	baseUnits  = map[string]string{"GB": "B", "MB": "B", "min": "s", "SMS": "SMS", "EUR": "EUR", "USD": "USD"}
	currencies = map[string]bool{"EUR": true, "USD": true}
)

// draft draws commands, with an eye on what the oracle knows so that most of
// them make sense.
type draft struct {
	*rapid.T
	oracle *oracle
	made   *int
	// before are the commands that were posted.
	before []ledger.Command
}

func pick[V any](d *draft, label string, from ...V) V {
	return rapid.SampledFrom(from).Draw(d.T, label)
}

// oneIn is true once in so many times, and shrinks to false.
func (d *draft) oneIn(n int, label string) bool { return rapid.IntRange(1, n).Draw(d.T, label) == n }

// group draws commands that are posted together. At most two have the same key.
func (d *draft) group() []ledger.Command {
	size := pick(d, "size", 1, 3, 10, 20, largestGroup, largestGroup, largestGroup)
	lane := pick(d, "lane", ledger.Interactive, ledger.Bulk) // one, to keep the order
	group := make([]ledger.Command, 0, size)
	uses := map[ledger.ID]int{}
	for range size {
		c := d.command()
		if len(group) > 0 && d.oneIn(12, "again at once") {
			c = pick(d, "which", group...)
			if d.oneIn(4, "otherwise") {
				c = d.otherwise(c)
			}
		}
		if uses[c.Key]++; uses[c.Key] > 2 {
			continue
		}
		c.Lane = lane
		group = append(group, c)
	}
	return group
}

func (d *draft) command() ledger.Command {
	const (
		top, move, grant, account, bucket, bind, claim, accept, again, other = "top-up", "transfer", "grant",
			"account", "bucket", "binding", "claim", "head", "again", "other"
	)
	what := pick(d, "what", top, top, top, move, move, move, move, grant, account, account, bucket, bucket,
		bind, claim, accept, again, again, other)
	if len(d.before) == 0 && (what == again || what == other) {
		what = account
	}
	namespace := pick(d, "namespace", namespaces...)
	c := ledger.Command{Scope: modelScope, Tenant: ledger.TenantID(modelScope, namespace, 1)}
	switch what {
	case again:
		c = pick(d, "again", d.before...)
		c.Annotation.Reason = "asked again"
		return c
	case other:
		return d.otherwise(pick(d, "other", d.before...))
	case top:
		into := d.place(c.Tenant)
		c.Operation = ledger.TopUp{Into: into, Amount: d.amount(into), Payment: d.payment()}
	case move:
		from := d.place(c.Tenant)
		c.Operation = ledger.Transfer{From: from, To: d.destination(c.Tenant, from), Amount: d.amount(from)}
	case grant:
		into := d.place(c.Tenant)
		c.Operation = ledger.Grant{Into: into, Amount: d.amount(into)}
	case account:
		return d.setAccount(c)
	case bucket:
		return d.setBucket(c)
	case bind:
		return d.bindTenant(c, namespace)
	case claim:
		return d.claimScope(c)
	case accept:
		return d.acceptHead(c)
	}
	*d.made++
	c.Key = ledger.OperationKey(modelScope, c.Tenant, what, fmt.Sprintf("n%d", *d.made), "")
	c.Annotation = ledger.Annotation{Channel: "Retail", Reason: "the model said so"}
	if d.oneIn(50, "illegible") {
		c.Annotation.Reason = "two\nlines"
	}
	return c
}

// otherwise asks for something else under the same key.
func (d *draft) otherwise(c ledger.Command) ledger.Command {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		op.Amount.Base++
		c.Operation = op
	case ledger.Transfer:
		op.Amount.Base--
		c.Operation = op
	case ledger.Grant:
		op.Into = d.place(c.Tenant)
		c.Operation = op
	case ledger.SetAccount:
		op.Settings.CreditLimit++
		c.Operation = op
	case ledger.BindTenant:
		op.NamespaceUID += "-other"
		c.Operation = op
	}
	return c
}

// prologue opens most accounts, so that something can happen on them.
func (d *draft) prologue() []ledger.Command {
	var commands []ledger.Command
	for _, namespace := range namespaces {
		tenant := ledger.TenantID(modelScope, namespace, 1)
		for _, name := range accountNames[:len(accountNames)-1] {
			op := ledger.SetAccount{
				Account:  ledger.AccountID(modelScope, tenant, name),
				Settings: ledger.AccountSettings{Currency: "EUR", CreditLimit: d.limit()},
			}
			commands = append(commands, ledger.Command{
				Key: ledger.SettingsKey(op.Account, 1), Scope: modelScope, Tenant: tenant, Operation: op,
			})
		}
	}
	return commands
}

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
	if !d.oneIn(3, "own bucket") {
		return ledger.Main(account)
	}
	bucket := ledger.BucketID(modelScope, tenant, pick(d, "bucket", bucketNames...))
	if owner, known := d.oracle.owners[bucket]; known && !d.oneIn(8, "of another account") {
		account = owner
	}
	return ledger.Place{Account: account, Bucket: bucket}
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
	if a := d.oracle.accounts[at.Account]; a != nil && a.buckets[at.Bucket] != nil {
		return a.buckets[at.Bucket].unit
	}
	return "EUR"
}

// amount is mostly one in the unit of the place.
func (d *draft) amount(at ledger.Place) ledger.Quantity {
	unit := d.unit(at)
	if d.oneIn(20, "wrong unit") {
		unit = pick(d, "unit", "B", "s", "EUR", "USD", "GB", "")
	}
	base := rapid.Int64Range(1, 300).Draw(d.T, "amount")
	if d.oneIn(25, "odd amount") {
		base = pick(d, "odd", int64(0), -1, (largest-1)/2, largest, largest+1)
	}
	return ledger.Quantity{Base: base, Unit: unit}
}

func (d *draft) payment() ledger.Payment {
	p := ledger.Payment{Type: pick(d, "payment", "Cash", "Cash", "BankTransfer", "BankTransfer", "cash")}
	if d.oneIn(3, "with receipt") {
		p.Reference = fmt.Sprintf("receipt-%d", rapid.IntRange(1, 60).Draw(d.T, "receipt"))
	}
	if d.oneIn(40, "no payment") {
		p.Type = ""
	}
	return p
}
