// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// controlCharacters are those that a store may refuse, a terminal obey, or a log line break at.
var controlCharacters = []string{"\x00", "\x01", "\t", "\n", "\r", "\x1b", "\x7f", "\u0080", "\u0085", "\u009f"}

// texts calls visit with the path of every string in value, and with a function that replaces it.
func texts(value any, path string, visit func(path, text string, replace func(string))) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if text, isText := member.(string); isText {
				visit(path+"."+name, text, func(other string) { value[name] = other })
				continue
			}
			texts(member, path+"."+name, visit)
		}
	case []any:
		for _, item := range value {
			texts(item, path, visit)
		}
	}
}

var _ = Describe("A text", func() {
	manifests := maps.Clone(complete)
	manifests["a Reversal"], manifests["a Reversal by key"] = reversal, reversalByKey
	manifests["a TopUp that extends"] = extending
	for kind, manifest := range manifests {
		It("in the spec of "+kind+" is refused with a control character in it, wherever it stands", func(ctx SpecContext) {
			object := parse(manifest)
			spec, _, err := unstructured.NestedFieldNoCopy(object.Object, "spec")
			Expect(err).NotTo(HaveOccurred())
			texts(spec, "spec", func(path, text string, replace func(string)) {
				for _, control := range controlCharacters {
					for _, bad := range []string{control + text, text[:1] + control + text[1:], text + control} {
						replace(bad)
						err := admit(ctx, object)
						Expect(apierrors.IsInvalid(err)).To(BeTrue(), "%s: %q: %v", path, bad, err)
					}
				}
				replace(text)
			})
			Expect(admit(ctx, object)).To(Succeed())
		})
	}

	DescribeTable("is taken in any language", func(ctx SpecContext, kind, path string) {
		object := parse(complete[kind])
		for _, text := range []string{"ελληνικά", "日本語", "O'Brien & Söhne", "🍋"} {
			set(object, path, text)
			Expect(admit(ctx, object)).To(Succeed(), text)
		}
	},
		Entry("as an owner's name", "PrepayAccount", "spec.owner.name"),
		Entry("as a top-up's reason", "TopUp", "spec.reason"),
		Entry("as a receipt", "TopUp", "spec.payment.reference"),
		Entry("as a transfer's reason", "BalanceTransfer", "spec.reason"),
		Entry("as a reservation's reason", "BalanceReservation", "spec.reason"),
		Entry("as an adjustment's reason", "BalanceAdjustment", "spec.reason"),
		Entry("as a requestor", "TopUp", "spec.requestor"),
	)

	It("on a receipt neither begins nor ends with a space, which would make one receipt look like two", func(ctx SpecContext) {
		object := parse(complete["TopUp"])
		for _, reference := range []string{" till-4/8812", "till-4/8812 ", " "} {
			set(object, "spec.payment.reference", reference)
			Expect(admit(ctx, object)).To(beRefusedWith("spec.payment.reference"))
		}
		set(object, "spec.payment.reference", "till 4, receipt 8812")
		Expect(admit(ctx, object)).To(Succeed())
	})
})

var _ = Describe("A choice", func() {
	choices := map[string][]string{
		"PrepayAccount spec.state":           {"Active", "RechargeOnly", "Suspended", "Closed"},
		"PrepayAccount spec.deletionPolicy":  {"Retain", "Close"},
		"Bucket spec.usageType":              {"Monetary", "Voice", "Data", "SMS", "Loyalty", "Other"},
		"Bucket spec.class":                  {"Paid", "Granted"},
		"Bucket spec.state":                  {"Active", "Suspended"},
		"Bucket spec.deletionPolicy":         {"Retain", "Forfeit"},
		"TopUp spec.payment.type":            {"Cash", "BankTransfer"},
		"BalanceReservation spec.state":      {"Reserved", "Accepted", "Charged", "Released"},
		"BalanceReservation spec.onExpiry":   {"Release", "Charge"},
		"BalanceAdjustment spec.type":        {"GoodwillCredit", "GeneralCredit", "GeneralDebit", "OneTimeCharge", "RecurringCharge"},
		"BalanceAdjustment spec.of.kind":     {"TopUp", "BalanceTransfer", "BalanceReservation", "BalanceAdjustment"},
		"BalanceAdjustment spec.onShortfall": {"Refuse", "Debt"},
	}
	// Where a value goes with some others only, the complete manifest is no place to try them all.
	manifests := map[string]string{
		"BalanceReservation spec.state":      minimal["BalanceReservation"],
		"BalanceAdjustment spec.type":        minimal["BalanceAdjustment"],
		"BalanceAdjustment spec.of.kind":     reversal,
		"BalanceAdjustment spec.onShortfall": reversal,
	}
	everything := []string{"active", "Ended", "Card", "Voucher", "Delete"}
	for _, values := range choices {
		everything = append(everything, values...)
	}

	for field, values := range choices {
		It(fmt.Sprintf("of %s is one of %v and nothing else", field, values), func(ctx SpecContext) {
			var kind, path string
			_, err := fmt.Sscan(field, &kind, &path)
			Expect(err).NotTo(HaveOccurred())
			manifest, isOther := manifests[field]
			if !isOther {
				manifest = complete[kind]
			}
			object := parse(manifest)
			for _, value := range everything {
				set(object, path, value)
				if slices.Contains(values, value) {
					Expect(admit(ctx, object)).To(Succeed(), value)
				} else {
					Expect(admit(ctx, object)).To(beRefusedWith("Unsupported value"), value)
				}
			}
		})
	}
})
