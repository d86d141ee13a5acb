// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cmd holds what the manager's binary does besides running: the audit
// of a ledger and the acceptance of one.
package cmd

import (
	"fmt"
	"net/url"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
)

const ledgerUsage = "where the ledger is kept: sqlite:///absolute/path/ledger.db"

// BindLedger adds the --ledger flag.
func BindLedger(flags *pflag.FlagSet, location *string) {
	flags.StringVar(location, "ledger", "", ledgerUsage)
}

// BindScope adds the --scope flag.
func BindScope(flags *pflag.FlagSet, scope *string) {
	flags.StringVar(scope, "scope", "default",
		"the part of the ledger this cluster works in; it is in the key of every operation, so it must stay the same")
}

// LedgerPath is the path of the database that --ledger names.
func LedgerPath(location string) (string, error) {
	if location == "" {
		return "", fmt.Errorf("--ledger is missing: say %s", ledgerUsage)
	}
	u, err := url.Parse(location)
	if err != nil {
		return "", fmt.Errorf("--ledger %q: %w; say %s", location, err, ledgerUsage)
	}
	if u.Scheme != "sqlite" || u.User != nil || u.Host != "" || u.Path == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--ledger %q is no ledger this program can keep: say %s", location, ledgerUsage)
	}
	return u.Path, nil
}

// CheckScope refuses what cannot be the name of a Ledger object.
func CheckScope(scope string) error {
	if problems := validation.IsDNS1123Label(scope); len(problems) > 0 {
		return fmt.Errorf("--scope %q is no scope: %s", scope, problems[0])
	}
	return nil
}
