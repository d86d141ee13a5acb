// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

func TestAClaimIsMadeBesideAnotherWriterThatIsFasterSeveralTimes(t *testing.T) {
	const faster = 5
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	store, loads := ledgertest.NewFaulty(r.memory), 0
	store.OnLoad(func(context.Context, ledger.Request) error {
		if loads++; loads <= faster {
			r.must(topUp(strconv.Itoa(loads), "alice", 5))
		}
		return nil
	})
	outcome, err := committer.Once(context.Background(), store, committer.Options{Clock: r.clock}, claim("another"))
	r.Expect(err).NotTo(HaveOccurred())
	r.Expect(outcome.Status).To(Equal(ledger.Accepted))
	r.Expect(outcome.Replayed).To(BeFalse())
	r.Expect(loads).To(Equal(faster + 1))
	_, err = r.Post(context.Background(), topUp("late", "alice", 5))
	r.Expect(err).To(MatchError(ledger.ErrFenced))
	r.chained()
}

func TestAClaimGivesUpWhenTheOtherWriterIsAlwaysFaster(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	store, loads := ledgertest.NewFaulty(r.memory), 0
	store.OnLoad(func(context.Context, ledger.Request) error {
		loads++
		r.must(topUp(strconv.Itoa(loads), "alice", 5))
		return nil
	})
	_, err := committer.Once(context.Background(), store, committer.Options{Clock: r.clock}, claim("another"))
	r.Expect(err).To(MatchError(ledger.ErrFenced))
	r.must(topUp("one more", "alice", 5))
}
