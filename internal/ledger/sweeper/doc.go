// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sweeper ends holds soon after their end has come. It decides nothing:
// the book ends a hold by itself before anything else touches its account, as of
// the very instant, however late that is. A [Sweeper] only asks for it when nobody
// else does.
package sweeper
