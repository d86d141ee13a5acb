// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

var _ = Describe("An audit of lots", func() {
	var l *lotBooks
	BeforeEach(func(ctx SpecContext) { l = writeLots(ctx) })

	It("finds nothing in lots from their beginning to their end, and counts them", func(ctx SpecContext) {
		before := run(ctx, l.books)
		l.opens(ctx, l.dated())
		l.finds(ctx)
		l.post(ctx, "reserved", func(r *ledger.Record) { l.Hold(r, l.Key("hold"), l.held(ledger.HoldReserved)) })
		l.post(ctx, "ended", func(r *ledger.Record) {
			l.move(r, -70)
			l.End(r, l.base)
		})
		l.finds(ctx)
		after := run(ctx, l.books)
		Expect(after.Lots).To(Equal(before.Lots + 1))
		Expect(after.LiveLots).To(Equal(before.LiveLots + 1))
		Expect(before.LiveLots).To(BeNumerically(">", 10))
		Expect(before.Lots).To(BeNumerically(">", before.LiveLots))
		l.post(ctx, "released", func(r *ledger.Record) {
			l.Hold(r, l.Key("hold"), l.held(ledger.HoldReleased))
			l.move(r, -30)
			l.Bury(r, l.base)
		})
		l.finds(ctx)
		after = run(ctx, l.books)
		Expect(after.LiveLots).To(Equal(before.LiveLots))
		Expect(after.String()).To(ContainSubstring("(%d live)\n", after.LiveLots))
	})

	DescribeTable("finds a lot", func(ctx SpecContext, change func(*ledger.Record), texts func() []string) {
		l.opens(ctx, l.dated(), change)
		l.finds(ctx, texts()...)
	},
		Entry("that is not live, and not empty", func(r *ledger.Record) { r.Live = nil },
			func() []string {
				return []string{l.due(l.lot, end) + "the lot never ends, or has ended", l.balance(ledger.Available, 100, "its lot")}
			}),
		Entry("that is live with the cells of another", func(r *ledger.Record) { r.Live[0].Base = 8 },
			func() []string { return []string{l.live(l.lot) + fmt.Sprintf("base is 8, the lot's is %d", l.base)} }),
		Entry("that is never due", func(r *ledger.Record) { r.Due = nil },
			func() []string { return []string{l.due(l.lot, end) + "missing: the lot has an end"} }),
		Entry("that is due at another instant", func(r *ledger.Record) { r.Due[0].At = end - 1 },
			func() []string {
				return []string{
					l.due(l.lot, end) + "missing: the lot has an end", l.due(l.lot, end-1) + fmt.Sprintf("the lot ends at %d", end),
				}
			}),
		Entry("that is due twice", func(r *ledger.Record) {
			r.Due = append(r.Due, ledger.Due{At: end + 5, Subject: l.lot, Account: l.at.account})
		}, func() []string { return []string{l.due(l.lot, end+5) + fmt.Sprintf("the lot ends at %d", end)} }),
		Entry("that is due for another account", func(r *ledger.Record) { r.Due[0].Account = ledger.ID{15: 1} },
			func() []string {
				return []string{l.due(l.lot, end) + fmt.Sprintf("account is %s, the lot's is %s", ledger.ID{15: 1}, l.at.account)}
			}),
		Entry("under the subject of another", func(r *ledger.Record) {
			another := l.dated()
			another.Base, another.Tenant, another.Number = l.base, l.at.tenant, 8
			r.Facts[0].Body = ledger.EncodeBody(another)
		}, func() []string {
			return []string{fact(l.lot) + fmt.Sprintf(": it is of lot 8 of bucket %s, which is another subject", l.bucket)}
		}),
	)

	It("finds a lot without an end that is not live, and one that is due", func(ctx SpecContext) {
		l.opens(ctx, l.lasting(), func(r *ledger.Record) {
			l.move(r, -100)
			r.Live = nil
			r.Due = append(r.Due, ledger.Due{At: end, Subject: l.lot, Account: l.at.account})
		})
		l.finds(ctx, l.live(l.lot)+"missing: the lot has no end", l.due(l.lot, end)+"the lot never ends, or has ended")
	})

	It("finds what is left in a lot that has ended, and held in one that is gone", func(ctx SpecContext) {
		l.opens(ctx, l.dated())
		l.post(ctx, "reserved", func(r *ledger.Record) { l.Hold(r, l.Key("hold"), l.held(ledger.HoldReserved)) })
		l.post(ctx, "ended", func(r *ledger.Record) { l.End(r, l.base) })
		l.finds(ctx, l.balance(ledger.Available, 70, "its lot"))
		l.post(ctx, "buried", func(r *ledger.Record) {
			l.move(r, -70)
			l.Bury(r, l.base)
		})
		l.finds(ctx, l.balance(ledger.Reserved, 30, "its lot"))
		l.post(ctx, "accepted", func(r *ledger.Record) { l.Hold(r, l.Key("hold"), l.held(ledger.HoldAccepted)) })
		l.finds(ctx, l.balance(ledger.AcceptedHold, 30, "its lot"))
	})

	It("finds a lot that has ended, and is kept for nothing", func(ctx SpecContext) {
		l.opens(ctx, l.dated())
		l.post(ctx, "reserved", func(r *ledger.Record) { l.Hold(r, l.Key("hold"), l.held(ledger.HoldReserved)) })
		l.post(ctx, "ended", func(r *ledger.Record) {
			l.move(r, -70)
			l.End(r, l.base)
		})
		l.post(ctx, "released", func(r *ledger.Record) {
			l.Hold(r, l.Key("hold"), l.held(ledger.HoldReleased))
			l.move(r, -30)
		})
		l.finds(ctx, l.live(l.lot)+"the lot has ended, and nothing of it is held")
	})

	It("finds a lot that ended and is still due", func(ctx SpecContext) {
		l.opens(ctx, l.dated())
		l.post(ctx, "ended", func(r *ledger.Record) {
			l.move(r, -100)
			l.End(r, l.base)
			r.Due = nil
		})
		l.finds(ctx, l.due(l.lot, end)+"the lot never ends, or has ended")
	})

	DescribeTable("finds a lot that became another one", func(ctx SpecContext, change func(*ledger.Lot), problem string) {
		l.opens(ctx, l.dated())
		l.post(ctx, "changed", func(r *ledger.Record) {
			changed := l.dated()
			changed.Base, changed.Tenant = l.base, l.at.tenant
			change(&changed)
			l.Fact(r, l.lot, ledger.FactLot, changed)
			if changed.End != end {
				r.Due = []ledger.Due{
					{At: end, Subject: l.lot, Account: l.at.account, Settled: true},
					{At: changed.End, Subject: l.lot, Account: l.at.account},
				}
			}
		})
		l.finds(ctx, fmt.Sprintf("fact %s version 2: %s", l.lot, problem))
	},
		Entry("with another class", func(l *ledger.Lot) { l.Class = ledger.Granted },
			"it changes more of the lot than its beginning and its end"),
		Entry("with a later end", func(l *ledger.Lot) { l.End++ }, "it changes a lot that had an end, or had ended"),
		Entry("with an earlier beginning", func(l *ledger.Lot) { l.Start-- }, "it changes a lot that had an end, or had ended"),
	)

	It("finds nothing in a lot that waited for its first use", func(ctx SpecContext) {
		waits := l.lasting()
		waits.OfCycle = true
		l.opens(ctx, waits)
		l.post(ctx, "used", func(r *ledger.Record) {
			begun := l.dated()
			begun.Base, begun.Tenant, begun.OfCycle = l.base, l.at.tenant, true
			l.Fact(r, l.lot, ledger.FactLot, begun)
			r.Due = append(r.Due, ledger.Due{At: end, Subject: l.lot, Account: l.at.account})
		})
		l.finds(ctx)
	})

	It("names a lot whose row was removed", func(ctx SpecContext) {
		d := damaged(ctx)
		d.Tenant = l.at.tenant
		record := d.Record("opened")
		d.Open(&record, l.dated(), ledger.Available)
		_, err := d.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		d.change(ctx, "DELETE FROM fact WHERE subject = ?", l.lot[:])
		d.finds(ctx, []string{fact(l.lot)},
			fact(l.lot)+fmt.Sprintf(": missing: batch %d of the log has it, the table has not", d.Head.Sequence))
	})
})
