// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// event is something that happens by itself.
type event struct {
	moment
	account *account
	// One of these is what it happens to.
	hold   *hold
	lot    slot
	bucket *bucket
}

// moment is the place of an event among others.
type moment struct {
	at   int64 // microseconds since 1970, UTC
	rank rank
	id   ledger.ID
}

// rank is the order of what happens at one instant: what is held comes back before
// its lot ends, and what a cycle leaves is dealt with before the next one begins.
type rank uint8

const (
	holdEnds rank = iota
	lotEnds
	bucketEnds
	cycleBegins
)

func (m moment) compare(other moment) int {
	return cmp.Or(cmp.Compare(m.at, other.at), cmp.Compare(m.rank, other.rank), bytes.Compare(m.id[:], other.id[:]))
}

// Settle does what has become due on accounts up to the instant of the batch, in
// its order and each as of its own instant, however long nobody looked. It is
// called with what a command touches before that is applied, so that a command
// at the end of something or after it sees it ended, and takes in the [State.Circle].
// It returns what to record before the command.
func (r *Round) Settle(c ledger.Command, accounts []ledger.ID) []*ledger.Record {
	s := &settlement{round: r, command: c}
	for _, id := range accounts {
		if a := r.state.accounts[id]; a != nil {
			s.add(a)
			s.circle = r.drawn(a, s.circle)
		}
	}
	s.circle = distinct(s.circle)
	for _, id := range s.circle {
		if a := r.state.accounts[id]; a != nil {
			s.add(a)
		}
	}
	if len(s.accounts) == 0 {
		return nil
	}
	s.touched = accounts
	return s.run()
}

// add takes an account in if anything of it is due.
func (s *settlement) add(a *account) {
	if a.version > 0 && a.isDue(s.round.instant.UnixMicro()) && a.belongsTo(s.command.Tenant) {
		s.accounts = append(s.accounts, a)
	}
}

// has reports whether all that is held is of accounts that were admitted. It is if the
// command touches the hold's account.
func (s *settlement) has(h *hold) bool {
	return !slices.ContainsFunc(h.Origins, func(o ledger.Origin) bool {
		return o.Owner != (ledger.ID{}) && !slices.Contains(s.circle, o.Owner) && !slices.Contains(s.touched, o.Owner)
	})
}

// isDue reports whether anything is to be settled up to an instant.
func (a *account) isDue(now int64) bool {
	for _, h := range a.holds {
		if h.Until <= now {
			return true
		}
	}
	for b := range a.buckets {
		if b.term != nil {
			if due := dueOf(b.term.Term); due != 0 && due <= now {
				return true
			}
		}
		for _, l := range b.lots[1:] { // the first never ends
			if l.isDue(now) {
				return true
			}
		}
	}
	return false
}

// isDue reports whether the lot's own end has come and is not settled.
func (l *lot) isDue(now int64) bool { return l.End != 0 && l.End <= now && !l.Ended }

// settlement is what is due on accounts that a command touches. What another scope
// opened is left: its counter-accounts were not loaded.
type settlement struct {
	round    *Round
	command  ledger.Command
	accounts []*account
	// touched are the accounts that the command touches, and circle are those that
	// these draw on.
	touched, circle []ledger.ID
	// holds are those that end, in order. None is added meanwhile.
	holds []event
	// stuck are events that cannot happen, as a balance is at its bound. They stay
	// due.
	stuck map[moment]bool
}

// run settles one event after the other. An event may bring forth others, which take
// their places.
func (s *settlement) run() []*ledger.Record {
	s.expiring()
	var records []*ledger.Record
	for {
		e, ok := s.next()
		if !ok {
			return records
		}
		if record := s.round.happens(e); record != nil {
			records = append(records, record)
			continue
		}
		if s.stuck == nil {
			s.stuck = map[moment]bool{}
		}
		s.stuck[e.moment] = true
	}
}

// expiring finds the holds whose end has come.
func (s *settlement) expiring() {
	now := s.round.instant.UnixMicro()
	for i, a := range s.accounts {
		if slices.Contains(s.accounts[:i], a) {
			continue // it was named twice
		}
		for _, h := range a.holds {
			if h.Until <= now && h.Scope == s.command.Scope && s.has(h) {
				s.holds = append(s.holds, event{moment: moment{h.Until, holdEnds, h.id}, account: a, hold: h})
			}
		}
	}
	slices.SortFunc(s.holds, func(x, y event) int { return x.compare(y.moment) })
}

