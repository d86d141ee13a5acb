// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// lifeOfAnAccount is the table of docs/spec/operations.md: what each operation
// meets in each state.
func lifeOfAnAccount() map[string]map[v1alpha1.AccountState]string {
	GinkgoHelper()
	content, err := os.ReadFile(filepath.Join("..", "docs", "spec", "operations.md"))
	Expect(err).NotTo(HaveOccurred())
	_, chapter, found := strings.Cut(string(content), "## The life of an account\n")
	Expect(found).To(BeTrue())
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var states []v1alpha1.AccountState
	table := map[string]map[v1alpha1.AccountState]string{}
	for line := range strings.Lines(chapter) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 5 || strings.HasPrefix(cells[0], "-") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if states == nil {
			for _, cell := range cells[1:] {
				states = append(states, v1alpha1.AccountState(cell))
			}
			continue
		}
		table[cells[0]] = map[v1alpha1.AccountState]string{}
		for i, state := range states {
			table[cells[0]][state] = cells[i+1]
		}
	}
	return table
}

// inState is an operation that is asked for while the account is in a state.
type inState struct {
	ask func() conditioned
	// accepted is how it stands then if it is accepted.
	accepted string
}

var _ = Describe("The state of an account", func() {
	var (
		ns       string
		sessions map[string]*v1alpha1.BalanceReservation
	)

	// applied asks by applying an object.
	applied := func(obj conditioned) func() conditioned {
		return func() conditioned {
			apply(obj)
			return obj
		}
	}
	// moved asks by changing a reservation that is open since before.
	moved := func(name string, how func(*v1alpha1.BalanceReservationSpec)) func() conditioned {
		return func() conditioned {
			change(sessions[name], how)
			return sessions[name]
		}
	}
	adjusted := func(of v1alpha1.AdjustmentType) func() conditioned {
		return applied(MakeAdjustment(ns, strings.ToLower(string(of)), "alice", of, "1.00 EUR").Obj())
	}
	// operations are those that a person asks for with an object.
	operations := func(state v1alpha1.AccountState) map[string]inState {
		const done = "True Completed"
		return map[string]inState{
			"top-up":       {applied(MakeTopUp(ns, "cash", "alice", "1.00 EUR").Obj()), done},
			"grant":        {applied(MakeBucket(ns, "data", "alice").Initial("1 GB").Obj()), "True " + string(state)},
			"transfer out": {applied(MakeTransfer(ns, "out", "alice", "bob", "1.00 EUR").Obj()), done},
			"transfer in":  {applied(MakeTransfer(ns, "in", "bob", "alice", "1.00 EUR").Obj()), done},
			"reserve":      {applied(MakeReservation(ns, "new", "alice", "1.00 EUR").Obj()), "True Reserved"},
			"accept":       {moved("accept", toState(v1alpha1.ReservationAccepted)), "True Accepted"},
			"extend": {moved("extend", func(spec *v1alpha1.BalanceReservationSpec) {
				spec.Amount = "2.00 EUR"
			}), "True Reserved"},
			"charge of a hold":         {moved("charge", toState(v1alpha1.ReservationCharged)), "True Charged"},
			"release":                  {moved("release", toState(v1alpha1.ReservationReleased)), "True Released"},
			"goodwill credit":          {adjusted(v1alpha1.AdjustmentGoodwillCredit), done},
			"general credit":           {adjusted(v1alpha1.AdjustmentGeneralCredit), done},
			"general debit":            {adjusted(v1alpha1.AdjustmentGeneralDebit), done},
			"one-time charge":          {adjusted(v1alpha1.AdjustmentOneTimeCharge), done},
			"recurring charge":         {adjusted(v1alpha1.AdjustmentRecurringCharge), done},
			"reversal that takes":      {applied(MakeReversal(ns, "takes", v1alpha1.OperationTopUp, "mistake").Obj()), done},
			"reversal that gives back": {applied(MakeReversal(ns, "gives", v1alpha1.OperationBalanceAdjustment, "fee").Obj()), done},
		}
	}

	DescribeTable("lets through what the table has, and says why not of the rest",
		func(state v1alpha1.AccountState) {
			ns = newNamespace()
			alice := funded(ns, "alice", "40.00 EUR")
			funded(ns, "bob", "10.00 EUR")
			sessions = map[string]*v1alpha1.BalanceReservation{}
			for _, name := range []string{"accept", "extend", "charge", "release"} {
				sessions[name] = MakeReservation(ns, name, "alice", "1.00 EUR").Obj()
				apply(sessions[name])
				becomes(sessions[name], "True Reserved")
			}
			for _, obj := range []conditioned{
				MakeTopUp(ns, "mistake", "alice", "1.00 EUR").Obj(), MakeCharge(ns, "fee", "alice", "1.00 EUR").Obj(),
			} {
				apply(obj)
				becomes(obj, "True Completed")
			}
			if state == v1alpha1.AccountStateActive {
				becomes(alice, "True Active")
			} else {
				toBe(alice, state)
			}

			table, asked := lifeOfAnAccount(), operations(state)
			for _, name := range slices.Sorted(maps.Keys(asked)) {
				By(name)
				Expect(table).To(HaveKey(name))
				verdict := table[name][state]
				want := asked[name].accepted
				if reason, refused := strings.CutPrefix(verdict, "refused: "); refused {
					want = "False " + reason
				} else {
					Expect(verdict).To(Equal("accepted"))
				}
				becomes(asked[name].ask(), want)
			}
		},
		Entry("Active", v1alpha1.AccountStateActive),
		Entry("RechargeOnly", v1alpha1.AccountRechargeOnly),
		Entry("Suspended", v1alpha1.AccountSuspended),
		Entry("Closed", v1alpha1.AccountClosed),
	)

	DescribeTable("is told in words",
		func(state v1alpha1.AccountState, ofAccount, ofRefusal string) {
			ns = newNamespace()
			alice := funded(ns, "alice", "40.00 EUR")
			toBe(alice, state)
			Expect(messageOf(alice)).To(Equal(ofAccount))
			Eventually(shown(ns, "alice")).Should(Equal(balanceOf("0.00 EUR", "40.00 EUR")))
			charge := MakeCharge(ns, "fee", "alice", "1.00 EUR").Obj()
			apply(charge)
			becomes(charge, "False Account"+string(state))
			Expect(messageOf(charge)).To(Equal(ofRefusal))
			Eventually(eventsOf(charge)).Should(ConsistOf("Account" + string(state)))
		},
		Entry("RechargeOnly", v1alpha1.AccountRechargeOnly, "The account is RechargeOnly: it may receive and not spend",
			"An account of this operation is RechargeOnly: it may receive and not spend; once it is Active, ask again under a new name"),
		Entry("Suspended", v1alpha1.AccountSuspended,
			"The account is suspended: nothing is spent and nothing is added; what was held before, corrections and cycles still move",
			"An account of this operation is suspended; once it is Active, ask again under a new name"),
		Entry("Closed", v1alpha1.AccountClosed, "The account is closed, for good; 40.00 EUR is left on it and cannot move",
			"An account of this operation is closed, for good; use another account"),
	)
})

