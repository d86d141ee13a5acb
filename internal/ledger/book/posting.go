// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

// The external counter-accounts of a tenant.
const (
	funding     = "funding:"
	grants      = "grants"
	breakage    = "breakage"
	usage       = "revenue:usage"
	adjustments = "adjustments"
)

func externalID(c ledger.Command, name string) ledger.ID {
	return ledger.ExternalID(c.Scope, c.Tenant, name)
}

// form is the one spelling of a payment's type, in receipts and in the names of
// counter-accounts: Cash and cash are the same money.
func form(payment ledger.Payment) string { return strings.ToLower(payment.Type) }

// posting is what one command would do: legs, lots to open and facts to write.
// Rules only add to it; nothing changes until it was checked and is written.
type posting struct {
	round   *Round
	command ledger.Command
	// at is when it happens, in microseconds since 1970, UTC.
	at      int64
	legs    []leg
	facts   []ledger.Fact
	live    []ledger.Live
	due     []ledger.Due
	impacts []impact
	// tallies count what is used of buckets that are shared.
	tallies []*tally
	// changes are those of the state that go with the facts.
	changes []func()
}

type leg struct {
	account *account
	lot     *lot
	kind    ledger.CellKind
	amount  int64
}

type impact struct {
	account *account
	bucket  *bucket
	before  int64
}

// move adds a leg, or adds to the leg the cell already has.
func (p *posting) move(a *account, l *lot, kind ledger.CellKind, amount int64) {
	for i := range p.legs {
		if p.legs[i].lot == l && p.legs[i].kind == kind {
			p.legs[i].amount += amount
			return
		}
	}
	p.legs = append(p.legs, leg{account: a, lot: l, kind: kind, amount: amount})
}

// external moves an amount into (or, negative, out of) a counter-account. When
// its lot of the unit has no room left, it gets another one: what comes in over
// the years has no bound.
func (p *posting) external(name string, unit string, amount int64) {
	a := p.round.state.accounts[externalID(p.command, name)]
	if b := a.find(a.id); b != nil {
		for _, l := range b.lots {
			if l.Unit == unit && p.fits(l, amount) {
				p.move(a, l, ledger.External, amount)
				return
			}
		}
	}
	for _, l := range p.legs { // opened by this very posting
		if l.account == a && l.lot.Unit == unit && l.lot.Base == 0 && p.fits(l.lot, amount) {
			p.move(a, l.lot, ledger.External, amount)
			return
		}
	}
	p.move(a, p.lot(ledger.Lot{Account: a.id, Bucket: a.id, Unit: unit, Name: name}), ledger.External, amount)
}

// fits says whether an external lot has room for an amount beside what this
// posting moves already.
func (p *posting) fits(l *lot, amount int64) bool {
	_, err := money.Add(l.cells[ledger.External].balance, amount+p.pending(l, ledger.External))
	return err == nil
}

// pending is what this posting moves already in a lot's cell.
func (p *posting) pending(l *lot, kind ledger.CellKind) int64 {
	for _, other := range p.legs {
		if other.lot == l && other.kind == kind {
			return other.amount // a cell has one leg
		}
	}
	return 0
}

// impact shows the bucket in the outcome, with what remained before and after.
func (p *posting) impact(a *account, b *bucket) {
	p.impacts = append(p.impacts, impact{account: a, bucket: b, before: b.remaining()})
}

// impactOf shows a bucket, if it is not shown yet.
func (p *posting) impactOf(a *account, b *bucket) {
	if !slices.ContainsFunc(p.impacts, func(i impact) bool { return i.bucket == b }) {
		p.impact(a, b)
	}
}

// fact writes the next version of a subject.
func (p *posting) fact(subject ledger.ID, version int64, kind ledger.FactKind, body any) {
	p.facts = append(p.facts, ledger.Fact{
		Subject: subject, Version: version, Kind: kind, Body: ledger.EncodeBody(body),
	})
}

