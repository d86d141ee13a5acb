// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package faults has no code of its own: its specs run committers over a real
// PostgreSQL while connections are cut, processes and servers are killed, disks
// fill up and standbys are promoted. Each spec tells how many operations it
// tried, how many were acknowledged, and how many of those were lost or
// happened twice, which is to be none.
package faults
