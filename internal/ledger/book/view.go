// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// View reads an account's rows as people see them. It returns
// [ledger.ErrUnknown] if the rows hold no settings. AsOf is left to the caller.
func View(id ledger.ID, rows ledger.AccountRows) (ledger.Account, error) {
	a, err := newAccount(id, rows)
	if err != nil {
		return ledger.Account{}, err
	}
	if a.version == 0 {
		return ledger.Account{}, ledger.ErrUnknown
	}
	newest := newestOf(a, rows)
	view := ledger.Account{
		ID: id, Version: a.version, Settings: a.settings,
		Available: a.spendable(), Credit: a.credit(), Sequence: newest[id],
		Reserved: a.sum(ledger.Reserved, a.settings.Currency),
		Accepted: a.sum(ledger.AcceptedHold, a.settings.Currency),
		Debt:     -a.owed(),
		Buckets:  make(map[ledger.ID]ledger.Bucket, len(a.others)),
	}
	for b := range a.buckets {
		view.Sequence = max(view.Sequence, newest[b.id])
		if a.isMain(b) {
			continue
		}
		view.Buckets[b.id] = ledger.Bucket{
			Version: b.version, Settings: b.settings, Remaining: b.remaining(), Sequence: newest[b.id],
			Reserved: b.sum(ledger.Reserved), Accepted: b.sum(ledger.AcceptedHold),
		}
	}
	return view, nil
}

// newestOf is the newest batch that changed the account and each bucket.
func newestOf(a *account, rows ledger.AccountRows) map[ledger.ID]int64 {
	home := map[int64]ledger.ID{}
	newest := map[ledger.ID]int64{}
	for b := range a.buckets {
		for _, l := range b.lots {
			home[l.Base] = b.id
		}
	}
	for _, row := range rows.Facts {
		if row.Kind == ledger.FactAccount || row.Kind == ledger.FactBucket {
			newest[row.Subject] = max(newest[row.Subject], row.Sequence)
		}
	}
	for _, row := range rows.Cells {
		bucket := home[ledger.LotBaseOf(row.ID)]
		newest[bucket] = max(newest[bucket], row.Sequence)
	}
	return newest
}
