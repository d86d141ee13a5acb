// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps the ledger in one SQLite file: for a laptop, a test, or
// an installation that is content with one manager and one disk.
//
// A commit is durable when [Store.Append] returns (write-ahead log, synchronous
// FULL). One process writes: it holds an operating system lock on
// "<file>.lock", which a killed process loses with its life. Others may read
// meanwhile, see [OpenReadOnly].
//
// Four files belong together: the ledger, "-wal", "-shm" and ".lock". While a
// manager runs, or after one was killed, the newest batches are in "-wal";
// after a clean stop it is empty and the ledger is complete by itself.
package sqlite
