// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"fmt"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
)

// sink shows what committers log when a spec fails.
type sink struct{}

func (sink) Init(logr.RuntimeInfo)            {}
func (sink) Enabled(int) bool                 { return true }
func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

func (sink) Info(_ int, message string, pairs ...any) {
	fmt.Fprintln(GinkgoWriter, append([]any{message}, pairs...)...)
}

func (sink) Error(err error, message string, pairs ...any) {
	fmt.Fprintln(GinkgoWriter, append([]any{message, err}, pairs...)...)
}
