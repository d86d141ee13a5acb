// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer

import (
	"context"
	"fmt"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// loadRows reads what commands need. Nothing is decided by it if the store has a
// clock of its own that lies further than [MaxAhead] outside of the time that
// reading took by this one: one of the two is wrong, and the instants of a log
// never go back.
func (c *Committer) loadRows(ctx context.Context, what ledger.Request, since ledger.Head) (*ledger.Loaded, error) {
	before := c.options.Clock.Now()
	found, err := c.load(ctx, what, since)
	if err != nil {
		return nil, unread(ctx, err)
	}
	err = skew(found.Clock, before, c.options.Clock.Now())
	switch skewed := err != nil; {
	case c.skewed.Swap(skewed) == skewed:
	case skewed:
		c.options.Log.Error(err, "nothing is decided until the clocks agree")
	default:
		c.options.Log.Info("the clocks agree again")
	}
	return found, err
}

// skew compares the store's clock with the time in which it was read.
func skew(theirs, before, after time.Time) error {
	ours, difference := before, before.Sub(theirs)
	direction := "ahead of"
	if theirs.After(after) {
		ours, difference, direction = after, theirs.Sub(after), "behind"
	}
	if theirs.IsZero() || difference <= MaxAhead {
		return nil
	}
	return fmt.Errorf("%w: it is %s here, which is %s %s %s there; set the clocks right",
		ledger.ErrClockSkew, ours.UTC().Format(time.RFC3339Nano), difference, direction, theirs.UTC().Format(time.RFC3339Nano))
}
