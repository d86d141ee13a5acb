// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/conditioncheck"
)

// conditioned is an object of this API.
type conditioned = conditioncheck.Object

// inspector checks every version of every object that was ever written.
var inspector *conditioncheck.Inspector

func inspectConditions() *conditioncheck.Inspector {
	GinkgoHelper()
	i, err := conditioncheck.Inspect(ctx, k8s)
	Expect(err).NotTo(HaveOccurred())
	return i
}

var _ = AfterEach(func() {
	Eventually(inspector.CaughtUp).WithArguments(ctx).Should(BeTrue(), "the condition checker sees all that was written")
	Expect(inspector.Findings()).To(BeEmpty(), "what the condition checker found in the objects as they were written")
})

// readyOf is Ready's status and reason, "" before the first reconcile.
func readyOf(obj conditioned) string {
	if c := meta.FindStatusCondition(obj.GetConditions(), v1alpha1.ConditionReady); c != nil {
		return string(c.Status) + " " + c.Reason
	}
	return ""
}

// messageOf is Ready's message.
func messageOf(obj conditioned) string {
	if c := meta.FindStatusCondition(obj.GetConditions(), v1alpha1.ConditionReady); c != nil {
		return c.Message
	}
	return ""
}
