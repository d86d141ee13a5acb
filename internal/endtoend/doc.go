// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package endtoend holds the specs of the built manager as a process: what is
// left when it is killed, paused or fenced, when leaders change, when etcd is
// lost, when the database is away, killed or restored, when the API server fails,
// and what its command line says. It has nothing but tests.
package endtoend
