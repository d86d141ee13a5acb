// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

const (
	crdDirectory     = "../../config/crd/bases"
	rbacDirectory    = "../../config/rbac"
	policyDirectory  = "../../config/policy"
	samplesDirectory = "../../config/samples"
	docsDirectory    = "../../docs/spec/v1alpha1"
)

var (
	testEnvironment *envtest.Environment
	restConfig      *rest.Config
	apiServer       client.Client
)

func TestAPI(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "API v1alpha1")
}

var _ = BeforeSuite(func() {
	testEnvironment = &envtest.Environment{
		CRDDirectoryPaths:     []string{crdDirectory},
		ErrorIfCRDPathMissing: true,
	}
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		testEnvironment.BinaryAssetsDirectory = filepath.Join("..", "..", "bin", "k8s")
	}

	var err error
	restConfig, err = testEnvironment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(testEnvironment.Stop()).To(Succeed()) })

	scheme := runtime.NewScheme()
	Expect(corev1.AddToScheme(scheme)).To(Succeed())
	Expect(rbacv1.AddToScheme(scheme)).To(Succeed())
	Expect(prepayv1alpha1.AddToScheme(scheme)).To(Succeed())
	apiServer, err = client.New(restConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
})
