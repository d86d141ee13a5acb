// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// cache is the book's state, shared by the two stages: the first asks what is
// known and marks what it will need; only the second changes it.
//
// Rows loaded for batch N+1 may be older than what batch N does to them. They
// do no harm, because they are admitted after N was decided and never replace
// what is known, and because nothing that N or N+1 needs is evicted before N+1
// is decided: what is unknown when N+1 asks for it was last touched, if ever,
// by a batch that is committed, and is in the rows.
//
// A command needs more than it touches: the circle of its accounts, which are the
// owners of what these share and hold. It follows from the accounts' rows, so that N+1
// marks the circle as it is before the batch that is not decided yet when N+1 asks, and
// decides by what it is after that one, and after its own earlier commands. What these
// add to it is marked all the same. An account comes to draw on another one in two
// ways: the other's bucket is shared with it, which touches both, or it takes a hold
// from a bucket that is shared already, whose owner is in the circle of that command.
// So whatever makes a circle larger has marked the owner for its own batch, which is
// N+1 or the one before. What they take from it is loaded for nothing. One who is no
// longer shared with need not be touched, and may be loaded with a membership of
// before: without a share on the owner's side it means nothing.
type cache struct {
	limit int

	mu    sync.Mutex
	state *book.State
	// used tells which batches needed an account or a fact. It has no bound of
	// its own: evict decides. Need alone moves nothing in it, that would cost as
	// much as deciding a command.
	used *simplelru.LRU[subject, *use]
	// final are facts that are of no further use, in the order of their batches.
	final []finalFact
	// epoch counts the times something was forgotten because its batch was not
	// written. What was loaded in an earlier epoch must be loaded again.
	epoch uint64
	// known is room for the accounts whose circles are asked for.
	known []ledger.ID
}

// subject names an account or a fact; an account's settings are a fact with the
// account's ID.
type subject struct {
	id   ledger.ID
	fact bool
}

// finalFact is one that a batch wrote for good.
type finalFact struct {
	subject
	number uint64
}

// use is the batch that last needed something, the one that last had a command which
// touches it, and the one that last needed it when it was queued for eviction.
type use struct{ last, touched, queued uint64 }

func newCache(limit int) *cache {
	used, err := simplelru.NewLRU[subject, *use](math.MaxInt, nil)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &cache{limit: limit, state: book.NewState(), used: used}
}

// need marks everything the calls touch as needed by the numbered batch, and the
// circles of the accounts that are known. It returns what of it has to be loaded and
// the epoch of that answer.
func (c *cache) need(number uint64, calls []*call) (ledger.Request, uint64) {
	what := ledger.Request{Transactions: make([]ledger.ID, 0, len(calls)), Refusals: make([]ledger.ID, 0, len(calls))}
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.known[:0]
	for _, call := range calls {
		what.Transactions = append(what.Transactions, call.command.Key)
		what.Refusals = append(what.Refusals, call.refusals...)
		for _, id := range call.touches.Accounts {
			switch {
			case !c.touchedFirst(subject{id: id}, number):
			case c.state.Knows(id):
				known = append(known, id)
			default:
				what.Accounts = append(what.Accounts, id)
			}
		}
		for _, id := range call.touches.Facts {
			if c.mark(subject{id: id, fact: true}, number) && !c.state.KnowsFact(id) {
				what.Facts = append(what.Facts, id)
			}
		}
	}
	for _, id := range c.state.Circle(known) {
		if c.mark(subject{id: id}, number) && !c.state.Knows(id) {
			what.Accounts = append(what.Accounts, id)
		}
	}
	c.known = known
	return what, c.epoch
}

