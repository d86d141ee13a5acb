// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// event is something that is to happen by itself. What happens at one instant does
// so in the order of the ranks.
type event struct {
	at      int64
	rank    int
	subject ledger.ID
	account *pretendAccount
	hold    *pretendHold
	lot     *pretendLot
	bucket  *pretendBucket
}

const (
	holdEnds = iota
	lotEnds
	bucketEnds
	cycleBegins
)

func (e event) compare(other event) int {
	return cmp.Or(cmp.Compare(e.at, other.at), cmp.Compare(e.rank, other.rank),
		bytes.Compare(e.subject[:], other.subject[:]))
}

// events are what is to happen on some accounts up to an instant, in order.
func (o *oracle) events(of func(*pretendAccount) bool, until int64) []event {
	var list []event
	add := func(e event) {
		if e.at != 0 && e.at <= until {
			list = append(list, e)
		}
	}
	for _, a := range o.accounts {
		if !of(a) {
			continue
		}
		for _, h := range a.open {
			add(event{at: h.until, rank: holdEnds, subject: h.id, account: a, hold: h})
		}
		for _, b := range a.buckets {
			for _, l := range b.lots {
				if !l.ended && l.end != 0 && l.end <= until {
					add(event{at: l.end, rank: lotEnds, subject: o.subject(l), account: a, lot: l})
				}
			}
			if b.term != nil && !b.term.ended {
				add(event{at: b.term.end, rank: bucketEnds, subject: b.termID, account: a, bucket: b})
			}
			if b.term != nil {
				add(event{at: b.term.next, rank: cycleBegins, subject: b.termID, account: a, bucket: b})
			}
		}
	}
	slices.SortFunc(list, event.compare)
	return list
}

// subject is the name that the ledger gave to a lot. The oracle cannot know it: it
// was told in which order the lots of a bucket were named.
func (o *oracle) subject(l *pretendLot) ledger.ID {
	names := o.names[l.of.id]
	if l.nth >= len(names) {
		return ledger.ID{} // the ledger has no such lot, and what is compared will tell
	}
	return names[l.nth]
}

// openHolds are those of some accounts, in the order in which they end.
func (o *oracle) openHolds(of func(*pretendAccount) bool) []*pretendHold {
	var list []*pretendHold
	for _, a := range o.accounts {
		if of(a) {
			list = slices.AppendSeq(list, maps.Values(a.open))
		}
	}
	slices.SortFunc(list, func(x, y *pretendHold) int {
		return cmp.Or(cmp.Compare(x.until, y.until), bytes.Compare(x.id[:], y.id[:]))
	})
	return list
}

// within says whether all of some accounts are among others.
func within(all, some []ledger.ID) bool {
	return !slices.ContainsFunc(some, func(id ledger.ID) bool { return !slices.Contains(all, id) })
}

func everywhere(*pretendAccount) bool { return true }

// settle lets happen what is due on the accounts that a command is about, and in their
// circle, one after the other: what happens may make more of it due. What cannot happen,
// as the money could not be counted any more, stays due.
func (o *oracle) settle(c ledger.Command) {
	about := o.about(c.Operation)
	all := append(o.circle(about), about...)
	theirs := func(a *pretendAccount) bool { return a.tenant == c.Tenant && slices.Contains(all, a.id) }
	tooFar := func(e event) bool { // what is held of accounts beyond the circle
		return e.hold != nil && !slices.Contains(about, e.account.id) && !within(all, e.hold.owners())
	}
	cannot := map[event]bool{}
	for {
		due := slices.DeleteFunc(o.events(theirs, o.micros()), func(e event) bool { return cannot[e] || tooFar(e) })
		if len(due) == 0 {
			return
		}
		if !o.happen(due[0]) {
			cannot[due[0]] = true
		}
	}
}

// happen lets something happen as of its own instant.
func (o *oracle) happen(e event) bool {
	o.posting = posting{}
	lots := o.lots
	op, done := e.operation(), o.let(e)
	if !o.bounded() {
		o.undo(lots)
		return false
	}
	impacts := o.impacts()
	o.counted()
	done()
	c := ledger.Command{Key: settlementKey(op), Tenant: e.account.tenant, Operation: op}
	d := o.record(c, ledger.Outcome{
		Status: ledger.Accepted, Transaction: c.Key, CommittedAt: o.instant(), Impacts: impacts,
	})
	d.effective = e.at
	o.happened = append(o.happened, d)
	return true
}

