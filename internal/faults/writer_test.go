// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// closable is a store as the stores' packages make it.
type closable interface {
	ledger.Store
	io.Closer
}

// writer is a committer with a store of its own, as each manager has.
type writer struct {
	*committer.Committer
	// ended gets what Run returned.
	ended chan error
	close func()
}

// startWriter starts a committer over a store, or over what wrap makes of it.
func startWriter(store closable, wrap func(ledger.Store) ledger.Store) *writer {
	w := run(store, wrap)
	DeferCleanup(w.close)
	return w
}

func run(store closable, wrap func(ledger.Store) ledger.Store) *writer {
	var under ledger.Store = store
	if wrap != nil {
		under = wrap(store)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{
		Committer: committer.New(under, committer.Options{Log: logr.New(sink{})}),
		ended:     make(chan error, 1),
	}
	var running sync.WaitGroup
	running.Go(func() { w.ended <- w.Run(ctx) })
	w.close = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = store.Close() // a pool's never fails
	})
	w.Open()
	return w
}

// service posts to the writer that is in charge.
type service struct {
	current   atomic.Pointer[writer]
	replacing sync.Mutex
}

var errNobody = errors.New("nobody is in charge")

func (s *service) Post(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	w := s.current.Load()
	if w == nil {
		return ledger.Outcome{}, errNobody
	}
	return w.Post(ctx, command)
}

// Account reads an account from the writer that is in charge.
func (s *service) Account(ctx context.Context, account ledger.ID) (ledger.Account, error) {
	w := s.current.Load()
	if w == nil {
		return ledger.Account{}, errNobody
	}
	return w.Account(ctx, account)
}

// replace stops the writer in charge and puts another in its place.
func (s *service) replace(start func() *writer) {
	s.replacing.Lock()
	defer s.replacing.Unlock()
	s.current.Swap(nil).close()
	s.current.Store(start())
}
