// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// oracle is a ledger without cells, batches or a cache: a few maps and the rules
// in their plainest form. It shares no code with the book.
type oracle struct {
	accounts map[ledger.ID]*pretendAccount
	// owners tells the account of every bucket that has settings.
	owners map[ledger.ID]ledger.ID
	// shared tells of every account, there or not, which buckets are shared with it.
	shared map[ledger.ID][]*pretendBucket
	// outside may wrap around, and does so as the sums that it is compared with.
	outside  map[outsider]int64
	receipts map[receipt]ledger.ID
	bindings map[string]*pretendBinding
	claim    pretendClaim
	epochs   map[string]int64
	// holds are all there ever were.
	holds map[ledger.ID]*pretendHold
	// reversed tells what undid a transaction.
	reversed map[ledger.ID]ledger.ID

	// accepted are the transactions by their keys, and history their keys in order.
	accepted map[ledger.ID]*deed
	history  []ledger.ID
	// happened is what happened by itself, in order.
	happened []*deed
	// refusals are what was refused under a key.
	refusals map[ledger.ID][]refusal
	// fresh is what has been recorded since it was last compared with the log.
	fresh []*deed
	// batch numbers the batches. What is of this one nobody can look up yet.
	batch int
	// first is the first batch of the commands that were posted together last. While the
	// ledger says that it does not know what is to be reversed, it is unsure whether
	// that is in a batch since then, which may not have been written yet.
	first  int
	unsure bool
	lots   int // how many were opened
	// names are the subjects of each bucket's lots, in the order in which they were
	// opened, as the log has them.
	names map[ledger.ID][]ledger.ID
	// rhythms are the instants that were counted of each.
	rhythms map[rhythm][]int64
	now     time.Time
	last    time.Time // the newest batch's clock

	posting
}

type pretendBinding struct {
	version int64
	binding ledger.Binding
}

type pretendClaim struct {
	version        int64
	cluster, lease string
}

type receipt struct {
	tenant          ledger.ID
	kind, reference string
}

// deed is what was recorded: what was asked for, what it did and the answer.
type deed struct {
	operation ledger.Operation
	tenant    ledger.ID
	steps     []step
	counts    []count
	outcome   ledger.Outcome
	// effective is when it happened by itself; zero if it was asked for.
	effective int64
	batch     int
}

// when is when it happened.
func (d *deed) when() int64 {
	if d.effective != 0 {
		return d.effective
	}
	return d.outcome.CommittedAt.UnixMicro()
}

type refusal struct {
	operation ledger.Operation
	outcome   ledger.Outcome
}

func newOracle(now time.Time) *oracle {
	return &oracle{
		accounts: map[ledger.ID]*pretendAccount{},
		owners:   map[ledger.ID]ledger.ID{},
		shared:   map[ledger.ID][]*pretendBucket{},
		outside:  map[outsider]int64{},
		receipts: map[receipt]ledger.ID{},
		bindings: map[string]*pretendBinding{},
		epochs:   map[string]int64{},
		holds:    map[ledger.ID]*pretendHold{},
		reversed: map[ledger.ID]ledger.ID{},
		names:    map[ledger.ID][]ledger.ID{},
		rhythms:  map[rhythm][]int64{},
		accepted: map[ledger.ID]*deed{},
		refusals: map[ledger.ID][]refusal{},
		now:      now,
	}
}

// recorded is the answer that a command was given before. A settings command
// whose version was taken by another is decided, not answered from the records.
func (o *oracle) recorded(c ledger.Command) (ledger.Outcome, bool) {
	if was := o.accepted[c.Key]; was != nil && was.batch < o.batch {
		switch {
		case reflect.DeepEqual(was.operation, c.Operation):
			outcome := was.outcome
			outcome.Replayed = true
			return outcome, true
		case !isSettings(c.Operation):
			return ledger.Outcome{
				Status: ledger.NotTaken, Code: ledger.IdempotencyConflict, Figures: ledger.Figures{Other: c.Key},
				Impacts: was.outcome.Impacts,
			}, true
		}
		return ledger.Outcome{}, false
	}
	for _, r := range o.refusals[c.Key] {
		if reflect.DeepEqual(r.operation, c.Operation) {
			outcome := r.outcome
			outcome.Replayed = true
			return outcome, true
		}
	}
	return ledger.Outcome{}, false
}

