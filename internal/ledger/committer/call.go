// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"sync"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/book"
)

// call is one command and who waits for its outcome.
type call struct {
	command ledger.Command
	print   ledger.Fingerprint
	// refusals are where a refusal of it may be recorded.
	refusals []ledger.ID
	touches  ledger.Request

	outcome ledger.Outcome
	err     error
	// done gets one value when outcome and err are there.
	done chan struct{}
	// aside are later calls with the same key.
	aside []*call
}

var calls = sync.Pool{New: func() any { return &call{done: make(chan struct{}, 1)} }}

// newCall does what needs no lock on the caller's time.
func newCall(command ledger.Command) (*call, error) {
	prints, err := ledger.Fingerprints(command.Operation)
	if err != nil {
		return nil, err
	}
	c := calls.Get().(*call)
	c.command, c.print = command, prints[0]
	c.refusals = ledger.RefusalIDs(command.Key, prints)
	c.touches = book.Touches(command)
	if c.command.Lane != ledger.Interactive {
		c.command.Lane = ledger.Bulk
	}
	return c, nil
}

// free gives the call back and returns its answer. Only the caller that was
// answered may do so.
func (c *call) free() (ledger.Outcome, error) {
	outcome, err := c.outcome, c.err
	*c = call{done: c.done}
	calls.Put(c)
	return outcome, err
}

// answer must be the last that is done with a call.
func (c *call) answer() { c.done <- struct{}{} }
