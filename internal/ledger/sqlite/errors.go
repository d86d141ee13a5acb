// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// resultCode is SQLite's extended result code of an error, 0 if it is not one
// of SQLite's.
func resultCode(err error) int {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return failure.Code()
	}
	return 0
}

// rejected wraps an error with [ledger.ErrRejected] if it is about the content
// of the rows, so that the same rows would fail again. Everything else (disk
// full, input and output, locks) says nothing about them.
func rejected(err error) error {
	switch code := resultCode(err); {
	case code&0xff == sqlite3.SQLITE_CONSTRAINT,
		code&0xff == sqlite3.SQLITE_MISMATCH,
		code&0xff == sqlite3.SQLITE_TOOBIG:
		return fmt.Errorf("%w: %w", ledger.ErrRejected, err)
	default:
		return err
	}
}

// notADatabase says in our words what SQLite says about a file of another kind.
func notADatabase(err error) error {
	if resultCode(err)&0xff == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%w: %w", ErrNoLedger, err)
	}
	return err
}
