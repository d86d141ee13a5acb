// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
)

// BindScope adds the --scope flag.
func BindScope(flags *pflag.FlagSet, scope *string) {
	flags.StringVar(scope, "scope", "default",
		"the part of the ledger this cluster works in; it is in the key of every operation, so it must stay the same")
}

// CheckScope refuses what cannot be the name of a Ledger object.
func CheckScope(scope string) error {
	if problems := validation.IsDNS1123Label(scope); len(problems) > 0 {
		return fmt.Errorf("--scope %q is no scope: %s", scope, problems[0])
	}
	return nil
}
