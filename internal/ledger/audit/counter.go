// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// name keeps the names of the counter-accounts that a record opens lots of.
func (r *run) name(record *ledger.Record) {
	for _, fact := range record.Facts {
		if fact.Kind != ledger.FactLot {
			continue
		}
		var lot ledger.Lot
		if err := ledger.DecodeBody(fact.Body, &lot); err != nil {
			r.find(Fact{Subject: fact.Subject, Version: fact.Version}, "its lot cannot be read: %v", err)
			continue
		}
		if lot.Name != "" {
			r.names[lot.Base] = lot.Name
		}
	}
}

// counterAccounts sums the external cells up by name.
func (r *run) counterAccounts() {
	type account struct {
		tenant     ledger.ID
		name, unit string
	}
	sums := map[account]*sum{}
	for id, cell := range r.cells {
		if cell.kind != ledger.External {
			continue
		}
		of := account{cell.tenant, r.names[ledger.LotBaseOf(id)], cell.unit}
		if sums[of] == nil {
			sums[of] = &sum{}
		}
		sums[of].add(cell.balance)
	}
	for of, total := range sums {
		r.report.CounterAccounts = append(r.report.CounterAccounts,
			CounterAccount{Tenant: of.tenant, Name: of.name, Unit: of.unit, Balance: total.big()})
	}
	slices.SortFunc(r.report.CounterAccounts, func(a, b CounterAccount) int {
		return cmp.Or(cmp.Compare(a.Tenant.String(), b.Tenant.String()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Unit, b.Unit))
	})
}
