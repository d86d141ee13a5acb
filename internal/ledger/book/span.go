// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// span is when something may be used: from its start up to its end, and not at it,
// in microseconds since 1970, UTC.
type span struct {
	start int64
	end   int64 // 0 if there is none
	// waits says that it starts with a first use, which has not been.
	waits bool
}

// isOver reports whether the end has come.
func (s span) isOver(at int64) bool { return s.end != 0 && s.end <= at }

// contains reports whether an instant is in the span.
func (s span) contains(at int64) bool { return !s.waits && s.start <= at && !s.isOver(at) }

// term is when a bucket may be used. It is replaced and never changed, so that
// copies of a bucket may share it.
type term struct {
	ledger.Term
	subject ledger.ID
	version int64
}

// spanOf is when a lot may be used in a bucket with a term; nil is no term.
func spanOf(l *lot, t *term) span {
	switch {
	case l.End != 0:
		return span{start: l.Start, end: l.End}
	case t == nil:
		return span{}
	case l.OfCycle:
		return span{start: t.Start, end: endOfCycle(t.Term), waits: t.waits()}
	default:
		return span{start: t.Start, end: t.End, waits: t.waits()}
	}
}

// span is when a lot of the bucket may be used.
func (b *bucket) span(l *lot) span { return spanOf(l, b.term) }

// waits reports whether the term begins with a first use, which has not been.
func (t *term) waits() bool { return t != nil && t.Start == 0 }

// endOfCycle is when the cycle that a term is in ends.
func endOfCycle(t ledger.Term) int64 {
	if t.Next != 0 {
		return t.Next
	}
	return t.End
}

// dueOf is when something is to be settled of a term, and 0 if nothing is.
func dueOf(t ledger.Term) int64 {
	if t.Ended || t.End == 0 || t.Next != 0 && t.Next < t.End {
		return t.Next
	}
	return t.End
}

// isNextCycle reports whether a cycle has begun by an instant that is not settled.
func (b *bucket) isNextCycle(at int64) bool {
	return b.term != nil && b.term.Next != 0 && b.term.Next <= at
}

// isOver reports whether the bucket's own end has come.
func (b *bucket) isOver(at int64) bool { return b.term != nil && b.term.End != 0 && b.term.End <= at }

// blocks reports whether the bucket is a blocker, and has begun or waits for that. One
// that may not be used blocks nothing, though a lot with an end of its own may be.
func (b *bucket) blocks(at int64) bool {
	return b.settings.Blocker &&
		(b.term == nil || b.term.waits() || span{start: b.term.Start, end: b.term.End}.contains(at))
}

// isFor reports whether what is charged for a product may use the bucket.
func (b *bucket) isFor(product ledger.ID) bool {
	return !b.isRestricted() || slices.Contains(b.settings.Products, product)
}

// isRestricted reports whether the bucket is for some products only.
func (b *bucket) isRestricted() bool { return len(b.settings.Products) > 0 }
