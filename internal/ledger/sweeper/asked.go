// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper

import (
	"errors"
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// errStrange: the subject of what is due is nothing that ends or begins.
var errStrange = errors.New("run manager audit")

// asked is the command that asks for what is due of a subject, in the name of who
// made it. It has no operation if nothing is due then any more.
func asked(row ledger.Due, fact ledger.Fact) (ledger.Command, error) {
	switch fact.Kind {
	case ledger.FactHold:
		var hold ledger.Hold
		err := ledger.DecodeBody(fact.Body, &hold)
		if err != nil || !hold.State.IsOpen() {
			return ledger.Command{}, err
		}
		return ledger.Command{
			Key: ledger.HoldKey(row.Subject, "expire"), Scope: hold.Scope, Tenant: hold.Tenant, Lane: ledger.Bulk,
			Operation: ledger.ExpireHold{Account: hold.Account, Hold: row.Subject},
		}, nil
	case ledger.FactLot:
		var lot ledger.Lot
		err := ledger.DecodeBody(fact.Body, &lot)
		if err != nil || lot.Ended || lot.End != row.At {
			return ledger.Command{}, err
		}
		return ledger.Command{
			Key: ledger.LotExpiryKey(row.Subject), Scope: lot.Scope, Tenant: lot.Tenant, Lane: ledger.Bulk,
			Operation: ledger.ExpireLot{Account: lot.Account, Lot: row.Subject},
		}, nil
	case ledger.FactTerm:
		var term ledger.Term
		err := ledger.DecodeBody(fact.Body, &term)
		if err != nil {
			return ledger.Command{}, err
		}
		return askedOf(term, row.At), nil
	default:
		return ledger.Command{}, fmt.Errorf("a fact of kind %d; %w", fact.Kind, errStrange)
	}
}

// askedOf is the command that asks for the end of a bucket, or for its next cycle,
// whichever is due at an instant.
func askedOf(term ledger.Term, at int64) ledger.Command {
	command := ledger.Command{Scope: term.Scope, Tenant: term.Tenant, Lane: ledger.Bulk}
	switch {
	case at == term.End && !term.Ended:
		command.Key = ledger.BucketExpiryKey(term.Bucket, term.End)
		command.Operation = ledger.ExpireBucket{Account: term.Account, Bucket: term.Bucket, End: term.End}
	case at == term.Next:
		command.Key = ledger.CycleKey(term.Bucket, term.Cycle)
		command.Operation = ledger.BeginCycle{Account: term.Account, Bucket: term.Bucket, Cycle: term.Cycle}
	}
	return command
}
