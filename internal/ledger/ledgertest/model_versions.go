// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// expect is mostly the version there is.
func (d *draft) expect(version int64) int64 {
	if d.oneIn(8, "wrong version") {
		return max(0, version+pick(d, "off by", int64(-1), 1))
	}
	return version
}

func (d *draft) setAccount(c ledger.Command) ledger.Command {
	op := ledger.SetAccount{Account: d.account(c.Tenant), OnlyIfEmpty: d.oneIn(6, "only if empty")}
	if even := d.even(c.Tenant); len(even) > 0 && d.oneIn(2, "with nothing") {
		op.Account, op.OnlyIfEmpty = pick(d, "even", even...), true
	}
	op.Settings = ledger.AccountSettings{
		Currency:       "EUR",
		CreditLimit:    d.limit(),
		MaximumBalance: pick(d, "maximum", int64(0), 0, 0, 900, 3000),
	}
	if d.oneIn(20, "other currency") {
		op.Settings.Currency = pick(d, "currency", "USD", "")
	}
	if d.oneIn(8, "not active") {
		op.Settings.State = pick(d, "state", ledger.AccountStateSuspended, ledger.AccountStateRechargeOnly)
	}
	if d.oneIn(200, "never again") {
		op.Settings.State = pick(d, "end", ledger.AccountStateClosed, ledger.AccountStateRechargeOnly+1)
	}
	if d.oneIn(30, "negative limit") {
		op.Settings.CreditLimit = -1
	}
	op.Settings.TimeZone = d.zone()
	if a := d.oracle.accounts[op.Account]; a != nil {
		op.ExpectVersion = a.version
		if !d.oneIn(8, "moves") {
			op.Settings.TimeZone = a.settings.TimeZone
		}
	}
	op.ExpectVersion = d.expect(op.ExpectVersion)
	c.Operation, c.Key = op, ledger.SettingsKey(op.Account, op.ExpectVersion+1)
	return c
}

// even are the accounts whose money comes to nothing, though some may be held.
func (d *draft) even(tenant ledger.ID) (list []ledger.ID) {
	for _, name := range accountNames {
		a := d.oracle.accounts[ledger.AccountID(modelScope, tenant, name)]
		if a != nil && a.settings.State != ledger.AccountStateClosed && a.sum(a.settings.Currency) == 0 {
			list = append(list, a.id)
		}
	}
	return list
}

// settings are those of the whole: who may write, and whose a namespace is.
func (d *draft) settings(c ledger.Command, namespace string) ledger.Command {
	switch pick(d, "settings", "binding", "claim", "head") {
	case "binding":
		return d.bindTenant(c, namespace)
	case "claim":
		return d.claimScope(c)
	default:
		return d.acceptHead(c)
	}
}

func (d *draft) bindTenant(c ledger.Command, namespace string) ledger.Command {
	op := ledger.BindTenant{
		Namespace: namespace, NamespaceUID: pick(d, "namespace UID", "first", "second"),
		ClusterUID: pick(d, "cluster", "here", "here", "there"),
		Adoption:   pick(d, "adoption", ledger.AdoptionUndecided, ledger.AdoptionAdopt, ledger.AdoptionFresh),
	}
	if known := d.oracle.bindings[namespace]; known != nil {
		op.ExpectVersion = known.version
	}
	op.ExpectVersion = d.expect(op.ExpectVersion)
	c.Tenant = ledger.ID{}
	c.Operation, c.Key = op, ledger.SettingsKey(ledger.BindingSubject(modelScope, namespace), op.ExpectVersion+1)
	return c
}

func (d *draft) claimScope(c ledger.Command) ledger.Command {
	op := ledger.ClaimScope{
		ClusterUID: pick(d, "cluster", "here", "there"), Lease: pick(d, "lease", "", "blue/lease", "green/lease"),
		TakeOver: d.oneIn(4, "take over"),
	}
	op.ExpectVersion = d.oracle.claim.version
	op.ExpectVersion = d.expect(op.ExpectVersion)
	c.Tenant = ledger.ID{}
	c.Operation, c.Key = op, ledger.SettingsKey(ledger.ScopeSubject(""), op.ExpectVersion+1)
	return c
}

func (d *draft) acceptHead(c ledger.Command) ledger.Command {
	op := ledger.AcceptHead{
		LedgerID: "model", Hash: make([]byte, len(ledger.Hash{})), ExpectVersion: d.expect(d.oracle.epochs[modelScope]),
	}
	c.Tenant = ledger.ID{}
	c.Operation, c.Key = op, ledger.SettingsKey(ledger.EpochSubject(modelScope), op.ExpectVersion+1)
	return c
}
