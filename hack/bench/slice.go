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
	// committed is the instant of each top-up's decision in the ledger, by name.
	committed map[string]time.Time
}

func (s slice) perSecond() float64 { return float64(s.objects) / s.elapsed.Seconds() }

// work is what a slice consists of.
type work struct {
	// name begins the names of the top-ups.
	name  string
	count int
	// account is the number of the account that the i-th top-up is for.
	account func(i int) int
	// create creates a top-up, and completes it if the manager is not to.
	create creator
	// perSecond is the rate of the creates; 0 is as fast as the workers can.
	perSecond float64
}

// inTurn spreads top-ups evenly over the accounts.
func inTurn(accounts int) func(i int) int { return func(i int) int { return i % accounts } }

func (w work) topUpName(i int) string { return fmt.Sprintf("%s-%05d", w.name, i) }

// creator creates a top-up.
type creator func(context.Context, *v1alpha1.TopUp) error

// leaveToManager creates it; the manager sees the object and completes it.
func leaveToManager(c client.Client) creator {
	return func(ctx context.Context, topUp *v1alpha1.TopUp) error { return c.Create(ctx, topUp) }
}

// writeStatusLike also completes top-ups in the manager's stead: it puts the object
// that the create returned with a status like the one that the manager wrote
// into the sample. Like the manager's copies it has no managedFields.
func writeStatusLike(sample v1alpha1.TopUpStatus, c client.Client) creator {
	return func(ctx context.Context, topUp *v1alpha1.TopUp) error {
		if err := c.Create(ctx, topUp); err != nil {
			return err
		}
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

// runSlice creates the top-ups, and returns when a watch has shown all of them
// completed.
func runSlice(ctx context.Context, c *cluster, m *manager, w work) (slice, error) {
	ctx, cancel := context.WithTimeout(ctx, sliceTimeout)
	defer cancel()
	completed, err := watchCompletions(ctx, c, w.name+"-")
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

	s := slice{objects: w.count}
	began := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	seen := make(chan struct{})
	group.Go(func() (err error) {
		defer close(seen)
		s.committed, s.writes, err = completed.await(groupCtx, w.count)
		return err
	})
	if m != nil {
		group.Go(func() error { return m.awaitEnd(seen) })
	}
	createAll(groupCtx, group, w.count, func(ctx context.Context, i int) error {
		if err := w.pace(ctx, began, i); err != nil {
			return err
		}
		return w.create(ctx, newTopUp(w.topUpName(i), w.account(i)))
	})
	if err := group.Wait(); err != nil {
		return slice{}, err
	}
	s.elapsed = time.Since(began)

	after, err := usageOf(c, m)
	s.cpu = after.minus(before)
	return s, err
}

// pace waits until it is the i-th create's turn, which does not depend on how
// long the ones before take.
func (w work) pace(ctx context.Context, began time.Time, i int) error {
	if w.perSecond == 0 {
		return nil
	}
	turn := time.NewTimer(time.Until(began.Add(time.Duration(float64(i) / w.perSecond * float64(time.Second)))))
	defer turn.Stop()
	select {
	case <-turn.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
