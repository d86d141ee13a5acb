// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package postgres keeps the ledger in a PostgreSQL database: for platforms that
// trust it with money.
//
// A batch is one transaction, sent in one round trip: an INSERT for each table
// it touches. Rows are only ever added. Who may write is decided by the primary
// key of the log and by its chain of hashes, at any isolation level; there are no
// locks that it depends on, no triggers and no sequences. All SQL is in statements and migrations.
//
// What [Store.Append] or [Store.Head] has told is as durable as the server's own
// commit: with synchronous standbys, they have it.
package postgres