// circle marks the circles of accounts that were found for the numbered batch. It
// returns who of them has to be loaded and the epoch of that answer. That the batch
// has marked them before tells nothing: they may have been forgotten since.
func (c *cache) circle(number uint64, asked ledger.Request, found *ledger.Loaded) ([]ledger.ID, uint64) {
	var owners []ledger.ID
	for _, id := range asked.Accounts {
		of, err := book.CircleOf(found.Accounts[id])
		if err != nil {
			continue // nothing can be decided about it: whoever asks is told when it is admitted
		}
		owners = append(owners, of...)
	}
	if len(owners) == 0 {
		return nil, 0
	}
	loading := make(map[ledger.ID]bool, len(asked.Accounts)+len(owners))
	for _, id := range asked.Accounts {
		loading[id] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var unknown []ledger.ID
	for _, id := range owners {
		c.mark(subject{id: id}, number)
		if !loading[id] && !c.state.Knows(id) {
			loading[id] = true
			unknown = append(unknown, id)
		}
	}
	return unknown, c.epoch
}

// mark reports whether the batch marks the subject for the first time.
func (c *cache) mark(s subject, number uint64) bool {
	u := c.useOf(s, number)
	isFirst := u.last < number
	u.last = max(u.last, number)
	return isFirst
}

// touchedFirst marks an account that a command of the batch touches, and reports
// whether none did before. That the batch has it as one of a circle tells nothing of
// its own circle.
func (c *cache) touchedFirst(s subject, number uint64) bool {
	u := c.useOf(s, number)
	isFirst := u.touched < number
	u.last, u.touched = max(u.last, number), max(u.touched, number)
	return isFirst
}

// useOf is the use of a subject. One that is new has none before the batch.
func (c *cache) useOf(s subject, number uint64) *use {
	u, ok := c.used.Peek(s)
	if !ok {
		u = &use{queued: number}
		c.used.Add(s, u)
	}
	return u
}

// all is everything the calls touch, known or not.
func all(calls []*call) ledger.Request {
	what := ledger.Request{Transactions: make([]ledger.ID, 0, len(calls)), Refusals: make([]ledger.ID, 0, len(calls))}
	seen := map[subject]bool{}
	for _, call := range calls {
		what.Transactions = append(what.Transactions, call.command.Key)
		what.Refusals = append(what.Refusals, call.refusals...)
		for _, id := range call.touches.Accounts {
			if s := (subject{id: id}); !seen[s] {
				seen[s] = true
				what.Accounts = append(what.Accounts, id)
			}
		}
		for _, id := range call.touches.Facts {
			if s := (subject{id: id, fact: true}); !seen[s] {
				seen[s] = true
				what.Facts = append(what.Facts, id)
			}
		}
	}
	return what
}

// forget drops all that a batch touched which was not written, and the circles of its
// accounts.
func (c *cache) forget(round *book.Round, calls []*call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what := all(calls)
	c.state.Forget(c.state.Circle(what.Accounts), nil)
	c.state.Forget(what.Accounts, what.Facts)
	c.state.Forget(round.Touched())
	c.epoch++
}

// touch marks the facts that a batch wrote without having needed them. It writes to
// no account that it has not needed, but that it may take a membership from one, which
// does no harm where it is missed. The caller holds mu.
func (c *cache) touch(number uint64, round *book.Round) {
	_, facts := round.Touched()
	for _, id := range facts {
		c.mark(subject{id: id, fact: true}, number)
	}
	for _, id := range round.Final() {
		c.final = append(c.final, finalFact{subject{id: id, fact: true}, number})
	}
}

// secondChances is how many entries an eviction may spare because they were
// needed since they were queued. It bounds how long everybody waits for it.
const secondChances = 10_000

// evict drops what is of no further use, and what was not needed for long until
// the limit is kept, but nothing that the numbered batch, the one before or a
// later one needs.
func (c *cache) evict(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var accounts, facts []ledger.ID
	for len(c.final) > 0 && c.final[0].number+1 < number {
		if f := c.final[0]; c.isIdle(f) {
			c.used.Remove(f.subject)
			facts = append(facts, f.id)
		}
		c.final = c.final[1:]
	}
	chances := secondChances
queue:
	for c.used.Len() > c.limit {
		s, u, _ := c.used.GetOldest()
		switch {
		case u.last != u.queued && chances > 0:
			c.used.Get(s) // to the end
			u.queued = u.last
			chances--
		case u.last+1 >= number:
			break queue
		default:
			c.used.Remove(s)
			if s.fact {
				facts = append(facts, s.id)
			} else {
				accounts = append(accounts, s.id)
			}
		}
	}
	c.state.Forget(accounts, facts)
}

// isIdle reports whether nobody has needed a fact since it was written for good.
func (c *cache) isIdle(f finalFact) bool {
	u, ok := c.used.Peek(f.subject)
	return ok && u.last == f.number
}

func (c *cache) currentEpoch() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}
