// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package postgrestest runs throw-away PostgreSQL servers for tests and
// benchmarks: real ones, with fsync and synchronous_commit on, because what is
// tested with them is durability. They listen on loopback only, end with the
// process that started them, and can be killed, paused, restarted, copied to a
// streaming standby and set back to an earlier backup.
//
// It runs on Linux: it relies on /proc and on parent-death signals.
package postgrestest
