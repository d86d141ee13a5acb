// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
)

// durationFields are the fields that hold a duration on the calendar, each in a manifest that has it.
var durationFields = []struct{ kind, manifest, path string }{
	{"Bucket", complete["Bucket"], "spec.validFor.duration"},
	{"Bucket", complete["Bucket"], "spec.cycle.every"},
	{"Bucket", complete["Bucket"], "spec.rollover.duration"},
	{"TopUp", complete["TopUp"], "spec.validFor.duration"},
	{"TopUp", extending, "spec.validityExtension.duration"},
	{"TopUp", extending, "spec.validityExtension.ceiling"},
}

var _ = Describe("A duration", func() {
	for _, field := range durationFields {
		Describe("in "+field.kind+" "+field.path, func() {
			DescribeTable("is taken, by the ledger too", func(ctx SpecContext, duration string) {
				_, err := calendar.Parse(duration)
				Expect(err).NotTo(HaveOccurred())
				object := parse(field.manifest)
				set(object, field.path, duration)
				Expect(admit(ctx, object)).To(Succeed())
			},
				Entry("a day", "1d"),
				Entry("thirty days", "30d"),
				Entry("two weeks", "2w"),
				Entry("a month", "1mo"),
				Entry("a year", "1y"),
				Entry("as many days as can be", "36500d"),
				Entry("as many weeks as can be", "5200w"),
				Entry("as many months as can be", "1200mo"),
				Entry("as many years as can be", "100y"),
			)

			DescribeTable("is refused, as by the ledger", func(ctx SpecContext, duration string) {
				_, err := calendar.Parse(duration)
				Expect(err).To(HaveOccurred())
				object := parse(field.manifest)
				set(object, field.path, duration)
				Expect(admit(ctx, object)).To(beRefusedWith(
					"must be a whole number and h, d, w, mo or y, of at most 100 years, as in 36h, 30d or 1mo"))
			},
				Entry("that is none", "0d"),
				Entry("that begins with a zero", "01d"),
				Entry("below zero", "-1d"),
				Entry("with a plus", "+1d"),
				Entry("that is no whole number", "1.5d"),
				Entry("without a number", "mo"),
				Entry("without a unit", "30"),
				Entry("in minutes, or in months the short way", "1m"),
				Entry("in capitals", "1D"),
				Entry("in two units", "1d12h"),
				Entry("with a space", "30 d"),
				Entry("in words", "1month"),
				Entry("with a line feed", "30d\n"),
				Entry("with digits of another script", "٣d"),
				Entry("longer than a hundred years, in hours", "876001h"),
				Entry("longer than a hundred years, in days", "36501d"),
				Entry("longer than a hundred years, in weeks", "5201w"),
				Entry("longer than a hundred years, in months", "1201mo"),
				Entry("longer than a hundred years", "101y"),
			)

			It("is refused if it is empty, or longer to write than any that counts", func(ctx SpecContext) {
				for _, duration := range []string{"", "1000000d", "123456789mo"} {
					object := parse(field.manifest)
					set(object, field.path, duration)
					Expect(admit(ctx, object)).To(beRefusedWith(field.path), "%q", duration)
				}
			})
		})
	}

	It("in hours is taken, but for a cycle", func(ctx SpecContext) {
		for _, field := range durationFields {
			object := parse(field.manifest)
			set(object, field.path, "36h")
			if field.path == "spec.cycle.every" {
				Expect(admit(ctx, object)).To(beRefusedWith("a cycle is in d, w, mo or y, not in h; for 24h write 1d"))
			} else {
				Expect(admit(ctx, object)).To(Succeed(), field.path)
			}
		}
	})
})
