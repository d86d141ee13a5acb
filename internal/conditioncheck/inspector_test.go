// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package conditioncheck_test

import (
	"context"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/conditioncheck"
)

var _ = Describe("An Inspector", func() {
	var (
		watches   atomic.Int32
		cluster   client.WithWatch
		inspector *conditioncheck.Inspector
	)

	BeforeEach(func() {
		scheme := runtime.NewScheme()
		Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
		there := waits()
		there.Namespace, there.Name, there.UID, there.Status.TransactionID = "retail", "there", "there", "t"
		cluster = fake.NewClientBuilder().WithScheme(scheme).WithObjects(there).WithInterceptorFuncs(interceptor.Funcs{
			// A list has a version, as an API server's does.
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
				err := c.List(ctx, list, options...)
				list.SetResourceVersion("1000")
				return err
			},
			// Its watches have no past.
			Watch: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) (watch.Interface, error) {
				watcher, err := c.Watch(ctx, list, options...)
				watches.Add(1)
				return watcher, err
			},
		}).Build()
		watches.Store(0)
		watching, unwatch := context.WithCancel(context.Background())
		DeferCleanup(unwatch)
		var err error
		inspector, err = conditioncheck.Inspect(watching, cluster)
		Expect(err).NotTo(HaveOccurred())
		Eventually(watches.Load).Should(BeNumerically("==", 7))
	})

	It("checks what is there already", func(ctx SpecContext) {
		Expect(inspector.CaughtUp(ctx)).To(BeTrue())
		Expect(inspector.Findings()).To(ConsistOf(And(
			ContainSubstring("*v1alpha1.TopUp retail/there"), ContainSubstring("has the transaction"),
		)))
	})

	It("checks every later version of every kind, also of what has gone", func(ctx SpecContext) {
		named := func(o client.Object) client.Object {
			o.SetNamespace("retail")
			o.SetName("new")
			return o
		}
		ledger := &v1alpha1.Ledger{ObjectMeta: metav1.ObjectMeta{Name: "new"}}
		for kind, object := range map[string]client.Object{
			"PrepayAccount": named(&v1alpha1.PrepayAccount{}), "Bucket": named(&v1alpha1.Bucket{}), "TopUp": named(&v1alpha1.TopUp{}),
			"BalanceTransfer": named(&v1alpha1.BalanceTransfer{}), "BalanceReservation": named(&v1alpha1.BalanceReservation{}),
			"BalanceAdjustment": named(&v1alpha1.BalanceAdjustment{}), "Ledger": ledger,
		} {
			// Nothing says that no reconcile has been there.
			object.SetUID(types.UID(kind))
			Expect(cluster.Create(ctx, object)).To(Succeed())
			Eventually(inspector.Findings).Should(ContainElement(And(
				ContainSubstring("*v1alpha1."+kind+" "), ContainSubstring("there is no Ready at generation 0"),
			)))
			Eventually(inspector.CaughtUp).WithArguments(ctx).Should(BeTrue())
			Expect(cluster.Delete(ctx, object)).To(Succeed())
			Eventually(inspector.CaughtUp).WithArguments(ctx).Should(BeTrue())
		}
	})

	It("holds each version against the one before", func(ctx SpecContext) {
		done := completed()
		done.Namespace, done.Name, done.UID = "retail", "done", "done"
		Expect(cluster.Create(ctx, done)).To(Succeed())
		again := done.DeepCopy()
		again.Status = *waits().Status.DeepCopy()
		Expect(cluster.Update(ctx, again)).To(Succeed())
		Eventually(inspector.Findings).Should(ContainElement(And(
			ContainSubstring("retail/done"), ContainSubstring("it ended as True Completed and then changed to False AccountNotFound"),
		)))
	})
})
