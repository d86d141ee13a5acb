// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// definitions are the generated CustomResourceDefinitions by kind.
func definitions() map[string]*apiextensionsv1.CustomResourceDefinition {
	GinkgoHelper()
	files, err := filepath.Glob(filepath.Join(crdDirectory, "*.yaml"))
	Expect(err).NotTo(HaveOccurred())
	found := map[string]*apiextensionsv1.CustomResourceDefinition{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		definition := &apiextensionsv1.CustomResourceDefinition{}
		Expect(yaml.UnmarshalStrict(text, definition)).To(Succeed())
		found[definition.Spec.Names.Kind] = definition
	}
	Expect(slices.Sorted(maps.Keys(found))).To(Equal(
		[]string{"BalanceAdjustment", "BalanceReservation", "BalanceTransfer", "Bucket", "Ledger", "PrepayAccount", "TopUp"}))
	return found
}

// fields calls visit for every property below a kind's root, array items included, with its path.
func fields(schema *apiextensionsv1.JSONSchemaProps, path string, visit func(path string, field *apiextensionsv1.JSONSchemaProps)) {
	for name, field := range schema.Properties {
		visit(path+"."+name, &field)
		fields(&field, path+"."+name, visit)
	}
	if schema.Items != nil {
		visit(path+"[]", schema.Items.Schema)
		fields(schema.Items.Schema, path+"[]", visit)
	}
}

func everyField(visit func(path string, field *apiextensionsv1.JSONSchemaProps)) {
	GinkgoHelper()
	for kind, definition := range definitions() {
		root := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.DeepCopy()
		delete(root.Properties, "metadata")
		delete(root.Properties, "apiVersion")
		delete(root.Properties, "kind")
		fields(root, kind, visit)
	}
}

// isCondition tells the fields of metav1.Condition, which are not ours to bound or describe.
func isCondition(path string) bool { return strings.Contains(path, "status.conditions[]") }

