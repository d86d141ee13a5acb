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
	accountNames = []string{"ann", "ben", "cleo", "dan", "eve"}
	productNames = []string{"video", "chat", "music"}
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

// illegible is a unit that nobody may have put into the log.
const illegible = "\xff\n"

// draft draws commands, with an eye on what the oracle knows so that most of
// them make sense.
type draft struct {
	*rapid.T
	oracle *oracle
	made   *int
	// huge is whether there are amounts near the most that can be counted.
	huge bool
	// dated is whether a bucket has many lots.
	dated bool
	// before are the commands that were posted, or some that were posted together.
	before []ledger.Command
	// past are some transactions of each tenant that were recorded one after the other.
	past map[ledger.ID][]ledger.ID
	// happened is what happened by itself one after the other.
	happened []*deed
	// reserves are the newest holds that were asked for.
	reserves *[]ledger.Command
}

func pick[V any](d *draft, label string, from ...V) V {
	return rapid.SampledFrom(from).Draw(d.T, label)
}

// oneIn is true once in so many times, and shrinks to false.
func (d *draft) oneIn(n int, label string) bool { return rapid.IntRange(1, n).Draw(d.T, label) == n }

// window is a part of a list, so long at most: what is in it was posted at about
// the same time, and can be looked up at little cost.
func window[V any](d *draft, label string, list []V, size int) []V {
	if len(list) <= size {
		return list
	}
	from := len(list) - size
	if d.oneIn(2, label+" long ago") {
		from = rapid.IntRange(0, from).Draw(d.T, label)
	}
	return list[from : from+size]
}

// group draws commands that are posted together. At most two have the same key.
func (d *draft) group() []ledger.Command {
	size := pick(d, "size", 1, 3, 10, 40, 100, largestGroup, largestGroup)
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

// kinds are what is drawn, as often as it is in the list.
var kinds = []string{ // rapid prefers the first
	"reserve", "charge", "top-up", "reverse", "transfer", "adjust", "extend", "accept",
	"expire", "release", "again", "bucket", "account", "grant", "other", "settings",
	"reserve", "charge", "top-up", "reverse", "transfer", "adjust", "extend", "accept",
	"top-up", "reserve", "top-up", "transfer", "bucket", "settle", "grant",
}

func (d *draft) command() ledger.Command {
	what := pick(d, "what", kinds...)
	namespace := pick(d, "namespace", namespaces...)
	c := ledger.Command{Scope: modelScope, Tenant: ledger.TenantID(modelScope, namespace, 1)}
	switch what {
	case "again":
		c = pick(d, "again", d.before...)
		c.Annotation.Reason = "asked again"
		return c
	case "other":
		return d.otherwise(pick(d, "other", d.before...))
	case "account":
		return d.setAccount(c)
	case "bucket":
		return d.setBucket(c)
	case "settings":
		return d.settings(c, namespace)
	case "reserve":
		return d.reserve(c)
	case "accept", "extend", "charge", "release", "expire":
		return d.hold(c, what)
	case "settle":
		return d.settlement(c)
	}
	c.Operation = d.movement(c.Tenant, what)
	*d.made++
	c.Key = ledger.OperationKey(modelScope, c.Tenant, what, fmt.Sprintf("n%d", *d.made), "")
	c.Annotation = ledger.Annotation{Channel: "Retail", Reason: "the model said so"}
	if d.oneIn(50, "illegible") {
		c.Annotation.Reason = "two\nlines"
	}
	return c
}

func (d *draft) movement(tenant ledger.ID, what string) ledger.Operation {
	switch what {
	case "top-up":
		into := d.place(tenant)
		op := ledger.TopUp{Into: into, Amount: d.amount(into), Payment: d.payment()}
		return d.timed(tenant, op)
	case "transfer":
		from := d.place(tenant)
		return ledger.Transfer{From: from, To: d.destination(tenant, from), Amount: d.amount(from)}
	case "grant":
		into := d.place(tenant)
		return ledger.Grant{Into: into, Amount: d.amount(into)}
	case "adjust":
		return d.adjustment(tenant)
	default:
		return d.reversal(tenant)
	}
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
	case ledger.Adjust:
		op.Type = ledger.GeneralDebit
		c.Operation = op
	case ledger.Reverse:
		op.OnShortfall = 1 - op.OnShortfall
		c.Operation = op
	case ledger.Reserve:
		op.OnExpiry = 1 - op.OnExpiry
		c.Operation = op
	case ledger.ChargeHold:
		op.Amount = ledger.Quantity{}
		c.Operation = op
	case ledger.ExpireHold:
		op.Account = d.account(c.Tenant)
		c.Operation = op
	case ledger.ExpireLot:
		op.Account = d.account(c.Tenant)
		c.Operation = op
	case ledger.BeginCycle:
		op.Account = d.account(c.Tenant)
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
				Settings: ledger.AccountSettings{Currency: "EUR", CreditLimit: d.limit(), TimeZone: d.zone()},
			}
			commands = append(commands, ledger.Command{
				Key: ledger.SettingsKey(op.Account, 1), Scope: modelScope, Tenant: tenant, Operation: op,
			})
		}
	}
	return commands
}
