// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// interval is the least time between two announcements of one subject. Who
	// changes twice in a row waits for the rest of it, so it is well below the
	// second after which what is committed should be shown.
	interval = 750 * time.Millisecond
	// crowd is how many objects wait at once where the API server or the ledger
	// does not keep up: a quarter of those of one kind that the controllers work on
	// at once by default. A rate that both sustain has fewer under way.
	crowd = 16
	// share is how many objects' writes buy one announcement in a crowd, which
	// then is a tenth of the writes.
	share = 9
	// savings bounds what is bought ahead.
	savings = 16 * share
	// patience is how long an announcement that is due waits for its share of
	// the writes; with interval it makes the 5 s after which nothing is old.
	patience = 4 * time.Second
)

// pace decides when a changed subject is announced: at most once per interval
// each, the longest due first, within the share of the writes in a crowd.
type pace struct {
	clock clock.WithTicker
	stir  chan struct{} // something changed that may let an announcement go

	mu       sync.Mutex
	subjects map[ledger.ID]*subject
	due      dueHeap
	waiting  int // objects that wait for their outcome
	earned   int // writes of objects not yet spent on announcements
}

type subject struct {
	id        ledger.ID
	announced time.Time
	dueAt     time.Time
	place     int // in the heap; -1 while nothing is new
}

func newPace(clock clock.WithTicker) *pace {
	return &pace{clock: clock, stir: make(chan struct{}, 1), subjects: map[ledger.ID]*subject{}}
}

func (p *pace) follow(id ledger.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.subjects[id]; !ok {
		p.subjects[id] = &subject{id: id, place: -1}
	}
}

func (p *pace) unfollow(id ledger.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.subjects[id]; ok {
		if s.place >= 0 {
			heap.Remove(&p.due, s.place)
		}
		delete(p.subjects, id)
	}
}

func (p *pace) mark(id ledger.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.subjects[id]
	if !ok || s.place >= 0 {
		return
	}
	s.dueAt = p.clock.Now()
	if next := s.announced.Add(interval); next.After(s.dueAt) {
		s.dueAt = next
	}
	heap.Push(&p.due, s)
	if s.place == 0 {
		p.stirUp()
	}
}

func (p *pace) began() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
}

func (p *pace) ended(written bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if written {
		p.earned = min(p.earned+1, savings)
	}
	if len(p.due) > 0 && p.affordable() {
		p.stirUp()
	}
}

// affordable reports whether an announcement may take a write from the objects.
func (p *pace) affordable() bool { return p.waiting < crowd || p.earned >= share }

func (p *pace) stirUp() {
	select {
	case p.stir <- struct{}{}:
	default:
	}
}

// run announces until the context ends.
func (p *pace) run(ctx context.Context, changed chan<- ledger.ID) {
	timer := p.clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		id, ok, wait := p.next()
		if ok {
			select {
			case changed <- id:
				continue
			case <-ctx.Done():
				return
			}
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-p.stir:
		case <-timer.C():
		}
	}
}

// next takes the subject to announce now, or says how long there is none if
// nothing else happens.
func (p *pace) next() (id ledger.ID, ok bool, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.due) == 0 {
		return ledger.ID{}, false, time.Hour
	}
	first, now := p.due[0], p.clock.Now()
	if until := first.dueAt.Sub(now); until > 0 {
		return ledger.ID{}, false, until
	}
	if !p.affordable() {
		if late := first.dueAt.Add(patience).Sub(now); late > 0 {
			return ledger.ID{}, false, late
		}
	}
	heap.Pop(&p.due)
	p.earned = max(p.earned-share, 0)
	first.announced = now
	return first.id, true, 0
}

// dueHeap has the subject that has been due the longest in front.
type dueHeap []*subject

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].dueAt.Before(h[j].dueAt) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *dueHeap) Push(x any) {
	s := x.(*subject)
	s.place = len(*h)
	*h = append(*h, s)
}

func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	s.place = -1
	return s
}
