// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var errOurs = errors.New("our own")

func TestADatabaseOutOfReachIsWaitedForAndEachReasonToldOnce(t *testing.T) {
	var told []string
	answers := []string{"no route", "no route", "read [::1]:2->db: reset", "read [::1]:3->db: reset", "starting up", ""}
	l := Location{URL: "postgres://"}
	err := l.reach(t.Context(), func(reason error) { told = append(told, reason.Error()) }, never, func(context.Context) error {
		answer := answers[0]
		if answers = answers[1:]; answer == "" {
			return nil
		}
		return errors.Join(errors.New(answer), io.EOF)
	})
	if err != nil || len(answers) > 0 {
		t.Errorf("it gave up with %v before %q", err, answers)
	}
	if !slices.EqualFunc(told, []string{"no route", "db: reset", "starting up"}, strings.Contains) {
		t.Errorf("it told %q", told)
	}
}

func TestAnErrorThatStaysEndsTheWaiting(t *testing.T) {
	for url, failure := range map[string]error{"postgres://": errOurs, "sqlite:///l.db": io.EOF} {
		tries := 0
		l := Location{URL: url}
		err := l.reach(t.Context(), func(reason error) { t.Errorf("%s: it waits: %v", url, reason) }, never, func(context.Context) error {
			tries++
			return failure
		})
		if !errors.Is(err, failure) || tries != 1 {
			t.Errorf("%s: %v after %d tries", url, err, tries)
		}
	}
}

func TestWaitingForADatabaseEndsWithTheManager(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	l := Location{URL: "postgres://"}
	err := l.reach(ctx, func(error) { stop() }, never, func(context.Context) error { return io.EOF })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAWaitingMigrationSaysWhyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		told := 0
		l := Location{URL: "postgres://"}
		if err := l.reach(ctx, func(error) { told++ }, sayAgain, func(context.Context) error { return io.EOF }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if told < 4 || told > 6 {
			t.Errorf("in a minute it told it %d times", told)
		}
	})
}

func TestAServerThatSaysNoIsToldFromOneThatIsNotThere(t *testing.T) {
	if got := waited(&pgconn.PgError{Code: pgerrcode.CannotConnectNow, Message: "starting up"}).Error(); !strings.HasPrefix(got, "the database refuses: ") {
		t.Error(got)
	}
	if got := waited(io.EOF).Error(); !strings.HasPrefix(got, "the database cannot be reached: ") {
		t.Error(got)
	}
}

func TestPartsBeginAndEndTogether(t *testing.T) {
	parts, began := &Parts{}, make(chan struct{}, 2)
	for range 2 {
		if err := parts.Add(manager.RunnableFunc(func(ctx context.Context) error {
			began <- struct{}{}
			<-ctx.Done()
			return nil
		})); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Add(manager.RunnableFunc(func(context.Context) error {
		<-began
		<-began
		return errOurs
	})); err != nil {
		t.Fatal(err)
	}
	if err := parts.run(t.Context()); !errors.Is(err, errOurs) {
		t.Error(err)
	}
}

func TestTheActiveManagerHoldsTheLedgerUntilItsPartsHaveEnded(t *testing.T) {
	location := &Location{URL: "sqlite://" + filepath.Join(t.TempDir(), "ledger.db")}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var active *Active
	active = &Active{Ledger: location, Serve: func(parts *Parts, store Store, head ledger.Head) (func() error, error) {
		if head.Sequence != 0 {
			t.Errorf("the head is %d", head.Sequence)
		}
		return func() error { return errOurs }, parts.Add(manager.RunnableFunc(func(ctx context.Context) error {
			if err := active.Ready(nil); !errors.Is(err, errOurs) {
				t.Errorf("it is not ready because %v", err)
			}
			stop()
			<-ctx.Done()
			if _, err := store.Head(t.Context()); err != nil {
				t.Errorf("the ledger was closed too early: %v", err)
			}
			return nil
		}))
	}}
	if err := active.Ready(nil); !errors.Is(err, errStarting) {
		t.Errorf("before it starts it is not ready because %v", err)
	}
	if err := active.Start(ctx); err != nil {
		t.Fatal(err)
	}
	store, err := location.Open(t.Context())
	if err != nil {
		t.Fatalf("the ledger was not closed: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStandbyIsReadyAndHasNoLedger(t *testing.T) {
	active := &Active{Ledger: &Location{}, Standby: true}
	if err := active.Ready(nil); err != nil {
		t.Error(err)
	}
}

func TestAnActiveManagerThatCannotServeClosesTheLedger(t *testing.T) {
	location := &Location{URL: "sqlite://" + filepath.Join(t.TempDir(), "ledger.db")}
	active := &Active{Ledger: location, Serve: func(*Parts, Store, ledger.Head) (func() error, error) { return nil, errOurs }}
	if err := active.Start(t.Context()); !errors.Is(err, errOurs) {
		t.Error(err)
	}
	store, err := location.Open(t.Context())
	if err != nil {
		t.Fatalf("the ledger was not closed: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
