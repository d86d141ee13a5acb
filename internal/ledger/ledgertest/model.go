// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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
// How much is tried is told by -rapid.checks and -rapid.steps, the number of
// stores and of groups on each. Model returns the number of commands.
func Model(t *testing.T, open func() (ledger.Store, func() error)) int64 {
	t.Helper()
	var commands atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		store, done := open()
		m := newModel(rt, store)
		defer func() {
			m.stop()
			if err := done(); err != nil {
				rt.Error(err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"post": func(rt *rapid.T) { commands.Add(m.post(rt)) },
			"":     m.compare,
		})
		m.end(rt)
	})
	return commands.Load()
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
	made   int
	before []ledger.Command
}

const largestGroup = 40

func newModel(t *rapid.T, store ledger.Store) *model {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	head, err := store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if head.Instant.After(start) {
		start = head.Instant // a store that lasts makes batch 0 by the clock
	}
	m := &model{
		store: NewFaulty(store), source: store, clock: &standing{now: start},
		oracle: newOracle(start), log: newLogbook(),
	}
	m.oracle.last = head.Instant
	m.store.SetClock(m.clock.Now)
	m.Committer = committer.New(m.store, committer.Options{
		Clock: m.clock, MaxBatch: largestGroup, CacheLimit: rapid.SampledFrom([]int{1, 10, 1000}).Draw(t, "cache"),
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
func (m *model) post(t *rapid.T) int64 {
	d := &draft{T: t, oracle: m.oracle, made: &m.made, before: m.before}
	m.jump(d)
	m.fault(d)
	group := d.prologue()
	if len(m.before) > 0 {
		group = d.group()
	}
	answers := Together(m.Committer, m.store, group...)
	m.store.OnAppend(nil)
	m.check(t, group, answers)
	m.before = append(m.before, group...)
	return int64(len(group))
}

// jump moves the clock, backwards too.
func (m *model) jump(d *draft) {
	jump := pick(d, "jump", 0, time.Microsecond, time.Second, 61*time.Second, 48*time.Hour, -time.Second, -4*time.Second)
	if d.oneIn(20, "far back") {
		jump = -3 * time.Minute
	}
	m.oracle.now = m.oracle.now.Add(jump)
	m.clock.set(m.oracle.now)
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
	instant := m.oracle.instant()
	written := false
	for i, c := range group {
		if seconds[c.Key] == i && i > 0 {
			continue
		}
		_, replay := m.oracle.recorded(c)
		written = m.answer(t, c, answers[i], instant) || written
		switch second, ok := seconds[c.Key]; {
		case !ok:
		case replay:
			afterReplay = append(afterReplay, second)
		default:
			afterBatch = append(afterBatch, second)
		}
	}
	if written {
		m.oracle.last = instant
	}
	for _, i := range append(afterReplay, afterBatch...) {
		if m.answer(t, group[i], answers[i], instant) {
			m.oracle.last = instant
		}
	}
	if m.oracle.behind() { // the clock is put right again
		m.oracle.now = m.oracle.last
	}
}

// behind says whether this clock is too far behind to decide anything.
func (o *oracle) behind() bool { return o.last.Sub(o.now) > 5*time.Second }

// answer compares one answer, and reports whether it was recorded now.
func (m *model) answer(t *rapid.T, c ledger.Command, got Answer, instant time.Time) bool {
	said := fmt.Sprintf("%s\nwas answered %+v %v", content(c.Operation), got.Outcome, got.Err)
	if want, ok := m.oracle.recorded(c); ok {
		if got.Err != nil || !reflect.DeepEqual(got.Outcome, want) {
			t.Fatalf("%s\nbut before it was %+v", said, want)
		}
		return false
	}
	if m.oracle.behind() {
		if !errors.Is(got.Err, ledger.ErrClockBehind) {
			t.Fatalf("%s\nwith a clock that is behind", said)
		}
		return false
	}
	if got.Err != nil || got.Outcome.Replayed {
		t.Fatalf("%s\nand it is new", said)
	}
	objections := m.oracle.objections(c)
	if got.Outcome.Status == ledger.Accepted {
		if len(objections) > 0 {
			t.Fatalf("%s\nbut %+v", said, objections)
		}
		if impacts := m.oracle.apply(c); !reflect.DeepEqual(got.Outcome.Impacts, impacts) {
			t.Fatalf("%s\nbut what it does is %+v", said, impacts)
		}
	} else if given := (objection{got.Outcome.Status, got.Outcome.Code, got.Outcome.Figures}); !contains(objections, given) {
		t.Fatalf("%s\nbut what speaks against it is %+v", said, objections)
	}
	if got.Outcome.Status == ledger.NotTaken {
		return false
	}
	if !got.Outcome.CommittedAt.Equal(instant) || got.Outcome.Sequence <= m.log.head.Sequence {
		t.Fatalf("%s\nat %s after batch %d", said, instant, m.log.head.Sequence)
	}
	m.oracle.record(c, got.Outcome)
	return true
}

func contains(list []objection, given objection) bool {
	for _, o := range list {
		if o == given {
			return true
		}
	}
	return false
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
