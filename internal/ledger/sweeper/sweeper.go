// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// Every is how long a sweeper waits before it looks again.
	Every = time.Second
	// PageSize is how much of what is due is listed at once.
	PageSize = 1000
	// atOnce is how much is being settled at the same time. It is enough to fill
	// batches and leaves the store to those who wait for an answer.
	atOnce = 32
)

// Store tells what is due; it is a part of [ledger.Store].
type Store interface {
	// Due lists what is to be settled up to an instant, in microseconds since
	// 1970, UTC: the earliest first, at most limit.
	Due(ctx context.Context, until int64, limit int) ([]ledger.Due, error)
}

// Options tune a [Sweeper]. The zero value is usable.
type Options struct {
	// Clock tells when something is due; the system's by default.
	Clock clock.WithTicker
	// Log is told what goes wrong, once for each kind until all went well; nobody
	// is by default.
	Log logr.Logger
}

// Sweeper settles what is due. It implements controller-runtime's Runnable, and
// belongs beside the ledger's only writer.
type Sweeper struct {
	store  Store
	ledger ledger.Ledger
	clock  clock.WithTicker
	log    logr.Logger
	// said are the kinds of complaint since all went well.
	said map[string]bool
}

// New makes a sweeper of what a store has due, by posting to a ledger.
func New(store Store, to ledger.Ledger, options Options) *Sweeper {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	return &Sweeper{store: store, ledger: to, clock: options.Clock, log: options.Log, said: map[string]bool{}}
}

// Start sweeps until ctx ends, and returns nil then. What fails is tried again
// after [Every]; so is everything while the ledger is closed.
func (s *Sweeper) Start(ctx context.Context) error {
	ticker := s.clock.NewTicker(Every)
	defer ticker.Stop()
	for {
		if s.sweep(ctx) {
			clear(s.said)
		}
		select {
		case <-ticker.C():
		case <-ctx.Done():
			return nil
		}
	}
}

// sweep settles what is due by now, page by page, each row once. It reports whether
// all went well.
func (s *Sweeper) sweep(ctx context.Context) bool {
	until := s.clock.Now().UnixMicro()
	left := map[ledger.Due]struct{}{} // what could not be settled is listed again
	for well := true; ; {
		listed, err := s.store.Due(ctx, until, PageSize+len(left))
		if err != nil {
			s.complain(ctx, "list", fmt.Errorf("list what is due: %w", err))
			return false
		}
		page := make([]ledger.Due, 0, len(listed))
		for _, row := range listed {
			if _, again := left[row]; !again {
				page = append(page, row)
			}
		}
		if len(page) == 0 {
			return well
		}
		settled, failed := 0, 0
		for i, result := range s.settle(ctx, page) {
			switch {
			case result.settled:
				settled++
				continue
			case errors.Is(result.err, ledger.ErrClosed):
				return false
			case result.err != nil:
				failed++
				s.complain(ctx, result.kind, result.err)
			}
			left[page[i]] = struct{}{}
		}
		well = well && failed == 0
		if ctx.Err() != nil || failed > 0 && settled == 0 {
			return false
		}
	}
}

// result is what became of a row. A row that is neither settled nor failed was
// settled by somebody else.
type result struct {
	settled bool
	// kind tells errors apart that are worth a word each.
	kind string
	err  error
}

// settle settles rows, some at the same time. Once the ledger is closed no further
// one is begun.
func (s *Sweeper) settle(ctx context.Context, page []ledger.Due) []result {
	results := make([]result, len(page))
	var workers errgroup.Group
	workers.SetLimit(atOnce)
	open, closed := context.WithCancel(ctx)
	defer closed()
	for i, row := range page {
		workers.Go(func() error {
			select {
			case <-open.Done():
				results[i].err = ledger.ErrClosed
			default:
				results[i] = s.bring(ctx, row)
			}
			if errors.Is(results[i].err, ledger.ErrClosed) {
				closed()
			}
			return nil
		})
	}
	_ = workers.Wait() // each result has its own error
	return results
}

// bring brings forward what is due. With it the book settles all that is due on the
// account, be it a hundred cycles: who asks for one of them later finds it done.
func (s *Sweeper) bring(ctx context.Context, row ledger.Due) result {
	fact, err := s.ledger.Fact(ctx, row.Subject)
	if err != nil {
		return result{kind: "read", err: fmt.Errorf("read what is due: %w", err)}
	}
	command, err := asked(row, fact)
	switch {
	case errors.Is(err, errStrange):
		return result{kind: "other", err: fmt.Errorf("%s is due at %d, and %w", row.Subject, row.At, err)}
	case err != nil:
		return result{kind: "decode", err: fmt.Errorf("%s, version %d: %w", row.Subject, fact.Version, err)}
	case command.Operation == nil:
		return result{}
	}
	outcome, err := s.ledger.Post(ctx, command)
	switch {
	case err != nil:
		return result{kind: "post", err: fmt.Errorf("settle what is due: %w", err)}
	case outcome.Status == ledger.Accepted:
		return result{settled: !outcome.Replayed}
	case outcome.Code == ledger.HoldNotDue, outcome.Code == ledger.HoldClosed, outcome.Code == ledger.NotDue:
		return result{}
	default:
		return result{kind: string(outcome.Code), err: fmt.Errorf("%s of account %s cannot be settled: %s",
			row.Subject, row.Account, outcome.Code)}
	}
}

// complain logs the first error of each kind. That a process stops is none.
func (s *Sweeper) complain(ctx context.Context, kind string, err error) {
	if ctx.Err() != nil || s.said[kind] || errors.Is(err, ledger.ErrClosed) {
		return
	}
	s.said[kind] = true
	s.log.Error(err, "what is due could not be settled and is tried again", "every", Every.String())
}
