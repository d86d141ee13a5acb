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
	claim    pretendClaim
	epochs   map[string]int64

	// answers are the recorded outcomes: an accepted one under its key, a
	// refused one under key and content.
	answers map[answered]ledger.Outcome
	// contents are what accepted keys were used for.
	contents map[ledger.ID]string

	now, last time.Time // this clock, and the newest batch's
}

type pretendAccount struct {
	tenant   ledger.ID
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
	version        int64
	cluster, lease string
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
				Impacts: o.answers[answered{key: c.Key}].Impacts,
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
	if o.foreign(c) || strings.Contains(c.Annotation.Reason, "\n") {
		all = append(all, cannot(ledger.Malformed))
	}
	early := slices.DeleteFunc(slices.Clone(all), func(r objection) bool { return r.status == ledger.Refused })
	if len(early) > 0 {
		return early
	}
	if len(all) > 0 {
		return all
	}
	if o.overflows(c) {
		all = append(all, cannot(ledger.AmountOverflow))
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
		return o.againstClaim(op)
	case ledger.AcceptHead:
		if o.epochs[c.Scope] != op.ExpectVersion {
			return []objection{cannot(ledger.VersionMismatch)}
		}
		return nil
	default:
		return []objection{cannot(ledger.Malformed)}
	}
}
