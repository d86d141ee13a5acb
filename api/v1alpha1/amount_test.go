// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var amountFields = []struct{ kind, path string }{
	{"PrepayAccount", "spec.creditLimit"},
	{"PrepayAccount", "spec.maximumBalance"},
	{"Bucket", "spec.initialAmount"},
	{"Bucket", "spec.refill.amount"},
	{"Bucket", "spec.rollover.cap"},
	{"Bucket", "spec.sharedWith[0].cap"},
	{"TopUp", "spec.amount"},
	{"BalanceTransfer", "spec.amount"},
	{"BalanceReservation", "spec.amount"},
	{"BalanceReservation", "spec.chargeAmount"},
	{"BalanceAdjustment", "spec.amount"},
}

var _ = Describe("An amount", func() {
	const syntax = "must be a decimal number without sign or exponent, one space and a unit, as in 25.00 EUR"

	for _, field := range amountFields {
		Describe("in "+field.kind+" "+field.path, func() {
			DescribeTable("is refused", func(ctx SpecContext, amount, message string) {
				object := parse(complete[field.kind])
				set(object, field.path, amount)
				Expect(admit(ctx, object)).To(beRefusedWith(message))
			},
				Entry("with a minus", "-5 EUR", syntax),
				Entry("with a plus", "+5 EUR", syntax),
				Entry("with an exponent", "1e3 EUR", syntax),
				Entry("with a suffix of a quantity", "1k EUR", syntax),
				Entry("without a unit", "5", syntax),
				Entry("without a number", "EUR", syntax),
				Entry("that is no number", "NaN EUR", syntax),
				Entry("that is no number at all", "NaN", syntax),
				Entry("that is endless", "Inf EUR", syntax),
				Entry("that is empty", "", syntax),
				Entry("with two spaces", "5  EUR", syntax),
				Entry("with a space at the end", "5 EUR ", syntax),
				Entry("with a line feed at the end", "5 EUR\n", syntax),
				Entry("with no space", "5EUR", syntax),
				Entry("with a tab", "5\tEUR", syntax),
				Entry("with the unit first", "EUR 5", syntax),
				Entry("with a comma", "5,00 EUR", syntax),
				Entry("with digits of another script", "٥ EUR", syntax),
				Entry("with 30 digits", "123456789012345678901234567890 EUR", "should match"),
				Entry("with 16 digits before the point", "1234567890123456 EUR", "should match"),
				Entry("with 13 digits after the point", "0.1234567890123 EUR", "should match"),
				Entry("with a leading zero", "05 EUR", "should match"),
				Entry("with no digit before the point", ".5 EUR", "should match"),
				Entry("with no digit after the point", "5. EUR", "should match"),
				Entry("with two points", "1.000.00 EUR", "should match"),
				Entry("with a unit of 17 letters", "5 aaaaaaaaaaaaaaaaa", "should match"),
			)

			DescribeTable("is taken as it is written", func(ctx SpecContext, amount string) {
				object := parse(complete[field.kind])
				set(object, field.path, amount)
				Expect(admit(ctx, object)).To(Succeed())
			},
				Entry("without decimals", "5 EUR"),
				Entry("with decimals", "25.00 EUR"),
				Entry("as small as can be", "0.000000000001 EUR"),
				Entry("as large as can be", "999999999999999.999999999999 EUR"),
				Entry("in another unit", "1200 points"),
			)
		})
	}

	DescribeTable("of zero is refused where something has to move", func(ctx SpecContext, kind, path, amount string) {
		object := parse(complete[kind])
		set(object, path, amount)
		Expect(admit(ctx, object)).To(beRefusedWith("must be greater than zero"))
	},
		Entry("by a top-up", "TopUp", "spec.amount", "0 EUR"),
		Entry("by a top-up, with decimals", "TopUp", "spec.amount", "0.000 EUR"),
		Entry("by a transfer", "BalanceTransfer", "spec.amount", "0.00 EUR"),
		Entry("by a reservation", "BalanceReservation", "spec.amount", "0 EUR"),
		Entry("by a charge of what is held", "BalanceReservation", "spec.chargeAmount", "0.00 EUR"),
		Entry("by an adjustment", "BalanceAdjustment", "spec.amount", "0.0000 EUR"),
		Entry("by a bucket's start", "Bucket", "spec.initialAmount", "0 GB"),
		Entry("by a refill", "Bucket", "spec.refill.amount", "0.0 GB"),
		Entry("by what is kept", "Bucket", "spec.rollover.cap", "0 GB"),
		Entry("by whom a bucket is shared with", "Bucket", "spec.sharedWith[0].cap", "0.00 GB"),
		Entry("by a ceiling", "PrepayAccount", "spec.maximumBalance", "0.00 EUR"),
	)

	It("of zero is taken for a credit limit", func(ctx SpecContext) {
		object := parse(complete["PrepayAccount"])
		set(object, "spec.creditLimit", "0 EUR")
		Expect(admit(ctx, object)).To(Succeed())
	})
})
