// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package committer_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

// passing is a top-up of what is valid for a minute.
func passing(name, into string, amount int64) ledger.Command {
	command := topUp(name, into, amount)
	op := command.Operation.(ledger.TopUp)
	op.Validity = ledger.Validity{End: noon.Add(time.Minute).UnixMicro()}
	command.Operation = op
	return command
}

// data is a bucket of alice's, with some terms.
var data = ledger.BucketID(scope, tenant, "data")

func bucket(terms ledger.BucketSettings) ledger.Command {
	terms.Account, terms.Unit, terms.UsageType = account("alice"), "GB", "Data"
	return ledger.Command{
		Key: ledger.SettingsKey(data, 1), Scope: scope, Tenant: tenant,
		Operation: ledger.SetBucket{Bucket: data, Settings: terms},
	}
}

func TestAnAccountIsShownAsOfNowThoughNothingIsSettledYet(t *testing.T) {
	r := start(t, ledgertest.NewMemory(), committer.Options{})
	r.must(opening("alice"))
	r.must(topUp("lasting", "alice", 3))
	r.must(passing("passing", "alice", 5))
	head := r.Head()
	shows := func(at, as time.Time, credit int64) {
		t.Helper()
		r.clock.SetTime(at)
		view, err := r.Account(context.Background(), account("alice"))
		r.Expect(err).NotTo(HaveOccurred())
		r.Expect(view.Credit).To(Equal(credit))
		r.Expect(view.AsOf).To(Equal(as))
	}
	end := noon.Add(time.Minute)
	shows(noon, noon, 8)
	shows(end.Add(-time.Nanosecond), end.Add(-time.Microsecond), 8)
	shows(end, end, 3)
	shows(noon.Add(-time.Second), noon, 8) // never before the newest batch
	r.Expect(r.Head()).To(Equal(head), "reading settles nothing")
}

// The book settled it for the sake of another command, in a batch that can be seen
// and is not known to be committed. Its record has the key of the command that asks
// for it.
func TestWhatHappenedByItselfAndIsInDoubtIsNobodyElses(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		made ledger.Command
		asks func(subject ledger.ID) (ledger.ID, ledger.Operation)
	}{
		"the end of a lot": {passing("passing", "alice", 5), func(lot ledger.ID) (ledger.ID, ledger.Operation) {
			return ledger.LotExpiryKey(lot), ledger.ExpireLot{Account: account("alice"), Lot: lot}
		}},
		"the end of a bucket": {
			bucket(ledger.BucketSettings{Validity: ledger.Validity{End: noon.Add(day).UnixMicro()}}),
			func(ledger.ID) (ledger.ID, ledger.Operation) {
				end := noon.Add(day).UnixMicro()
				return ledger.BucketExpiryKey(data, end), ledger.ExpireBucket{Account: account("alice"), Bucket: data, End: end}
			},
		},
		"the beginning of a cycle": {
			bucket(ledger.BucketSettings{Cycle: ledger.Cycle{Every: calendar.Period{Count: 1, Unit: calendar.Days}}}),
			func(ledger.ID) (ledger.ID, ledger.Operation) {
				return ledger.CycleKey(data, 1), ledger.BeginCycle{Account: account("alice"), Bucket: data, Cycle: 1}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, ledgertest.NewMemory(), committer.Options{})
			r.must(opening("alice"))
			r.must(c.made)
			due, err := r.memory.Due(context.Background(), noon.Add(day).UnixMicro(), 2)
			r.Expect(err).NotTo(HaveOccurred())
			r.Expect(due).To(HaveLen(1))
			key, op := c.asks(due[0].Subject)
			asks := ledger.Command{Key: key, Scope: scope, Tenant: tenant, Lane: ledger.Bulk, Operation: op}
			r.Expect(r.code(asks)).To(Equal(ledger.NotDue), "not yet")
			r.clock.SetTime(noon.Add(day))
			r.store.CutHead(1 << 30)
			r.once(ledgertest.LostReply)
			posted := r.later(topUp("one", "alice", 1))
			r.Eventually(func() (ledger.Head, error) { return r.memory.Head(context.Background()) }).
				Should(HaveField("Sequence", int64(3)), "it can be seen")
			loads := r.store.Loads()
			asked := r.later(asks)
			r.Eventually(r.store.Loads).Should(Equal(loads + 1))
			r.Consistently(asked, "20ms").ShouldNot(Receive())
			r.store.CutHead(0)
			r.Eventually(posted).Should(Receive(HaveField("Outcome.Status", ledger.Accepted)))
			r.Eventually(asked).Should(Receive(HaveField("Outcome.Code", ledger.NotDue)))
			again := r.must(asks)
			r.Expect(again.Replayed).To(BeTrue())
			r.Expect(again.Sequence).To(Equal(int64(3)))
			r.chained()
		})
	}
}
