// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package committer turns commands that arrive one by one into batches of the
// log.
//
// It works in two stages. The first takes what is waiting, looks the keys up
// and loads what the book does not know yet; the second lets the book decide,
// seals the batch, appends it and answers. While batch N is being appended, the
// first already loads for batch N+2 and the second decides batch N+1, if that
// one has grown to the size of N; a smaller one waits, as it may still grow.
package committer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// Options tune a [Committer]. The zero value is usable.
type Options struct {
	// Clock gives the instants; the system's by default.
	Clock clock.PassiveClock
	// MaxBatch is how many commands a batch may have; 1000 by default.
	MaxBatch int
	// QueueLength is how many commands may wait before Post blocks; 8192 by
	// default.
	QueueLength int
	// CacheLimit is how many accounts and facts are kept in memory between
	// batches; 200,000 by default.
	CacheLimit int
	// Observer is told what happens; nobody by default.
	Observer Observer
	// Log is where unusual events go; nowhere by default.
	Log logr.Logger
}

// Observer is told what the committer does. It is called between batches and
// must not block.
type Observer interface {
	// Committed: a batch with so many records became durable; deciding and
	// appending it took so long.
	Committed(records int, took time.Duration)
	// Poisoned: the store refuses the content of a command, which should have
	// been caught long before. A person has to look.
	Poisoned(command ledger.Command)
	// InDoubt: it has not been known for so long whether a batch was written, and
	// nothing is decided meanwhile; 0 when it is known again or this process stops.
	InDoubt(since time.Duration)
}

type nobody struct{}

func (nobody) Committed(int, time.Duration) {}
func (nobody) Poisoned(ledger.Command)      {}
func (nobody) InDoubt(time.Duration)        {}

// Committer is the only writer of a log. It implements [ledger.Ledger].
//
// What it tells is durable. Recorded, Account and Fact wait while the newest batch
// that they see is not known to be committed, and until [Committer.Run] has begun
// or [Committer.Close] says why it has not.
// Once Run has ended they tell what was committed before, and return its reason
// for what is newer.
type Committer struct {
	store   ledger.Store
	options Options
	queue   *queue
	cache   *cache

	// head is the newest batch this process knows to be committed.
	head atomic.Pointer[ledger.Head]
	news struct {
		sync.Mutex
		next chan struct{}
	}
	// sent is the newest batch that may be in the log and be of this process.
	sent atomic.Int64
	// flying is how many calls the newest batch has that was begun.
	flying atomic.Int64
	// answers are under way; Run does not end before them.
	answers sync.WaitGroup
	// skewed is whether the store's clock was another one when it was last seen.
	skewed atomic.Bool
	// fenced gets the reason if a reader finds that nothing may be written any
	// more.
	fenced chan error
	// ended is closed when Run has returned.
	ended chan struct{}
}

var _ ledger.Ledger = (*Committer)(nil)

// MaxAhead is how far the newest batch may lie ahead of this clock, and how far
// apart this clock and the store's may be.
const MaxAhead = 5 * time.Second

var errStopping = fmt.Errorf("%w: this process is stopping", ledger.ErrClosed)

// New makes a committer that takes nothing but [ledger.ClaimScope] and
// [ledger.AcceptHead]; other commands wait until [Committer.Open] or
// [Committer.Close] is called for the first time.
func New(store ledger.Store, options Options) *Committer {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	if options.MaxBatch <= 0 {
		options.MaxBatch = 1000
	}
	if options.QueueLength <= 0 {
		options.QueueLength = 8192
	}
	if options.CacheLimit <= 0 {
		options.CacheLimit = 200_000
	}
	if options.Observer == nil {
		options.Observer = nobody{}
	}
	c := &Committer{
		store: store, options: options,
		queue: newQueue(options.QueueLength),
		cache: newCache(options.CacheLimit),

		fenced: make(chan error, 1), ended: make(chan struct{}),
	}
	c.news.next = make(chan struct{})
	return c
}

