// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sqlite"
)

// NewAudit is the command that checks every invariant of a ledger.
func NewAudit() *cobra.Command {
	var location, output string
	command := &cobra.Command{
		Use:   "audit",
		Short: "Check every invariant of a ledger, and name each row that breaks one",
		Long: "Audit reads a ledger from its first batch to its last: the chain of hashes, the rows against the log one by one,\n" +
			"balances, floors, and that each tenant's money sums to zero. It writes nothing and works while a manager runs.\n" +
			"It exits with 1 if there is a finding.",
		Example: "  manager audit --ledger sqlite:///var/lib/prepay/ledger.db\n  manager audit --ledger sqlite:///var/lib/prepay/ledger.db -o json",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if output != "table" && output != "json" {
				return fmt.Errorf("--output %q is unknown: say table or json", output)
			}
			path, err := LedgerPath(location)
			if err != nil {
				return err
			}
			store, err := sqlite.OpenReadOnly(command.Context(), path)
			if err != nil {
				return err
			}
			defer store.Close() //nolint:errcheck // nothing was written
			report, err := audit.Run(command.Context(), store)
			if err != nil {
				return err
			}
			if output == "json" {
				err = json.NewEncoder(command.OutOrStdout()).Encode(report)
			} else {
				_, err = fmt.Fprintln(command.OutOrStdout(), report)
			}
			if err == nil && !report.Clean() {
				err = fmt.Errorf("the ledger is broken: findings: %d", int64(len(report.Findings))+report.Omitted)
			}
			return err
		},
	}
	BindLedger(command.Flags(), &location)
	command.Flags().StringVarP(&output, "output", "o", "table", "how to print the report: table or json")
	return command
}
