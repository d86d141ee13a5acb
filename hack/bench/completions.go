// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// topUpStatus is what the bench reads of a top-up's status.
type topUpStatus struct {
	Conditions  []struct{ Type, Status, Reason, Message string } `json:"conditions"`
	CommittedAt time.Time                                        `json:"committedAt"`
}

// completions is a watch on the top-ups of a slice.
type completions struct {
	*watching[topUpStatus]
	prefix string
}

// watchCompletions begins to watch top-ups whose names begin with prefix. The
// context ends the watch.
func watchCompletions(ctx context.Context, c *cluster, prefix string) (*completions, error) {
	w, err := watchFromNow[topUpStatus](ctx, c, "topups")
	return &completions{watching: w, prefix: prefix}, err
}

// await returns when as many top-ups have been seen with Ready=True: when each
// was committed, by its name, and the number of writes to the store since the
// watch began: the revision counts them, whoever wrote what. A top-up that ends
// otherwise is an error.
func (w *completions) await(ctx context.Context, count int) (committed map[string]time.Time, writes int64, err error) {
	committed = make(map[string]time.Time, count)
	err = w.each(ctx, func(e *event[topUpStatus]) (bool, error) {
		err := w.note(e, committed)
		return len(committed) == count, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("%d of %d top-ups completed: %w", len(committed), count, err)
	}
	return committed, w.seen - w.since, nil
}

// note adds the event's top-up to what was committed if it is one of those with
// the prefix and is completed.
func (w *completions) note(e *event[topUpStatus], committed map[string]time.Time) error {
	name := e.Object.Metadata.Name
	if !strings.HasPrefix(name, w.prefix) {
		return nil
	}
	for _, condition := range e.Object.Status.Conditions {
		switch {
		case condition.Status != string(metav1.ConditionTrue):
		case condition.Type == v1alpha1.ConditionReady:
			committed[name] = e.Object.Status.CommittedAt
		case condition.Type == v1alpha1.ConditionStalled:
			return fmt.Errorf("top-up %s was refused: %s: %s", name, condition.Reason, condition.Message)
		}
	}
	return nil
}
