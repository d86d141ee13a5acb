// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// oracle is a ledger without lots, cells, batches or a cache: a few maps and
// the rules in their plainest form. It shares no code with the book.
type oracle struct {
	accounts map[ledger.ID]*pretendAccount
	// owners tells the account of every bucket that has settings.
	owners map[ledger.ID]ledger.ID
	// outside may wrap around, and does so as the sums that it is compared with.
	outside  map[outsider]int64
	receipts map[receipt]ledger.ID
	bindings map[string]*pretendBinding
	claims   map[string]*pretendClaim
	epochs   map[string]int64

	// answers are the recorded outcomes: an accepted one under its key, a
	// refused one under key and content.
	answers map[answered]ledger.Outcome
	// contents are what accepted keys were used for.
	contents map[ledger.ID]string

	now, last time.Time // this clock, and the newest batch's
}

type pretendAccount struct {
	version  int64
	settings ledger.AccountSettings
	buckets  map[ledger.ID]*pretendBucket // the main one too
}

type pretendBucket struct {
	version       int64
	settings      ledger.BucketSettings
	unit          string
	paid, granted int64
}

type outsider struct {
	tenant     ledger.ID
	name, unit string
}

type receipt struct {
	tenant          ledger.ID
	kind, reference string
}

type pretendBinding struct {
	version int64
	binding ledger.Binding
}

type pretendClaim struct {
	version int64
	cluster string
}

type answered struct {
	key     ledger.ID
	content string // of a refusal
}

func newOracle(now time.Time) *oracle {
	return &oracle{
		accounts: map[ledger.ID]*pretendAccount{},
		owners:   map[ledger.ID]ledger.ID{},
		outside:  map[outsider]int64{},
		receipts: map[receipt]ledger.ID{},
		bindings: map[string]*pretendBinding{},
		claims:   map[string]*pretendClaim{},
		epochs:   map[string]int64{},
		answers:  map[answered]ledger.Outcome{},
		contents: map[ledger.ID]string{},
		now:      now,
	}
}

// content is what a command asks for, in words.
func content(op ledger.Operation) string { return fmt.Sprintf("%T %+v", op, op) }

// recorded is the answer that a command was given before. A settings command
// whose version was taken by another is decided, not answered from the records.
func (o *oracle) recorded(c ledger.Command) (ledger.Outcome, bool) {
	if was, used := o.contents[c.Key]; used {
		switch {
		case was == content(c.Operation):
			outcome := o.answers[answered{key: c.Key}]
			outcome.Replayed = true
			return outcome, true
		case !isSettings(c.Operation):
			return ledger.Outcome{
				Status: ledger.NotTaken, Code: ledger.IdempotencyConflict, Figures: ledger.Figures{Other: c.Key},
			}, true
		}
		return ledger.Outcome{}, false
	}
	outcome, ok := o.answers[answered{c.Key, content(c.Operation)}]
	outcome.Replayed = true
	return outcome, ok
}

// record keeps the answer to a command for its replays.
func (o *oracle) record(c ledger.Command, outcome ledger.Outcome) {
	if outcome.Status == ledger.Refused {
		o.answers[answered{c.Key, content(c.Operation)}] = outcome
		return
	}
	o.answers[answered{key: c.Key}] = outcome
	o.contents[c.Key] = content(c.Operation)
}

func isSettings(op ledger.Operation) bool {
	return slices.Contains([]ledger.Kind{
		ledger.KindSetAccount, ledger.KindSetBucket, ledger.KindBindTenant, ledger.KindClaimScope, ledger.KindAcceptHead,
	}, op.Kind())
}

// instant is that of a batch decided now.
func (o *oracle) instant() time.Time {
	if o.now.Before(o.last) {
		return o.last
	}
	return o.now
}

// objection is one reason not to accept a command.
type objection struct {
	status  ledger.Status
	code    ledger.Code
	figures ledger.Figures
}

func cannot(code ledger.Code) objection { return objection{status: ledger.NotTaken, code: code} }

func refused(code ledger.Code) objection { return objection{status: ledger.Refused, code: code} }

// objections are all reasons that hold against a command. The ledger may give
// any of them, but it may refuse for good only what nothing else speaks
// against: what arrives early has to wait.
func (o *oracle) objections(c ledger.Command) []objection {
	all := o.reasons(c)
	early := slices.DeleteFunc(slices.Clone(all), func(r objection) bool { return r.status == ledger.Refused })
	if len(early) > 0 {
		return early
	}
	if len(all) == 0 && o.overflows(c) {
		return []objection{cannot(ledger.AmountOverflow)}
	}
	return all
}

func (o *oracle) reasons(c ledger.Command) []objection {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return o.againstTopUp(c, op)
	case ledger.Grant:
		return o.againstGrant(op)
	case ledger.Transfer:
		return o.againstTransfer(op)
	case ledger.SetAccount:
		return o.againstAccount(op)
	case ledger.SetBucket:
		return o.againstBucket(op)
	case ledger.BindTenant:
		return o.againstBinding(op)
	case ledger.ClaimScope:
		return o.againstClaim(c.Scope, op)
	case ledger.AcceptHead:
		if o.epochs[c.Scope] != op.ExpectVersion {
			return []objection{cannot(ledger.VersionMismatch)}
		}
		return nil
	default:
		return []objection{cannot(ledger.Malformed)}
	}
}

