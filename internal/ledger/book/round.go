// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Round decides the commands of one batch, in the order they are applied.
type Round struct {
	state           *State
	sequence        int64
	instant         time.Time
	previous        time.Time
	touchedAccounts map[ledger.ID]struct{}
	touchedFacts    map[ledger.ID]struct{}
	// settled is what was settled in this batch, by the key of the command that
	// would ask for it.
	settled map[ledger.ID]*ledger.Record
	// final are the facts of this round that no command is expected to touch again.
	final []ledger.ID
}

// Begin starts the batch with the given sequence and instant; previous is the
// instant of the batch before.
func (s *State) Begin(sequence int64, instant, previous time.Time) *Round {
	return &Round{
		state: s, sequence: sequence, instant: instant, previous: previous,
		touchedAccounts: map[ledger.ID]struct{}{}, touchedFacts: map[ledger.ID]struct{}{},
	}
}

// Touched lists what this round changed. If its batch is not committed, all of
// it must be forgotten.
func (r *Round) Touched() (accounts, facts []ledger.ID) {
	for id := range r.touchedAccounts {
		accounts = append(accounts, id)
	}
	for subject := range r.touchedFacts {
		facts = append(facts, subject)
	}
	return accounts, facts
}

// Final lists the facts that this round wrote for good, such as a hold that is
// resolved: there is no use in keeping them at hand.
func (r *Round) Final() []ledger.ID { return r.final }

// Touches is what must be admitted before a command is applied.
func Touches(c ledger.Command) ledger.Request {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return on(c, append(receipt(c, op.Payment), terms(op.Into)...), op.Into.Account, externalID(c, funding+form(op.Payment)))
	case ledger.Grant:
		return on(c, terms(op.Into), op.Into.Account)
	case ledger.Transfer:
		return on(c, append(terms(op.From), terms(op.To)...), op.From.Account, op.To.Account)
	case ledger.Adjust:
		return on(c, terms(op.At), op.At.Account, externalID(c, adjustments))
	case ledger.Reverse:
		if op.Original == nil {
			return ledger.Request{}
		}
		return on(c, append([]ledger.ID{ledger.ReversalSubject(op.Of)}, op.Original.Lots...), op.Original.Accounts...)
	case ledger.SetAccount:
		return on(c, nil, op.Account)
	case ledger.SetBucket:
		members, facts := sharing(op)
		return on(c, append(facts, op.Bucket), append([]ledger.ID{op.Settings.Account}, members...)...)
	case ledger.BindTenant:
		return ledger.Request{Facts: []ledger.ID{ledger.BindingSubject(c.Scope, op.Namespace)}}
	case ledger.ClaimScope:
		return ledger.Request{Facts: []ledger.ID{ledger.ScopeSubject("")}}
	case ledger.AcceptHead:
		return ledger.Request{Facts: []ledger.ID{ledger.EpochSubject(c.Scope)}}
	default:
		return touchesOfHold(c)
	}
}

// touchesOfHold is what is touched by what is done with a hold.
func touchesOfHold(c ledger.Command) ledger.Request {
	switch op := c.Operation.(type) {
	case ledger.Reserve:
		return on(c, append(terms(op.From), op.Hold), op.From.Account)
	case ledger.AcceptHold:
		return on(c, []ledger.ID{op.Hold}, op.Account)
	case ledger.ExtendHold:
		return on(c, []ledger.ID{op.Hold}, op.Account)
	case ledger.ChargeHold:
		return on(c, []ledger.ID{op.Hold}, op.Account)
	case ledger.ReleaseHold:
		return on(c, []ledger.ID{op.Hold}, op.Account)
	case ledger.ExpireHold:
		return on(c, []ledger.ID{op.Hold}, op.Account)
	case ledger.ExpireLot:
		return on(c, nil, op.Account)
	case ledger.ExpireBucket:
		return on(c, nil, op.Account)
	case ledger.BeginCycle:
		return on(c, nil, op.Account)
	default:
		return ledger.Request{}
	}
}

// on is what a command touches that touches accounts, and with it what may be touched
// by what happens to them by itself.
func on(c ledger.Command, facts []ledger.ID, accounts ...ledger.ID) ledger.Request {
	own := []ledger.ID{externalID(c, usage), externalID(c, breakage), externalID(c, grants)}
	return ledger.Request{Accounts: slices.Concat(accounts, own), Facts: facts}
}

// terms are the facts that say whose a place's bucket is. A main bucket has no
// terms of its own.
func terms(at ledger.Place) []ledger.ID {
	if at == ledger.Main(at.Account) || at.Bucket == (ledger.ID{}) {
		return nil
	}
	return []ledger.ID{at.Bucket}
}