// let moves what an event moves, and returns what else is to be done if it may stay
// moved.
func (o *oracle) let(e event) (done func()) {
	switch e.rank {
	case holdEnds:
		var charged int64
		if e.hold.onExpiry == ledger.ExpiryCharges {
			charged = e.hold.amount.Base
		}
		o.resolve(e.hold, charged)
		return func() { e.hold.close(ledger.HoldExpired) }
	case lotEnds:
		return o.endLot(e.lot)
	case bucketEnds:
		return o.endBucket(e.bucket)
	default:
		return o.beginCycle(e.bucket)
	}
}

// operation asks for an event.
func (e event) operation() ledger.Operation {
	switch e.rank {
	case holdEnds:
		return ledger.ExpireHold{Account: e.account.id, Hold: e.hold.id}
	case lotEnds:
		return ledger.ExpireLot{Account: e.account.id, Lot: e.subject}
	case bucketEnds:
		return ledger.ExpireBucket{Account: e.account.id, Bucket: e.bucket.id, End: e.at}
	default:
		return ledger.BeginCycle{Account: e.account.id, Bucket: e.bucket.id, Cycle: e.bucket.term.cycle}
	}
}

// settlementKey is the key under which something happens by itself.
func settlementKey(op ledger.Operation) ledger.ID {
	switch op := op.(type) {
	case ledger.ExpireHold:
		return ledger.HoldKey(op.Hold, "expire")
	case ledger.ExpireLot:
		return ledger.LotExpiryKey(op.Lot)
	case ledger.ExpireBucket:
		return ledger.BucketExpiryKey(op.Bucket, op.End)
	case ledger.BeginCycle:
		return ledger.CycleKey(op.Bucket, op.Cycle)
	default:
		panic("nobody settles that")
	}
}

// againstSettling says why what was asked for has not happened by itself.
func (o *oracle) againstSettling(c ledger.Command, account ledger.ID) []objection {
	if c.Key != settlementKey(c.Operation) {
		return []objection{cannot(ledger.Malformed)}
	}
	if list := o.againstStranger(c, account); len(list) > 0 {
		return list
	}
	return []objection{cannot(ledger.NotDue)}
}

// about are the accounts that an operation is about.
func (o *oracle) about(op ledger.Operation) []ledger.ID {
	switch op := op.(type) {
	case ledger.TopUp:
		return []ledger.ID{op.Into.Account}
	case ledger.Grant:
		return []ledger.ID{op.Into.Account}
	case ledger.Transfer:
		return []ledger.ID{op.From.Account, op.To.Account}
	case ledger.Adjust:
		return []ledger.ID{op.At.Account}
	case ledger.SetAccount:
		return []ledger.ID{op.Account}
	case ledger.SetBucket:
		accounts := []ledger.ID{op.Settings.Account}
		if len(op.Settings.SharedWith) <= 100 { // more are not even looked at
			for _, share := range op.Settings.SharedWith {
				accounts = append(accounts, share.Account)
			}
		}
		return accounts
	case ledger.Reverse:
		var accounts []ledger.ID
		if original := o.original(op); original != nil {
			for _, s := range original.steps {
				if s.lot != nil {
					accounts = append(accounts, s.lot.of.of.id)
				}
			}
		}
		return accounts
	default:
		return o.aboutHold(op)
	}
}

func (o *oracle) aboutHold(op ledger.Operation) []ledger.ID {
	switch op := op.(type) {
	case ledger.Reserve:
		return []ledger.ID{op.From.Account}
	case ledger.AcceptHold:
		return []ledger.ID{op.Account}
	case ledger.ExtendHold:
		return []ledger.ID{op.Account}
	case ledger.ChargeHold:
		return []ledger.ID{op.Account}
	case ledger.ReleaseHold:
		return []ledger.ID{op.Account}
	case ledger.ExpireHold:
		return []ledger.ID{op.Account}
	case ledger.ExpireLot:
		return []ledger.ID{op.Account}
	case ledger.ExpireBucket:
		return []ledger.ID{op.Account}
	case ledger.BeginCycle:
		return []ledger.ID{op.Account}
	default:
		return nil
	}
}
