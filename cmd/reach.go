// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// reach tries until it succeeds, while the ledger's database is out of reach.
// Any other error is there to stay and ends it. tell is called with each new
// reason to go on waiting, and with the same one again after a time. A ledger in a
// file is there or not: it is tried once.
func (l *Location) reach(
	ctx context.Context, tell func(reason error), again time.Duration, try func(context.Context) error,
) error {
	if !l.External() {
		return try(ctx)
	}
	pause := wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 100, Cap: 5 * time.Second}
	told, at := "", time.Time{}
	for {
		err := try(ctx)
		if err == nil || ctx.Err() != nil || !postgres.Unreachable(err) {
			return err
		}
		if text := from.ReplaceAllString(err.Error(), ""); told != text || time.Since(at) >= again {
			told, at = text, time.Now()
			tell(waited(err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause.Step()):
		}
	}
}

// never is a time after which nothing is told again.
const never = time.Duration(math.MaxInt64)

// waited tells a server that answers, and says no, from one that is not there.
func waited(err error) error {
	if errors.As(err, new(*pgconn.PgError)) {
		return fmt.Errorf("the database refuses: %w", err)
	}
	return fmt.Errorf("the database cannot be reached: %w", err)
}

// What to do about a role that lacks a permission.
const (
	notGranted = "run manager migrate --grant-to ROLE as the tables' owner"
	notOwner   = "run it as the owner of the database"
)

// denied adds what to do to the error of a role that lacks a permission.
func denied(err error, advice string) error {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok && refusal.Code == pgerrcode.InsufficientPrivilege {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

// from is this side's address in the text of a network error. It is another one in
// each try.
var from = regexp.MustCompile(`\S+->`)
