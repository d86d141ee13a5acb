// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// ErrNoLedger tells that there is no ledger in a database.
var ErrNoLedger = errors.New("there is no ledger of the prepay operator in this database")

// ErrSchema tells that a ledger's tables are not those of this program.
var ErrSchema = errors.New("the tables are of another version")

// rejected wraps an error with [ledger.ErrRejected] if it is about the content
// of the rows, so that the same rows would fail again. A row of the table batch
// is refused because the log is not what its writer thinks. Everything else says
// nothing about the rows: neither a missing permission nor a server that has run
// out of transaction IDs must make good commands bad.
func rejected(err error) error {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) || failure.TableName == "batch" || errors.As(err, new(*pgconn.ConnectError)) {
		return err
	}
	if pgerrcode.IsDataException(failure.Code) || pgerrcode.IsIntegrityConstraintViolation(failure.Code) ||
		pgerrcode.IsProgramLimitExceeded(failure.Code) && failure.TableName != "" {
		return fmt.Errorf("%w: %w", ledger.ErrRejected, err)
	}
	return err
}

// Unreachable reports whether an error says that the server is not there, or
// does not let anybody in now, so that the same may succeed later. Everything
// about who may come in counts: passwords are rotated and databases are made. A
// file that is missing on this side does not.
func Unreachable(err error) bool {
	var refused *pgconn.ConnectError
	var failure *pgconn.PgError
	var network net.Error
	switch {
	case errors.As(err, new(*fs.PathError)):
		return false
	case errors.As(err, &refused), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, pgconn.ErrConnClosed),
		errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.As(err, &failure):
		return slices.ContainsFunc(passing, func(class func(string) bool) bool { return class(failure.Code) })
	default:
		return false
	}
}

// passing are the classes of errors that may be over at the next try.
var passing = []func(code string) bool{
	pgerrcode.IsConnectionException, pgerrcode.IsOperatorIntervention, pgerrcode.IsInsufficientResources,
	pgerrcode.IsInvalidAuthorizationSpecification, pgerrcode.IsSystemError, pgerrcode.IsTransactionRollback,
	pgerrcode.IsWarning,
	func(code string) bool {
		return code == pgerrcode.InvalidCatalogName || code == pgerrcode.ReadOnlySQLTransaction ||
			code == pgerrcode.LockNotAvailable
	},
}

// undefinedTable reports whether a table is missing.
func undefinedTable(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == pgerrcode.UndefinedTable
}
