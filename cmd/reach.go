// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// reach tries until it succeeds, while the ledger's database is out of reach.
// Any other error is there to stay and ends it. tell is called with each new
// reason to go on waiting. A ledger in a file is there or not: it is tried once.
func (l *Location) reach(ctx context.Context, tell func(reason error), try func(context.Context) error) error {
	if !l.External() {
		return try(ctx)
	}
	pause := wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 100, Cap: 5 * time.Second}
	told := ""
	for {
		err := try(ctx)
		if err == nil || ctx.Err() != nil || !postgres.Unreachable(err) {
			return err
		}
		if text := from.ReplaceAllString(err.Error(), ""); told != text {
			told = text
			tell(fmt.Errorf("the database cannot be reached: %w", err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause.Step()):
		}
	}
}

// from is this side's address in the text of a network error. It is another one in
// each try.
var from = regexp.MustCompile(`\S+->`)
