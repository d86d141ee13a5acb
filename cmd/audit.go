// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/prepay-operator/prepay-operator/internal/ledger/audit"
)

// NewAudit is the command that checks every invariant of a ledger.
func NewAudit() *cobra.Command {
	var location Location
	var output string
	command := &cobra.Command{
		Use:   "audit",
		Short: "Check every invariant of a ledger, and name each row that breaks one",
		Long: "Audit reads a ledger from its first batch to its last: the chain of hashes, the rows against the log one by one,\n" +
			"balances, floors, and that each tenant's money sums to zero. It writes nothing and works while a manager runs.\n" +
			"It exits with 1 if there is a finding. If it takes long, it says on stderr how far it is.",
		Example: "  manager audit --ledger sqlite:///var/lib/prepay/ledger.db -o json\n" +
			"  manager audit --ledger 'postgres://prepay_manager@db.example.com/prepay?sslmode=verify-full' --ledger-password-file password",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if output != "table" && output != "json" {
				return fmt.Errorf("--output %q is unknown: say table or json", output)
			}
			if err := location.Check(); err != nil {
				return err
			}
			store, err := location.OpenReadOnly(command.Context())
			if err != nil {
				return err
			}
			defer store.Close() //nolint:errcheck // nothing was written
			report, err := audit.Run(command.Context(), &progress{Source: store, out: command.ErrOrStderr()})
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
	location.Bind(command.Flags())
	command.Flags().StringVarP(&output, "output", "o", "table", "how to print the report: table or json")
	return command
}
