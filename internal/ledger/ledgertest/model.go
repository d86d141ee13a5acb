// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"flag"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// Model posts random commands, group by group, to a committer over a new store
// and to an oracle, and compares every answer, every balance and the log. The
// store loses requests and replies and refuses batches meanwhile. What fails is
// shrunk, and kept under testdata/rapid to be tried first from then on.
//
// At least so many commands are posted; -rapid.checks tells on how many stores.
func Model(t *testing.T, operations int64, open func() (ledger.Store, func() error)) {
	t.Helper()
	var stores, posted atomic.Int64
	each := perStore(t, operations)
	rapid.Check(t, func(rt *rapid.T) {
		store, done := open()
		m := newModel(rt, store)
		defer func() {
			m.stop()
			if err := done(); err != nil {
				rt.Error(err)
			}
		}()
		for m.posted < each {
			rt.Repeat(map[string]func(*rapid.T){"post": m.post, "": m.compare})
		}
		m.end(rt)
		stores.Add(1)
		posted.Add(m.posted)
	})
	t.Logf("%d operations on %d stores", posted.Load(), stores.Load())
	if posted.Load() < operations && !t.Failed() {
		t.Errorf("%d operations were promised", operations)
	}
}

// perStore is how many of all operations each store gets.
func perStore(t *testing.T, operations int64) int64 {
	t.Helper()
	checks, err := strconv.ParseInt(flag.Lookup("rapid.checks").Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		checks /= 5 // as rapid does
	}
	checks = max(checks, 1)
	return (operations + checks - 1) / checks
}

// model is one store, its committer and what the oracle thinks of them.
type model struct {
	store  *Faulty
	source ledger.Store
	clock  *standing
	oracle *oracle
	log    *logbook
	stop   func()

	*committer.Committer
	posted   int64
	made     int
	huge     bool
	dated    bool
	before   []ledger.Command
	reserves []ledger.Command
}

const (
	largestGroup = 200
	// largestBatch is so large that what has to be settled, after months, before the
	// commands of a group fits into their batch.
	largestBatch = 20 * largestGroup
	// lookedBackOn is of how many commands before some are asked for again, or undone,
	// in one group.
	lookedBackOn = 100
)

// starts are when the clocks of some zones are about to be changed, months are about
// to end, or neither.
var starts = []time.Time{
	time.Date(2031, 6, 10, 12, 0, 0, 0, time.UTC),
	time.Date(2031, 3, 8, 20, 0, 0, 0, time.UTC),
	time.Date(2031, 3, 29, 11, 0, 0, 0, time.UTC),
	time.Date(2031, 10, 25, 22, 0, 0, 0, time.UTC),
	time.Date(2031, 11, 1, 13, 0, 0, 0, time.UTC),
	time.Date(2031, 12, 31, 9, 59, 59, 999_999_000, time.UTC),
	time.Date(2032, 1, 30, 23, 0, 0, 0, time.UTC),
	time.Date(2032, 2, 27, 21, 0, 0, 0, time.UTC),
}

