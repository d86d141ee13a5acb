// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd_test

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/prepay-operator/prepay-operator/cmd"
)

func TestLedgerPathTakesAnAbsolutePathOfSQLite(t *testing.T) {
	for location, want := range map[string]string{
		"sqlite:///var/lib/prepay/ledger.db":  "/var/lib/prepay/ledger.db",
		"sqlite:/var/lib/prepay/ledger.db":    "/var/lib/prepay/ledger.db",
		"sqlite:///srv/my%20money/ledger.db":  "/srv/my money/ledger.db",
		"sqlite:///srv/100%25/a%3Fb%23c.db":   "/srv/100%/a?b#c.db",
		"sqlite:///srv/my money/ledger.db":    "/srv/my money/ledger.db",
		"SQLite:///var/lib/prepay/ledger.db":  "/var/lib/prepay/ledger.db",
		"sqlite:///var/lib/prepay/ledger+1":   "/var/lib/prepay/ledger+1",
		"sqlite:///var/lib/prepay/../l/ä.db":  "/var/lib/prepay/../l/ä.db",
		"sqlite:///var/lib/prepay:1/ledger.d": "/var/lib/prepay:1/ledger.d",
	} {
		if got, err := cmd.LedgerPath(location); err != nil || got != want {
			t.Errorf("%q is %q, %v; it should be %q", location, got, err, want)
		}
	}
}

func TestLedgerPathRefusesAnythingElseAndSaysHowToWriteIt(t *testing.T) {
	for _, location := range []string{
		"", " ", "ledger.db", "/var/lib/prepay/ledger.db", "file:///var/lib/prepay/ledger.db",
		"sqlite", "sqlite:", "sqlite:ledger.db", "sqlite://", "sqlite://ledger.db", "sqlite://host/ledger.db",
		"sqlite://user@/ledger.db", "sqlite:///ledger.db?mode=memory", "sqlite:///ledger.db#1", "sqlite:///%zz",
		"postgres://db.example.com/ledger", "postgresql:///ledger", "1:2", "sqlite:///ledger\x00.db",
	} {
		path, err := cmd.LedgerPath(location)
		if err == nil {
			t.Errorf("%q is taken for %q", location, path)
		} else if !strings.Contains(err.Error(), "sqlite:///absolute/path/ledger.db") {
			t.Errorf("%q: the error does not say how to write it: %v", location, err)
		}
	}
}

func TestTheFlagsOfALedger(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	var location, scope string
	cmd.BindLedger(flags, &location)
	cmd.BindScope(flags, &scope)
	if err := flags.Parse(nil); err != nil || location != "" || scope != "default" {
		t.Errorf("without flags the ledger is %q and the scope %q, %v", location, scope, err)
	}
	if err := flags.Parse([]string{"--ledger=sqlite:///l.db", "--scope=east"}); err != nil || location != "sqlite:///l.db" || scope != "east" {
		t.Errorf("the ledger is %q and the scope %q, %v", location, scope, err)
	}
}

func TestAScopeIsAName(t *testing.T) {
	for scope, taken := range map[string]bool{"default": true, "east-1": true, "": false, "East": false, "a.b": false, "a b": false} {
		if err := cmd.CheckScope(scope); (err == nil) != taken {
			t.Errorf("%q: %v", scope, err)
		}
	}
}