var _ = Describe("The schema", func() {
	It("answers kubectl explain with a sentence for every kind and every field", func() {
		for kind, definition := range definitions() {
			Expect(definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Description).To(MatchRegexp(`(?s)^`+kind+` .*\.$`), kind)
		}
		everyField(func(path string, field *apiextensionsv1.JSONSchemaProps) {
			Expect(len(strings.Fields(field.Description))).To(BeNumerically(">=", 5), path)
			Expect(strings.TrimSpace(field.Description)).To(HaveSuffix("."), path)
		})
	})

	It("starts the sentence with the field's name, and says whether the field may be left out", func() {
		everyField(func(path string, field *apiextensionsv1.JSONSchemaProps) {
			name := path[strings.LastIndex(path, ".")+1:]
			if isCondition(path) || strings.HasSuffix(name, "[]") {
				return
			}
			Expect(field.Description).To(HavePrefix(name+" "), path)
			if strings.Contains(path, ".spec.") && !strings.HasSuffix(path, ".namespace") {
				Expect(field.Description).To(Or(ContainSubstring("Required"), ContainSubstring("Optional"),
					ContainSubstring("default")), path)
			}
		})
	})

	It("bounds every string, list and number", func() {
		everyField(func(path string, field *apiextensionsv1.JSONSchemaProps) {
			switch field.Type {
			case "string":
				if len(field.Enum) == 0 && field.Format != "date-time" {
					Expect(field.MaxLength).NotTo(BeNil(), path)
				}
			case "array":
				Expect(field.MaxItems).NotTo(BeNil(), path)
				Expect(field.XListType).NotTo(BeNil(), path)
			case "integer":
				Expect(field.Minimum).NotTo(BeNil(), path)
			case "object":
				Expect(field.AdditionalProperties).To(BeNil(), path)
				Expect(field.Properties).NotTo(BeEmpty(), path)
			case "boolean":
			default:
				Fail(path + " has the type " + field.Type)
			}
		})
	})

	It("gives every string of ours a pattern or a list of values", func() {
		everyField(func(path string, field *apiextensionsv1.JSONSchemaProps) {
			if field.Type != "string" || isCondition(path) || field.Format == "date-time" || len(field.Enum) > 0 {
				return
			}
			Expect(field.Pattern).NotTo(BeEmpty(), path)
		})
	})

	It("says in status which generation it answers, and starts below every generation", func() {
		for kind, definition := range definitions() {
			status := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"]
			Expect(status.Default).NotTo(BeNil(), kind)
			Expect(string(status.Default.Raw)).To(MatchJSON(`{"observedGeneration":-1}`), kind)
			conditions := status.Properties["conditions"]
			Expect(conditions.XListType).To(HaveValue(Equal("map")), kind)
			Expect(conditions.XListMapKeys).To(Equal([]string{"type"}), kind)
			Expect(conditions.Items.Schema.Properties).To(HaveKey("observedGeneration"), kind)
			Expect(definition.Spec.Versions[0].Subresources.Status).NotTo(BeNil(), kind)
		}
	})

	It("puts every kind into the category prepay, and none into all", func() {
		for kind, definition := range definitions() {
			Expect(definition.Spec.Names.Categories).To(Equal([]string{"prepay"}), kind)
		}
	})

	DescribeTable("names the kinds", func(kind string, shortNames []string, scope apiextensionsv1.ResourceScope) {
		definition := definitions()[kind]
		Expect(definition.Spec.Names.ShortNames).To(Equal(shortNames))
		Expect(definition.Spec.Scope).To(Equal(scope))
	},
		Entry("accounts", "PrepayAccount", []string{"pacct"}, apiextensionsv1.NamespaceScoped),
		Entry("buckets", "Bucket", []string{"pbkt"}, apiextensionsv1.NamespaceScoped),
		Entry("top-ups", "TopUp", []string{"topup"}, apiextensionsv1.NamespaceScoped),
		Entry("transfers", "BalanceTransfer", []string{"bxfer"}, apiextensionsv1.NamespaceScoped),
		Entry("reservations", "BalanceReservation", []string{"bres"}, apiextensionsv1.NamespaceScoped),
		Entry("adjustments", "BalanceAdjustment", []string{"badj"}, apiextensionsv1.NamespaceScoped),
		Entry("ledgers", "Ledger", nil, apiextensionsv1.ClusterScoped),
	)

	It("has every field of spec described in the kind's document", func() {
		for kind := range complete {
			definition := definitions()[kind]
			text, err := os.ReadFile(filepath.Join(docsDirectory, definition.Spec.Names.Plural+".md"))
			Expect(err).NotTo(HaveOccurred())
			_, writing, _ := strings.Cut(string(text), "## Writing a spec")
			writing, _, _ = strings.Cut(writing, "## Working with it")
			spec := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
			fields(&spec, kind, func(path string, _ *apiextensionsv1.JSONSchemaProps) {
				name := strings.TrimSuffix(path[strings.LastIndex(path, ".")+1:], "[]")
				Expect(writing).To(MatchRegexp("`([A-Za-z.]*\\.)?"+name+"(\\.[A-Za-z.]*|\\[])?`"), path)
			})
		}
	})

	// The tests of this package prove their point field by field; this keeps a new field from escaping them.
	It("has no field in spec that the complete manifests of these tests leave out", func() {
		for kind, manifest := range complete {
			object := parse(manifest)
			root := definitions()[kind].Spec.Versions[0].Schema.OpenAPIV3Schema
			spec := root.Properties["spec"]
			switch kind { // no one manifest may have them all
			case "Bucket":
				set(object, "spec.validFor.end", firstOfJanuary)
			case "TopUp":
				set(object, "spec.validFor.end", firstOfJanuary)
				set(object, "spec.validityExtension", nested(parse(extending), "spec.validityExtension"))
				set(object, "spec.validityExtension.end", firstOfJanuary)
			case "BalanceAdjustment":
				set(object, "spec.onShortfall", nested(parse(reversal), "spec.onShortfall"))
				set(object, "spec.of", nested(parse(reversal), "spec.of"))
				set(object, "spec.of.idempotencyKey", nested(parse(reversalByKey), "spec.of.idempotencyKey"))
			}
			expectComplete(&spec, nested(object, "spec"), kind+".spec")
		}
	})
})

func expectComplete(schema *apiextensionsv1.JSONSchemaProps, value any, path string) {
	GinkgoHelper()
	for name, field := range schema.Properties {
		if name == "namespace" {
			continue
		}
		Expect(value).To(HaveKey(name), path)
		expectComplete(&field, value.(map[string]any)[name], path+"."+name)
	}
	if schema.Items != nil {
		Expect(value).NotTo(BeEmpty(), path)
		expectComplete(schema.Items.Schema, value.([]any)[0], path+"[]")
	}
}
