// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// readPrepayAccount is the guard of PrepayAccount, and what it asks of the
// ledger. Of the owner, the resources and the products the ledger gets nothing.
func readPrepayAccount(account *v1alpha1.PrepayAccount) (ledger.AccountSettings, error) {
	spec := &account.Spec
	currency, err := money.ParseUnit(spec.Currency)
	switch {
	case err != nil:
		return ledger.AccountSettings{}, invalid("spec.currency", "%s", err)
	case !currency.IsCurrency():
		return ledger.AccountSettings{}, invalid("spec.currency", "%q is no currency: write an ISO 4217 code, as in EUR", clip(spec.Currency))
	}
	settings := ledger.AccountSettings{Currency: currency.BaseCode()}
	if spec.CreditLimit != "" {
		if settings.CreditLimit, err = checkMoney("spec.creditLimit", spec.CreditLimit, currency); err != nil {
			return settings, err
		}
	}
	if spec.MaximumBalance != "" {
		if settings.MaximumBalance, err = checkMoney("spec.maximumBalance", spec.MaximumBalance, currency); err != nil {
			return settings, err
		}
		if settings.MaximumBalance == 0 {
			return settings, invalid("spec.maximumBalance", "%q lets nothing in: write more than zero, or leave it out for no ceiling",
				string(spec.MaximumBalance))
		}
	}
	switch account.WantedState() {
	case v1alpha1.AccountStateActive:
	case v1alpha1.AccountRechargeOnly:
		settings.State = ledger.AccountStateRechargeOnly
	case v1alpha1.AccountSuspended:
		settings.State = ledger.AccountStateSuspended
	case v1alpha1.AccountClosed:
		settings.State = ledger.AccountStateClosed
	default:
		return settings, invalid("spec.state", "%q is no state: write %s, %s, %s or %s", clip(string(spec.State)),
			v1alpha1.AccountStateActive, v1alpha1.AccountRechargeOnly, v1alpha1.AccountSuspended, v1alpha1.AccountClosed)
	}
	if _, err := calendar.Zone(spec.TimeZone); err != nil {
		return settings, invalid("spec.timeZone", "%s", err)
	}
	settings.TimeZone = spec.TimeZone
	return settings, firstOf(
		checkObjectName(account.Name),
		checkAccountPolicy(spec.DeletionPolicy),
		checkParties(spec),
	)
}

func checkAccountPolicy(policy v1alpha1.AccountDeletionPolicy) error {
	switch policy {
	case "", v1alpha1.AccountDeletionRetain, v1alpha1.AccountDeletionClose:
		return nil
	default:
		return invalid("spec.deletionPolicy", "%q is no policy: write %s or %s", clip(string(policy)),
			v1alpha1.AccountDeletionRetain, v1alpha1.AccountDeletionClose)
	}
}

const (
	maxIdentifier = 128
	maxPartyName  = 256
	maxType       = 32
	maxResources  = 32
	maxProducts   = 64
)

// checkParties checks what only people and other systems read.
func checkParties(spec *v1alpha1.PrepayAccountSpec) error {
	if spec.Owner != nil {
		if err := firstOf(
			checkText("spec.owner.id", spec.Owner.ID, maxIdentifier),
			checkText("spec.owner.name", spec.Owner.Name, maxPartyName),
			checkText("spec.owner.role", spec.Owner.Role, maxName),
		); err != nil {
			return err
		}
	}
	if n := len(spec.LogicalResources); n > maxResources {
		return invalid("spec.logicalResources", "has %d entries: at most %d", n, maxResources)
	}
	for i, resource := range spec.LogicalResources {
		field := fmt.Sprintf("spec.logicalResources[%d]", i)
		if err := firstOf(
			checkText(field+".type", resource.Type, maxType),
			checkText(field+".value", resource.Value, maxIdentifier),
		); err != nil {
			return err
		}
	}
	if err := checkProducts(spec.Products); err != nil {
		return err
	}
	return nil
}

// checkMoney reads an amount that may be zero, in an account's currency.
func checkMoney(field string, value v1alpha1.Amount, currency money.Unit) (int64, error) {
	amount, err := money.Parse(string(value))
	if err != nil {
		return 0, invalid(field, "%s", err)
	}
	if amount.Unit() != currency {
		return 0, invalid(field, "%q is not in spec.currency: write it in %s", string(value), currency.Code())
	}
	return amount.Base(), nil
}
