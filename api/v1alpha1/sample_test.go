// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"bytes"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

var _ = Describe("The samples", func() {
	It("are what the kustomization lists, and are taken by a strict API server", func(ctx SpecContext) {
		text, err := os.ReadFile(filepath.Join(samplesDirectory, "kustomization.yaml"))
		Expect(err).NotTo(HaveOccurred())
		var kustomization struct{ Resources []string }
		Expect(yaml.Unmarshal(text, &kustomization)).To(Succeed())

		files, err := filepath.Glob(filepath.Join(samplesDirectory, "[0-9]*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		var names []string
		for _, file := range files {
			names = append(names, filepath.Base(file))
		}
		Expect(kustomization.Resources).To(Equal(names))

		Expect(apiServer.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "retail"}})).To(Succeed())
		var kinds []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			Expect(err).NotTo(HaveOccurred())
			for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
				object := parse(string(document))
				kinds = append(kinds, object.GetKind())
				if object.GetKind() == "Namespace" {
					continue
				}
				Expect(object.GetNamespace()).To(Equal("retail"))
				Expect(apiServer.Create(ctx, object, client.DryRunAll, client.FieldValidation("Strict"))).To(Succeed(), file)
			}
		}
		Expect(kinds).To(ContainElements("Namespace", "PrepayAccount", "Bucket", "TopUp", "BalanceTransfer",
			"BalanceReservation", "BalanceAdjustment"))
	})
})
