// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"errors"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// reservationMaker builds a BalanceReservation.
type reservationMaker struct{ v1alpha1.BalanceReservation }

// MakeReservation begins a reservation from all of an account's buckets.
func MakeReservation(namespace, name, account string, amount v1alpha1.Amount) *reservationMaker {
	return &reservationMaker{v1alpha1.BalanceReservation{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.BalanceReservationSpec{
			AccountRef: v1alpha1.AccountReference{Name: account}, Amount: amount,
		},
	}}
}

func (m *reservationMaker) Bucket(name string) *reservationMaker {
	m.Spec.BucketRef = &v1alpha1.BucketReference{Name: name}
	return m
}

func (m *reservationMaker) State(state v1alpha1.ReservationState) *reservationMaker {
	m.Spec.State = state
	return m
}

func (m *reservationMaker) Charge(amount v1alpha1.Amount) *reservationMaker {
	m.Spec.State, m.Spec.ChargeAmount = v1alpha1.ReservationCharged, amount
	return m
}

func (m *reservationMaker) Lasts(duration string) *reservationMaker {
	m.Spec.ExpiresAfter = duration
	return m
}

func (m *reservationMaker) ChargesAtItsEnd() *reservationMaker {
	m.Spec.OnExpiry = v1alpha1.ExpiryCharge
	return m
}

func (m *reservationMaker) TTL(seconds int32) *reservationMaker {
	m.Spec.TTLSecondsAfterFinished = &seconds
	return m
}

func (m *reservationMaker) Obj() *v1alpha1.BalanceReservation { return m.DeepCopy() }

// change changes a reservation's spec, as often as it takes.
func change(obj *v1alpha1.BalanceReservation, how func(*v1alpha1.BalanceReservationSpec)) {
	GinkgoHelper()
	Eventually(func() error {
		if err := k8s.Get(ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
			return err
		}
		how(&obj.Spec)
		return k8s.Update(ctx, obj)
	}).Should(Succeed())
}

func toState(state v1alpha1.ReservationState) func(*v1alpha1.BalanceReservationSpec) {
	return func(spec *v1alpha1.BalanceReservationSpec) { spec.State = state }
}

// figures are available, credit, reserved and accepted of an account's status.
func figures(namespace, name string) func(Gomega) []string {
	return func(g Gomega) []string {
		var account v1alpha1.PrepayAccount
		g.Expect(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &account)).To(Succeed())
		b := account.Status.Balance
		g.Expect(b).NotTo(BeNil())
		return []string{string(b.Available), string(b.Credit), string(b.Reserved), string(b.Accepted)}
	}
}

