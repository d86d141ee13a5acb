// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

var _ = Describe("The editor role", func() {
	var ns string
	BeforeEach(func() { ns = newNamespace() })

	// as is a client of a user who has a role of this project in the namespace.
	as := func(file string) client.Client {
		GinkgoHelper()
		content, err := os.ReadFile(filepath.Join("..", "config", "rbac", file))
		Expect(err).NotTo(HaveOccurred())
		var role rbacv1.ClusterRole
		Expect(yaml.UnmarshalStrict(content, &role)).To(Succeed())
		role.Name = ns + "-" + role.Name
		user := ns + "-user"
		binding := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: role.Name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		}
		apply(&role, binding)
		config := rest.CopyConfig(cfg)
		config.Impersonate = rest.ImpersonationConfig{UserName: user}
		c, err := client.New(config, client.Options{Scheme: scheme})
		Expect(err).NotTo(HaveOccurred())
		return c
	}

	DescribeTable("lets its holder create and read, and never write status",
		func(file string, obj client.Object, forge func(client.Object)) {
			editor := as(file)
			obj.SetNamespace(ns)
			// The authorizer learns of the binding from a watch.
			Eventually(func() error { return editor.Create(ctx, obj) }).Should(Succeed())
			Expect(editor.Get(ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())

			forge(obj)
			Expect(apierrors.IsForbidden(editor.Status().Update(ctx, obj))).To(BeTrue(), "a PUT of a forged status")
			base := obj.DeepCopyObject().(client.Object)
			forge(obj)
			Expect(apierrors.IsForbidden(editor.Status().Patch(ctx, obj, client.MergeFrom(base)))).To(BeTrue(), "a patch of it")
		},
		Entry("of accounts", "prepayaccount_editor_role.yaml", MakeAccount("", "forged").Currency("XXX").Obj(), func(o client.Object) {
			o.(*v1alpha1.PrepayAccount).Status.Balance = ptr.To(balanceOf("9.00 EUR", "9.00 EUR"))
		}),
		Entry("of buckets", "bucket_editor_role.yaml", MakeBucket("", "forged", "alice").Obj(), func(o client.Object) {
			o.(*v1alpha1.Bucket).Status.Balance = &v1alpha1.BucketBalance{Remaining: "9 GB", Reserved: "0 GB", Accepted: "0 GB"}
		}),
		Entry("of top-ups", "topup_editor_role.yaml", MakeTopUp("", "forged", "alice", "1.00 EUR").Obj(), func(o client.Object) {
			o.(*v1alpha1.TopUp).Status.TransactionID = "00000000-0000-5000-8000-000000000000"
		}),
		Entry("of transfers", "balancetransfer_editor_role.yaml", MakeTransfer("", "forged", "alice", "bob", "1.00 EUR").Obj(),
			func(o client.Object) {
				o.(*v1alpha1.BalanceTransfer).Status.TransactionID = "00000000-0000-5000-8000-000000000000"
			}),
		Entry("of adjustments", "balanceadjustment_editor_role.yaml",
			MakeAdjustment("", "forged", "alice", v1alpha1.AdjustmentGoodwillCredit, "1.00 EUR").Obj(), func(o client.Object) {
				o.(*v1alpha1.BalanceAdjustment).Status.TransactionID = "00000000-0000-5000-8000-000000000000"
			}),
		Entry("of reservations", "balancereservation_editor_role.yaml", MakeReservation("", "forged", "alice", "1.00 EUR").Obj(),
			func(o client.Object) { o.(*v1alpha1.BalanceReservation).Status.Charged = "1.00 EUR" }),
	)

	It("gives nobody a top-up that was born completed", func() {
		editor := as("topup_editor_role.yaml")
		forged := MakeTopUp(ns, "born", "alice", "1.00 EUR").Obj()
		forged.Status = v1alpha1.TopUpStatus{OneShotStatus: v1alpha1.OneShotStatus{
			ObservedGeneration: 1, TransactionID: "00000000-0000-5000-8000-000000000000",
			Conditions: []metav1.Condition{{
				Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonCompleted,
				Message: "forged", ObservedGeneration: 1, LastTransitionTime: metav1.Now(),
			}},
		}}
		Eventually(func() error { return editor.Create(ctx, forged) }).Should(Succeed())
		becomes(forged, "False AccountNotFound")
		Expect(forged.Status.TransactionID).To(BeEmpty())
	})
})