var _ = Describe("A bucket that is suspended", func() {
	var (
		ns     string
		bucket *v1alpha1.Bucket
	)
	// wanted asks for the bucket in a state and waits until it stands so.
	wanted := func(state v1alpha1.BucketState, standing string) {
		GinkgoHelper()
		Eventually(func() error {
			if err := k8s.Get(ctx, client.ObjectKeyFromObject(bucket), bucket); err != nil {
				return err
			}
			bucket.Spec.State = state
			return k8s.Update(ctx, bucket)
		}).Should(Succeed())
		becomes(bucket, standing)
	}
	BeforeEach(func() {
		ns = newNamespace()
		funded(ns, "alice", "2.00 EUR")
		bucket = MakeBucket(ns, "extra", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Class(v1alpha1.ClassPaid).Initial("8.00 EUR").Obj()
		apply(bucket)
		becomes(bucket, "True Active")
	})

	It("keeps what is in it, which nothing can use, until it is active again", func() {
		wanted(v1alpha1.BucketSuspended, "True Suspended")
		Expect(messageOf(bucket)).To(Equal(
			"The bucket is suspended: nothing is spent and nothing is added; what was held before, corrections and cycles still move"))
		Expect(string(bucket.Status.Balance.Remaining)).To(Equal("8.00 EUR"))
		Eventually(shown(ns, "alice")).Should(Equal(restricted(balanceOf("2.00 EUR", "10.00 EUR"), "8.00 EUR")))

		const refusal = "A bucket of this operation is suspended; once it is Active, ask again under a new name"
		for _, obj := range []conditioned{
			MakeTopUp(ns, "in", "alice", "1.00 EUR").Bucket("extra").Obj(),
			MakeTransfer(ns, "out", "alice", "alice", "1.00 EUR").FromBucket("extra").Obj(),
			MakeCharge(ns, "charge", "alice", "1.00 EUR").Bucket("extra").Obj(),
			MakeReservation(ns, "session", "alice", "1.00 EUR").Bucket("extra").Obj(),
		} {
			apply(obj)
			becomes(obj, "False BucketSuspended")
			Expect(messageOf(obj)).To(Equal(refusal))
		}
		passesBy := MakeCharge(ns, "passes-by", "alice", "3.00 EUR").Obj()
		apply(passesBy)
		becomes(passesBy, "False InsufficientFunds")
		Expect(messageOf(passesBy)).To(Equal("3.00 EUR needed, 2.00 EUR available"))

		wanted(v1alpha1.BucketStateActive, "True Active")
		Eventually(shown(ns, "alice")).Should(Equal(balanceOf("10.00 EUR", "10.00 EUR")))
		uses := MakeCharge(ns, "uses", "alice", "3.00 EUR").Obj()
		apply(uses)
		becomes(uses, "True Completed")
	})

	It("takes back what a reservation held of it", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Bucket("extra").Obj()
		apply(session)
		becomes(session, "True Reserved")
		wanted(v1alpha1.BucketSuspended, "True Suspended")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "1.00 EUR"
		})
		becomes(session, "True Charged")
		Eventually(remaining(ns, "extra")).Should(Equal("7.00 EUR"))
	})

	It("is suspended still when it is deleted and applied again as such", func() {
		wanted(v1alpha1.BucketSuspended, "True Suspended")
		remove(bucket)
		again := MakeBucket(ns, "extra", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Class(v1alpha1.ClassPaid).
			Initial("8.00 EUR").State(v1alpha1.BucketSuspended).Obj()
		apply(again)
		becomes(again, "True Suspended")
		Expect(string(again.Status.Balance.Remaining)).To(Equal("8.00 EUR"))
		remove(again)
		active := MakeBucket(ns, "extra", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Class(v1alpha1.ClassPaid).Initial("8.00 EUR").Obj()
		apply(active)
		becomes(active, "True Active")
	})

	It("may be born suspended, with what it was granted", func() {
		born := MakeBucket(ns, "later", "alice").Initial("10 GB").State(v1alpha1.BucketSuspended).Obj()
		apply(born)
		becomes(born, "True Suspended")
		Expect(string(born.Status.Balance.Remaining)).To(Equal("10 GB"))
	})
})

