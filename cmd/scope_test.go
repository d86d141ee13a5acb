// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import "testing"

func TestAScopeIsAName(t *testing.T) {
	for scope, taken := range map[string]bool{"default": true, "east-1": true, "": false, "East": false, "a.b": false, "a b": false} {
		if err := CheckScope(scope); (err == nil) != taken {
			t.Errorf("%q: %v", scope, err)
		}
	}
}
