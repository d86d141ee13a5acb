// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// Active is what only the active manager does: it opens the ledger when it can
// be reached, serves it, and closes it after everything else has ended. A
// standby has no connection to it.
type Active struct {
	Ledger *Location
	// Standby tells that another manager may be the active one.
	Standby bool
	// Serve adds to parts what works with the ledger, whose newest batch is head,
	// and returns what tells why nothing is served yet. Required.
	Serve func(parts *Parts, store Store, head ledger.Head) (ready func() error, err error)
	// Manager is what the parts are made for. Required.
	Manager manager.Manager
	Log     logr.Logger

	ready atomic.Pointer[func() error]
}

// tryFor bounds one try to open a ledger in a database. It is longer than the
// store itself waits for an answer to a commit.
const tryFor = 20 * time.Second

var errStarting = errors.New("the manager is starting")

// NeedLeaderElection makes only the active manager use the ledger.
func (a *Active) NeedLeaderElection() bool { return true }

// Ready returns why this manager does not serve what it should, or nil: a
// standby always does, the active one once commands are taken.
func (a *Active) Ready(*http.Request) error {
	switch ready := a.ready.Load(); {
	case ready != nil:
		return (*ready)()
	case a.Standby:
		return nil
	default:
		return errStarting
	}
}

// unready makes reason the answer of Ready.
func (a *Active) unready(reason error) {
	ready := func() error { return reason }
	a.ready.Store(&ready)
}

// Start serves the ledger until the context ends. It waits for a database that
// cannot be reached, and returns any other error.
func (a *Active) Start(ctx context.Context) error {
	a.unready(errStarting)
	store, head, err := a.open(ctx)
	if err != nil {
		return err
	}
	a.Log.Info("Opened the ledger", "ledger", store.Identity(), "sequence", head.Sequence)
	parts := &Parts{Manager: a.Manager}
	ready, err := a.Serve(parts, store, head)
	if err == nil {
		a.ready.Store(&ready)
		err = parts.run(ctx)
	}
	return errors.Join(err, store.Close())
}

// open opens the ledger and reads its head, which is where balances are followed
// from: whatever is committed later, this manager commits.
func (a *Active) open(ctx context.Context) (store Store, head ledger.Head, err error) {
	try := func(ctx context.Context) error {
		if a.Ledger.External() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, tryFor)
			defer cancel()
		}
		opened, err := a.Ledger.Open(ctx)
		if err != nil {
			return err
		}
		if head, err = opened.Head(ctx); err != nil {
			return errors.Join(denied(err, notGranted), opened.Close())
		}
		store = opened
		return nil
	}
	tell := func(reason error) {
		a.unready(reason)
		a.Log.Info("The ledger cannot be opened yet; trying again", "reason", reason.Error())
	}
	if err = a.Ledger.reach(ctx, tell, never, try); err != nil && ctx.Err() != nil {
		err = ctx.Err() // whatever was cut short by it is no failure
	}
	return store, head, err
}

// Parts are runnables that begin and end together. It stands in for the manager
// while controllers are set up: a manager that runs already can deadlock with
// its own end when something is added to it.
type Parts struct {
	manager.Manager
	runnables []manager.Runnable
}

// Add adds a runnable.
func (p *Parts) Add(part manager.Runnable) error {
	p.runnables = append(p.runnables, part)
	return nil
}

// run runs the parts until the context ends, or one of them fails.
func (p *Parts) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range p.runnables {
		group.Go(func() error { return part.Start(ctx) })
	}
	return group.Wait()
}
