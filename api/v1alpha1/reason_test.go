// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// declaredReasons are the values of every Reason constant in reasons.go.
func declaredReasons() []string {
	GinkgoHelper()
	file, err := parser.ParseFile(token.NewFileSet(), "reasons.go", nil, parser.ParseComments)
	Expect(err).NotTo(HaveOccurred())
	var reasons []string
	ast.Inspect(file, func(node ast.Node) bool {
		constant, isValue := node.(*ast.ValueSpec)
		if !isValue || !strings.HasPrefix(constant.Names[0].Name, "Reason") {
			return true
		}
		Expect(constant.Doc.Text()).To(HavePrefix(constant.Names[0].Name+":"), "its godoc")
		value, err := strconv.Unquote(constant.Values[0].(*ast.BasicLit).Value)
		Expect(err).NotTo(HaveOccurred())
		Expect(constant.Names[0].Name).To(Equal("Reason" + value))
		reasons = append(reasons, value)
		return true
	})
	Expect(reasons).NotTo(BeEmpty())
	return reasons
}

// conditionRow is a line of the table of conditions in a kind's document.
var conditionRow = regexp.MustCompile("(?m)^\\| (True|False) \\| (Reconciling|Stalled|) ?\\| `([A-Za-z]+)` \\|")

var _ = Describe("The reasons of Ready", func() {
	classes := map[string][]string{
		"True ":             prepayv1alpha1.ReadyReasons(),
		"False Reconciling": prepayv1alpha1.WaitingReasons(),
		"False Stalled":     prepayv1alpha1.StalledReasons(),
	}

	It("are a closed list, each in one class, but for the end of a reservation, which may be as asked or too early", func() {
		Expect(slices.Concat(classes["True "], classes["False Reconciling"], classes["False Stalled"])).
			To(ConsistOf(append(declaredReasons(), prepayv1alpha1.ReasonExpired)))
		Expect(classes["True "]).To(ContainElement(prepayv1alpha1.ReasonExpired))
		Expect(classes["False Stalled"]).To(ContainElement(prepayv1alpha1.ReasonExpired))
	})

	It("are each in the table of the kinds that show them, beside what goes with them", func() {
		documented := map[string]bool{}
		for _, definition := range definitions() {
			plural := definition.Spec.Names.Plural
			text, err := os.ReadFile(filepath.Join(docsDirectory, plural+".md"))
			Expect(err).NotTo(HaveOccurred())
			rows := conditionRow.FindAllStringSubmatch(string(text), -1)
			Expect(rows).NotTo(BeEmpty(), plural)
			for _, row := range rows {
				Expect(classes[row[1]+" "+row[2]]).To(ContainElement(row[3]), plural)
				documented[row[3]] = true
			}
			_, table, _ := strings.Cut(string(text), "### Conditions")
			Expect(strings.Count(table, "\n| ")-1).To(Equal(len(rows)), plural+": lines of the table that could not be read")
		}
		for _, reason := range declaredReasons() {
			Expect(documented).To(HaveKey(reason))
		}
	})
})
