// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
)

// kubectlApply is the field manager of kubectl apply, which the API server
// notes in managedFields.
const kubectlApply = "kubectl-client-side-apply"

// applied creates a top-up as kubectl apply does for a person who fills the
// manifest in: labels, a receipt, a reason, and the manifest once more in the
// annotation that kubectl compares with at the next apply.
func applied(c client.Client) creator {
	return func(ctx context.Context, topUp *v1alpha1.TopUp) error {
		topUp.Labels = map[string]string{"app.kubernetes.io/part-of": "counter", "till": "till-4"}
		topUp.Spec.Payment.Reference = "till-4/" + topUp.Name
		topUp.Spec.Channel = "Retail"
		topUp.Spec.Reason = "Paid at the counter by the customer"
		manifest, err := json.Marshal(map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "TopUp",
			"metadata": metav1.ObjectMeta{
				Name: topUp.Name, Namespace: topUp.Namespace, Labels: topUp.Labels, Annotations: map[string]string{},
			},
			"spec": topUp.Spec,
		})
		if err != nil {
			return err
		}
		topUp.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: string(manifest) + "\n"}
		return c.Create(ctx, topUp, client.FieldOwner(kubectlApply))
	}
}