// Apply decides one command. It returns what to record, or nil when the command
// is not taken or was settled before, and the answer without what only the batch
// knows. A command that is not accepted leaves the state as it was. [Round.Settle]
// comes first.
func (r *Round) Apply(c ledger.Command, print ledger.Fingerprint) (*ledger.Record, ledger.Outcome) {
	if settled, ok := r.settled[c.Key]; ok && settled.Fingerprint == print {
		return nil, r.outcome(settled)
	}
	p := &posting{
		round: r, command: c, at: r.instant.UnixMicro(),
		legs: make([]leg, 0, 4), impacts: make([]impact, 0, 2), // as most have
	}
	verdict := r.decide(p)
	if verdict == accept {
		verdict = p.check()
	}
	if verdict.status == ledger.NotTaken {
		return nil, ledger.Outcome{Status: ledger.NotTaken, Code: verdict.code, Figures: verdict.figures}
	}
	record := &ledger.Record{
		ID: c.Key, Kind: c.Operation.Kind(), Status: verdict.status,
		Fingerprint: print, PrintVersion: ledger.PrintVersion, Annotation: c.Annotation,
	}
	if verdict.status == ledger.Refused {
		record.ID, record.Key = ledger.RefusalID(c.Key, print), c.Key
		record.Code, record.Figures = verdict.code, verdict.figures
	} else {
		p.write(record)
	}
	return record, r.outcome(record)
}

// outcome is what a record of this batch says.
func (r *Round) outcome(record *ledger.Record) ledger.Outcome {
	return record.Outcome(&ledger.Batch{Sequence: r.sequence, Instant: r.instant})
}

func (r *Round) decide(p *posting) verdict {
	said := p.command.Annotation
	if p.command.Key == (ledger.ID{}) || !legible(said.Channel, said.Reason, said.Requestor) {
		return notTaken(ledger.Malformed)
	}
	switch op := p.command.Operation.(type) {
	case ledger.TopUp:
		return r.topUp(p, op)
	case ledger.Grant:
		return r.grant(p, op)
	case ledger.Transfer:
		return r.transfer(p, op)
	case ledger.Adjust:
		return r.adjust(p, op)
	case ledger.Reverse:
		return r.reverse(p, op)
	case ledger.SetAccount:
		return r.setAccount(p, op)
	case ledger.SetBucket:
		return r.setBucket(p, op)
	case ledger.BindTenant:
		return r.bindTenant(p, op)
	case ledger.ClaimScope:
		return r.claimScope(p, op)
	case ledger.AcceptHead:
		return r.acceptHead(p, op)
	default:
		return r.decideHold(p)
	}
}

// decideHold decides what is to be done with a hold.
func (r *Round) decideHold(p *posting) verdict {
	switch op := p.command.Operation.(type) {
	case ledger.Reserve:
		return r.reserve(p, op)
	case ledger.AcceptHold:
		return r.acceptHold(p, op)
	case ledger.ExtendHold:
		return r.extendHold(p, op)
	case ledger.ChargeHold:
		return r.chargeHold(p, op)
	case ledger.ReleaseHold:
		return r.releaseHold(p, op)
	case ledger.ExpireHold:
		return r.expireHold(p, op)
	case ledger.ExpireLot:
		return p.notDue(op.Account, ledger.LotExpiryKey(op.Lot))
	case ledger.ExpireBucket:
		return p.notDue(op.Account, ledger.BucketExpiryKey(op.Bucket, op.End))
	case ledger.BeginCycle:
		return p.notDue(op.Account, ledger.CycleKey(op.Bucket, op.Cycle))
	default:
		return notTaken(ledger.Malformed)
	}
}

// verdict is what a rule says of a command.
type verdict struct {
	status  ledger.Status
	code    ledger.Code
	figures ledger.Figures
}

var accept = verdict{status: ledger.Accepted}

// legible reports whether texts can be kept: text that is not UTF-8 could be
// written to the log and never be read again, and one store or the other
// refuses control characters.
func legible(texts ...string) bool {
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return false
		}
	}
	return true
}

func notTaken(code ledger.Code) verdict {
	return verdict{status: ledger.NotTaken, code: code}
}

func refuse(code ledger.Code, figures ledger.Figures) verdict {
	return verdict{status: ledger.Refused, code: code, figures: figures}
}

func (v verdict) with(figures ledger.Figures) verdict {
	v.figures = figures
	return v
}
