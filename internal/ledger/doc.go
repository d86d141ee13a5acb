// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ledger is the vocabulary of the ledger: what may be asked of it
// ([Command]), what it answers ([Outcome], [Code]), how everything in it is
// named ([ID], keys and fingerprints), what it keeps ([Batch], [Record] and
// their rows) and the two small faces it shows: [Ledger] to those who post,
// [Store] to those who keep.
//
// It holds no rule about money. The rules are in the package book, which
// decides; the committer batches and seals; the stores load and append.
//
// All amounts are integers of a unit's base scale (see package money), with an
// absolute value below 10^18. All instants are UTC, cut to microseconds.
package ledger
