// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

var levels = []string{"admin", "editor", "viewer"}

func role(kind, level string) *rbacv1.ClusterRole {
	GinkgoHelper()
	text, err := os.ReadFile(filepath.Join(rbacDirectory, strings.ToLower(kind)+"_"+level+"_role.yaml"))
	Expect(err).NotTo(HaveOccurred())
	role := &rbacv1.ClusterRole{}
	Expect(yaml.UnmarshalStrict(text, role)).To(Succeed())
	return role
}

var _ = Describe("A role", func() {
	It("of any kind writes no status, deletes no collection and aggregates into no other role", func() {
		for kind, definition := range definitions() {
			plural := definition.Spec.Names.Plural
			for _, level := range levels {
				role := role(kind, level)
				Expect(role.Name).To(Equal(strings.ToLower(kind) + "-" + level + "-role"))
				for label := range role.Labels {
					Expect(label).NotTo(ContainSubstring("rbac.authorization.k8s.io/aggregate-to"), role.Name)
				}
				Expect(role.AggregationRule).To(BeNil(), role.Name)
				for _, rule := range role.Rules {
					Expect(rule.APIGroups).To(Equal([]string{"prepay.dev"}), role.Name)
					Expect(rule.Verbs).NotTo(ContainElements("*"), role.Name)
					Expect(rule.Verbs).NotTo(ContainElement("deletecollection"), role.Name)
					Expect(rule.Resources).To(HaveEach(BeElementOf(plural, plural+"/status")), role.Name)
					if slices.Contains(rule.Resources, plural+"/status") {
						Expect(rule.Verbs).To(Equal([]string{"get"}), role.Name)
					}
				}
			}
		}
	})

	DescribeTable("does not let a person forge an outcome", func(ctx SpecContext, kind, level string) {
		clusterRole := role(kind, level)
		clusterRole.Name = "forger-" + clusterRole.Name
		Expect(apiServer.Create(ctx, clusterRole)).To(Succeed())
		Expect(apiServer.Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: clusterRole.Name},
			Subjects:   []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: clusterRole.Name}},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: clusterRole.Name},
		})).To(Succeed())
		user, err := testEnvironment.AddUser(envtest.User{Name: clusterRole.Name}, nil)
		Expect(err).NotTo(HaveOccurred())
		person, err := client.New(user.Config(), client.Options{})
		Expect(err).NotTo(HaveOccurred())

		object := parse(complete[kind])
		Eventually(func() error { return person.Create(ctx, object) }).WithContext(ctx).
			Should(Succeed(), "the role's own right, once the server has seen the binding")
		set(object, "status.observedGeneration", int64(1))

		Expect(apierrors.IsForbidden(person.Status().Update(ctx, object))).To(BeTrue())
		Expect(apierrors.IsForbidden(person.Status().Patch(ctx, object, client.Merge))).To(BeTrue())
		Expect(apierrors.IsForbidden(person.DeleteAllOf(ctx, object, client.InNamespace("default")))).To(BeTrue())
	},
		Entry("about an account, as editor", "PrepayAccount", "editor"),
		Entry("about an account, as admin", "PrepayAccount", "admin"),
		Entry("about a bucket, as editor", "Bucket", "editor"),
		Entry("about a bucket, as admin", "Bucket", "admin"),
		Entry("about a top-up, as editor", "TopUp", "editor"),
		Entry("about a top-up, as admin", "TopUp", "admin"),
		Entry("about a transfer, as editor", "BalanceTransfer", "editor"),
		Entry("about a transfer, as admin", "BalanceTransfer", "admin"),
		Entry("about a reservation, as editor", "BalanceReservation", "editor"),
		Entry("about a reservation, as admin", "BalanceReservation", "admin"),
		Entry("about an adjustment, as editor", "BalanceAdjustment", "editor"),
		Entry("about an adjustment, as admin", "BalanceAdjustment", "admin"),
	)
})
