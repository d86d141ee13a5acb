// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"slices"
	"sync"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// queue holds the calls that wait, and knows the keys of those that were taken
// from it and are not answered yet.
type queue struct {
	limit int
	// wake gets a value when as many calls wait as are wanted.
	wake chan struct{}

	mu     sync.Mutex
	wanted int
	lanes  [2][]*call
	asides int
	// unanswered are the calls that were taken, by key. A second call with such
	// a key is set aside until the first is answered.
	unanswered map[ledger.ID]*call
	// space is closed when calls were taken from a full queue.
	space chan struct{}
	// undecided is there until the queue is opened or closed for the first time,
	// and is closed then: until then calls wait to know which it is.
	undecided chan struct{}
	// closed and stopped are what later calls are answered with.
	closed, stopped error
}

func newQueue(limit int) *queue {
	return &queue{
		limit: limit, undecided: make(chan struct{}),
		wake:       make(chan struct{}, 1),
		unanswered: map[ledger.ID]*call{},
	}
}

// put adds a call, and blocks while the queue is full.
func (q *queue) put(ctx context.Context, c *call) error {
	for {
		q.mu.Lock()
		if err := q.refuses(c); err != nil {
			q.mu.Unlock()
			return err
		}
		undecided := q.undecided
		if passes(c.command.Operation) {
			undecided = nil
		}
		if undecided == nil && q.waiting() < q.limit {
			lane := &q.lanes[c.command.Lane]
			*lane = append(*lane, c)
			q.signal()
			q.mu.Unlock()
			return nil
		}
		if q.space == nil {
			q.space = make(chan struct{})
		}
		space := q.space
		q.mu.Unlock()
		if undecided != nil {
			space = undecided
		}
		select {
		case <-space:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// decide ends the time in which calls wait to know whether they are let in.
func (q *queue) decide() {
	if q.undecided != nil {
		close(q.undecided)
		q.undecided = nil
	}
}

// signal wakes the first stage if it has reason to look.
func (q *queue) signal() {
	if q.lined() < q.wanted {
		return
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// wakeAt is a channel that gets a value when at least so many calls can be
// taken, be it at once.
func (q *queue) wakeAt(wanted int) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.wake: // it was for what has been taken since
	default:
	}
	q.wanted = wanted
	q.signal()
	return q.wake
}

func (q *queue) refuses(c *call) error {
	if q.stopped != nil {
		return q.stopped
	}
	if q.closed != nil && !passes(c.command.Operation) {
		return q.closed
	}
	return nil
}

// waiting is how many calls are in the queue, those that are set aside too.
func (q *queue) waiting() int { return q.lined() + q.asides }

func (q *queue) lined() int { return len(q.lanes[ledger.Interactive]) + len(q.lanes[ledger.Bulk]) }

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting()
}

// take removes up to room calls, interactive ones first, and at most bulk of
// the other lane if any interactive one waits or mixed is true. Calls whose key
// is unanswered are set aside and not counted.
func (q *queue) take(room, bulk int, mixed bool) []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lanes[ledger.Interactive]) == 0 && !mixed {
		bulk = room
	}
	bulk = min(bulk, room, len(q.lanes[ledger.Bulk]))
	taken := q.pop(nil, ledger.Interactive, room-bulk)
	taken = q.pop(taken, ledger.Bulk, bulk)
	q.makeSpace()
	return taken
}

func (q *queue) pop(taken []*call, lane ledger.Lane, room int) []*call {
	waiting := q.lanes[lane]
	popped := 0
	for ; popped < len(waiting) && room > 0; popped++ {
		c := waiting[popped]
		waiting[popped] = nil
		if first, ok := q.unanswered[c.command.Key]; ok {
			first.aside = append(first.aside, c)
			q.asides++
			continue
		}
		q.unanswered[c.command.Key] = c
		taken = append(taken, c)
		room--
	}
	q.lanes[lane] = waiting[popped:]
	if popped == len(waiting) {
		q.lanes[lane] = waiting[:0] // the array is used again
	}
	return taken
}

func (q *queue) makeSpace() {
	if q.space != nil && q.waiting() < q.limit {
		close(q.space)
		q.space = nil
	}
}

// answer answers calls whose outcome and err are set. Those that were set aside
// for them wait again, in front of the others: now their key is found, or is
// free.
func (q *queue) answer(answered []*call) {
	q.mu.Lock()
	var again [2][]*call
	var refused []*call
	for _, c := range answered {
		delete(q.unanswered, c.command.Key)
		q.asides -= len(c.aside)
		for _, later := range c.aside {
			if err := q.refuses(later); err != nil {
				later.err = err
				refused = append(refused, later)
				continue
			}
			lane := later.command.Lane
			again[lane] = append(again[lane], later)
		}
	}
	for lane, calls := range again {
		if len(calls) > 0 {
			q.lanes[lane] = slices.Concat(calls, q.lanes[lane])
		}
	}
	q.signal()
	q.makeSpace()
	q.mu.Unlock()
	for _, c := range answered {
		c.answer()
	}
	for _, c := range refused {
		c.answer()
	}
}

func (q *queue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = nil
	q.decide()
}

// close refuses all but those that pass, the waiting ones too.
func (q *queue) close(reason error) {
	q.mu.Lock()
	q.closed = reason
	q.decide()
	refused := q.drain()
	q.makeSpace()
	q.mu.Unlock()
	for _, c := range refused {
		c.answer()
	}
}

// stop refuses everything from now on. Nothing may be unanswered any more.
func (q *queue) stop(reason error) {
	q.mu.Lock()
	q.stopped = reason
	q.decide()
	refused := q.drain()
	q.makeSpace()
	q.mu.Unlock()
	for _, c := range refused {
		c.answer()
	}
}

// shut is what the queue is closed for, nil if it is open or that is not decided.
func (q *queue) shut() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

// reason is what the queue was stopped for.
func (q *queue) reason() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stopped
}

// drain takes the waiting calls out that are refused now.
func (q *queue) drain() []*call {
	var refused []*call
	for lane := range q.lanes {
		q.lanes[lane] = slices.DeleteFunc(q.lanes[lane], func(c *call) bool {
			if c.err = q.refuses(c); c.err == nil {
				return false
			}
			refused = append(refused, c)
			return true
		})
	}
	return refused
}
