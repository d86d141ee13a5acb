// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package audit proves a ledger from its own rows. [Run] reads the log and the
// tables side by side, once, and reports every row that is not what it should
// be, by name:
//
//   - the chain: sequences without gaps, each batch bound to the hash of the one
//     before, each hash recomputed, instants that never go back, and nothing that
//     happened after the batch that recorded it;
//   - log against tables, in both directions: what is in one and not in the
//     other, and what differs;
//   - double entry: each transaction, and each tenant and unit, sums to zero;
//   - cells: versions without gaps, each balance the one before plus the amount,
//     no debit below its floor, and none but debt and external cells without one;
//   - facts: versions without gaps, counters within their caps;
//   - holds: what is reserved and what is accepted in each lot is what the open
//     ones say, whosever they are, and each of them, and no closed one, is live, and
//     due at its end;
//   - lots: each is live, and due at its end if it has one; one that ended is due no
//     more, has nothing left but what is held, and is live only while something is;
//   - terms: each is live, and due when its bucket ends or begins a cycle, whichever
//     is first; what ended with its bucket is empty;
//   - shares: what an account uses of another one's bucket is counted while that is
//     shared with it, and up to the cap it then has; the memberships and counters of
//     what is shared are live, and of nothing else;
//   - reversals: a transaction is undone once, by the one that says so;
//   - transaction IDs that are unique, and refusals under the ID of their key and
//     content;
//   - the tables of what is live and due, rebuilt from the log.
//
// What the audit cannot see is a log whose newest batches were cut off together
// with all their rows: for that, compare [Report.Head] with a head that was
// recorded elsewhere.
package audit
