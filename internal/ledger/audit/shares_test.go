// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
)

var _ = Describe("An audit of shares", func() {
	var l *lotBooks
	var member, stranger, pointer, use ledger.ID
	BeforeEach(func(ctx SpecContext) {
		l = writeLots(ctx)
		member, stranger = l.places[1].account, l.places[2].account
		pointer, use = ledger.MembershipID(l.bucket, member), ledger.ShareUseID(l.bucket, member)
	})

	// shared are the bucket's settings, with some accounts that it is shared with.
	shared := func(with ...ledger.Share) ledger.BucketSettings {
		return ledger.BucketSettings{Account: l.at.account, Unit: "EUR", UsageType: "Data", SharedWith: with}
	}
	// capped is the member's share.
	capped := func(bound int64) ledger.Share { return ledger.Share{Account: member, Cap: bound} }
	uses := func(since int64) ledger.ShareUse {
		return ledger.ShareUse{Member: member, Owner: l.at.account, Bucket: l.bucket, Since: since}
	}
	bound := ledgertest.Floor
	row := func(subject ledger.ID, version int64) string {
		return fmt.Sprintf("fact %s version %d: ", subject, version)
	}
	live := func(subject, account ledger.ID) string {
		return fmt.Sprintf("live %s of account %s: ", subject, account)
	}
	// share shares the bucket with the member, and count counts what it used.
	share := func(ctx SpecContext, name string, settings ledger.BucketSettings) {
		GinkgoHelper()
		l.post(ctx, name, func(r *ledger.Record) { l.Share(r, l.bucket, settings) })
	}
	count := func(ctx SpecContext, name string, of ledger.ShareUse, used int64, bound *int64) {
		GinkgoHelper()
		l.post(ctx, name, func(r *ledger.Record) { l.Use(r, of, used, bound) })
	}

	It("finds nothing in shares from their beginning to their end, and to the next", func(ctx SpecContext) {
		share(ctx, "shared", shared(capped(50), ledger.Share{Account: stranger}))
		l.finds(ctx)
		count(ctx, "used", uses(0), 30, bound(50))
		count(ctx, "given back", uses(0), 10, bound(50))
		count(ctx, "all of it", uses(0), 50, bound(50))
		count(ctx, "the next cycle", uses(7), 20, bound(50))
		l.finds(ctx)
		share(ctx, "lower", shared(capped(15), ledger.Share{Account: stranger}))
		count(ctx, "given back, and more than the cap", uses(7), 18, nil)
		l.finds(ctx)
		share(ctx, "no longer", shared())
		l.finds(ctx)
		share(ctx, "once more", shared(capped(0)))
		count(ctx, "without a cap", uses(7), 1000, nil)
		l.finds(ctx)
	})

	It("finds nothing in what another account holds of a shared bucket", func(ctx SpecContext) {
		l.opens(ctx, l.lasting(), func(r *ledger.Record) { l.Share(r, l.bucket, shared(capped(50))) })
		hold := l.held(ledger.HoldReserved)
		hold.Account, hold.Origins[0].Owner = member, l.at.account
		l.post(ctx, "reserved", func(r *ledger.Record) {
			l.Hold(r, l.Key("hold"), hold)
			l.Use(r, uses(0), 30, bound(50))
		})
		l.finds(ctx)
	})

	DescribeTable("finds a part of a hold that says another lot's owner",
		func(ctx SpecContext, holder, says func() ledger.ID, whose func() ledger.ID) {
			l.opens(ctx, l.lasting())
			hold := l.held(ledger.HoldReserved)
			hold.Account, hold.Origins[0].Owner = holder(), says()
			l.post(ctx, "reserved", func(r *ledger.Record) { l.Hold(r, l.Key("hold"), hold) })
			l.finds(ctx, row(l.Key("hold"), 1)+fmt.Sprintf("it has a part of account %s in the lot at %d, which is of account %s",
				whose(), l.base, l.at.account))
		},
		Entry("none, in the hold of another account", func() ledger.ID { return member },
			func() ledger.ID { return ledger.ID{} }, func() ledger.ID { return member }),
		Entry("a third one", func() ledger.ID { return member },
			func() ledger.ID { return stranger }, func() ledger.ID { return stranger }),
	)

	DescribeTable("finds a counter", func(ctx SpecContext, change func(*ledger.Fact), texts func() []string) {
		share(ctx, "shared", shared(capped(50)))
		l.post(ctx, "used", func(r *ledger.Record) {
			l.Use(r, uses(7), 30, bound(50))
			change(&r.Facts[0])
		})
		l.finds(ctx, texts()...)
	},
		Entry("that is above the share's cap, and says so nowhere",
			func(f *ledger.Fact) { f.Used, f.Cap = bound(51), nil },
			func() []string { return []string{row(use, 1) + "used rises to 51, above the share's cap of 50"} }),
		Entry("that has a larger cap than the share", func(f *ledger.Fact) { f.Used, f.Cap = bound(51), bound(60) },
			func() []string { return []string{row(use, 1) + "used rises to 51, above the share's cap of 50"} }),
		Entry("that counts nothing", func(f *ledger.Fact) { f.Used, f.Cap = nil, nil },
			func() []string { return []string{row(use, 1) + "used is absent; it counts from zero"} }),
		Entry("that counts less than nothing", func(f *ledger.Fact) { f.Used = bound(-1) },
			func() []string { return []string{row(use, 1) + "used is -1; it counts from zero"} }),
		Entry("of another owner", func(f *ledger.Fact) {
			another := uses(7)
			another.Owner = stranger
			f.Body = ledger.EncodeBody(another)
		}, func() []string {
			return []string{
				row(use, 1) + fmt.Sprintf("its owner is %s, the bucket's is %s", stranger, l.at.account),
				live(use, stranger) + "missing: the bucket is shared with the account",
			}
		}),
		Entry("of another account", func(f *ledger.Fact) {
			another := uses(7)
			another.Member = stranger
			f.Body = ledger.EncodeBody(another)
		}, func() []string {
			return []string{row(use, 1) + fmt.Sprintf("it is of account %s and bucket %s, which have another subject", stranger, l.bucket)}
		}),
		Entry("that cannot be read", func(f *ledger.Fact) { f.Body = []byte{0x18} },
			func() []string {
				return []string{row(use, 1) + "its use cannot be read: read the body of a fact: unexpected EOF"}
			}),
	)

	It("finds a counter above the cap in its row, though it fell", func(ctx SpecContext) {
		share(ctx, "shared", shared(capped(50)))
		count(ctx, "used", uses(0), 50, bound(50))
		share(ctx, "lower", shared(capped(20)))
		count(ctx, "given back", uses(0), 40, bound(20))
		l.finds(ctx, row(use, 2)+"used is 40, above the cap of 20")
	})

	It("finds a counter that goes back to a cycle of before", func(ctx SpecContext) {
		share(ctx, "shared", shared(capped(50)))
		count(ctx, "used", uses(7), 5, bound(50))
		count(ctx, "used before", uses(6), 5, bound(50))
		l.finds(ctx, row(use, 2)+"it counts since 6, the version before since 7")
	})

	It("finds a use of what is not shared any more, or never was", func(ctx SpecContext) {
		share(ctx, "shared", shared(capped(50)))
		count(ctx, "used", uses(0), 5, bound(50))
		share(ctx, "no longer", shared())
		count(ctx, "given back", uses(0), 4, bound(50))
		l.finds(ctx)
		count(ctx, "used once more", uses(0), 6, bound(50))
		never := uses(0)
		never.Member = stranger
		count(ctx, "used by a stranger", never, 1, nil)
		strangers := ledger.ShareUseID(l.bucket, stranger)
		l.finds(ctx, row(use, 3)+"used rises to 6, and the bucket is not shared with the account",
			row(strangers, 1)+"used rises to 1, and the bucket is not shared with the account",
			live(strangers, l.at.account)+"the bucket is not shared with the account")
	})

	DescribeTable("finds a bucket that is shared", func(ctx SpecContext, change func(*ledger.Record), texts func() []string) {
		l.post(ctx, "shared", func(r *ledger.Record) {
			l.Share(r, l.bucket, shared(capped(50)))
			l.Use(r, uses(0), 5, bound(50))
			change(r)
		})
		l.finds(ctx, texts()...)
	},
		Entry("with an account that is not told", func(r *ledger.Record) {
			r.Facts = append(r.Facts[:1], r.Facts[2])
			r.Live = append(r.Live[:1], r.Live[2])
		}, func() []string {
			return []string{
				row(pointer, 1) + fmt.Sprintf("missing: bucket %s is shared with account %s", l.bucket, member),
				live(pointer, member) + "missing: the bucket is shared with the account",
			}
		}),
		Entry("whose membership names another owner", func(r *ledger.Record) {
			r.Facts[1].Body = ledger.EncodeBody(ledger.Membership{Member: member, Owner: stranger, Bucket: l.bucket})
		}, func() []string {
			return []string{row(pointer, 1) + fmt.Sprintf("its owner is %s, the bucket's is %s", stranger, l.at.account)}
		}),
		Entry("whose membership is under the subject of another", func(r *ledger.Record) {
			r.Facts[1].Body = ledger.EncodeBody(ledger.Membership{Member: stranger, Owner: l.at.account, Bucket: l.bucket})
		}, func() []string {
			return []string{
				row(pointer, 1) + fmt.Sprintf("it is of account %s and bucket %s, which have another subject", stranger, l.bucket),
				row(pointer, 1) + fmt.Sprintf("missing: bucket %s is shared with account %s", l.bucket, member),
			}
		}),
		Entry("whose membership cannot be read", func(r *ledger.Record) { r.Facts[1].Body = []byte{0x18} },
			func() []string {
				return []string{
					row(pointer, 1) + "its membership cannot be read: read the body of a fact: unexpected EOF",
					row(pointer, 1) + fmt.Sprintf("missing: bucket %s is shared with account %s", l.bucket, member),
				}
			}),
		Entry("whose membership is not live", func(r *ledger.Record) { r.Live = append(r.Live[:1], r.Live[2]) },
			func() []string {
				return []string{live(pointer, member) + "missing: the bucket is shared with the account"}
			}),
		Entry("whose membership is live as a lot is", func(r *ledger.Record) { r.Live[1].Base = 8 },
			func() []string { return []string{live(pointer, member) + "base is 8, a share has none"} }),
		Entry("whose counter is not live", func(r *ledger.Record) { r.Live = r.Live[:2] },
			func() []string {
				return []string{live(use, l.at.account) + "missing: the bucket is shared with the account"}
			}),
		Entry("and cannot be read", func(r *ledger.Record) { r.Facts[0].Body = []byte{0x18} },
			func() []string {
				return []string{
					row(l.bucket, 1) + "its settings cannot be read: read the body of a fact: unexpected EOF",
					row(use, 1) + "used rises to 5, and the bucket is not shared with the account",
					live(pointer, member) + "the bucket is not shared with the account",
					live(use, l.at.account) + "the bucket is not shared with the account",
				}
			}),
	)

	It("finds a membership and a counter that are live after their share", func(ctx SpecContext) {
		share(ctx, "shared", shared(capped(50)))
		count(ctx, "used", uses(0), 5, bound(50))
		l.post(ctx, "no longer", func(r *ledger.Record) {
			l.Share(r, l.bucket, shared())
			r.Live = nil
		})
		l.finds(ctx, live(pointer, member)+"the bucket is not shared with the account",
			live(use, l.at.account)+"the bucket is not shared with the account")
	})

	It("names a counter whose row was changed, and one that was removed", func(ctx SpecContext) {
		d := damaged(ctx)
		d.Tenant = l.at.tenant
		record := d.Record("used")
		d.Share(&record, l.bucket, shared(capped(50)))
		d.Use(&record, uses(0), 30, bound(50))
		_, err := d.Append(ctx, record)
		Expect(err).NotTo(HaveOccurred())
		d.change(ctx, "UPDATE fact SET used = 3 WHERE subject = ?", use[:])
		d.finds(ctx, []string{fact(use)}, fact(use)+": used is 3, the log says 30")
		d.change(ctx, "DELETE FROM fact WHERE subject = ?", pointer[:])
		d.finds(ctx, []string{fact(use), fact(pointer)},
			fact(pointer)+fmt.Sprintf(": missing: batch %d of the log has it, the table has not", d.Head.Sequence))
	})
})
