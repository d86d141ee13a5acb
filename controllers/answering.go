// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// answerWithin is how long the ledger may take before objects say that it does
// not answer. A command goes on being worked on after that.
const answerWithin = 20 * time.Second

// errNoAnswer tells that the ledger did not answer, or failed for a reason that
// is not the object's. What was posted is posted again: it happens once.
var errNoAnswer = errors.New("the ledger does not answer")

// answering is a ledger that answers in time, if only with errNoAnswer.
type answering struct {
	ledger ledger.Ledger
	log    logr.Logger
	// silent is set while the ledger does not answer: all objects ask it, and it is
	// logged once.
	silent atomic.Bool
}

var _ ledger.Ledger = (*answering)(nil)

// Post implements [ledger.Ledger].
func (a *answering) Post(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	return within(ctx, a, func(ctx context.Context) (ledger.Outcome, error) { return a.ledger.Post(ctx, command) })
}

// Recorded implements [ledger.Ledger].
func (a *answering) Recorded(ctx context.Context, command ledger.Command) (ledger.Outcome, error) {
	return within(ctx, a, func(ctx context.Context) (ledger.Outcome, error) { return a.ledger.Recorded(ctx, command) })
}

// Account implements [ledger.Ledger].
func (a *answering) Account(ctx context.Context, account ledger.ID) (ledger.Account, error) {
	return within(ctx, a, func(ctx context.Context) (ledger.Account, error) { return a.ledger.Account(ctx, account) })
}

// Fact implements [ledger.Ledger].
func (a *answering) Fact(ctx context.Context, subject ledger.ID) (ledger.Fact, error) {
	return within(ctx, a, func(ctx context.Context) (ledger.Fact, error) { return a.ledger.Fact(ctx, subject) })
}

// spoken are the errors that are an answer.
var spoken = []error{
	ledger.ErrUnknown, ledger.ErrClosed, ledger.ErrFenced, ledger.ErrMismatch, ledger.ErrClockBehind, ledger.ErrClockSkew,
}

func within[A any](ctx context.Context, a *answering, ask func(context.Context) (A, error)) (A, error) {
	limited, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answer, err := ask(limited)
	if (err == nil || errors.Is(err, ledger.ErrUnknown)) && a.silent.Swap(false) {
		a.log.Info("The ledger answers again")
	}
	if err == nil || ctx.Err() != nil {
		return answer, err
	}
	for _, known := range spoken {
		if errors.Is(err, known) {
			return answer, err
		}
	}
	if !a.silent.Swap(true) {
		a.log.Error(err, "The ledger does not answer")
	}
	return answer, fmt.Errorf("%w: %w", errNoAnswer, err)
}
