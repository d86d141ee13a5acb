// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	firstOfDecember = "2026-12-01T00:00:00Z"
	firstOfJanuary  = "2027-01-01T00:00:00Z"
)

// endsFirst are validities whose end is not after their start.
var endsFirst = []TableEntry{
	Entry("at its start", map[string]any{"start": firstOfDecember, "end": firstOfDecember}),
	Entry("before its start", map[string]any{"start": firstOfJanuary, "end": firstOfDecember}),
	Entry("before its start, though the text is the larger one",
		map[string]any{"start": firstOfDecember, "end": "2026-12-01T01:00:00+02:00"}),
}

var _ = Describe("A bucket's validity", func() {
	admitted := func(ctx SpecContext, validity map[string]any) error {
		GinkgoHelper()
		object := parse(minimal["Bucket"])
		set(object, "spec.validFor", validity)
		return admit(ctx, object)
	}

	DescribeTable("may have", func(ctx SpecContext, validity map[string]any) {
		Expect(admitted(ctx, validity)).To(Succeed())
	},
		Entry("a start", map[string]any{"start": firstOfDecember}),
		Entry("an end", map[string]any{"end": firstOfJanuary}),
		Entry("both", map[string]any{"start": firstOfDecember, "end": firstOfJanuary}),
		Entry("both, a second apart", map[string]any{"start": firstOfDecember, "end": "2026-12-01T00:00:01Z"}),
		Entry("a duration", map[string]any{"duration": "1mo"}),
		Entry("a start and a duration", map[string]any{"start": firstOfDecember, "duration": "1mo"}),
		Entry("its start with the first use", map[string]any{"onFirstUse": true}),
		Entry("its start with the first use, and a duration", map[string]any{"onFirstUse": true, "duration": "7d"}),
		Entry("a start and an end, and no first use", map[string]any{"start": firstOfDecember, "end": firstOfJanuary, "onFirstUse": false}),
		Entry("nothing in it", map[string]any{}),
	)

	It("cannot end twice", func(ctx SpecContext) {
		Expect(admitted(ctx, map[string]any{"end": firstOfJanuary, "duration": "1mo"})).To(beRefusedWith(
			"end and duration both say when the bucket ends; remove one of them"))
	})

	DescribeTable("that starts with the first use cannot have", func(ctx SpecContext, field string) {
		Expect(admitted(ctx, map[string]any{"onFirstUse": true, field: firstOfJanuary})).To(beRefusedWith(
			"with onFirstUse the first use is the start; remove start, and say with duration instead of end how long the bucket lasts"))
	},
		Entry("a start", "start"),
		Entry("an end, which the first use may come after", "end"),
	)

	DescribeTable("cannot end", func(ctx SpecContext, validity map[string]any) {
		Expect(admitted(ctx, validity)).To(beRefusedWith("end must be after start"))
	}, endsFirst)

	It("and its cycle stay the same when their instants are written in another zone", func(ctx SpecContext) {
		object := create(ctx, parse(complete["Bucket"]))
		set(object, "spec.validFor.start", "2026-12-01T02:00:00+02:00")
		set(object, "spec.cycle.anchor", "2026-12-01T00:00:00+02:00")
		Expect(apiServer.Update(ctx, object)).To(Succeed())
	})
})

var _ = Describe("A top-up's validity", func() {
	admitted := func(ctx SpecContext, validity map[string]any) error {
		GinkgoHelper()
		object := parse(minimal["TopUp"])
		set(object, "spec.validFor", validity)
		return admit(ctx, object)
	}

	DescribeTable("may have", func(ctx SpecContext, validity map[string]any) {
		Expect(admitted(ctx, validity)).To(Succeed())
	},
		Entry("an end", map[string]any{"end": firstOfJanuary}),
		Entry("a start and an end", map[string]any{"start": firstOfDecember, "end": firstOfJanuary}),
		Entry("a duration", map[string]any{"duration": "30d"}),
		Entry("a start and a duration", map[string]any{"start": firstOfDecember, "duration": "30d"}),
	)

	DescribeTable("has to end, and once", func(ctx SpecContext, validity map[string]any) {
		Expect(admitted(ctx, validity)).To(beRefusedWith("must have either end or duration, which say when what is added ends"))
	},
		Entry("and not with nothing in it", map[string]any{}),
		Entry("and not only start", map[string]any{"start": firstOfDecember}),
		Entry("and not twice", map[string]any{"end": firstOfJanuary, "duration": "30d"}),
	)

	DescribeTable("cannot end", func(ctx SpecContext, validity map[string]any) {
		Expect(admitted(ctx, validity)).To(beRefusedWith("end must be after start"))
	}, endsFirst)

	It("does not wait for a first use", func(ctx SpecContext) {
		object := parse(minimal["TopUp"])
		set(object, "spec.validFor", map[string]any{"duration": "30d", "onFirstUse": true})
		Expect(nested(create(ctx, object), "spec.validFor")).To(Equal(map[string]any{"duration": "30d"}))
	})
})

