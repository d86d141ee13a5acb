// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build race

package endtoend

// buildFlags make the manager's own races fail the specs, as those of the
// specs do.
var buildFlags = []string{"-race"}
