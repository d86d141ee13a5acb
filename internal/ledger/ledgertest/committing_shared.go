// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

const (
	// members is with how many accounts the bucket of these specs is shared.
	members = ledger.MaxShares
	// asksFor is how much each of them asks for, one by one, and capOf how much of
	// that it may have.
	asksFor, capOf = 4, 2
)

var family = ledger.BucketID(committingScope, committingTenant, "family")

func member(i int) ledger.ID {
	return ledger.AccountID(committingScope, committingTenant, Name("member", i))
}

// shares shares a bucket with some in it between the accounts.
func (w *writer) shares(ctx context.Context, has int64) {
	GinkgoHelper()
	command := func(key ledger.ID, op ledger.Operation) ledger.Command {
		return ledger.Command{Key: key, Scope: committingScope, Tenant: committingTenant, Operation: op}
	}
	terms := ledger.BucketSettings{Account: holder, Unit: "GB", UsageType: "Data"}
	for i := range members {
		w.must(ctx, command(ledger.SettingsKey(member(i), 1), ledger.SetAccount{
			Account: member(i), Settings: ledger.AccountSettings{Currency: "EUR"},
		}))
		terms.SharedWith = append(terms.SharedWith, ledger.Share{Account: member(i), Cap: capOf})
	}
	slices.SortFunc(terms.SharedWith, func(x, y ledger.Share) int { return bytes.Compare(x.Account[:], y.Account[:]) })
	w.must(ctx, command(ledger.SettingsKey(family, 1), ledger.SetBucket{Bucket: family, Settings: terms}))
	w.must(ctx, command(ledger.OperationKey(committingScope, committingTenant, "Bucket", "family", ""), ledger.Grant{
		Into: ledger.Place{Account: holder, Bucket: family}, Amount: ledger.Quantity{Base: has, Unit: "B"},
	}))
}

// draw is the n-th time that a member asks for 1 of the bucket: by its name or not, to
// charge it or to hold it.
func draw(i, n int) ledger.Command {
	from := ledger.Place{Account: member(i)}
	if n%2 == 0 {
		from.Bucket = family
	}
	name, one := Name(Name("draw", i), n), ledger.Quantity{Base: 1, Unit: "B"}
	command := ledger.Command{
		Key:   ledger.OperationKey(committingScope, committingTenant, "BalanceAdjustment", name, ""),
		Scope: committingScope, Tenant: committingTenant,
		Operation: ledger.Adjust{Type: ledger.OneTimeCharge, At: from, Amount: one},
	}
	if n < asksFor/2 {
		command.Operation = ledger.Reserve{Hold: command.Key, From: from, Amount: one, For: time.Hour.Microseconds()}
		command.Key = ledger.HoldKey(command.Key, "reserve")
	}
	return command
}

// usedAtOnce has all members ask at once for more than they may have together. What the
// caps allow is taken, or all there is if that is less.
func (w *writer) usedAtOnce(ctx context.Context, has int64) {
	GinkgoHelper()
	w.shares(ctx, has)
	type drawn struct {
		member int
		answer <-chan Answer
	}
	all := make([]drawn, 0, members*asksFor)
	for _, at := range rand.Perm(members * asksFor) {
		all = append(all, drawn{at / asksFor, w.later(ctx, draw(at/asksFor, at%asksFor))})
	}
	want, total := map[ledger.ID]int64{}, int64(0)
	for _, d := range all {
		var got Answer
		Eventually(ctx, d.answer).Should(Receive(&got))
		Expect(got.Err).NotTo(HaveOccurred())
		if got.Outcome.Status == ledger.Accepted {
			want[member(d.member)]++
			total++
			continue
		}
		Expect(got.Outcome.Status).To(Equal(ledger.Refused))
		Expect(got.Outcome.Code).To(BeElementOf(ledger.InsufficientFunds, ledger.ShareExceeded))
	}
	Expect(total).To(Equal(min(has, members*capOf)))
	view, err := w.Account(ctx, holder)
	Expect(err).NotTo(HaveOccurred())
	bucket := view.Buckets[family]
	Expect(bucket.Remaining).To(Equal(has - total))
	Expect(bucket.Uses).To(Equal(want))
	for account, used := range bucket.Uses {
		Expect(used).To(BeNumerically("<=", capOf), "account %s", account)
	}
	Expect(bucket.Reserved).To(And(BeNumerically(">", 0), BeNumerically("<", total)), "some of it is held, and some was charged")
}
