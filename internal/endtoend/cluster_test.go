// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// cluster is an etcd and a kube-apiserver with the CRDs, and nothing else: no
// controller manager, so no garbage collection and no end of namespaces.
type cluster struct {
	client.Client
	environment *envtest.Environment
	config      *rest.Config
	// kubeconfig is the path of an administrator's.
	kubeconfig string
}

// assets is where etcd, kube-apiserver and kubectl are.
func assets() string {
	if directory := os.Getenv("KUBEBUILDER_ASSETS"); directory != "" {
		return directory
	}
	return filepath.Join("..", "..", "bin", "k8s")
}

func startCluster(ctx context.Context) *cluster {
	GinkgoHelper()
	c := &cluster{environment: &envtest.Environment{
		BinaryAssetsDirectory: assets(),
		CRDDirectoryPaths:     []string{filepath.Join("..", "..", "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}}
	var err error
	c.config, err = c.environment.Start()
	Expect(err).NotTo(HaveOccurred())
	c.config.QPS = -1

	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, eventsv1.AddToScheme, v1alpha1.AddToScheme} {
		Expect(add(scheme)).To(Succeed())
	}
	c.Client, err = client.New(c.config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	c.kubeconfig = filepath.Join(scratch(), "kubeconfig")
	Expect(os.WriteFile(c.kubeconfig, c.environment.KubeConfig, 0o600)).To(Succeed())
	// The API server makes it after it says that it is ready.
	Eventually(func() error {
		return c.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, &corev1.Namespace{})
	}, "30s", "50ms").Should(Succeed())
	return c
}

// stop ends the cluster; etcd's data is gone with it.
func (c *cluster) stop() { Expect(c.environment.Stop()).To(Succeed()) }

// scratch is a directory that is removed when the spec, or the suite, is over.
func scratch() string {
	GinkgoHelper()
	directory, err := os.MkdirTemp("", "prepay-manager-")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(os.RemoveAll, directory)
	return directory
}

// namespace makes a namespace for the spec.
func (c *cluster) namespace(ctx context.Context) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "retail-"}}
	Expect(c.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

// clean removes every object of this API, so that the next spec's manager meets
// none. The ledger is the spec's own and ends with it.
func (c *cluster) clean(ctx context.Context) {
	GinkgoHelper()
	for _, list := range []client.ObjectList{
		&v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{}, &v1alpha1.BucketList{},
		&v1alpha1.PrepayAccountList{}, &v1alpha1.LedgerList{},
	} {
		Expect(c.List(ctx, list)).To(Succeed())
		for _, object := range itemsOf(list) {
			if len(object.GetFinalizers()) > 0 {
				release := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
				Expect(c.Patch(ctx, object, release)).To(Succeed())
			}
			Expect(client.IgnoreNotFound(c.Delete(ctx, object))).To(Succeed())
		}
	}
}

// kubectl runs the real kubectl and returns what it printed.
func (c *cluster) kubectl(ctx context.Context, arguments ...string) string {
	GinkgoHelper()
	command := exec.CommandContext(ctx, filepath.Join(assets(), "kubectl"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig, "KUBERC=off")
	output, err := command.CombinedOutput()
	GinkgoWriter.Printf("kubectl %s\n%s\n", strings.Join(arguments, " "), output)
	Expect(err).NotTo(HaveOccurred(), string(output))
	return string(output)
}

// fetch reads an object, or fails the assertion that it is called from.
func fetch[O client.Object](ctx context.Context, c *cluster, object O) func(Gomega) O {
	return func(g Gomega) O {
		fresh := object.DeepCopyObject().(O)
		g.Expect(c.Get(ctx, client.ObjectKeyFromObject(object), fresh)).To(Succeed())
		return fresh
	}
}

// gone reports whether an object has gone.
func (c *cluster) gone(ctx context.Context, object client.Object) bool {
	fresh := object.DeepCopyObject().(client.Object)
	return apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(object), fresh))
}
