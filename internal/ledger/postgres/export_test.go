// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package postgres

import "time"

// AnswerWithin makes a store give up waiting for a commit's answer sooner.
func AnswerWithin(store *Store, limit time.Duration) { store.within = limit }

// NewestSchema is the version of the tables that this program reads.
const NewestSchema = newestSchema
