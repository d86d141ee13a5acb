// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cmd holds the commands of the manager's binary beside running, the
// flags they share with it, and what is done with a ledger by the one manager
// that is active.
package cmd