var _ = Describe("What reservations hold of a bucket", func() {
	It("is shown apart from what is free, until it is charged or given back", func() {
		ns := newNamespace()
		data := MakeBucket(ns, "data", "alice").Initial("10 GB").Obj()
		apply(MakeAccount(ns, "alice").Obj(), data)
		becomes(data, "True Active")
		held := func(g Gomega) v1alpha1.BucketBalance {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(data), data)).To(Succeed())
			g.Expect(data.Status.Balance).NotTo(BeNil())
			return *data.Status.Balance
		}
		stream := MakeReservation(ns, "stream", "alice", "4 GB").Bucket("data").Obj()
		rest := MakeReservation(ns, "rest", "alice", "6 GB").Bucket("data").Obj()
		apply(stream, rest)
		becomes(stream, "True Reserved")
		becomes(rest, "True Reserved")
		becomes(data, "True Depleted")
		Expect(messageOf(data)).To(Equal("All that is left in the bucket is held by reservations; a TopUp fills it"))
		Eventually(held).Should(Equal(v1alpha1.BucketBalance{Remaining: "0 GB", Reserved: "10 GB", Accepted: "0 GB"}))

		change(stream, toState(v1alpha1.ReservationAccepted))
		Eventually(held).Should(Equal(v1alpha1.BucketBalance{Remaining: "0 GB", Reserved: "6 GB", Accepted: "4 GB"}))
		change(stream, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "1500 MB"
		})
		Eventually(held).Should(Equal(v1alpha1.BucketBalance{Remaining: "2.5 GB", Reserved: "6 GB", Accepted: "0 GB"}))
		Expect(k8s.Delete(ctx, rest)).To(Succeed())
		Eventually(held).Should(Equal(v1alpha1.BucketBalance{Remaining: "8.5 GB", Reserved: "0 GB", Accepted: "0 GB"}))
		becomes(data, "True Active")
	})
})