var _ = Describe("A reservation", func() {
	var ns string
	BeforeEach(func() {
		ns = newNamespace()
		funded(ns, "alice", "20.00 EUR")
	})

	It("holds its amount, is accepted, charged in part, and gives the rest back", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		Expect(messageOf(session)).To(Equal("5.00 EUR held"))
		Expect(session.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		Expect(session.Status.TransactionID).NotTo(BeEmpty())
		Expect(session.Status.ExpiresAt.Time).To(Equal(session.Status.CommittedAt.Add(15 * time.Minute)))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("15.00 EUR", "20.00 EUR", "5.00 EUR", "0.00 EUR"))

		change(session, toState(v1alpha1.ReservationAccepted))
		becomes(session, "True Accepted")
		Eventually(figures(ns, "alice")).Should(HaveExactElements("15.00 EUR", "20.00 EUR", "0.00 EUR", "5.00 EUR"))

		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "3.20 EUR"
		})
		becomes(session, "True Charged")
		Expect(messageOf(session)).To(Equal("3.20 EUR charged of 5.00 EUR"))
		Expect(session.Status.Charged).To(BeEquivalentTo("3.20 EUR"))
		Expect(session.Status.Released).To(BeEquivalentTo("1.80 EUR"))
		Expect(session.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: v1alpha1.MainBucket, Before: "15.00 EUR", After: "16.80 EUR"},
		}))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("16.80 EUR", "16.80 EUR", "0.00 EUR", "0.00 EUR"))
		Eventually(func(g Gomega) []string {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(session), session)).To(Succeed())
			return session.Finalizers
		}).Should(BeEmpty())
	})

	It("is charged in one go, to a hundredth of a cent", func() {
		call := MakeReservation(ns, "call", "alice", "1.2345 EUR").State(v1alpha1.ReservationCharged).Obj()
		apply(call)
		becomes(call, "True Charged")
		Expect(messageOf(call)).To(Equal("1.2345 EUR charged of 1.2345 EUR"))
		Eventually(credit(ns, "alice")).Should(Equal("18.7655 EUR"))
	})

	It("takes from all buckets of its dimension, and gives back where it took", func() {
		apply(MakeBucket(ns, "promo", "alice").Unit(v1alpha1.UsageMonetary, "EUR").Initial("10.00 EUR").Obj())
		Eventually(credit(ns, "alice")).Should(Equal("30.00 EUR"))
		trip := MakeReservation(ns, "trip", "alice", "25.00 EUR").Obj()
		apply(trip)
		becomes(trip, "True Reserved")
		Expect(trip.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: v1alpha1.MainBucket, Before: "20.00 EUR", After: "0.00 EUR"},
			{Account: "alice", Bucket: "promo", Before: "10.00 EUR", After: "5.00 EUR"},
		}))
		change(trip, toState(v1alpha1.ReservationReleased))
		becomes(trip, "True Released")
		Expect(messageOf(trip)).To(Equal("Nothing charged of 25.00 EUR"))
		Eventually(remaining(ns, "promo")).Should(Equal("10.00 EUR"))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("30.00 EUR", "30.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("holds data in the bucket that it names", func() {
		apply(MakeBucket(ns, "data", "alice").Initial("10 GB").Obj())
		stream := MakeReservation(ns, "stream", "alice", "1500 MB").Bucket("data").Obj()
		apply(stream)
		becomes(stream, "True Reserved")
		Eventually(remaining(ns, "data")).Should(Equal("8.5 GB"))
		Expect(stream.Status.Reserved).To(BeEquivalentTo("1500 MB"))
	})

	It("is extended by what it says in all, in amount and in time", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		until := metav1.NewTime(session.Status.ExpiresAt.Add(time.Hour).Truncate(time.Second))
		change(session, func(spec *v1alpha1.BalanceReservationSpec) { spec.Amount, spec.ExpiresAt = "8.00 EUR", &until })
		becomes(session, "True Reserved")
		Expect(messageOf(session)).To(Equal("8.00 EUR held"))
		Expect(session.Status.ExpiresAt.Time).To(BeTemporally("==", until.Time))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("12.00 EUR", "20.00 EUR", "8.00 EUR", "0.00 EUR"))
	})

	It("keeps what it holds when there is no more, and can still be charged", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) { spec.Amount = "50.00 EUR" })
		becomes(session, "False InsufficientFunds")
		Expect(messageOf(session)).To(Equal("45.00 EUR needed, 15.00 EUR available; what is held stays held. " +
			"To ask again raise spec.amount or spec.expiresAt"))
		Expect(session.Status.Reserved).To(BeEquivalentTo("5.00 EUR"))
		change(session, toState(v1alpha1.ReservationCharged))
		becomes(session, "True Charged")
		Expect(messageOf(session)).To(Equal("5.00 EUR charged of 5.00 EUR"))
	})

	It("charges nothing when more is asked for than it holds, until that is corrected", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "7.00 EUR"
		})
		becomes(session, "False AmountExceedsHold")
		Expect(messageOf(session)).To(ContainSubstring("7.00 EUR"))
		Expect(messageOf(session)).To(ContainSubstring("5.00 EUR"))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("15.00 EUR", "20.00 EUR", "5.00 EUR", "0.00 EUR"))
		change(session, func(spec *v1alpha1.BalanceReservationSpec) { spec.ChargeAmount = "4.00 EUR" })
		becomes(session, "True Charged")
		Eventually(credit(ns, "alice")).Should(Equal("16.00 EUR"))
	})

	It("is refused for good for lack of funds", func() {
		session := MakeReservation(ns, "session", "alice", "25.00 EUR").Obj()
		apply(session)
		becomes(session, "False InsufficientFunds")
		Expect(messageOf(session)).To(Equal("25.00 EUR needed, 20.00 EUR available"))
		Eventually(eventsOf(session)).Should(ConsistOf("InsufficientFunds"))
		remove(session)
		Eventually(credit(ns, "alice")).Should(Equal("20.00 EUR"))
	})

	It("gives back what it holds when it is deleted", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		remove(session)
		Eventually(figures(ns, "alice")).Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))

		again := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(again)
		becomes(again, "True Released")
		Expect(again.Status.Replayed).To(BeTrue())
		Expect(messageOf(again)).To(ContainSubstring("nothing moved now"))
		Consistently(figures(ns, "alice"), "200ms").Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("conflicts with another one that had its name", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		remove(session)
		again := MakeReservation(ns, "session", "alice", "6.00 EUR").Obj()
		apply(again)
		becomes(again, "False IdempotencyConflict")
	})

	It("comes to its end by itself, to the very instant", func() {
		short := MakeReservation(ns, "short", "alice", "5.00 EUR").Lasts("1s").Obj()
		apply(short)
		becomes(short, "True Expired")
		Expect(messageOf(short)).To(Equal("At its end nothing charged of 5.00 EUR"))
		Expect(short.Status.ExpiresAt.Time).To(Equal(short.Status.CommittedAt.Add(time.Second)))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))
		change(short, toState(v1alpha1.ReservationCharged))
		becomes(short, "False Expired")
		Expect(messageOf(short)).To(ContainSubstring("Too late"))
	})

	It("is charged at its end if it says so, though the account is suspended by then", func() {
		parking := MakeReservation(ns, "parking", "alice", "5.00 EUR").Lasts("1s").ChargesAtItsEnd().Obj()
		apply(parking)
		becomes(parking, "True Reserved")
		var account v1alpha1.PrepayAccount
		Eventually(func() error {
			if err := k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: "alice"}, &account); err != nil {
				return err
			}
			account.Spec.State = v1alpha1.AccountSuspended
			return k8s.Update(ctx, &account)
		}).Should(Succeed())
		becomes(parking, "True Charged")
		Expect(messageOf(parking)).To(Equal("At its end 5.00 EUR charged of 5.00 EUR"))
		Eventually(credit(ns, "alice")).Should(Equal("15.00 EUR"))
	})

	It("waits for its account", func() {
		early := MakeReservation(ns, "early", "bob", "1.00 EUR").Obj()
		apply(early)
		becomes(early, "False AccountNotFound")
		Expect(early.Finalizers).To(BeEmpty())
		funded(ns, "bob", "2.00 EUR")
		Eventually(ready(early)).Should(Or(Equal("True Reserved"), Equal("False InsufficientFunds")))
	})

	It("goes away in its time once it is over, and not before", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").TTL(0).Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, toState(v1alpha1.ReservationReleased))
		vanishes(session)
		Eventually(credit(ns, "alice")).Should(Equal("20.00 EUR"))
	})

	It("says what is wrong with it", func() {
		wrong := MakeReservation(ns, "wrong", "alice", "5.00 EUR").Charge("1 GB").Obj()
		apply(wrong)
		becomes(wrong, "False InvalidSpec")
		Expect(messageOf(wrong)).To(Equal(`spec.chargeAmount: "1 GB" is of another unit than spec.amount: write it in EUR`))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("is accepted though there is no more to be had", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.Amount, spec.State = "50.00 EUR", v1alpha1.ReservationAccepted
		})
		becomes(session, "False InsufficientFunds")
		Expect(session.Status.Accepted).To(BeEquivalentTo("5.00 EUR"))
	})

	It("is extended first if more is charged at once, in whatever order it is noticed", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.Amount, spec.State = "8.00 EUR", v1alpha1.ReservationCharged
		})
		becomes(session, "True Charged")
		Expect(messageOf(session)).To(Equal("8.00 EUR charged of 8.00 EUR"))
	})

	It("keeps its finalizer, whoever replaces it without", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		losesItsFinalizer(session)
		Eventually(finalizersOf(session)).Should(ConsistOf(v1alpha1.Finalizer))
		remove(session)
		Eventually(figures(ns, "alice")).Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("is charged, and not released, if it is deleted before the charge was noticed", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		operator.stop()
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "3.00 EUR"
		})
		Expect(k8s.Delete(ctx, session)).To(Succeed())
		operator = startOperator(ledgerPath)
		vanishes(session)
		Eventually(figures(ns, "alice")).Should(HaveExactElements("17.00 EUR", "17.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("is shown, and comes to its end, whatever is wrong with its spec", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Lasts("2s").Obj()
		apply(session)
		becomes(session, "True Reserved")
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "1 GB"
		})
		becomes(session, "False InvalidSpec")
		Eventually(func(g Gomega) v1alpha1.SignedAmount {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(session), session)).To(Succeed())
			return session.Status.Released
		}).Should(BeEquivalentTo("5.00 EUR"))
		Eventually(figures(ns, "alice")).Should(HaveExactElements("20.00 EUR", "20.00 EUR", "0.00 EUR", "0.00 EUR"))
	})

	It("stays held when one of two objects with its idempotencyKey is deleted", func() {
		old, renamed := MakeReservation(ns, "old", "alice", "5.00 EUR").Obj(), MakeReservation(ns, "renamed", "alice", "5.00 EUR").Obj()
		old.Spec.IdempotencyKey, renamed.Spec.IdempotencyKey = "order-9", "order-9"
		apply(old)
		becomes(old, "True Reserved")
		apply(renamed)
		becomes(renamed, "True Reserved")
		remove(old)
		Eventually(figures(ns, "alice")).Should(HaveExactElements("15.00 EUR", "20.00 EUR", "5.00 EUR", "0.00 EUR"))
		change(renamed, toState(v1alpha1.ReservationCharged))
		becomes(renamed, "True Charged")
		Expect(messageOf(renamed)).To(Equal("5.00 EUR charged of 5.00 EUR"))
	})

	It("does not grow by another object that has its idempotencyKey", func() {
		first, other := MakeReservation(ns, "first", "alice", "5.00 EUR").Obj(), MakeReservation(ns, "other", "alice", "8.00 EUR").Obj()
		first.Spec.IdempotencyKey, other.Spec.IdempotencyKey = "order-9", "order-9"
		apply(first)
		becomes(first, "True Reserved")
		apply(other)
		becomes(other, "False IdempotencyConflict")
		Eventually(figures(ns, "alice")).Should(HaveExactElements("15.00 EUR", "20.00 EUR", "5.00 EUR", "0.00 EUR"))
	})

	It("shows what its newest step did, also when a status write is lost", func() {
		session := MakeReservation(ns, "session", "alice", "5.00 EUR").Obj()
		apply(session)
		becomes(session, "True Reserved")
		lost := false
		DeferCleanup(faults.on(client.ObjectKeyFromObject(session), func(write func() error) error {
			if lost {
				return write()
			}
			lost = true
			return errors.New("the connection was cut")
		}))
		change(session, func(spec *v1alpha1.BalanceReservationSpec) {
			spec.State, spec.ChargeAmount = v1alpha1.ReservationCharged, "3.00 EUR"
		})
		becomes(session, "True Charged")
		Expect(session.Status.ImpactedBuckets).To(Equal([]v1alpha1.ImpactedBucket{
			{Account: "alice", Bucket: v1alpha1.MainBucket, Before: "15.00 EUR", After: "17.00 EUR"},
		}))
	})
})
