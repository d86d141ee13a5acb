// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestALedgerInAFileIsNamedByAnAbsolutePath(t *testing.T) {
	for url, want := range map[string]string{
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
		l := Location{URL: url}
		if err := l.Check(); err != nil || l.External() {
			t.Errorf("%q: %v", url, err)
		}
		if got, err := l.path(); err != nil || got != want {
			t.Errorf("%q is %q, %v; it should be %q", url, got, err, want)
		}
	}
}

func TestALedgerInPostgreSQLIsNamedAsForItsOwnPrograms(t *testing.T) {
	for _, url := range []string{
		"postgres://", "postgres:///prepay", "postgresql://db.example.com/prepay", "postgres://prepay_manager@/prepay",
		"postgres://prepay_manager@db.example.com:5433/prepay?sslmode=verify-full&pool_max_conns=8",
		"postgres://a.example.com:5432,b.example.com:5432/prepay?target_session_attrs=read-write",
		"POSTGRES://db.example.com/prepay",
	} {
		l := Location{URL: url, PasswordFile: "password"}
		if err := l.Check(); err != nil || !l.External() {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestAnythingElseIsRefusedWithHowToWriteIt(t *testing.T) {
	for _, url := range []string{
		"", " ", "ledger.db", "/var/lib/prepay/ledger.db", "file:///var/lib/prepay/ledger.db",
		"sqlite", "sqlite:", "sqlite:ledger.db", "sqlite://", "sqlite://ledger.db", "sqlite://host/ledger.db",
		"sqlite://user@/ledger.db", "sqlite:///ledger.db?mode=memory", "sqlite:///ledger.db#1", "sqlite:///%zz",
		"mysql://db.example.com/ledger", "1:2", "sqlite:///ledger\x00.db", "host=db.example.com dbname=prepay",
		"postgres", "postgres:prepay", "postgres://db.example.com/prepay#1", "postgres://%zz/prepay",
	} {
		l := Location{URL: url}
		if err := l.Check(); err == nil {
			t.Errorf("%q is taken", url)
		} else if !strings.Contains(err.Error(), ledgerUsage) {
			t.Errorf("%q: the error does not say how to write it: %v", url, err)
		}
	}
}

func TestAPasswordOnTheCommandLineIsRefusedAndNotRepeated(t *testing.T) {
	for _, url := range []string{
		"postgres://prepay_manager:s3cret@db.example.com/prepay", "postgres://:s3cret@/prepay",
		"postgres://db.example.com/prepay?password=s3cret", "postgres:///prepay?sslmode=disable&sslpassword=s3cret",
		"POSTGRESQL://prepay_manager:s3cret@db.example.com/prepay",
	} {
		l := Location{URL: url}
		err := l.Check()
		if err == nil || !strings.Contains(err.Error(), "--ledger-password-file") {
			t.Errorf("%q: %v", url, err)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	// What is no URL because of the password in it.
	for _, url := range []string{
		"postgres://u:s3cret#x@db.example.com/prepay", "postgres://u:123#s3cret@db.example.com/prepay",
		"postgres:u:s3cret@db.example.com/prepay", "postgres://u:s3cret/w@db.example.com/prepay", "postgres://u:%s3cret@db/prepay",
	} {
		err := (&Location{URL: url}).Check()
		if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "123") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{
		"postgres://prepay_manager:s3c%zzret@db.example.com/prepay", "postgres://prepay_manager:s3c\x00ret@db/prepay",
		"postgres://prepay_manager:s3cret@db:port/prepay", "postgres://prepay_manager:s3c ret@db/prepay",
	} {
		l := Location{URL: url}
		if err := l.Check(); err == nil || strings.Contains(err.Error(), "s3c") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestWhatTheDriverDoesNotTakeIsSaidBeforeAnythingIsOpened(t *testing.T) {
	for _, parameter := range []string{"sslmode=verify", "pool_max_conns=many", "connect_timeout=soon", "sslrootcert=/no/such/file&sslmode=verify-ca"} {
		l := Location{URL: "postgres://u@db.example.com/prepay?" + parameter}
		if err := l.Check(); err == nil || !strings.HasPrefix(err.Error(), "--ledger: ") {
			t.Errorf("%s: %v", parameter, err)
		}
	}
}

func TestAPasswordFileIsForPostgreSQL(t *testing.T) {
	l := Location{URL: "sqlite:///ledger.db", PasswordFile: "/etc/password"}
	if err := l.Check(); err == nil || !strings.Contains(err.Error(), "--ledger-password-file /etc/password") {
		t.Error(err)
	}
}

func TestTheFlagsOfALedger(t *testing.T) {
	parse := func(arguments ...string) Location {
		t.Helper()
		var l Location
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		l.Bind(flags)
		l.BindPipelining(flags)
		if err := flags.Parse(arguments); err != nil {
			t.Fatal(err)
		}
		return l
	}
	if got := parse(); got != (Location{Pipelining: true}) {
		t.Errorf("without flags it is %+v", got)
	}
	got := parse("--ledger=postgres:///prepay", "--ledger-password-file=p", "--ledger-pipelining=false")
	if got != (Location{URL: "postgres:///prepay", PasswordFile: "p"}) {
		t.Errorf("it is %+v", got)
	}
	if o := got.options(); o.PasswordFile != "p" || !o.NoPipelining {
		t.Errorf("the store is told %+v", o)
	}
	piped := parse("--ledger=postgres:///prepay")
	if o := piped.options(); o.NoPipelining {
		t.Errorf("the store is told %+v", o)
	}
}

func TestALedgerThatHasToExistIsNotMade(t *testing.T) {
	directory := t.TempDir()
	l := Location{URL: "sqlite://" + directory + "/ledger.db"}
	if store, err := l.OpenExisting(t.Context()); err == nil {
		t.Errorf("ledger %s was made", store.Identity())
	} else if !strings.Contains(err.Error(), directory) {
		t.Error(err)
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
	made, err := l.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identity := made.Identity()
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := l.OpenExisting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if store.Identity() != identity {
		t.Errorf("it is ledger %s, and %s was made", store.Identity(), identity)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