// Run commits until ctx ends; it can be called once. It returns nil when ctx
// ended and everybody was answered, and an error that wraps [ledger.ErrFenced],
// [ledger.ErrMismatch] or [ledger.ErrNewer] when this process must not write any
// more. After it has returned, the committer takes no commands.
func (c *Committer) Run(ctx context.Context) error {
	defer close(c.ended)
	head, err := c.begin(ctx)
	if err != nil {
		c.queue.stop(fmt.Errorf("%w: %w", ledger.ErrClosed, err))
		if ctx.Err() != nil {
			err = nil
		}
		return err
	}
	c.advance(head)

	ready, full := make(chan *batch), make(chan *batch)
	stages, stagesCtx := errgroup.WithContext(ctx)
	stages.Go(func() error { return c.gather(stagesCtx, ready, full) })
	stages.Go(func() error { return c.write(stagesCtx, ready, full) })
	err = stages.Wait()
	reason := err
	if reason == nil {
		reason = errStopping
	}
	c.queue.stop(reason)
	return err
}

// begin is the head to go on from, if this program can.
func (c *Committer) begin(ctx context.Context) (ledger.Head, error) {
	head, err := c.store.Head(ctx)
	if err == nil {
		err = c.store.Payloads(ctx, head.Sequence-1, knownRules)
	}
	if err != nil {
		err = fmt.Errorf("read the head of the log: %w", err)
	}
	return head, err
}

// knownRules refuses a batch that was decided by rules of the future: what it
// left behind may mean what this program cannot see.
func knownRules(payload []byte) error {
	b, err := ledger.Open(payload)
	if err == nil && b.Rules > book.Rules {
		err = fmt.Errorf("%w: batch %d was decided by rules %d, and this program has %d",
			ledger.ErrNewer, b.Sequence, b.Rules, book.Rules)
	}
	return err
}

// Open lets all commands through.
func (c *Committer) Open() { c.queue.open() }

// Close lets nothing through but [ledger.ClaimScope] and [ledger.AcceptHead],
// until it is opened again. Commands that wait are answered with an error that
// wraps [ledger.ErrClosed] and the reason.
func (c *Committer) Close(reason error) {
	c.queue.close(fmt.Errorf("%w: %w", ledger.ErrClosed, reason))
	c.tell()
}

// passes reports whether a command is let through while the committer is
// closed: those that decide whether it may be opened.
func passes(op ledger.Operation) bool {
	switch op.(type) {
	case ledger.ClaimScope, ledger.AcceptHead:
		return true
	default:
		return false
	}
}

// Post implements [ledger.Ledger].
func (c *Committer) Post(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	if command.Operation == nil || command.Key == (ledger.ID{}) {
		return ledger.Outcome{Status: ledger.NotTaken, Code: ledger.Malformed}, nil
	}
	call, err := newCall(command)
	if err != nil {
		return ledger.Outcome{}, err
	}
	if err := c.queue.put(ctx, call); err != nil {
		return ledger.Outcome{}, err
	}
	select {
	case <-call.done:
		return call.free()
	case <-ctx.Done():
		return ledger.Outcome{}, ctx.Err() // the call stays with the committer
	}
}

// Head is the newest batch this process knows to be committed; the zero Head
// before Run has begun.
func (c *Committer) Head() ledger.Head {
	if head := c.head.Load(); head != nil {
		return *head
	}
	return ledger.Head{}
}

// Waiting is how many commands wait for a batch.
func (c *Committer) Waiting() int { return c.queue.length() }

// fence ends Run with an error, which it returns.
func (c *Committer) fence(err error) error {
	select {
	case c.fenced <- err:
	default: // another reader came first
	}
	return err
}

// Committed is closed at the next commit, and when there may be something else to
// read: when Run begins, or the committer is closed. Who takes it before reading
// the log misses nothing.
func (c *Committer) Committed() <-chan struct{} {
	c.news.Lock()
	defer c.news.Unlock()
	return c.news.next
}

// advance makes a batch the newest one.
func (c *Committer) advance(head ledger.Head) {
	c.head.Store(&head)
	c.tell()
}

// tell wakes who waits for news.
func (c *Committer) tell() {
	c.news.Lock()
	defer c.news.Unlock()
	close(c.news.next)
	c.news.next = make(chan struct{})
}

// stopped is why the stages end: the error of one of them, or the process's end.
func stopped(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, ledger.ErrFenced) || errors.Is(err, ledger.ErrMismatch) {
		return err
	}
	return errStopping
}