var _ = Describe("An extension of a bucket's validity", func() {
	admitted := func(ctx SpecContext, extension map[string]any) error {
		GinkgoHelper()
		object := parse(extending)
		set(object, "spec.validityExtension", extension)
		return admit(ctx, object)
	}
	const (
		nothing = "policy None leaves the end as it is; remove duration, end and ceiling, or choose Replace, Max or Add"
		either  = "must have either duration or end, unless policy is None"
	)

	DescribeTable("is taken", func(ctx SpecContext, extension map[string]any) {
		Expect(admitted(ctx, extension)).To(Succeed())
	},
		Entry("that leaves the end", map[string]any{"policy": "None"}),
		Entry("that replaces it", map[string]any{"policy": "Replace", "end": firstOfJanuary}),
		Entry("that replaces it, from now", map[string]any{"policy": "Replace", "duration": "30d", "ceiling": "1y"}),
		Entry("to the later one", map[string]any{"policy": "Max", "end": firstOfJanuary, "ceiling": "1y"}),
		Entry("to the later one, from now", map[string]any{"policy": "Max", "duration": "30d"}),
		Entry("that adds to it", map[string]any{"policy": "Add", "duration": "30d"}),
		Entry("that adds to it, but not for ever", map[string]any{"policy": "Add", "duration": "30d", "ceiling": "1y"}),
	)

	DescribeTable("is refused", func(ctx SpecContext, extension map[string]any, message string) {
		Expect(admitted(ctx, extension)).To(beRefusedWith(message))
	},
		Entry("that leaves the end by a duration", map[string]any{"policy": "None", "duration": "30d"}, nothing),
		Entry("that leaves the end at another", map[string]any{"policy": "None", "end": firstOfJanuary}, nothing),
		Entry("that leaves the end below a ceiling", map[string]any{"policy": "None", "ceiling": "1y"}, nothing),
		Entry("that replaces it with nothing", map[string]any{"policy": "Replace"}, either),
		Entry("that replaces it twice", map[string]any{"policy": "Replace", "duration": "30d", "end": firstOfJanuary}, either),
		Entry("to the later of one", map[string]any{"policy": "Max"}, either),
		Entry("to the later of three", map[string]any{"policy": "Max", "duration": "30d", "end": firstOfJanuary}, either),
		Entry("that adds nothing", map[string]any{"policy": "Add"}, either),
		Entry("that adds an instant", map[string]any{"policy": "Add", "end": firstOfJanuary},
			"policy Add adds a duration; remove end and set duration, or choose Replace or Max"),
		Entry("by a policy that there is not", map[string]any{"policy": "Min", "duration": "30d"}, "Unsupported value"),
		Entry("without a policy", map[string]any{"duration": "30d"}, "spec.validityExtension.policy: Required value"),
	)

	It("does not go with a validity of what is added", func(ctx SpecContext) {
		object := parse(extending)
		set(object, "spec.validFor", map[string]any{"duration": "30d"})
		Expect(admit(ctx, object)).To(beRefusedWith(
			"validFor ends what is added, validityExtension moves the end of the bucket; remove one of them"))
	})

	It("is for a bucket that is named, as the main bucket never ends", func(ctx SpecContext) {
		object := parse(extending)
		remove(object, "spec.bucketRef")
		Expect(admit(ctx, object)).To(beRefusedWith(
			"validityExtension needs bucketRef: the main bucket never ends; name a Bucket, or remove validityExtension"))
	})
})

var _ = Describe("An account's time zone", func() {
	DescribeTable("may be", func(ctx SpecContext, zone string) {
		object := parse(minimal["PrepayAccount"])
		set(object, "spec.timeZone", zone)
		Expect(admit(ctx, object)).To(Succeed())
	},
		Entry("none in particular", "UTC"),
		Entry("a city", "Asia/Nicosia"),
		Entry("a city in a province", "America/Argentina/Buenos_Aires"),
		Entry("a city with hyphens", "America/Port-au-Prince"),
		Entry("so many hours from Greenwich", "Etc/GMT+5"),
		Entry("an old one", "EST5EDT"),
	)

	DescribeTable("cannot be", func(ctx SpecContext, zone, message string) {
		object := parse(minimal["PrepayAccount"])
		set(object, "spec.timeZone", zone)
		Expect(admit(ctx, object)).To(beRefusedWith(message))
	},
		Entry("that of whoever asks", "Local", "Local is no time zone; write a name of the IANA database, as in Asia/Nicosia, or UTC"),
		Entry("an offset", "+02:00", "spec.timeZone"),
		Entry("a path", "../Nicosia", "spec.timeZone"),
		Entry("a path from the root", "/Asia/Nicosia", "spec.timeZone"),
		Entry("half a name", "Asia/", "spec.timeZone"),
		Entry("a name with a space", "Asia/New Delhi", "spec.timeZone"),
		Entry("nothing", "", "spec.timeZone"),
	)
})
