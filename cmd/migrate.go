// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

// sayAgain is how often a migration that waits says why.
const sayAgain = 10 * time.Second

// NewMigrate is the command that makes the tables of a PostgreSQL ledger.
func NewMigrate() *cobra.Command {
	var location Location
	var grantTo string
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Make the tables of a ledger in PostgreSQL, or bring them up to date",
		Long: "Migrate makes the tables of a ledger in an empty database, or brings those of an older program up to date. It is\n" +
			"run as the owner of the tables, before the manager that needs them; the manager's own role may only read, and\n" +
			"add to the log. It can be run again at any time, and waits for a database that cannot be reached yet.\n" +
			"config/samples/postgres/roles.sql makes both roles and the database.",
		Example: "  manager migrate --ledger 'postgres://prepay_owner@db.example.com/prepay?sslmode=verify-full' --ledger-password-file password\n" +
			"  PGHOST=db.example.com PGSSLMODE=verify-full PGUSER=prepay_owner manager migrate --ledger postgres:///prepay --grant-to billing_manager",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := location.Check(); err != nil {
				return err
			}
			if !location.External() {
				return fmt.Errorf("--ledger %s: the manager makes and updates a ledger in a file itself when it starts; "+
					"migrate is for PostgreSQL", location.URL)
			}
			progress := command.ErrOrStderr()
			fmt.Fprintln(progress, "Bringing the tables up to date; another migration that runs is waited for.")
			var version int64
			err := location.reach(command.Context(), func(reason error) {
				fmt.Fprintf(progress, "Trying again: %v\n", reason)
			}, sayAgain, func(ctx context.Context) (err error) {
				version, err = postgres.Migrate(ctx, location.address(), location.options(), grantTo)
				return denied(err, notOwner)
			})
			if err != nil && command.Context().Err() != nil {
				return errors.New("stopped before the tables were up to date; what was begun is undone, and migrate can be run again")
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(command.OutOrStdout(), "The tables of the ledger are version %d.\n", version)
			if err == nil && grantTo != "" {
				_, err = fmt.Fprintf(command.OutOrStdout(), "The role %s may read them and add to the log.\n", grantTo)
			}
			return err
		},
	}
	location.Bind(command.Flags())
	command.Flags().StringVar(&grantTo, "grant-to", "prepay_manager",
		"the role of the manager, which gets what it needs and no more; it has to be there")
	return command
}
