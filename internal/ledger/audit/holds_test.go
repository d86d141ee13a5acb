// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

var _ = Describe("An audit of holds and reversals", func() {
	const end = 77_000_000
	var b *books
	var at place
	var subject ledger.ID
	BeforeEach(func(ctx SpecContext) {
		b = write(ctx)
		at = b.places[0]
		b.Tenant = at.tenant
		subject = b.Key("held")
		funds := b.Record("funds")
		b.Entry(&funds, at.available, 1000, ledgertest.Floor(0))
		b.Entry(&funds, at.outside, -1000, nil)
		_, err := b.Append(ctx, funds)
		Expect(err).NotTo(HaveOccurred())
	})

	// holding is a hold of 30 on the lot.
	holding := func() ledger.Hold {
		return ledger.Hold{
			Account: at.account, Amount: ledger.Quantity{Base: 30, Unit: at.lot.Unit}, Until: end,
			Origins: []ledger.Origin{{Base: at.available, Amount: 30}},
		}
	}
	// post appends a record.
	post := func(ctx context.Context, name string, change func(*ledger.Record)) ledger.Record {
		GinkgoHelper()
		record := b.Record(name)
		change(&record)
		_, err := b.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		return record
	}
	finds := func(ctx context.Context, texts ...string) {
		GinkgoHelper()
		found := []string{}
		for _, finding := range run(ctx, b).Findings {
			found = append(found, finding.String())
		}
		Expect(found).To(ConsistOf(texts))
	}
	live := func() string { return fmt.Sprintf("live %s of account %s: ", subject, at.account) }
	due := func(instant int64) string { return fmt.Sprintf("due %s at %d: ", subject, instant) }
	holds := func() int64 { return b.Balance(ledger.CellID(at.available, ledger.Reserved)) }

	It("finds nothing in holds from their beginning to their end, and counts them", func(ctx SpecContext) {
		before := run(ctx, b)
		hold := holding()
		post(ctx, "reserved", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		finds(ctx)
		hold.Until, hold.Amount.Base, hold.Origins[0].Amount = end+1, 50, 50
		post(ctx, "extended", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		finds(ctx)
		hold.State = ledger.HoldAccepted
		post(ctx, "accepted", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		finds(ctx)
		after := run(ctx, b)
		Expect(after.Holds).To(Equal(before.Holds + 1))
		Expect(after.OpenHolds).To(Equal(before.OpenHolds + 1))
		hold.State, hold.Origins = ledger.HoldReleased, nil
		post(ctx, "released", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		finds(ctx)
		after = run(ctx, b)
		Expect(after.Holds).To(Equal(before.Holds + 1))
		Expect(after.OpenHolds).To(Equal(before.OpenHolds))
		Expect(before.OpenHolds).To(BeNumerically(">", 3))
		Expect(before.Holds).To(BeNumerically(">", before.OpenHolds))
		Expect(after.String()).To(ContainSubstring("(%d open)", after.OpenHolds))
	})

	It("finds a hold that says it has what is not there", func(ctx SpecContext) {
		was := holds()
		post(ctx, "reserved", func(r *ledger.Record) {
			b.Hold(r, subject, holding())
			r.Entries[0].Amount, r.Entries[0].Balance = -29, r.Entries[0].Balance+1
			r.Entries[1].Amount, r.Entries[1].Balance = 29, r.Entries[1].Balance-1
		})
		finds(ctx, fmt.Sprintf("cell %d: its balance is %d, open holds have %d in it",
			ledger.CellID(at.available, ledger.Reserved), was+29, was+30))
	})

	It("finds a hold of money that is set aside as something else", func(ctx SpecContext) {
		hold, was := holding(), holds()
		accepted := ledger.CellID(at.available, ledger.AcceptedHold)
		had := b.Balance(accepted)
		post(ctx, "reserved", func(r *ledger.Record) {
			b.Hold(r, subject, hold)
			hold.State = ledger.HoldAccepted
			r.Facts[0].Body = ledger.EncodeBody(hold)
		})
		want := []string{fmt.Sprintf("cell %d: its balance is %d, open holds have %d in it",
			ledger.CellID(at.available, ledger.Reserved), was+30, was)}
		finds(ctx, append(want, fmt.Sprintf("cell %d: its balance is %d, open holds have %d in it", accepted, had, had+30))...)
	})

	It("finds money that is set aside for no hold", func(ctx SpecContext) {
		post(ctx, "reserved", func(r *ledger.Record) { b.Hold(r, subject, holding()) })
		was := holds()
		post(ctx, "set aside", func(r *ledger.Record) {
			b.Entry(r, at.available, -5, ledgertest.Floor(0))
			b.Entry(r, ledger.CellID(at.available, ledger.Reserved), 5, ledgertest.Floor(0))
		})
		finds(ctx, fmt.Sprintf("cell %d: its balance is %d, open holds have %d in it",
			ledger.CellID(at.available, ledger.Reserved), was+5, was))
	})

	It("finds a hold whose origins are not what it holds", func(ctx SpecContext) {
		hold := holding()
		hold.Amount.Base = 31
		post(ctx, "reserved", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		finds(ctx, fact(subject)+": its origins sum to 30, what it holds is 31")
	})

	It("finds a hold that cannot be read", func(ctx SpecContext) {
		post(ctx, "reserved", func(r *ledger.Record) {
			r.Facts = append(r.Facts, ledger.Fact{Subject: subject, Version: 1, Kind: ledger.FactHold, Body: []byte{0x18}})
		})
		finds(ctx, fact(subject)+": its hold cannot be read: read the body of a fact: unexpected EOF")
	})

	DescribeTable("finds an open hold", func(ctx SpecContext, change func(*ledger.Record), texts func() []string) {
		post(ctx, "reserved", func(r *ledger.Record) {
			b.Hold(r, subject, holding())
			change(r)
		})
		finds(ctx, texts()...)
	},
		Entry("that is not live", func(r *ledger.Record) { r.Live = nil },
			func() []string { return []string{live() + "missing: the hold is open"} }),
		Entry("that is live as a lot is", func(r *ledger.Record) { r.Live[0].Base = at.available },
			func() []string { return []string{live() + fmt.Sprintf("base is %d, a hold has none", at.available)} }),
		Entry("that is never due", func(r *ledger.Record) { r.Due = nil },
			func() []string { return []string{due(end) + "missing: the hold is open"} }),
		Entry("that is due at another instant", func(r *ledger.Record) { r.Due[0].At = end - 1 },
			func() []string {
				return []string{due(end) + "missing: the hold is open", due(end-1) + fmt.Sprintf("the hold ends at %d", end)}
			}),
		Entry("that is due twice", func(r *ledger.Record) {
			r.Due = append(r.Due, ledger.Due{At: end + 5, Subject: subject, Account: at.account})
		}, func() []string { return []string{due(end+5) + fmt.Sprintf("the hold ends at %d", end)} }),
		Entry("that is due for another account", func(r *ledger.Record) { r.Due[0].Account = ledger.ID{15: 1} },
			func() []string {
				return []string{due(end) + fmt.Sprintf("account is %s, the hold's is %s", ledger.ID{15: 1}, at.account)}
			}),
	)

	It("finds a closed hold that is still live and due, and what it still has", func(ctx SpecContext) {
		hold := holding()
		post(ctx, "reserved", func(r *ledger.Record) { b.Hold(r, subject, hold) })
		was := holds()
		hold.State = ledger.HoldExpired
		post(ctx, "expired", func(r *ledger.Record) {
			b.Fact(r, subject, ledger.FactHold, hold)
		})
		finds(ctx, live()+"the hold is closed", due(end)+"the hold is closed",
			fmt.Sprintf("fact %s version 2: its origins sum to 30, what it holds is 0", subject))
		Expect(holds()).To(Equal(was))
	})

	It("finds nothing in a reversal that says what it undoes", func(ctx SpecContext) {
		post(ctx, "undone", func(r *ledger.Record) {
			r.Kind = ledger.KindReverse
			b.Fact(r, ledger.ReversalSubject(b.Key("funds")), ledger.FactReversal, ledger.Reversal{Transaction: r.ID})
		})
		finds(ctx)
	})

	It("finds a transaction that was undone twice", func(ctx SpecContext) {
		undone := ledger.ReversalSubject(b.Key("funds"))
		for _, name := range []string{"undone", "undone again"} {
			post(ctx, name, func(r *ledger.Record) {
				r.Kind = ledger.KindReverse
				b.Fact(r, undone, ledger.FactReversal, ledger.Reversal{Transaction: r.ID})
			})
		}
		finds(ctx, fmt.Sprintf("fact %s version 2: what it stands for was undone before", undone))
	})

	It("finds a reversal that does not say so, one that names another, and one that cannot be read", func(ctx SpecContext) {
		silent := post(ctx, "silent", func(r *ledger.Record) { r.Kind = ledger.KindReverse })
		other := post(ctx, "other", func(r *ledger.Record) {
			r.Kind = ledger.KindReverse
			b.Fact(r, ledger.ReversalSubject(b.Key("funds")), ledger.FactReversal, ledger.Reversal{Transaction: silent.ID})
		})
		illegible := ledger.ReversalSubject(silent.ID)
		post(ctx, "illegible", func(r *ledger.Record) {
			r.Kind = ledger.KindReverse
			r.Facts = append(r.Facts, ledger.Fact{Subject: illegible, Version: 1, Kind: ledger.FactReversal, Body: []byte{0x18}})
		})
		finds(ctx, fmt.Sprintf("transaction %s: it undoes a transaction and has 0 facts that say so, not 1", silent.ID),
			fmt.Sprintf("%s: it names transaction %s, and %s wrote it",
				fact(ledger.ReversalSubject(b.Key("funds"))), silent.ID, other.ID),
			fact(illegible)+": its reversal cannot be read: read the body of a fact: unexpected EOF")
	})

	It("finds what happened after the batch that recorded it", func(ctx SpecContext) {
		instant := b.Head.Instant.Add(time.Second) // that of the next batch
		post(ctx, "in time", func(r *ledger.Record) { r.Effective = instant.UnixMicro() })
		finds(ctx)
		instant = instant.Add(time.Second)
		late := post(ctx, "late", func(r *ledger.Record) { r.Effective = instant.UnixMicro() + 1 })
		finds(ctx, fmt.Sprintf("transaction %s: it happened at %s, after its batch of %s", late.ID,
			instant.Add(time.Microsecond).Format(time.RFC3339Nano), instant.Format(time.RFC3339Nano)))
	})

	It("names a hold whose row was removed, and what it had", func(ctx SpecContext) {
		d := damaged(ctx)
		d.Tenant = at.tenant
		record := d.Record("reserved")
		d.Hold(&record, subject, ledger.Hold{
			Account: at.account, Amount: ledger.Quantity{Base: 3, Unit: at.lot.Unit}, Until: end,
			Origins: []ledger.Origin{{Base: at.available, Amount: 3}},
		})
		_, err := d.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		d.change(ctx, "DELETE FROM fact WHERE subject = ?", subject[:])
		cell := ledger.CellID(at.available, ledger.Reserved)
		row := fmt.Sprintf("cell %d", cell)
		d.finds(ctx, []string{fact(subject), row},
			fact(subject)+fmt.Sprintf(": missing: batch %d of the log has it, the table has not", d.Head.Sequence),
			row+fmt.Sprintf(": its balance is %d, open holds have %d in it", d.Balance(cell), d.Balance(cell)-3))
	})
})
