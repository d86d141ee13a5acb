// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// says is a ledger that answers every post alike.
type says struct {
	ledger.Ledger
	post func(context.Context) (ledger.Outcome, error)
}

func (s says) Post(ctx context.Context, _ ledger.Command) (ledger.Outcome, error) { return s.post(ctx) }

func TestALedgerThatDoesNotAnswerMakesObjectsWaitAndSaySo(t *testing.T) {
	for name, post := range map[string]func(context.Context) (ledger.Outcome, error){
		"it hangs": func(ctx context.Context) (ledger.Outcome, error) {
			<-ctx.Done()
			return ledger.Outcome{}, ctx.Err()
		},
		"it fails": func(context.Context) (ledger.Outcome, error) {
			return ledger.Outcome{}, errors.New("disk I/O error")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := (&answering{ledger: says{post: post}}).Post(t.Context(), ledger.Command{})
				is, other := standingOf(err)
				if other != nil || is.reason != v1alpha1.ReasonLedgerUnavailable || is.class != passing || is.again != calmly {
					t.Errorf("%+v, %v", is, other)
				}
				if took := time.Since(began); took > answerWithin {
					t.Errorf("that was told after %s", took)
				}
			})
		})
	}
}

func TestWhatTheLedgerSaysIsPassedOn(t *testing.T) {
	for _, word := range spoken {
		_, err := (&answering{ledger: says{post: func(context.Context) (ledger.Outcome, error) {
			return ledger.Outcome{}, word
		}}}).Post(t.Context(), ledger.Command{})
		if !errors.Is(err, word) || errors.Is(err, errNoAnswer) {
			t.Errorf("%v became %v", word, err)
		}
	}
}

func TestAReconcileThatEndsIsNoLedgerThatDoesNotAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&answering{ledger: says{post: func(ctx context.Context) (ledger.Outcome, error) {
		return ledger.Outcome{}, ctx.Err()
	}}}).Post(ctx, ledger.Command{})
	if !errors.Is(err, context.Canceled) || errors.Is(err, errNoAnswer) {
		t.Error(err)
	}
}

func TestALedgerThatDoesNotAnswerIsLoggedOnceUntilItDoes(t *testing.T) {
	var logged []string
	answer := error(nil)
	books := &answering{
		log:    funcr.New(func(_, text string) { logged = append(logged, text) }, funcr.Options{}),
		ledger: says{post: func(context.Context) (ledger.Outcome, error) { return ledger.Outcome{}, answer }},
	}
	down := errors.New("no route to the database")
	for _, answer = range []error{nil, down, down, ledger.ErrClosed, down, nil, nil, down, ledger.ErrUnknown, nil} {
		if _, err := books.Post(t.Context(), ledger.Command{}); !errors.Is(err, answer) {
			t.Fatal(err)
		}
	}
	want := []string{"The ledger does not answer", "The ledger answers again", "The ledger does not answer", "The ledger answers again"}
	if !slices.EqualFunc(logged, want, strings.Contains) {
		t.Errorf("it logged %q", logged)
	}
}
