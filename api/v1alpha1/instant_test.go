// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// instantFields are the fields that hold an instant, each in a manifest that may have it in place of another field.
var instantFields = []struct{ kind, manifest, path, instead string }{
	{"Bucket", complete["Bucket"], "spec.validFor.start", ""},
	{"Bucket", complete["Bucket"], "spec.validFor.end", "spec.validFor.duration"},
	{"Bucket", complete["Bucket"], "spec.cycle.anchor", ""},
	{"TopUp", complete["TopUp"], "spec.validFor.start", ""},
	{"TopUp", complete["TopUp"], "spec.validFor.end", "spec.validFor.duration"},
	{"TopUp", extending, "spec.validityExtension.end", "spec.validityExtension.duration"},
	{"BalanceReservation", complete["BalanceReservation"], "spec.expiresAt", ""},
}

var _ = Describe("An instant", func() {
	for _, field := range instantFields {
		with := func(instant string) *unstructured.Unstructured {
			GinkgoHelper()
			object := parse(field.manifest)
			remove(object, field.instead)
			set(object, field.path, instant)
			return object
		}

		Describe("in "+field.kind+" "+field.path, func() {
			DescribeTable("is taken", func(ctx SpecContext, instant string) {
				Expect(admit(ctx, with(instant))).To(Succeed())
			},
				Entry("in UTC", "2027-01-01T00:00:00Z"),
				Entry("in the east", "2027-01-01T00:00:00+14:00"),
				Entry("in the west", "2027-01-01T00:00:00-11:30"),
				Entry("as late as can be", "2999-12-31T23:59:59-14:00"),
			)

			// A client that reads with Go's types could read no object of the kind at all any more.
			DescribeTable("that only some clients can read is refused", func(ctx SpecContext, instant string) {
				Expect(admit(ctx, with(instant))).To(beRefusedWith(field.path))
			},
				Entry("a date", "2027-01-01"),
				Entry("no zone", "2027-01-01T18:00:00"),
				Entry("small letters", "2027-01-01t18:00:00z"),
				Entry("a comma", "2027-01-01T18:00:00,5Z"),
				Entry("parts of a second, which would be cut off", "2027-01-01T18:00:00.5Z"),
				Entry("a zone that is none", "2027-01-01T18:00:00+99:99"),
				Entry("a day that is none", "2027-02-30T18:00:00Z"),
				Entry("an hour that is none", "2027-01-01T24:00:00Z"),
				Entry("a time before this software", "1027-01-01T18:00:00Z"),
				Entry("nothing", ""),
			)

			It("is refused with an example if it is finer than a second", func(ctx SpecContext) {
				Expect(admit(ctx, with("2027-01-01T18:00:00.0000005Z"))).To(beRefusedWith("to the second, as in 2026-12-01T00:00:00Z"))
			})
		})
	}
})
