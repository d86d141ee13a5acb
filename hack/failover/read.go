// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// readers is how many goroutines look at accounts all the time, as those do
	// who show balances.
	readers = 8
	// readEvery is how long a reader waits between two looks, and readTimeout how
	// long for an answer.
	readEvery   = 20 * time.Millisecond
	readTimeout = 20 * time.Second
)

// read looks at one account after the other until stop is closed or ctx ends.
// What it is told may never be older than what it was told before: then it would
// have been told by a leader that is none any more.
func (l *load) read(ctx context.Context) {
	newest := map[ledger.ID]int64{}
	for {
		account := accountID(rand.IntN(accounts)) //nolint:gosec // any of them
		brief, cancel := context.WithTimeout(ctx, readTimeout)
		view, err := l.ledger.Account(brief, account)
		cancel()
		switch {
		case err != nil:
			l.unread.Add(1)
		case view.Sequence < newest[account]:
			l.fail(fmt.Errorf("account %s was shown as of batch %d after it was shown as of batch %d",
				account, view.Sequence, newest[account]))
		default:
			l.reads.Add(1)
			newest[account] = view.Sequence
		}
		select {
		case <-time.After(readEvery):
		case <-l.stop:
			return
		case <-ctx.Done():
			return
		}
	}
}
