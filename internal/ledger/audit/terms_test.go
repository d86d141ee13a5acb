// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var _ = Describe("An audit of terms", func() {
	var l *lotBooks
	BeforeEach(func(ctx SpecContext) { l = writeLots(ctx) })

	running := func() ledger.Term {
		return ledger.Term{
			Account: l.at.account, Bucket: l.bucket, Start: 1, End: end, Next: end - 10, Cycle: 4, Scope: "test", Tenant: l.at.tenant,
		}
	}

	It("finds nothing from the beginning of the bucket to its end", func(ctx SpecContext) {
		terms := running()
		l.opens(ctx, l.lasting(), func(r *ledger.Record) { l.Term(r, terms) })
		l.finds(ctx)
		terms.Next, terms.Cycle = 0, 5
		l.post(ctx, "the last cycle", func(r *ledger.Record) { l.Term(r, terms) })
		l.finds(ctx)
		terms.Ended = true
		l.post(ctx, "ended", func(r *ledger.Record) {
			l.Term(r, terms)
			l.move(r, -100)
		})
		l.finds(ctx)
		terms.End, terms.Ended = end+50, false
		l.post(ctx, "extended", func(r *ledger.Record) {
			l.Term(r, terms)
			l.move(r, 40)
		})
		l.finds(ctx)
	})

	DescribeTable("finds one", func(ctx SpecContext, change func(*ledger.Record), texts func() []string) {
		l.post(ctx, "term", func(r *ledger.Record) {
			l.Term(r, running())
			change(r)
		})
		l.finds(ctx, texts()...)
	},
		Entry("that is not live", func(r *ledger.Record) { r.Live = nil },
			func() []string { return []string{l.live(l.term) + "missing: a term is live as long as its account"} }),
		Entry("that is live as a lot is", func(r *ledger.Record) { r.Live[0].Base = 8 },
			func() []string { return []string{l.live(l.term) + "base is 8, a term has none"} }),
		Entry("that is never due", func(r *ledger.Record) { r.Due = nil },
			func() []string {
				return []string{l.due(l.term, end-10) + "missing: the bucket ends or begins a cycle then"}
			}),
		Entry("that is due at its end, and has a cycle before", func(r *ledger.Record) { r.Due[0].At = end },
			func() []string {
				return []string{
					l.due(l.term, end-10) + "missing: the bucket ends or begins a cycle then",
					l.due(l.term, end) + fmt.Sprintf("the bucket ends or begins a cycle at %d", end-10),
				}
			}),
		Entry("that is due for another account", func(r *ledger.Record) { r.Due[0].Account = ledger.ID{15: 1} },
			func() []string {
				return []string{l.due(l.term, end-10) + fmt.Sprintf("account is %s, the term's is %s", ledger.ID{15: 1}, l.at.account)}
			}),
		Entry("that waits for the first use and is due", func(r *ledger.Record) {
			r.Facts[0].Body = ledger.EncodeBody(ledger.Term{Account: l.at.account, Bucket: l.bucket})
		}, func() []string {
			return []string{l.due(l.term, end-10) + "the bucket neither ends nor begins a cycle any more"}
		}),
		Entry("under the subject of another", func(r *ledger.Record) {
			another := running()
			another.Bucket = l.at.account
			r.Facts[0].Body = ledger.EncodeBody(another)
		}, func() []string {
			return []string{fact(l.term) + fmt.Sprintf(": it is of bucket %s, which has another subject", l.at.account)}
		}),
		Entry("that cannot be read", func(r *ledger.Record) {
			r.Facts[0].Body = []byte{0x18}
			r.Live, r.Due = nil, nil
		}, func() []string {
			return []string{fact(l.term) + ": its term cannot be read: read the body of a fact: unexpected EOF"}
		}),
	)

	DescribeTable("finds one that became another", func(ctx SpecContext, change func(*ledger.Term), problem string) {
		l.post(ctx, "opened", func(r *ledger.Record) { l.Term(r, running()) })
		l.post(ctx, "changed", func(r *ledger.Record) {
			changed := running()
			change(&changed)
			l.Term(r, changed)
		})
		l.finds(ctx, fmt.Sprintf("fact %s version 2: %s", l.term, problem))
	},
		Entry("of another tenant", func(t *ledger.Term) { t.Tenant = ledger.ID{15: 1} }, "it changes whose term it is"),
		Entry("of another scope", func(t *ledger.Term) { t.Scope = "elsewhere" }, "it changes whose term it is"),
		Entry("that begins a cycle again", func(t *ledger.Term) { t.Cycle = 3 },
			"cycle 3 is next, and the version before was at cycle 4"),
	)

	It("finds what is left in a bucket that has ended", func(ctx SpecContext) {
		terms := running()
		terms.Next, terms.Ended = 0, true
		l.opens(ctx, l.lasting(), func(r *ledger.Record) { l.Term(r, terms) })
		l.finds(ctx, l.balance(ledger.Available, 100, "its bucket"))
	})

	It("leaves a lot with an end of its own alone when its bucket has ended", func(ctx SpecContext) {
		terms := running()
		terms.Next, terms.Ended = 0, true
		l.opens(ctx, l.dated(), func(r *ledger.Record) { l.Term(r, terms) })
		l.finds(ctx)
	})
})
