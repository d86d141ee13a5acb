// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// setAccount posts the next version of an account's settings. The first one
// opens the main bucket.
func (r *Round) setAccount(p *posting, op ledger.SetAccount) verdict {
	a := r.state.accounts[op.Account]
	next := op.Settings
	if op.Account == (ledger.ID{}) || !possible(next) || !a.mayHave(next) || !a.belongsTo(p.command.Tenant) {
		return notTaken(ledger.Malformed)
	}
	if a.version != op.ExpectVersion {
		return notTaken(ledger.VersionMismatch)
	}
	if a.version > 0 && a.settings.Currency != next.Currency {
		return notTaken(ledger.AccountConflict).with(ledger.Figures{Unit: a.settings.Currency})
	}
	if a.settings.State == ledger.AccountStateClosed {
		return notTaken(ledger.AccountClosed)
	}
	if op.OnlyIfEmpty && !a.isEmpty() {
		left := a.credit() + a.owed()
		return notTaken(ledger.BalanceNotZero).with(ledger.Figures{Available: left, Unit: a.settings.Currency})
	}
	if a.version == 0 {
		main := p.lot(ledger.Lot{Account: a.id, Bucket: a.main.id, Class: ledger.Paid, Unit: next.Currency})
		p.move(a, main, ledger.Available, 0)
	}
	p.fact(a.id, a.version+1, ledger.FactAccount, next)
	p.changes = append(p.changes, func() {
		a.version, a.settings = a.version+1, next
		r.touchedAccounts[a.id] = struct{}{}
	})
	return accept
}

// setBucket posts the next version of a bucket's settings.
func (r *Round) setBucket(p *posting, op ledger.SetBucket) verdict {
	a := r.state.accounts[op.Settings.Account]
	next := asReadBack(op.Settings)
	known := r.state.facts[op.Bucket]
	if op.Bucket == (ledger.ID{}) || op.Bucket == a.main.id || !sound(next) || known.Version == 0 && !openable(next) {
		return notTaken(ledger.Malformed)
	}
	if v := p.opened(a); v != accept {
		return v
	}
	if v := p.mayShare(next.SharedWith); v != accept {
		return v
	}
	if known.Version > 0 && !sameTerms(known, next) {
		return notTaken(ledger.BucketConflict)
	}
	if known.Version != op.ExpectVersion {
		return notTaken(ledger.VersionMismatch)
	}
	if known.Version == 0 {
		if v := p.openBucket(a, op.Bucket, next); v != accept {
			return v
		}
	} else if op.Forfeit {
		p.forfeit(a, a.find(op.Bucket))
	}
	if v := p.share(a, op); v != accept {
		return v
	}
	p.fact(op.Bucket, known.Version+1, ledger.FactBucket, next)
	p.changes = append(p.changes, func() {
		b := a.bucket(op.Bucket)
		b.version, b.settings = known.Version+1, next
		r.touchedAccounts[a.id] = struct{}{}
	})
	return accept
}

// asReadBack are terms as a store gives them back, which tells no empty list from none.
func asReadBack(terms ledger.BucketSettings) ledger.BucketSettings {
	if len(terms.Products) == 0 {
		terms.Products = nil
	}
	if len(terms.SharedWith) == 0 {
		terms.SharedWith = nil
	}
	return terms
}

// openBucket opens a bucket's lot 0, and its term if it has one.
func (p *posting) openBucket(a *account, id ledger.ID, settings ledger.BucketSettings) verdict {
	unit, _ := money.ParseUnit(settings.Unit) // openable has asked
	if unit.IsCurrency() && unit.BaseCode() != a.settings.Currency {
		return notTaken(ledger.UnitMismatch).with(ledger.Figures{Unit: a.settings.Currency})
	}
	first := p.lot(ledger.Lot{Account: a.id, Bucket: id, Class: settings.Class, Unit: unit.BaseCode()})
	p.move(a, first, ledger.Available, 0)
	p.live = append(p.live, ledger.Live{Account: a.id, Subject: id})
	p.openTerm(a, id, settings)
	return accept
}

// openable says whether a bucket can be opened with the settings that never change.
// Nothing asks again: a unit that is withdrawn later must not freeze a bucket.
func openable(settings ledger.BucketSettings) bool {
	_, err := money.ParseUnit(settings.Unit)
	return err == nil && possibleTimes(settings)
}

// sound says whether terms, but for their unit, can be those of a bucket.
func sound(terms ledger.BucketSettings) bool {
	return terms.UsageType != "" && legible(terms.UsageType) &&
		terms.Class <= ledger.Granted && terms.State <= ledger.BucketStateSuspended &&
		soundRules(terms) && soundShares(terms)
}

// forfeit moves all that is free in a bucket to breakage.
func (p *posting) forfeit(a *account, b *bucket) {
	p.impact(a, b)
	for _, l := range b.lots {
		if free := l.cells[ledger.Available].balance; free > 0 {
			p.move(a, l, ledger.Available, -free)
			p.external(breakage, l.Unit, free)
		}
	}
}

// sameTerms says whether a bucket is asked for as it was opened.
func sameTerms(known ledger.Fact, next ledger.BucketSettings) bool {
	var was ledger.BucketSettings
	if err := ledger.DecodeBody(known.Body, &was); err != nil {
		return false
	}
	was.State, was.Priority, was.Blocker, was.Products = next.State, next.Priority, next.Blocker, next.Products
	was.Refill, was.Rollover, was.SharedWith = next.Refill, next.Rollover, next.SharedWith
	return was.Equal(next)
}

// mayHave says whether there are such a currency and such a time zone. Of what the
// account has already it is not asked: one that is withdrawn must not freeze the
// accounts that have it.
func (a *account) mayHave(next ledger.AccountSettings) bool {
	if unit, err := money.ParseUnit(next.Currency); a.version == 0 && (err != nil || !unit.IsCurrency()) {
		return false
	}
	if a.version > 0 && next.TimeZone == a.settings.TimeZone {
		return true
	}
	_, err := calendar.Zone(next.TimeZone)
	return err == nil
}

// possible says whether settings, but for their currency and time zone, can be those of
// an account.
func possible(settings ledger.AccountSettings) bool {
	return settings.State <= ledger.AccountStateRechargeOnly && bound(settings.CreditLimit) && bound(settings.MaximumBalance)
}

// opened says whether an account is in the ledger, and the tenant's.
func (p *posting) opened(a *account) verdict {
	if a.version == 0 {
		return notTaken(ledger.AccountUnknown)
	}
	if !a.belongsTo(p.command.Tenant) {
		return notTaken(ledger.Malformed)
	}
	return accept
}

// bound says whether an amount of settings is within what the ledger can hold.
func bound(base int64) bool { return base >= 0 && base <= money.MaxBase }
