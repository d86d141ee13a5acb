// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ledgertest is how the ledger is proved: the specs that every store
// has to pass, a model that compares random commands with an oracle, a store in
// memory and one that fails as a test wants it to.
package ledgertest
