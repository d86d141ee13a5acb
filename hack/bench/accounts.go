// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/money"
)

const (
	balanceTimeout = time.Minute
	balancePoll    = 100 * time.Millisecond
)

// book is what the bench has given each account, by its number, in the
// currency's base scale.
type book []int64

// createAccounts makes the accounts and waits until all can be used.
func createAccounts(ctx context.Context, c *cluster, count int) (book, error) {
	group, groupCtx := errgroup.WithContext(ctx)
	createAll(groupCtx, group, count, func(ctx context.Context, i int) error {
		return c.client.Create(ctx, &v1alpha1.PrepayAccount{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: accountName(i)},
			Spec:       v1alpha1.PrepayAccountSpec{Currency: currency},
		})
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	given := make(book, count)
	return given, given.awaitShown(ctx, c.client)
}

// add notes that a slice has topped the accounts up.
func (b book) add(w work) error {
	amount, err := money.Parse(topUpAmount)
	if err != nil {
		return err
	}
	for i := range w.count {
		b[w.account(i)] += amount.Base()
	}
	return nil
}

// awaitShown waits until every account is ready and its status shows exactly
// what it was given: the ledger's sum, account by account.
func (b book) awaitShown(ctx context.Context, c client.Client) error {
	timeout := time.NewTimer(balanceTimeout)
	defer timeout.Stop()
	tick := time.NewTicker(balancePoll)
	defer tick.Stop()
	for {
		difference, err := b.difference(ctx, c)
		if err != nil || difference == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			return fmt.Errorf("after %s the balances are not right: %w", balanceTimeout, difference)
		case <-tick.C:
		}
	}
}

// difference says for one account how it differs from the book; it is nil if
// none does.
func (b book) difference(ctx context.Context, c client.Client) (difference, err error) {
	var accounts v1alpha1.PrepayAccountList
	if err := c.List(ctx, &accounts, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	shown := make(map[string]*v1alpha1.PrepayAccount, len(accounts.Items))
	for i := range accounts.Items {
		shown[accounts.Items[i].Name] = &accounts.Items[i]
	}
	for i, base := range b {
		account, ok := shown[accountName(i)]
		if !ok || !meta.IsStatusConditionTrue(account.Status.Conditions, v1alpha1.ConditionReady) || account.Status.Balance == nil {
			return fmt.Errorf("account %s is not ready", accountName(i)), nil
		}
		credit, err := money.ParseRated(string(account.Status.Balance.Credit))
		if err != nil {
			return nil, err
		}
		if credit.Base() != base {
			return fmt.Errorf("account %s shows %s, was given %s", account.Name, credit, money.Format(base, credit.Unit())), nil
		}
	}
	return nil, nil
}
