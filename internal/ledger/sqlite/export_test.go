// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"fmt"
)

// Pragma reads a setting of the connection that writes.
func Pragma(ctx context.Context, store *Store, name string) (string, error) {
	var value any
	err := store.writer.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return fmt.Sprint(value), err
}
