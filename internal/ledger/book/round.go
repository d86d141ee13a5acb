// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
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

// Touches is what must be admitted before a command is applied.
func Touches(c ledger.Command) ledger.Request {
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return ledger.Request{
			Accounts: []ledger.ID{op.Into.Account, externalID(c, funding+form(op.Payment))},
			Facts:    append(receipt(c, op.Payment), terms(op.Into)...),
		}
	case ledger.Grant:
		return ledger.Request{
			Accounts: []ledger.ID{op.Into.Account, externalID(c, grants)},
			Facts:    terms(op.Into),
		}
	case ledger.Transfer:
		return ledger.Request{
			Accounts: []ledger.ID{op.From.Account, op.To.Account},
			Facts:    append(terms(op.From), terms(op.To)...),
		}
	case ledger.SetAccount:
		return ledger.Request{Accounts: []ledger.ID{op.Account}}
	case ledger.SetBucket:
		return ledger.Request{
			Accounts: []ledger.ID{op.Settings.Account, externalID(c, breakage)},
			Facts:    []ledger.ID{op.Bucket},
		}
	case ledger.BindTenant:
		return ledger.Request{Facts: []ledger.ID{ledger.BindingSubject(c.Scope, op.Namespace)}}
	case ledger.ClaimScope:
		return ledger.Request{Facts: []ledger.ID{ledger.ScopeSubject("")}}
	case ledger.AcceptHead:
		return ledger.Request{Facts: []ledger.ID{ledger.EpochSubject(c.Scope)}}
	default:
		return ledger.Request{}
	}
}

// terms are the facts that say whose a place's bucket is. A main bucket has no
// terms of its own.
func terms(at ledger.Place) []ledger.ID {
	if at == ledger.Main(at.Account) {
		return nil
	}
	return []ledger.ID{at.Bucket}
}

// Apply decides one command. It returns what to record, or nil when the command
// is not taken, and the answer without what only the batch knows. A command
// that is not accepted leaves the state as it was.
func (r *Round) Apply(c ledger.Command, print ledger.Fingerprint) (*ledger.Record, ledger.Outcome) {
	p := &posting{round: r, command: c, legs: make([]leg, 0, 4), impacts: make([]impact, 0, 2)} // as most have
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
	return record, ledger.Outcome{
		Status: record.Status, Code: record.Code, Figures: record.Figures,
		Transaction: record.ID, Impacts: record.Impacts,
		CommittedAt: r.instant, Sequence: r.sequence,
	}
}

func (r *Round) decide(p *posting) verdict {
	if p.command.Key == (ledger.ID{}) || !legible(p.command.Annotation.Channel, p.command.Annotation.Reason) {
		return notTaken(ledger.Malformed)
	}
	switch op := p.command.Operation.(type) {
	case ledger.TopUp:
		return r.topUp(p, op)
	case ledger.Grant:
		return r.grant(p, op)
	case ledger.Transfer:
		return r.transfer(p, op)
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