func (o *oracle) againstTopUp(c ledger.Command, op ledger.TopUp) (list []objection) {
	if op.Payment.Type == "" {
		list = append(list, cannot(ledger.Malformed))
	}
	list = append(list, o.againstPlace(op.Into, op.Amount)...)
	if len(list) > 0 {
		return list
	}
	if other, used := o.receipts[receipt{c.Tenant, op.Payment.Type, op.Payment.Reference}]; used {
		duplicate := refused(ledger.DuplicatePayment)
		duplicate.figures.Other = other
		list = append(list, duplicate)
	}
	list = append(list, o.againstState(op.Into.Account)...)
	return append(list, o.againstCeiling(op.Into.Account, op.Amount)...)
}

func (o *oracle) againstGrant(op ledger.Grant) []objection {
	if list := o.againstPlace(op.Into, op.Amount); len(list) > 0 {
		return list
	}
	if o.accounts[op.Into.Account].settings.State == ledger.AccountEnded {
		return []objection{refused(ledger.AccountClosed)}
	}
	return nil
}

func (o *oracle) againstTransfer(op ledger.Transfer) (list []objection) {
	if op.From.Bucket == op.To.Bucket {
		list = append(list, cannot(ledger.SameBucket))
	}
	list = append(list, o.againstPlace(op.From, op.Amount)...)
	list = append(list, o.againstPlace(op.To, op.Amount)...)
	if len(list) > 0 {
		return list
	}
	list = append(list, o.againstState(op.From.Account)...)
	list = append(list, o.againstState(op.To.Account)...)
	from := o.accounts[op.From.Account]
	bucket := from.buckets[op.From.Bucket]
	free := bucket.paid
	if op.From.Bucket == ledger.MainBucketID(op.From.Account) {
		free += from.settings.CreditLimit
	}
	switch figures := (ledger.Figures{Needed: op.Amount.Base, Available: free, Unit: op.Amount.Unit}); {
	case free >= op.Amount.Base:
	case free+bucket.granted >= op.Amount.Base:
		list = append(list, objection{ledger.Refused, ledger.NotTransferable, figures})
	default:
		figures.Available += bucket.granted
		list = append(list, objection{ledger.Refused, ledger.InsufficientFunds, figures})
	}
	if op.From.Account != op.To.Account {
		list = append(list, o.againstCeiling(op.To.Account, op.Amount)...)
	}
	return list
}

func (o *oracle) againstPlace(at ledger.Place, amount ledger.Quantity) (list []objection) {
	if amount.Base < 1 || amount.Base > largest {
		list = append(list, cannot(ledger.Malformed))
	}
	a, ok := o.accounts[at.Account]
	if !ok {
		return append(list, cannot(ledger.AccountUnknown))
	}
	b, ok := a.buckets[at.Bucket]
	if !ok {
		if _, elsewhere := o.owners[at.Bucket]; elsewhere {
			return append(list, cannot(ledger.WrongAccount))
		}
		return append(list, cannot(ledger.BucketUnknown))
	}
	if b.unit != amount.Unit {
		mismatch := cannot(ledger.UnitMismatch)
		mismatch.figures.Unit = b.unit
		list = append(list, mismatch)
	}
	if b.settings.State == ledger.BucketKept {
		list = append(list, cannot(ledger.BucketRetained))
	}
	return list
}

func (o *oracle) againstState(account ledger.ID) []objection {
	switch o.accounts[account].settings.State {
	case ledger.AccountOnHold:
		return []objection{refused(ledger.AccountSuspended)}
	case ledger.AccountEnded:
		return []objection{refused(ledger.AccountClosed)}
	default:
		return nil
	}
}

func (o *oracle) againstCeiling(account ledger.ID, amount ledger.Quantity) []objection {
	a := o.accounts[account]
	after := a.sum(a.settings.Currency) + amount.Base
	if amount.Unit != a.settings.Currency || a.settings.MaximumBalance == 0 || after <= a.settings.MaximumBalance {
		return nil
	}
	return []objection{{ledger.Refused, ledger.BalanceCeiling, ledger.Figures{
		Needed: after, Available: a.settings.MaximumBalance, Unit: amount.Unit,
	}}}
}

// sum is all of a unit on the account.
func (a *pretendAccount) sum(unit string) (sum int64) {
	for _, b := range a.buckets {
		if b.unit == unit {
			sum += b.paid + b.granted
		}
	}
	return sum
}

// overflows says whether a command nothing else speaks against would pass what
// an account can hold. The outside world has no bound.
func (o *oracle) overflows(c ledger.Command) bool {
	beyond := func(sum int64) bool { return sum > largest || sum < -largest }
	into := func(at ledger.Place, unit string, paid, granted, gain int64) bool {
		a := o.accounts[at.Account]
		b := a.buckets[at.Bucket]
		return beyond(b.paid+paid) || beyond(b.granted+granted) || beyond(a.sum(unit)+gain)
	}
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return into(op.Into, op.Amount.Unit, op.Amount.Base, 0, op.Amount.Base)
	case ledger.Grant:
		paid, granted := o.classed(op)
		return into(op.Into, op.Amount.Unit, paid, granted, op.Amount.Base)
	case ledger.Transfer:
		gain := op.Amount.Base
		if op.From.Account == op.To.Account {
			gain = 0
		}
		return into(op.To, op.Amount.Unit, op.Amount.Base, 0, gain)
	}
	return false
}

func fundingOf(op ledger.TopUp) string { return "funding:" + strings.ToLower(op.Payment.Type) }

// classed splits a grant by the class of its bucket.
func (o *oracle) classed(op ledger.Grant) (paid, granted int64) {
	if o.accounts[op.Into.Account].buckets[op.Into.Bucket].settings.Class == ledger.Granted {
		return 0, op.Amount.Base
	}
	return op.Amount.Base, 0
}
