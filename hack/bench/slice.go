// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

const (
	// workers is how many requests are under way at a time.
	workers = 64

	sliceTimeout = 2 * time.Minute

	namespace           = metav1.NamespaceDefault
	topUpAmount         = "5.00 EUR"
	currency            = "EUR"
	cash                = v1alpha1.PaymentCash
	accountNameTemplate = "account-%04d"
)

// slice is what was measured while a number of top-ups were created and
// completed.
type slice struct {
	objects int
	// elapsed is from the first create to the last completion that the watch
	// has shown.
	elapsed time.Duration
	cpu     usage
	// writes is how many writes reached the store meanwhile, those to accounts
	// included.
	writes int64
}

func (s slice) perSecond() float64 { return float64(s.objects) / s.elapsed.Seconds() }

// completer finishes a top-up that has just been created.
type completer func(context.Context, *v1alpha1.TopUp) error

// leaveToManager does nothing: the manager sees the object and completes it.
func leaveToManager(context.Context, *v1alpha1.TopUp) error { return nil }

// writeStatusLike completes top-ups in the manager's stead: it puts the object
// that the create returned with a status like the one that the manager wrote
// into the sample. Like the manager's copies it has no managedFields.
func writeStatusLike(sample v1alpha1.TopUpStatus, c client.Client) completer {
	return func(ctx context.Context, topUp *v1alpha1.TopUp) error {
		now := time.Now()
		committedAt := metav1.NewMicroTime(now)
		topUp.ManagedFields = nil
		topUp.Status = *sample.DeepCopy()
		topUp.Status.TransactionID = uuid.NewString()
		topUp.Status.CommittedAt = &committedAt
		for i := range topUp.Status.ImpactedBuckets {
			topUp.Status.ImpactedBuckets[i].Account = topUp.Spec.AccountRef.Name
		}
		for i := range topUp.Status.Conditions {
			topUp.Status.Conditions[i].LastTransitionTime = metav1.NewTime(now)
		}
		return c.Status().Update(ctx, topUp)
	}
}

func newTopUp(name string, account int) *v1alpha1.TopUp {
	return &v1alpha1.TopUp{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.TopUpSpec{
			AccountRef: v1alpha1.AccountReference{Name: accountName(account)},
			Amount:     topUpAmount,
			Payment:    v1alpha1.Payment{Type: cash},
		},
	}
}

func accountName(account int) string { return fmt.Sprintf(accountNameTemplate, account) }

// runSlice creates top-ups named after the slice, spread evenly over the
// accounts, and returns when a watch has shown all of them completed.
func runSlice(ctx context.Context, c *cluster, m *manager, name string, count, accounts int, complete completer) (slice, error) {
	ctx, cancel := context.WithTimeout(ctx, sliceTimeout)
	defer cancel()
	prefix := name + "-"
	completed, err := watchCompletions(ctx, c, prefix)
	if err != nil {
		return slice{}, err
	}
	if err := settle(ctx, c, m); err != nil {
		return slice{}, err
	}
	before, err := usageOf(c, m)
	if err != nil {
		return slice{}, err
	}

	s := slice{objects: count}
	began := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	seen := make(chan struct{})
	group.Go(func() (err error) {
		defer close(seen)
		s.writes, err = completed.await(groupCtx, count)
		return err
	})
	if m != nil {
		group.Go(func() error { return m.awaitEnd(seen) })
	}
	createAll(groupCtx, group, count, func(ctx context.Context, i int) error {
		topUp := newTopUp(fmt.Sprintf("%s%05d", prefix, i), i%accounts)
		if err := c.client.Create(ctx, topUp); err != nil {
			return err
		}
		return complete(ctx, topUp)
	})
	if err := group.Wait(); err != nil {
		return slice{}, err
	}
	s.elapsed = time.Since(began)

	after, err := usageOf(c, m)
	s.cpu = after.minus(before)
	return s, err
}

// createAll has the workers call create for 0 … count-1.
func createAll(ctx context.Context, group *errgroup.Group, count int, create func(context.Context, int) error) {
	var next atomic.Int64
	for range workers {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := create(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
