// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/prepay-operator/prepay-operator/internal/ledger/postgres"
)

const (
	database = "ledger"
	// owner makes the tables; manager is the role that may only add to them.
	owner   = "prepay_owner"
	manager = "prepay_manager"
)

// url names all the given nodes. Clients take the one that lets them write, and
// do not wait long for one that does not answer.
func (c *cluster) url(role, database string, nodes ...*node) string {
	hosts := make([]string, len(nodes))
	for i, n := range nodes {
		hosts[i] = n.address
	}
	address := url.URL{
		Scheme: "postgres", Host: strings.Join(hosts, ","), Path: database,
		User: url.UserPassword(role, c.password),
		RawQuery: url.Values{
			"target_session_attrs": {"read-write"}, "connect_timeout": {"2"}, "sslmode": {"disable"},
		}.Encode(),
	}
	return address.String()
}

// ledgerURL is without a password, which is in passwordFile.
func (c *cluster) ledgerURL(role string) string {
	return strings.Replace(c.url(role, database, c.nodes...), ":"+c.password+"@", "@", 1)
}

func (c *cluster) passwordFile() string { return filepath.Join(c.dir, "password") }

// makeLedger makes the two roles, the database and its tables, and the table of
// the stragglers.
func (c *cluster) makeLedger(ctx context.Context) error {
	if err := c.account.write(c.passwordFile(), []byte(c.password)); err != nil {
		return err
	}
	connection, err := pgx.Connect(ctx, c.url(superuser, "postgres", c.nodes...))
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	// The password has letters and digits only.
	for _, statement := range []string{
		"CREATE ROLE " + owner + " LOGIN PASSWORD '" + c.password + "'",
		"CREATE ROLE " + manager + " LOGIN PASSWORD '" + c.password + "'",
		"CREATE DATABASE " + database + " OWNER " + owner,
		stragglerTable,
	} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return err
		}
	}
	// A client that meets a standby without the new database looks no further.
	var migrated error
	waited := c.await(ctx, "all nodes have the database", func() (bool, error) {
		_, migrated = postgres.Migrate(ctx, c.ledgerURL(owner), postgres.Options{PasswordFile: c.passwordFile()}, manager)
		return !postgres.Unreachable(migrated), migrated
	})
	return errors.Join(waited, migrated)
}
