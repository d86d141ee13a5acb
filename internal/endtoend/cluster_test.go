// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/conditioncheck"
)

// cluster is an etcd and a kube-apiserver with the CRDs, and nothing else: no
// controller manager, so no garbage collection and no end of namespaces.
type cluster struct {
	client.WithWatch
	environment *envtest.Environment
	// inspector checks every version of every object until unwatch is called.
	inspector *conditioncheck.Inspector
	unwatch   context.CancelFunc
	config    *rest.Config
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
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, eventsv1.AddToScheme, coordinationv1.AddToScheme, v1alpha1.AddToScheme,
	} {
		Expect(add(scheme)).To(Succeed())
	}
	c.WithWatch, err = client.NewWithWatch(c.config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	c.kubeconfig = filepath.Join(scratch(), "kubeconfig")
	Expect(os.WriteFile(c.kubeconfig, c.environment.KubeConfig, 0o600)).To(Succeed())
	// The API server makes it after it says that it is ready.
	Eventually(func() error {
		return c.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, &corev1.Namespace{})
	}, "30s", "50ms").Should(Succeed())
	// It outlives the node of the specs that starts the cluster.
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	c.unwatch = unwatch
	c.inspector, err = conditioncheck.Inspect(watching, c)
	Expect(err).NotTo(HaveOccurred())
	return c
}

// stop ends the cluster; etcd's data is gone with it.
func (c *cluster) stop(ctx context.Context) {
	GinkgoHelper()
	defer func() {
		// Before that, or the API server waits for the watches to end.
		c.unwatch()
		Expect(c.environment.Stop()).To(Succeed())
	}()
	c.expectConditions(ctx)
}

// expectConditions expects that nothing was wrong with the conditions of any
// object in any version that was written so far.
func (c *cluster) expectConditions(ctx context.Context) {
	GinkgoHelper()
	Eventually(c.inspector.CaughtUp, prompt, "50ms").WithArguments(ctx).Should(BeTrue(), "the condition checker sees all that was written")
	Expect(c.inspector.Findings()).To(BeEmpty(), "what the condition checker found in the objects as they were written")
}

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
		&v1alpha1.TopUpList{}, &v1alpha1.BalanceTransferList{}, &v1alpha1.BalanceReservationList{}, &v1alpha1.BalanceAdjustmentList{},
		&v1alpha1.BucketList{}, &v1alpha1.PrepayAccountList{}, &v1alpha1.LedgerList{},
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

// kubectl runs the real kubectl to its end, which has to be a good one.
func (c *cluster) kubectl(arguments ...string) {
	GinkgoHelper()
	Eventually(c.startKubectl(arguments...), prompt).Should(gexec.Exit(0))
}

// startKubectl starts the real kubectl.
func (c *cluster) startKubectl(arguments ...string) *gexec.Session {
	GinkgoHelper()
	command := exec.Command(filepath.Join(assets(), "kubectl"), arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig, "KUBERC=off")
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(prompt) })
	return session
}

// fetch reads an object, or fails the assertion that it is called from.
func fetch[O client.Object](ctx context.Context, c *cluster, object O) func(Gomega) O {
	return func(g Gomega) O {
		fresh := object.DeepCopyObject().(O)
		g.Expect(c.Get(ctx, client.ObjectKeyFromObject(object), fresh)).To(Succeed())
		return fresh
	}
}

// kstatusOf is what a GitOps tool that knows nothing of these kinds computes.
func (c *cluster) kstatusOf(ctx context.Context, object client.Object) func(Gomega) status.Status {
	return func(g Gomega) status.Status {
		kind, err := apiutil.GVKForObject(object, c.Scheme())
		g.Expect(err).NotTo(HaveOccurred())
		untyped := &unstructured.Unstructured{}
		untyped.SetGroupVersionKind(kind)
		g.Expect(c.Get(ctx, client.ObjectKeyFromObject(object), untyped)).To(Succeed())
		result, err := status.Compute(untyped)
		g.Expect(err).NotTo(HaveOccurred())
		return result.Status
	}
}

// gone reports whether an object has gone.
func (c *cluster) gone(ctx context.Context, object client.Object) bool {
	fresh := object.DeepCopyObject().(client.Object)
	return apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(object), fresh))
}