// record keeps the answer to a command for its replays.
func (o *oracle) record(c ledger.Command, outcome ledger.Outcome) *deed {
	d := &deed{operation: c.Operation, tenant: c.Tenant, outcome: outcome, batch: o.batch}
	o.fresh = append(o.fresh, d)
	if outcome.Status == ledger.Refused {
		o.refusals[c.Key] = append(o.refusals[c.Key], refusal{c.Operation, outcome})
		return d
	}
	d.steps, d.counts = o.steps, o.counts
	o.accepted[c.Key] = d
	o.history = append(o.history, c.Key)
	return d
}

// written makes what was recorded something that can be looked up.
func (o *oracle) written() {
	for _, d := range o.fresh {
		if d.batch == o.batch {
			o.last = d.outcome.CommittedAt
		}
	}
	o.batch++
}

// decide is the answer to a command that is new. What was settled in the same batch
// has its answer already.
func (o *oracle) decide(c ledger.Command) (answer ledger.Outcome, existing *deed) {
	o.settle(c)
	if d := o.accepted[c.Key]; d != nil && d.batch == o.batch && reflect.DeepEqual(d.operation, c.Operation) {
		return d.outcome, d
	}
	list := o.objections(c)
	if len(list) == 0 {
		if impacts, ok := o.apply(c); ok {
			return ledger.Outcome{
				Status: ledger.Accepted, Transaction: c.Key, CommittedAt: o.instant(), Impacts: impacts,
			}, nil
		}
		list = []objection{cannot(ledger.AmountOverflow)}
	}
	answer = ledger.Outcome{Status: list[0].status, Code: list[0].code, Figures: list[0].figures}
	if answer.Status == ledger.NotTaken {
		return answer, nil
	}
	for _, r := range list {
		if r.status == ledger.NotTaken {
			panic(string(list[0].code) + " would refuse for good what has to wait for " + string(r.code))
		}
	}
	answer.CommittedAt = o.instant()
	return answer, nil
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

// behind says whether this clock is too far behind to decide anything.
func (o *oracle) behind() bool { return o.last.Sub(o.now) > 5*time.Second }

// objection is one reason not to accept a command.
type objection struct {
	status  ledger.Status
	code    ledger.Code
	figures ledger.Figures
}

func cannot(code ledger.Code) objection { return objection{status: ledger.NotTaken, code: code} }

func refused(code ledger.Code) objection { return objection{status: ledger.Refused, code: code} }

func (r objection) with(figures ledger.Figures) objection {
	r.figures = figures
	return r
}

// objections are the reasons that hold against a command, in the order in which
// they count: the ledger gives the first one.
func (o *oracle) objections(c ledger.Command) []objection {
	if strings.Contains(c.Annotation.Reason, "\n") {
		return []objection{cannot(ledger.Malformed)}
	}
	switch op := c.Operation.(type) {
	case ledger.TopUp:
		return o.againstTopUp(c, op)
	case ledger.Grant:
		return o.againstGrant(c, op)
	case ledger.Transfer:
		return o.againstTransfer(c, op)
	case ledger.Adjust:
		return o.againstAdjustment(c, op)
	case ledger.Reverse:
		return o.againstReversal(c, op)
	case ledger.Reserve, ledger.AcceptHold, ledger.ExtendHold, ledger.ChargeHold, ledger.ReleaseHold, ledger.ExpireHold:
		return o.againstHolding(c)
	case ledger.ExpireLot:
		return o.againstSettling(c, op.Account)
	case ledger.ExpireBucket:
		return o.againstSettling(c, op.Account)
	case ledger.BeginCycle:
		return o.againstSettling(c, op.Account)
	default:
		return o.againstSettings(c)
	}
}

func (o *oracle) againstSettings(c ledger.Command) []objection {
	switch op := c.Operation.(type) {
	case ledger.SetAccount:
		return o.againstAccount(c, op)
	case ledger.SetBucket:
		return o.againstBucket(c, op)
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
