// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	neturl "net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgrestest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := postgrestest.StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run runs a command and returns what it prints.
func run(t *testing.T, command *cobra.Command, arguments ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, progress bytes.Buffer
	command.SetArgs(arguments)
	command.SetOut(&out)
	command.SetErr(&progress)
	command.SilenceErrors, command.SilenceUsage = true, true
	err = command.ExecuteContext(t.Context())
	return out.String(), progress.String(), err
}

// newDatabase is the URL of an empty database, with its password in a file.
func newDatabase(t *testing.T) string {
	t.Helper()
	server, err := postgrestest.Shared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	url, err := server.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// grantee makes a role for the time of the test.
func grantee(t *testing.T, url, role string) {
	t.Helper()
	server, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Exec(t.Context(), "CREATE ROLE "+role); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, statement := range []string{"DROP OWNED BY " + role, "DROP ROLE " + role} {
			if _, err := server.Exec(ctx, statement); err != nil {
				t.Error(err)
			}
		}
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestMigrateMakesALedgerAndSaysWhatItDid(t *testing.T) {
	url, role := newDatabase(t), fmt.Sprintf("manager_%d", os.Getpid())
	_, _, err := run(t, NewAudit(), "--ledger", url)
	if err == nil || !strings.Contains(err.Error(), "there is no ledger") {
		t.Errorf("audit of an empty database: %v", err)
	}
	_, _, err = run(t, NewMigrate(), "--ledger", url, "--grant-to", role)
	if err == nil || !strings.Contains(err.Error(), role) || !strings.Contains(err.Error(), "make it first") {
		t.Errorf("a role that is missing: %v", err)
	}
	grantee(t, url, role)
	for range 2 {
		stdout, stderr, err := run(t, NewMigrate(), "--ledger", url, "--grant-to", role)
		if err != nil || !strings.Contains(stdout, "are version ") || !strings.Contains(stdout, role) || stderr == "" {
			t.Errorf("%v: %q, %q", err, stdout, stderr)
		}
	}
	stdout, _, err := run(t, NewAudit(), "--ledger", url)
	if err != nil || !strings.Contains(stdout, "Nothing is wrong.") {
		t.Errorf("%v: %q", err, stdout)
	}
}

func TestMigrateIsForPostgreSQL(t *testing.T) {
	_, _, err := run(t, NewMigrate(), "--ledger", "sqlite:///var/lib/prepay/ledger.db")
	if err == nil || !strings.Contains(err.Error(), "the manager makes and updates a ledger in a file itself") {
		t.Error(err)
	}
}

func TestALongAuditSaysHowFarItIs(t *testing.T) {
	var out bytes.Buffer
	rows := &countedRows{out: &out, batch: 7, said: time.Now()}
	rows.count()
	if out.Len() > 0 {
		t.Errorf("it said at once: %q", out.String())
	}
	rows.said = rows.said.Add(-progressInterval)
	rows.count()
	rows.count()
	if got := out.String(); got != "audited 2 rows, the log up to batch 7\n" {
		t.Errorf("it said %q", got)
	}
}

func TestARoleThatMayNotIsToldWhoMay(t *testing.T) {
	url, role := newDatabase(t), fmt.Sprintf("nobody_%d", os.Getpid())
	if _, _, err := run(t, NewMigrate(), "--ledger", url, "--grant-to", ""); err != nil {
		t.Fatal(err)
	}
	grantee(t, url, role)
	server, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close(t.Context()) //nolint:errcheck // nothing is lost with it
	if _, err := server.Exec(t.Context(), "ALTER ROLE "+role+" LOGIN"); err != nil {
		t.Fatal(err)
	}
	address, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	address.User = neturl.User(role)
	for advice, command := range map[string]*cobra.Command{notGranted: NewAudit(), notOwner: NewMigrate()} {
		_, _, err := run(t, command, "--ledger", address.String())
		if err == nil || !strings.Contains(err.Error(), "permission denied") || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v", command.Name(), err)
		}
	}
}

func TestAMigrationThatIsStoppedSaysSo(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	command := NewMigrate()
	command.SetArgs([]string{"--ledger", "postgres://u@127.0.0.1:1/prepay"})
	command.SetOut(io.Discard)
	command.SetErr(stopper(stop))
	command.SilenceErrors, command.SilenceUsage = true, true
	if err := command.ExecuteContext(ctx); err == nil || !strings.HasPrefix(err.Error(), "stopped before the tables were up to date") {
		t.Error(err)
	}
}

// stopper is where a command writes that is to be stopped when it waits.
type stopper func()

func (s stopper) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte("Trying again: the database cannot be reached")) {
		s()
	}
	return len(text), nil
}
