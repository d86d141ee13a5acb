// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sweeper ends holds, lots and buckets soon after their end has come, and
// begins cycles. It decides nothing: the book does all that by itself before
// anything else touches the account, as of the very instant, however late that is.
// A [Sweeper] only asks for it when nobody else does.
package sweeper
