// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Fault is what befalls one append.
type Fault int

const (
	// None: the batch is written and the reply arrives.
	None Fault = iota
	// Lost: the batch never arrives, or is rolled back; no reply arrives.
	Lost
	// LostReply: the batch is written; no reply arrives.
	LostReply
	// LateCommit: no reply arrives, and the batch is written only after the
	// head was asked for once.
	LateCommit
	// Rejection: the store refuses the content of the batch.
	Rejection
)

// ErrCut is the error of a connection that was cut.
var ErrCut = errors.New("the connection was cut")

// Faulty is a store whose calls fail as a test wants them to.
type Faulty struct {
	ledger.Store

	mu       sync.Mutex
	onAppend func(*ledger.Batch) Fault
	onLoad   func(context.Context, ledger.Request) error
	clock    func() time.Time
	headFail int
	late     *ledger.Batch
	written  int
	poison   func(*ledger.Record) bool
	spoil    func(*ledger.Record)
	appends  int
	loads    int
}

// NewFaulty wraps a store without a fault.
func NewFaulty(store ledger.Store) *Faulty { return &Faulty{Store: store} }

// OnAppend chooses the fault of each append. It may block, as a slow disk does.
func (f *Faulty) OnAppend(choose func(*ledger.Batch) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onAppend = choose
}

// OnLoad is called before each load, and its error is the load's. It may block.
// Reading what transactions did is a load of these transactions.
func (f *Faulty) OnLoad(check func(context.Context, ledger.Request) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onLoad = check
}

// SetClock replaces the store's own clock, or gives it one.
func (f *Faulty) SetClock(now func() time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = now
}

// CutHead makes the next calls of Head fail.
func (f *Faulty) CutHead(calls int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headFail = calls
}

// Poison makes the store refuse every batch with a record that matches.
func (f *Faulty) Poison(match func(*ledger.Record) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.poison = match
}

// Spoil changes the rows of records on their way to the store, as a mistake of
// this program would. The log's payload stays as it is.
func (f *Faulty) Spoil(change func(*ledger.Record)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoil = change
}

// Appends is how many appends were asked for.
func (f *Faulty) Appends() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.appends
}

// Loads is how many loads were asked for.
func (f *Faulty) Loads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.loads
}

// Load implements [ledger.Store].
func (f *Faulty) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	now, err := f.loading(ctx, what)
	if err != nil {
		return nil, err
	}
	found, err := f.Store.Load(ctx, what)
	if err == nil && now != nil {
		found.Clock = now()
	}
	return found, err
}

// Originals implements [ledger.Store].
func (f *Faulty) Originals(ctx context.Context, transactions []ledger.ID) (map[ledger.ID]ledger.Original, error) {
	if _, err := f.loading(ctx, ledger.Request{Transactions: transactions}); err != nil {
		return nil, err
	}
	return f.Store.Originals(ctx, transactions)
}

// loading counts a load and returns its fault, and the clock to tell.
func (f *Faulty) loading(ctx context.Context, what ledger.Request) (now func() time.Time, err error) {
	f.mu.Lock()
	f.loads++
	check, now := f.onLoad, f.clock
	f.mu.Unlock()
	if check != nil {
		err = check(ctx, what)
	}
	return now, err
}

// Head implements [ledger.Store].
func (f *Faulty) Head(ctx context.Context) (ledger.Head, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.headFail > 0 {
		f.headFail--
		return ledger.Head{}, ErrCut
	}
	head, err := f.Store.Head(ctx)
	if late := f.late; late != nil {
		f.late = nil
		if failed := f.Store.Append(ctx, late); failed != nil {
			return head, errors.Join(err, failed)
		}
		f.written++
	}
	return head, err
}

// WrittenLate is how many batches were written after their reply was cut.
func (f *Faulty) WrittenLate() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.written
}

// Append implements [ledger.Store].
func (f *Faulty) Append(ctx context.Context, batch *ledger.Batch) error {
	f.mu.Lock()
	f.appends++
	choose, poison, spoil := f.onAppend, f.poison, f.spoil
	f.mu.Unlock()
	if spoil != nil {
		batch = spoiled(batch, spoil)
	}
	for i := range batch.Records {
		if poison != nil && poison(&batch.Records[i]) {
			return fmt.Errorf("%w: record %d", ledger.ErrRejected, i)
		}
	}
	fault := None
	if choose != nil {
		fault = choose(batch)
	}
	if err := ctx.Err(); err != nil {
		return err // a driver may give a call up whose context has ended
	}
	switch fault {
	case Lost:
		return ErrCut
	case LostReply:
		if err := f.Store.Append(ctx, batch); err != nil {
			return err
		}
		return ErrCut
	case LateCommit:
		f.mu.Lock()
		f.late = batch
		f.mu.Unlock()
		return ErrCut
	case Rejection:
		return ledger.ErrRejected
	default:
		return f.Store.Append(ctx, batch)
	}
}

// spoiled is a batch whose records are changed, while the writer's own are not.
func spoiled(batch *ledger.Batch, change func(*ledger.Record)) *ledger.Batch {
	twin := *batch
	twin.Records = slices.Clone(batch.Records)
	for i := range twin.Records {
		record := &twin.Records[i]
		record.Entries = slices.Clone(record.Entries)
		change(record)
	}
	return &twin
}
