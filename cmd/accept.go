// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	prepayv1alpha1 "github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/controllers"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
)

// NewLedger is the command with what a person does to a ledger.
func NewLedger() *cobra.Command {
	command := &cobra.Command{Use: "ledger", Short: "What a person does to a ledger"}
	command.AddCommand(newAccept())
	return command
}

func newAccept() *cobra.Command {
	var location Location
	var scope string
	command := &cobra.Command{
		Use:   "accept",
		Short: "Accept a ledger that is not the one the cluster recorded",
		Long: "A manager writes nothing to a ledger that lacks the head which the Ledger object records, for example after the\n" +
			"database was restored from a backup: what was committed after the backup is gone. Accept records, in the ledger,\n" +
			"that a person takes it as it is. A manager with its ledger in a file has to be stopped first; one with PostgreSQL\n" +
			"may wait meanwhile, and goes on.",
		Example: "  manager ledger accept --ledger sqlite:///var/lib/prepay/ledger.db\n" +
			"  manager ledger accept --ledger 'postgres://prepay_manager@db.example.com/prepay?sslmode=verify-full' --ledger-password-file password",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := errors.Join(location.Check(), CheckScope(scope)); err != nil {
				return err
			}
			recorded, err := recordedHead(command.Context(), scope)
			if err != nil {
				return err
			}
			store, err := location.OpenExisting(command.Context())
			if err != nil {
				return err
			}
			defer store.Close() //nolint:errcheck // the outcome is durable or reported
			contained, err := controllers.Contains(command.Context(), store, recorded)
			if err != nil {
				return err
			}
			if contained {
				return fmt.Errorf("there is nothing to accept: ledger %s has the recorded head, sequence %d",
					store.Identity(), recorded.Sequence)
			}
			if err := accept(command.Context(), store, scope, recorded); err != nil {
				return err
			}
			_, err = fmt.Fprintf(command.OutOrStdout(), "Ledger %s is accepted in place of ledger %s at sequence %d.\n",
				store.Identity(), recorded.LedgerID, recorded.Sequence)
			return err
		},
	}
	location.Bind(command.Flags())
	location.BindPipelining(command.Flags())
	BindScope(command.Flags(), &scope)
	return command
}

// recordedHead reads what the cluster recorded.
func recordedHead(ctx context.Context, scope string) (ledger.AcceptHead, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return ledger.AcceptHead{}, err
	}
	scheme := runtime.NewScheme()
	if err := prepayv1alpha1.AddToScheme(scheme); err != nil {
		return ledger.AcceptHead{}, err
	}
	reader, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return ledger.AcceptHead{}, err
	}
	recorded, ok, err := controllers.RecordedHead(ctx, reader, scope)
	if err == nil && !ok {
		err = fmt.Errorf("the cluster at %s records no ledger for the scope %s: there is nothing to accept", config.Host, scope)
	}
	return recorded, err
}

// accept records the acceptance in the ledger, as a new epoch of the scope.
func accept(ctx context.Context, store ledger.Store, scope string, recorded ledger.AcceptHead) error {
	subject := ledger.EpochSubject(scope)
	found, err := store.Load(ctx, ledger.Request{Facts: []ledger.ID{subject}})
	if err != nil {
		return fmt.Errorf("read what was accepted: %w", err)
	}
	recorded.ExpectVersion = found.Facts[subject].Version
	outcome, err := committer.Once(ctx, store, committer.Options{}, ledger.Command{
		Key: ledger.SettingsKey(subject, recorded.ExpectVersion+1), Scope: scope, Operation: recorded,
	})
	if err == nil && outcome.Status != ledger.Accepted {
		err = fmt.Errorf("the ledger did not take it: %s", outcome.Code)
	}
	return err
}
