// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !demo

package main

import "k8s.io/utils/clock"

// ledgerClock tells what time it is for accounts: when something was, begins and
// ends.
func ledgerClock() clock.WithTicker { return clock.RealClock{} }
