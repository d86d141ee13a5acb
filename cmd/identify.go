// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Identify reads the cluster's identity, the UID of its namespace kube-system,
// which an API server makes soon after its first start.
func Identify(ctx context.Context, reader client.Reader) (string, error) {
	cluster := &corev1.Namespace{}
	err := wait.PollUntilContextTimeout(ctx, time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
		err := reader.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, cluster)
		return err == nil, client.IgnoreNotFound(err)
	})
	if err != nil {
		return "", fmt.Errorf("read the cluster's identity, the UID of its namespace %s: %w", metav1.NamespaceSystem, err)
	}
	return string(cluster.UID), nil
}