// check holds the invariants that no rule may break: the tenant's own lots, floors,
// no debt that is paid twice, nothing used beyond a cap, and bounds for each cell and
// for all that an account has of one unit.
func (p *posting) check() verdict {
	p.balance()
	for i, l := range p.legs {
		if l.lot.Tenant != p.command.Tenant {
			return notTaken(ledger.Malformed)
		}
		after, err := money.Add(l.lot.cells[l.kind].balance, l.amount)
		if err != nil {
			return notTaken(ledger.AmountOverflow)
		}
		if floor := l.floor(); floor != nil && l.amount < 0 && after < *floor || l.kind == ledger.Debt && after > 0 {
			return notTaken(ledger.Malformed)
		}
		if i > 0 && l.account == p.legs[i-1].account && l.lot.Unit == p.legs[i-1].lot.Unit {
			continue // asked already
		}
		if gain := p.gain(l.account, l.lot.Unit); gain > 0 {
			if _, err := money.Add(l.account.total(l.lot.Unit), gain); err != nil {
				return notTaken(ledger.AmountOverflow)
			}
		}
	}
	return p.capped()
}

// balance makes sure that no money is made or lost. That depends on no command: a
// rule that does is a mistake of this program, and nothing of it may be written.
func (p *posting) balance() {
	for i, l := range p.legs {
		if i > 0 && l.lot.Unit == p.legs[i-1].lot.Unit {
			continue
		}
		if sum := p.sum(l.lot.Unit); sum != 0 {
			panic(fmt.Sprintf("%T makes %d of %s", p.command.Operation, sum, l.lot.Unit))
		}
	}
}

// sum is what the legs of a unit make together.
func (p *posting) sum(unit string) int64 {
	var sum int64
	for _, l := range p.legs {
		if l.lot.Unit == unit {
			sum += l.amount
		}
	}
	return sum
}

// gain is what the legs add to all that an account has of a unit.
func (p *posting) gain(a *account, unit string) int64 {
	var sum int64
	for _, l := range p.legs {
		if l.account == a && l.lot.Unit == unit && l.kind != ledger.Debt && l.kind != ledger.External {
			sum += l.amount
		}
	}
	return sum
}

// floor is the least balance a debit may leave: the credit line's end in the
// main bucket's lot 0, zero elsewhere, none for debt and the outside world.
func (l leg) floor() *int64 {
	var floor int64
	switch {
	case l.kind == ledger.Debt, l.kind == ledger.External:
		return nil
	case l.kind == ledger.Available && l.lot.Number == 0 && l.lot.Bucket == l.account.main.id:
		floor = -l.account.settings.CreditLimit
	}
	return &floor
}

// write changes the state and fills the record. It cannot fail.
func (p *posting) write(record *ledger.Record) {
	for _, t := range p.tallies {
		p.count(t)
	}
	for _, change := range p.changes {
		change()
	}
	for _, fact := range p.facts {
		p.keep(fact)
	}
	record.Live = append(record.Live, p.live...)
	record.Due = p.due
	record.Entries = slices.Grow(record.Entries, len(p.legs))
	for _, l := range p.legs {
		p.open(l, record)
		if l.amount == 0 {
			continue
		}
		c := &l.lot.cells[l.kind]
		if c.version == 0 && l.kind != l.first() {
			record.Cells = append(record.Cells, p.cell(l, l.kind))
		}
		c.version++
		c.balance += l.amount
		record.Entries = append(record.Entries, ledger.Entry{
			Cell: ledger.CellID(l.lot.Base, l.kind), Version: c.version,
			Amount: l.amount, Balance: c.balance, Floor: l.floor(),
		})
		p.round.touchedAccounts[l.account.id] = struct{}{}
	}
	record.Facts = append(p.facts, record.Facts...)
	record.Impacts = slices.Grow(record.Impacts, len(p.impacts))
	for _, i := range p.impacts {
		record.Impacts = append(record.Impacts, ledger.Impact{
			Account: i.account.id, Bucket: i.bucket.id, Before: i.before, After: i.bucket.remaining(),
		})
	}
}

// keep makes a fact the newest of its subject.
func (p *posting) keep(fact ledger.Fact) {
	p.round.state.facts[fact.Subject] = fact
	p.round.touchedFacts[fact.Subject] = struct{}{}
	if fact.Kind == ledger.FactReceipt || fact.Kind == ledger.FactReversal {
		p.round.final = append(p.round.final, fact.Subject)
	}
}

// first is the kind of the cell that is written when the lot is opened.
func (l leg) first() ledger.CellKind {
	if l.kind == ledger.External {
		return ledger.External
	}
	return ledger.Available
}

func (p *posting) cell(l leg, kind ledger.CellKind) ledger.Cell {
	return ledger.Cell{
		ID: ledger.CellID(l.lot.Base, kind), Tenant: p.command.Tenant,
		Account: l.account.id, Bucket: l.lot.Bucket, Lot: l.lot.Number, Unit: l.lot.Unit, Kind: kind,
	}
}
