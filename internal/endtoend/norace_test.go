// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !race

package endtoend

// buildFlags are the flags that the manager is built with.
var buildFlags []string
