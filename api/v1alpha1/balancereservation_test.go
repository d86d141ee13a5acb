// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("A reservation", func() {
	// reservation is a minimal one with these fields set in spec; an empty value leaves its field out.
	reservation := func(fieldsAndValues ...string) *unstructured.Unstructured {
		object := parse(minimal["BalanceReservation"])
		for pair := range slices.Chunk(fieldsAndValues, 2) {
			remove(object, "spec."+pair[0])
			if pair[1] != "" {
				set(object, "spec."+pair[0], pair[1])
			}
		}
		return object
	}
	// change asks whether the API server would let a field go from one value to another.
	change := func(ctx SpecContext, field, before, after string) error {
		GinkgoHelper()
		object := create(ctx, reservation(field, before))
		remove(object, "spec."+field)
		if after != "" {
			set(object, "spec."+field, after)
		}
		return apiServer.Update(ctx, object, client.DryRunAll)
	}

	Describe("in one state", func() {
		const forwardOnly = "state moves forward only: Reserved, Accepted, then Charged or Released, which are final"
		states := []string{"", "Reserved", "Accepted", "Charged", "Released"}
		next := map[string][]string{
			"":         states,
			"Reserved": states,
			"Accepted": {"Accepted", "Charged", "Released"},
			"Charged":  {"Charged"},
			"Released": {"Released"},
		}
		for _, before := range states {
			for _, after := range states {
				if slices.Contains(next[before], after) {
					It(fmt.Sprintf("%q may go to %q", before, after), func(ctx SpecContext) {
						Expect(change(ctx, "state", before, after)).To(Succeed())
					})
				} else {
					It(fmt.Sprintf("%q cannot go to %q", before, after), func(ctx SpecContext) {
						Expect(change(ctx, "state", before, after)).To(beRefusedWith(forwardOnly))
					})
				}
			}
		}

		It("is wanted Reserved if it does not say", func() {
			object := &prepayv1alpha1.BalanceReservation{}
			Expect(object.WantedState()).To(Equal(prepayv1alpha1.ReservationReserved))
			object.Spec.State = prepayv1alpha1.ReservationAccepted
			Expect(object.WantedState()).To(Equal(prepayv1alpha1.ReservationAccepted))
		})
	})

	DescribeTable("may hold more", func(ctx SpecContext, before, after string) {
		Expect(change(ctx, "amount", before, after)).To(Succeed())
	},
		Entry("by a cent", "5.00 EUR", "5.01 EUR"),
		Entry("though the text is the smaller one", "9 EUR", "10 EUR"),
		Entry("or the same, written otherwise", "5 EUR", "5.00 EUR"),
		Entry("by the smallest part", "1.000000000001 TB", "1.000000000002 TB"),
		Entry("by the smallest part of the largest amount", "999999999999999.999999999998 TB", "999999999999999.999999999999 TB"),
	)

	DescribeTable("cannot hold less, or something else", func(ctx SpecContext, before, after string) {
		Expect(change(ctx, "amount", before, after)).To(beRefusedWith(
			"amount may only be raised, in the same unit; to hold less, release this reservation and create a new one"))
	},
		Entry("a cent less", "5.00 EUR", "4.99 EUR"),
		Entry("less, though the text is the larger one", "10 EUR", "9 EUR"),
		Entry("less by the smallest part", "1.000000000002 TB", "1.000000000001 TB"),
		Entry("less by the smallest part of the largest amount",
			"999999999999999.999999999999 TB", "999999999999999.999999999998 TB"),
		Entry("more of another unit", "5 GB", "6000 MB"),
	)

	Describe("that says how much is charged", func() {
		const chargedOnly = "chargeAmount goes with state Charged only; set both at once"

		DescribeTable("is refused in another state", func(ctx SpecContext, state string) {
			Expect(admit(ctx, reservation("state", state, "chargeAmount", "3.20 EUR"))).To(beRefusedWith(chargedOnly))
		},
			Entry("none", ""),
			Entry("Reserved", "Reserved"),
			Entry("Accepted", "Accepted"),
			Entry("Released", "Released"),
		)

		It("may be corrected, up, down and to all that is held", func(ctx SpecContext) {
			object := create(ctx, reservation("state", "Charged", "chargeAmount", "3.20 EUR"))
			for _, amount := range []string{"3.30 EUR", "0.10 EUR", "7 EUR"} {
				set(object, "spec.chargeAmount", amount)
				Expect(apiServer.Update(ctx, object)).To(Succeed())
			}
			remove(object, "spec.chargeAmount")
			Expect(apiServer.Update(ctx, object)).To(Succeed())
		})
	})

	DescribeTable("may last", func(ctx SpecContext, duration string) {
		Expect(admit(ctx, reservation("expiresAfter", duration))).To(Succeed())
	},
		Entry("a second", "1s"),
		Entry("minutes", "15m"),
		Entry("hours", "36h"),
		Entry("all of them", "1h30m20s"),
		Entry("thirty days", "720h"),
		Entry("thirty days, in seconds", "2592000s"),
	)

	DescribeTable("cannot last", func(ctx SpecContext, duration string) {
		object := parse(minimal["BalanceReservation"])
		set(object, "spec.expiresAfter", duration)
		Expect(admit(ctx, object)).To(beRefusedWith(
			"must be hours, minutes and seconds, more than 0s and at most 720h, as in 15m, 36h or 1h30m"))
	},
		Entry("no time", "0s"),
		Entry("no time, in hours", "0h"),
		Entry("what is not said", ""),
		Entry("a second more than thirty days", "720h0m1s"),
		Entry("a number without a unit", "15"),
		Entry("less than no time", "-15m"),
		Entry("days", "1d"),
		Entry("parts of an hour", "1.5h"),
		Entry("milliseconds", "500ms"),
		Entry("minutes before hours", "30m1h"),
		Entry("with a space", "1h 30m"),
		Entry("with a line feed", "15m\n"),
		Entry("more hours than can be counted", "9999999h"),
	)

	DescribeTable("may be extended", func(ctx SpecContext, before, after string) {
		Expect(change(ctx, "expiresAt", before, after)).To(Succeed())
	},
		Entry("if it had no instant", "", "2026-12-24T18:00:00Z"),
		Entry("by a second", "2026-12-24T18:00:00Z", "2026-12-24T18:00:01Z"),
		Entry("or written in another zone", "2026-12-24T18:00:00Z", "2026-12-24T20:00:00+02:00"),
		Entry("in another zone, though the text is the smaller one", "2026-12-24T18:00:00+02:00", "2026-12-24T17:00:00Z"),
	)

	DescribeTable("cannot be made shorter", func(ctx SpecContext, before, after string) {
		Expect(change(ctx, "expiresAt", before, after)).To(beRefusedWith(
			"expiresAt may only be put later, and is never removed; to end the reservation sooner, set state Released"))
	},
		Entry("by a second", "2026-12-24T18:00:01Z", "2026-12-24T18:00:00Z"),
		Entry("by another zone", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00+02:00"),
		Entry("by leaving the instant out", "2026-12-24T18:00:00Z", ""),
	)
})
