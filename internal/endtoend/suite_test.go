// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// These specs run the manager as users do: the program itself, a process that
// is killed and started again, against etcd and kube-apiserver.

var (
	// program is the manager's binary.
	program string
	// shared is the cluster of all specs that do not lose theirs. Each spec
	// leaves it without objects of this API.
	shared *cluster
)

func TestManager(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Manager")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	var err error
	program, err = gexec.Build("github.com/prepay-operator/prepay-operator", buildFlags...)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
	shared = startCluster(ctx)
	DeferCleanup(shared.stop)
})

var _ = AfterEach(func(ctx SpecContext) { shared.expectConditions(ctx) })
