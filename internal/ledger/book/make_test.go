// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import "github.com/prepay-operator/prepay-operator/internal/ledger"

func eur(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: "EUR"} }

func octets(base int64) ledger.Quantity { return ledger.Quantity{Base: base, Unit: "B"} }

// at is a named bucket of an account.
func at(account ledger.ID, name string) ledger.Place {
	return ledger.Place{Account: account, Bucket: ledger.BucketID(scope, tenant, name)}
}

func cash(into ledger.Place, amount ledger.Quantity) ledger.TopUp {
	return ledger.TopUp{Into: into, Amount: amount, Payment: ledger.Payment{Type: "Cash"}}
}

// receipted is a top-up with an outside receipt.
func receipted(into ledger.Place, amount ledger.Quantity, paymentType, reference string) ledger.TopUp {
	return ledger.TopUp{Into: into, Amount: amount, Payment: ledger.Payment{Type: paymentType, Reference: reference}}
}

func transfer(from, to ledger.Place, amount ledger.Quantity) ledger.Transfer {
	return ledger.Transfer{From: from, To: to, Amount: amount}
}

// setAccount posts version v+1 of an account's settings.
func setAccount(id ledger.ID, v int64, settings ledger.AccountSettings) ledger.SetAccount {
	if settings.Currency == "" {
		settings.Currency = "EUR"
	}
	return ledger.SetAccount{Account: id, ExpectVersion: v, Settings: settings}
}

// setBucket posts version v+1 of a bucket's settings: data, unless they say
// otherwise.
func setBucket(place ledger.Place, v int64, settings ledger.BucketSettings) ledger.SetBucket {
	settings.Account = place.Account
	if settings.Unit == "" {
		settings.Unit = "GB"
	}
	if settings.UsageType == "" {
		settings.UsageType = "Data"
	}
	return ledger.SetBucket{Bucket: place.Bucket, ExpectVersion: v, Settings: settings}
}

// open is an account with nothing on it.
func open(id ledger.ID) ledger.SetAccount { return setAccount(id, 0, ledger.AccountSettings{}) }

// data opens a bucket of data.
func data(place ledger.Place, class ledger.Class) ledger.SetBucket {
	return setBucket(place, 0, ledger.BucketSettings{Class: class})
}

// purse opens a bucket of money beside the main one.
func purse(place ledger.Place, class ledger.Class) ledger.SetBucket {
	return setBucket(place, 0, ledger.BucketSettings{Unit: "EUR", UsageType: "Monetary", Class: class})
}
