// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/prepay-operator/prepay-operator/internal/money"
)

const (
	// atFullRate and atHalfRate are for how long top-ups come, at the rate found
	// before.
	atFullRate = 10 * time.Second
	atHalfRate = 20 * time.Second
)

// shown is how balances get into status while top-ups come.
type shown struct {
	// fullRate is what the manager completed a second while its creators did not
	// wait, and hottest how often a second the status was then written of the
	// account whose status was written most often.
	fullRate, hottest float64
	// halfRate is how many top-ups a second came afterwards, for accounts chosen
	// at random; p50 and p99 are how long after the commit of each a watch showed
	// it in its account's status.
	halfRate float64
	p50, p99 time.Duration
}

// balance is an account's status as a watch has shown it.
type balance struct {
	at     time.Time
	credit int64
}

// balances are what a watch has shown of every account.
type balances struct {
	// shown are the statuses, in the order they came in.
	shown map[string][]balance
	// awaited are the credits that are still to be shown.
	awaited map[string]int64
}

// accountStatus is what the bench reads of an account's status.
type accountStatus struct {
	Balance *struct {
		Credit string `json:"credit"`
	} `json:"balance"`
}

// measureShown has top-ups come at the full rate and then at half of it.
func (mm *measurement) measureShown(ctx context.Context, perSecond float64) (s shown, err error) {
	err = mm.during(ctx, false, func(m *manager) error {
		full := mm.evenly(int(perSecond*atFullRate.Seconds()), leaveToManager(mm.cluster.client))
		done, seen, err := mm.watched(ctx, m, full)
		if err != nil {
			return err
		}
		s.fullRate = done.perSecond()
		for _, statuses := range seen.shown {
			s.hottest = max(s.hottest, float64(len(statuses))/done.elapsed.Seconds())
		}
		s.halfRate = s.fullRate / 2
		half := mm.evenly(int(s.halfRate*atHalfRate.Seconds()), leaveToManager(mm.cluster.client))
		half.perSecond, half.account = s.halfRate, atRandom(half.count, mm.accounts)
		before := slices.Clone(mm.given)
		if done, seen, err = mm.watched(ctx, m, half); err != nil {
			return err
		}
		delays, err := seen.delays(half, done.committed, before)
		if err != nil {
			return err
		}
		slices.Sort(delays)
		s.p50, s.p99 = delays[len(delays)/2], delays[len(delays)*99/100]
		return nil
	})
	return s, err
}

// atRandom chooses an account for each top-up.
func atRandom(count, accounts int) func(i int) int {
	chosen := make([]int, count)
	for i := range chosen {
		chosen[i] = rand.IntN(accounts)
	}
	return func(i int) int { return chosen[i] }
}

// watched runs a slice while the accounts' statuses are watched, until the last
// of them is right.
func (mm *measurement) watched(ctx context.Context, m *manager, w work) (done slice, seen balances, err error) {
	ctx, cancel := context.WithTimeout(ctx, sliceTimeout+balanceTimeout)
	defer cancel()
	accounts, err := watchFromNow[accountStatus](ctx, mm.cluster, "prepayaccounts")
	if err != nil {
		return slice{}, balances{}, err
	}
	will := slices.Clone(mm.given)
	if err := will.add(w); err != nil {
		return slice{}, balances{}, err
	}
	seen = balances{shown: make(map[string][]balance), awaited: make(map[string]int64)}
	for i := range w.count {
		seen.awaited[accountName(w.account(i))] = will[w.account(i)]
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return accounts.each(groupCtx, seen.note) })
	group.Go(func() (err error) {
		if done, err = mm.topUp(groupCtx, m, w); err != nil {
			return err
		}
		return mm.given.awaitShown(groupCtx, mm.cluster.client)
	})
	return done, seen, group.Wait()
}

// note has enough when every account has been shown with all that it was given.
func (b *balances) note(e *event[accountStatus]) (enough bool, err error) {
	if e.Object.Status.Balance == nil {
		return false, nil
	}
	credit, err := money.ParseRated(e.Object.Status.Balance.Credit)
	if err != nil {
		return false, err
	}
	name := e.Object.Metadata.Name
	b.shown[name] = append(b.shown[name], balance{at: time.Now(), credit: credit.Base()})
	if last, ok := b.awaited[name]; ok && credit.Base() == last {
		delete(b.awaited, name)
	}
	return len(b.awaited) == 0, nil
}

// delays are how long after its commit each top-up was shown. An account that
// was given so much before, and shows n top-ups more, shows the first n that
// were committed.
func (b *balances) delays(w work, committed map[string]time.Time, before book) ([]time.Duration, error) {
	amount, err := money.Parse(topUpAmount)
	if err != nil {
		return nil, err
	}
	instants := make(map[int][]time.Time)
	for i := range w.count {
		instants[w.account(i)] = append(instants[w.account(i)], committed[w.topUpName(i)])
	}
	delays := make([]time.Duration, 0, w.count)
	for account, commits := range instants {
		slices.SortFunc(commits, time.Time.Compare)
		statuses, credit := b.shown[accountName(account)], before[account]
		for _, commit := range commits {
			credit += amount.Base()
			first := slices.IndexFunc(statuses, func(s balance) bool { return s.credit >= credit })
			if first < 0 {
				return nil, fmt.Errorf("the watch never showed account %s with %s", accountName(account), money.Format(credit, amount.Unit()))
			}
			delays = append(delays, statuses[first].at.Sub(commit))
		}
	}
	return delays, nil
}
