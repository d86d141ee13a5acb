// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"flag"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

var operations = flag.Int("operations", 60_000, "how many operations all specs together try at least")

// share is a part of the operations, in percent. The parts of all specs sum to
// at least 100.
func share(percent int) int { return *operations * percent / 100 }

// callers is how many post at once. More of them make larger batches, and so a
// large load faster and a small one poorer in faults.
func callers() int { return min(64+*operations/5_000, 256) }

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(runChild())
	}
	flag.Parse()
	os.Exit(m.Run())
}

func TestFaults(t *testing.T) {
	SetDefaultEventuallyTimeout(60 * time.Second)
	SetDefaultEventuallyPollingInterval(5 * time.Millisecond)
	RegisterFailHandler(Fail)
	RunSpecs(t, "Faults Suite")
}

var _ = AfterSuite(func() { Expect(postgrestest.StopShared()).To(Succeed()) })