// next takes the first event that is due.
func (s *settlement) next() (event, bool) {
	first, ok := event{}, false
	if len(s.holds) > 0 {
		first, ok = s.holds[0], true
	}
	for _, a := range s.accounts {
		for e := range a.timed {
			if e.at <= s.round.instant.UnixMicro() && s.owns(e) && (!ok || e.compare(first.moment) < 0) && !s.stuck[e.moment] {
				first, ok = e, true
			}
		}
	}
	if first.hold != nil {
		s.holds = s.holds[1:]
	}
	return first, ok
}

// owns reports whether an event is of the command's scope.
func (s *settlement) owns(e event) bool {
	if e.rank == lotEnds {
		return e.lot.lot.Scope == s.command.Scope
	}
	return e.bucket.term.Scope == s.command.Scope
}

// timed are the events to come of the account's lots and buckets.
func (a *account) timed(yield func(event) bool) {
	for b := range a.buckets {
		for _, l := range b.lots {
			if l.End != 0 && !l.Ended &&
				!yield(event{moment: moment{l.End, lotEnds, l.subject}, account: a, lot: slot{account: a, bucket: b, lot: l, end: l.End}}) {
				return
			}
		}
		t := b.term
		if t == nil {
			continue
		}
		if t.End != 0 && !t.Ended && !yield(event{moment: moment{t.End, bucketEnds, t.subject}, account: a, bucket: b}) {
			return
		}
		if t.Next != 0 && !yield(event{moment: moment{t.Next, cycleBegins, t.subject}, account: a, bucket: b}) {
			return
		}
	}
}

// happens records an event as the command that would ask for it: whoever posts that
// finds it done. It returns nil if a balance is at its bound.
func (r *Round) happens(e event) *ledger.Record {
	a := e.account
	switch e.rank {
	case holdEnds:
		h := e.hold
		return r.record(e, h.Scope, h.Tenant, ledger.HoldKey(h.id, "expire"), ledger.ExpireHold{Account: a.id, Hold: h.id},
			func(p *posting) { p.expire(a, h) })
	case lotEnds:
		l := e.lot.lot
		return r.record(e, l.Scope, l.Tenant, ledger.LotExpiryKey(l.subject), ledger.ExpireLot{Account: a.id, Lot: l.subject},
			func(p *posting) { p.endLot(e.lot) })
	case bucketEnds:
		b, t := e.bucket, e.bucket.term
		return r.record(e, t.Scope, t.Tenant, ledger.BucketExpiryKey(b.id, t.End),
			ledger.ExpireBucket{Account: a.id, Bucket: b.id, End: t.End}, func(p *posting) { p.endBucket(a, b) })
	default:
		b, t := e.bucket, e.bucket.term
		return r.record(e, t.Scope, t.Tenant, ledger.CycleKey(b.id, t.Cycle),
			ledger.BeginCycle{Account: a.id, Bucket: b.id, Cycle: t.Cycle}, func(p *posting) { p.beginCycle(a, b) })
	}
}

// record records an operation that nobody asked for, as of its own instant.
func (r *Round) record(
	e event, scope string, tenant, key ledger.ID, op ledger.Operation, fill func(*posting),
) *ledger.Record {
	print, err := ledger.FingerprintOf(ledger.PrintVersion, op)
	if err != nil {
		panic(err) // IDs and numbers can be encoded
	}
	p := &posting{round: r, at: e.at, command: ledger.Command{Key: key, Scope: scope, Tenant: tenant, Operation: op}}
	fill(p)
	if p.check() != accept {
		return nil
	}
	record := &ledger.Record{
		ID: key, Kind: op.Kind(), Status: ledger.Accepted,
		Fingerprint: print, PrintVersion: ledger.PrintVersion, Effective: e.at,
	}
	p.write(record)
	if r.settled == nil {
		r.settled = map[ledger.ID]*ledger.Record{}
	}
	r.settled[key] = record
	return record
}