func newModel(t *rapid.T, store ledger.Store) *model {
	start := rapid.SampledFrom(starts).Draw(t, "start")
	head, err := store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if head.Instant.After(start) {
		start = head.Instant // a store that lasts makes batch 0 by the clock
	}
	m := &model{
		store: NewFaulty(store), source: store, clock: &standing{now: start},
		oracle: newOracle(start),
		huge:   rapid.IntRange(1, 4).Draw(t, "huge amounts") == 4,
		dated:  rapid.IntRange(1, 4).Draw(t, "many lots") == 4,
	}
	m.log = newLogbook(m.huge)
	m.oracle.last = head.Instant
	m.store.SetClock(m.clock.Now)
	m.Committer = committer.New(m.store, committer.Options{
		Clock: m.clock, MaxBatch: largestBatch, CacheLimit: rapid.SampledFrom([]int{1, 10, 1000}).Draw(t, "cache"),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var ended error
	running.Go(func() { ended = m.Run(ctx) })
	m.Open()
	m.stop = func() {
		cancel()
		running.Wait()
		if ended != nil {
			t.Error(ended)
		}
	}
	return m
}

// post draws a group of commands, posts them together and checks the answers.
func (m *model) post(t *rapid.T) {
	m.reserves = slices.DeleteFunc(m.reserves, func(c ledger.Command) bool { // what came to nothing is not tried for ever
		op, _ := c.Operation.(ledger.Reserve)
		return m.oracle.holds[op.Hold] == nil
	})
	d := &draft{T: t, oracle: m.oracle, made: &m.made, huge: m.huge, dated: m.dated, reserves: &m.reserves}
	m.jump(d)
	m.fault(d)
	group := d.prologue()
	if len(m.before) > 0 {
		d.before = window(d, "posted before", m.before, lookedBackOn)
		d.past = m.oracle.reversible(window(d, "recorded before", m.oracle.history, lookedBackOn))
		d.happened = window(d, "happened before", m.oracle.happened, lookedBackOn)
		group = d.group()
	}
	answers := Together(m.Committer, m.store, group...)
	m.store.OnAppend(nil)
	m.read(t)
	m.check(t, group, answers)
	m.before = append(m.before, group...)
	m.posted += int64(len(group))
}

// standing is a clock that moves only when it is told to.
type standing struct {
	mu  sync.Mutex
	now time.Time
}

func (s *standing) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *standing) Since(t time.Time) time.Duration { return s.Now().Sub(t) }

func (s *standing) set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// fault lets something happen to the next append.
func (m *model) fault(d *draft) {
	fault := pick(d, "fault", None, None, None, None, None, None, Lost, LostReply, LateCommit, Rejection)
	m.store.OnAppend(func(*ledger.Batch) Fault {
		befalls := fault
		fault = None
		return befalls
	})
}

// check lets the oracle do what was posted. Of two commands with one key the
// second is decided after all others: at once if the first was a replay, and
// after its batch if it was not, in the order of the first ones.
func (m *model) check(t *rapid.T, group []ledger.Command, answers []Answer) {
	seconds := map[ledger.ID]int{}
	first := map[ledger.ID]bool{}
	for i, c := range group {
		if first[c.Key] {
			seconds[c.Key] = i
		}
		first[c.Key] = true
	}
	var afterReplay, afterBatch []int
	m.oracle.first = m.oracle.batch
	for i, c := range group {
		if seconds[c.Key] == i && i > 0 {
			continue
		}
		_, replay := m.oracle.recorded(c)
		m.answer(t, c, answers[i])
		switch second, ok := seconds[c.Key]; {
		case !ok:
		case replay:
			afterReplay = append(afterReplay, second)
		default:
			afterBatch = append(afterBatch, second)
		}
	}
	for _, pass := range [][]int{afterReplay, afterBatch} {
		m.oracle.written()
		for _, i := range pass {
			m.answer(t, group[i], answers[i])
		}
	}
	m.oracle.written()
	if m.oracle.behind() { // the clock is put right again
		m.oracle.now = m.oracle.last
	}
}

// answer compares one answer.
func (m *model) answer(t *rapid.T, c ledger.Command, got Answer) {
	fail := func(but string, what any) {
		t.Fatalf("%T %+v of %s, key %s, at %s\nwas answered %+v %v\n%s %+v",
			c.Operation, c.Operation, c.Tenant, c.Key, m.oracle.instant(), got.Outcome, got.Err, but, what)
	}
	if want, ok := m.oracle.recorded(c); ok {
		if d := m.oracle.accepted[c.Key]; d != nil && d.outcome.Sequence == 0 { // it happened by itself, just now
			d.outcome.Sequence, want.Sequence = got.Outcome.Sequence, got.Outcome.Sequence
		}
		if got.Err != nil || !reflect.DeepEqual(got.Outcome, want) {
			fail("but before it was", want)
		}
		return
	}
	if m.oracle.behind() {
		if !errors.Is(got.Err, ledger.ErrClockBehind) {
			fail("with a clock that is behind", m.oracle.last)
		}
		return
	}
	if got.Err != nil {
		fail("and it is", "new")
	}
	m.oracle.unsure = got.Outcome.Code == ledger.OriginalUnknown
	want, existing := m.oracle.decide(c)
	if want.Status != ledger.NotTaken { // the log tells whether these are right
		want.Sequence, want.Transaction = got.Outcome.Sequence, got.Outcome.Transaction
	}
	if !reflect.DeepEqual(got.Outcome, want) {
		fail("but should have been", want)
	}
	switch {
	case want.Status == ledger.NotTaken:
	case existing != nil:
		existing.outcome.Sequence = want.Sequence
	default:
		m.oracle.record(c, want)
	}
}

// end audits the store, if it can be.
func (m *model) end(t *rapid.T) {
	source, ok := m.source.(audit.Source)
	if !ok {
		return
	}
	report, err := audit.Run(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Clean() {
		t.Fatal(report)
	}
}
