// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"sync/atomic"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// step is a place in the life of a batch.
type step string

const (
	nowhere          step = ""
	beforeLookup     step = "before the look-up"
	afterLookup      step = "after the look-up"
	beforeAppend     step = "before the batch is sent"
	afterAppend      step = "after the reply, with nobody answered"
	afterFirstAnswer step = "after one of the batch was answered"
)

// stepped is a store that does something when a step is reached for the at-th
// time.
type stepped struct {
	ledger.Store
	step           step
	at             int64
	reach          func()
	loads, appends atomic.Int64
}

// Load implements [ledger.Store].
func (s *stepped) Load(ctx context.Context, what ledger.Request) (*ledger.Loaded, error) {
	turn := s.loads.Add(1) == s.at
	if turn && s.step == beforeLookup {
		s.reach()
	}
	found, err := s.Store.Load(ctx, what)
	if turn && s.step == afterLookup {
		s.reach()
	}
	return found, err
}

// Append implements [ledger.Store].
func (s *stepped) Append(ctx context.Context, batch *ledger.Batch) error {
	turn := s.appends.Add(1) == s.at
	if turn && s.step == beforeAppend {
		s.reach()
	}
	err := s.Store.Append(ctx, batch)
	if turn && (s.step == afterAppend || s.step == afterFirstAnswer) {
		s.reach()
	}
	return err
}
