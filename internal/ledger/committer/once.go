// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"errors"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// onceTries bounds how often [Once] begins again.
const onceTries = 100

// Once posts one command of those that [New] says are let through, by a committer
// of its own that begins at the newest batch and ends with the answer. While
// another one writes it is fenced whenever that one is faster, and begins again:
// nobody has been told anything. The error wraps [ledger.ErrFenced] if the other
// one was faster every time.
func Once(ctx context.Context, store ledger.Store, options Options, command ledger.Command) (outcome ledger.Outcome, err error) {
	for range onceTries {
		outcome, err = once(ctx, store, options, command)
		if !errors.Is(err, ledger.ErrFenced) {
			break
		}
	}
	return outcome, err
}

func once(ctx context.Context, store ledger.Store, options Options, command ledger.Command) (ledger.Outcome, error) {
	c := New(store, options)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	outcome, err := c.Post(ctx, command)
	stop()
	return outcome, errors.Join(err, <-ended)
}
