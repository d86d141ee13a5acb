// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/committer"
	"github.com/prepay-operator/prepay-operator/internal/ledger/ledgertest"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
)

// numbers are from, from+1, … up to and without to.
func numbers(from, to int) []int {
	all := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

func subjects(numbers ...int) []ledger.ID {
	ids := make([]ledger.ID, 0, len(numbers))
	for _, number := range numbers {
		ids = append(ids, subject(number))
	}
	return ids
}

var _ = Describe("A sweeper", func() {
	var d *desk
	BeforeEach(func() { d = newDesk() })

	// settles expects a look that finds something, and one that finds no more.
	settles := func(at time.Time) {
		GinkgoHelper()
		d.looks(at, 2)
	}

	It("asks for the end of a hold when it has come, and not before", func() {
		d.holds(noon.Add(time.Second), 1)
		d.holds(noon.Add(time.Second+time.Microsecond), 2)
		d.start()
		d.looks(noon, 1)
		Expect(d.ended()).To(BeEmpty())
		settles(d.tick())
		Expect(d.ended()).To(Equal(subjects(1)))
		settles(d.tick())
		Expect(d.ended()).To(Equal(subjects(1, 2)))
	})

	It("asks in the name of who made the hold, and lets those who wait go first", func() {
		d.holds(noon, 7)
		d.start()
		settles(noon)
		tenant := ledger.TenantID(scope, "1", 1)
		Expect(d.posted).To(Equal([]ledger.Command{{
			Key: ledger.HoldKey(subject(7), "expire"), Scope: scope, Tenant: tenant, Lane: ledger.Bulk,
			Operation: ledger.ExpireHold{Account: ledger.AccountID(scope, tenant, "alice"), Hold: subject(7)},
		}}))
	})

	It("looks once a second while nothing is due", func() {
		d.start()
		d.looks(noon, 1)
		for range 5 {
			d.looks(d.tick(), 1)
		}
	})

	It("catches up after a long time, a page at a time and some holds at once", func() {
		const many = 2*sweeper.PageSize + 500
		d.holds(noon.Add(-time.Hour), numbers(0, many)...)
		gathered := make(chan struct{}, many)
		d.failing(func(call string, _ ledger.ID) (ledger.Code, error) {
			if call == "post" {
				gathered <- struct{}{}
				if len(gathered) <= 4 {
					Eventually(func() int { return len(gathered) }).Should(BeNumerically(">", 4))
				}
			}
			return "", nil
		})
		d.start()
		d.looks(noon, 4)
		times := map[ledger.ID]int{}
		for _, id := range d.ended() {
			times[id]++
		}
		Expect(times).To(And(HaveLen(many), HaveEach(1)))
		Expect(d.due).To(BeEmpty())
		Expect(d.limits).To(HaveEach(sweeper.PageSize))
		Expect(d.most).To(And(BeNumerically(">", 4), BeNumerically("<", 100)))
		d.looks(d.tick(), 1)
	})

	It("leaves what is not due, or closed, by the ledger's own word, and goes on behind it", func() {
		d.holds(noon, numbers(0, sweeper.PageSize+1)...)
		d.failing(func(call string, id ledger.ID) (ledger.Code, error) {
			switch {
			case call != "post", id == subject(sweeper.PageSize):
				return "", nil
			case id == subject(3):
				return ledger.HoldClosed, nil
			default:
				return ledger.HoldNotDue, nil
			}
		})
		d.start()
		d.looks(noon, 3)
		Expect(d.ended()).To(HaveLen(sweeper.PageSize + 1))
		Expect(d.complaints()).To(BeEmpty())
		d.failing(func(string, ledger.ID) (ledger.Code, error) { return "", nil })
		settles(d.tick())
		Expect(d.due).To(BeEmpty())
	})

	It("asks for nothing that has been closed meanwhile", func() {
		d.holds(noon, 1)
		d.put(subject(1), ledger.FactHold, ledger.EncodeBody(ledger.Hold{State: ledger.HoldCharged}))
		d.start()
		settles(noon)
		Expect(d.ended()).To(BeEmpty())
		Expect(d.complaints()).To(BeEmpty())
	})

	It("does not ask again at once for what was ended before and is listed still", func() {
		d.holds(noon, 1)
		row := d.due[0]
		d.failing(func(call string, _ ledger.ID) (ledger.Code, error) {
			if call == "post" {
				return ledger.HoldClosed, nil
			}
			return "", nil
		})
		d.start()
		settles(noon)
		settles(d.tick())
		Expect(d.ended()).To(Equal(subjects(1, 1)))
		Expect(d.due).To(ConsistOf(row))
	})

	Context("when something fails", func() {
		down := errors.New("no route to the database")
		// failsAt makes a call fail, for one hold or for all.
		failsAt := func(at string, err error, holds ...ledger.ID) {
			d.failing(func(call string, id ledger.ID) (ledger.Code, error) {
				if call == at && (len(holds) == 0 || id == holds[0]) {
					return "", err
				}
				return "", nil
			})
		}
		recovers := func() {
			d.failing(func(string, ledger.ID) (ledger.Code, error) { return "", nil })
		}

		DescribeTable("says so once and tries again at the next tick",
			func(call, says string) {
				d.holds(noon, 1)
				failsAt(call, down)
				d.start()
				d.fails(noon)
				d.fails(d.tick())
				d.fails(d.tick())
				recovers()
				settles(d.tick())
				Expect(d.due).To(BeEmpty())
				Expect(d.complaints()).To(ConsistOf(And(ContainSubstring(says), ContainSubstring(down.Error()))))

				d.looks(d.tick(), 1) // all is well
				d.holds(noon, 2)
				failsAt(call, down)
				d.fails(d.tick())
				d.fails(d.tick())
				Expect(d.complaints()).To(HaveLen(2), "it is news again")
			},
			Entry("the list", "due", "list what is due"),
			Entry("reading a hold", "fact", "read what is due"),
			Entry("ending one", "post", "settle what is due"),
		)

		It("settles the others", func() {
			d.holds(noon, numbers(0, sweeper.PageSize+5)...)
			failsAt("post", down, subject(0))
			d.start()
			d.looks(noon, 3)
			Expect(d.due).To(ConsistOf(HaveField("Subject", subject(0))))
			d.fails(d.tick())
			recovers()
			settles(d.tick())
			Expect(d.due).To(BeEmpty())
			Expect(d.complaints()).To(HaveLen(1))
		})

		It("waits without a word while the ledger is closed, and asks for no more than was begun", func() {
			d.holds(noon, numbers(0, sweeper.PageSize)...)
			failsAt("post", fmt.Errorf("%w: it belongs to another cluster", ledger.ErrClosed))
			d.start()
			d.fails(noon)
			d.fails(d.tick())
			Expect(len(d.ended())).To(BeNumerically("<", 200))
			recovers()
			settles(d.tick())
			Expect(d.due).To(BeEmpty())
			Expect(d.complaints()).To(BeEmpty())
		})

		It("says of each reason for which a hold cannot be ended once", func() {
			d.holds(noon, 1, 2, 3, 4, 5)
			d.put(subject(4), ledger.FactHold, []byte{0xff})
			d.put(subject(5), ledger.FactBucket, nil)
			d.failing(func(call string, id ledger.ID) (ledger.Code, error) {
				switch {
				case call != "post":
					return "", nil
				case id == subject(3):
					return ledger.HoldUnknown, nil
				default:
					return ledger.Malformed, nil
				}
			})
			d.start()
			d.looks(noon, 1)
			d.looks(d.tick(), 1)
			d.looks(d.tick(), 1)
			Expect(d.complaints()).To(ConsistOf(
				ContainSubstring("cannot be settled: Malformed"), ContainSubstring("cannot be settled: HoldUnknown"),
				ContainSubstring(subject(4).String()+", version 1"), ContainSubstring("a fact of kind 2; run manager audit"),
			))
		})
	})

	It("releases a hold in a ledger, as of its end", func(ctx SpecContext) {
		clock := testingclock.NewFakeClock(noon)
		store := ledgertest.NewMemory()
		writer := committer.New(store, committer.Options{Clock: clock})
		running, stop := context.WithCancel(context.Background())
		ended := make(chan error, 2)
		go func() { ended <- writer.Run(running) }()
		go func() { ended <- sweeper.New(store, writer, sweeper.Options{Clock: clock}).Start(running) }()
		DeferCleanup(func() {
			stop()
			Eventually(ended).Should(Receive(BeNil()))
			Eventually(ended).Should(Receive(BeNil()))
		})
		writer.Open()
		tenant := ledger.TenantID(scope, "retail", 1)
		account := ledger.AccountID(scope, tenant, "alice")
		euros := ledger.Quantity{Base: 10, Unit: "EUR"}
		for _, command := range []ledger.Command{
			{
				Key:       ledger.SettingsKey(account, 1),
				Operation: ledger.SetAccount{Account: account, Settings: ledger.AccountSettings{Currency: "EUR"}},
			},
			{
				Key:       ledger.OperationKey(scope, tenant, "TopUp", "ten", ""),
				Operation: ledger.TopUp{Into: ledger.Main(account), Amount: euros, Payment: ledger.Payment{Type: "Cash"}},
			},
			{
				Key: ledger.HoldKey(subject(1), "reserve"),
				Operation: ledger.Reserve{
					Hold: subject(1), From: ledger.Main(account), Amount: euros, For: time.Minute.Microseconds(),
				},
			},
		} {
			command.Scope, command.Tenant = scope, tenant
			Expect(writer.Post(ctx, command)).To(HaveField("Status", ledger.Accepted))
		}
		Expect(writer.Account(ctx, account)).To(And(HaveField("Reserved", euros.Base), HaveField("Available", BeZero())))
		Eventually(clock.HasWaiters).Should(BeTrue())
		clock.Step(2 * time.Minute)
		Eventually(func() (ledger.Account, error) { return writer.Account(ctx, account) }).
			Should(And(HaveField("Reserved", BeZero()), HaveField("Available", euros.Base)))
		fact, err := writer.Fact(ctx, subject(1))
		Expect(err).NotTo(HaveOccurred())
		var hold ledger.Hold
		Expect(ledger.DecodeBody(fact.Body, &hold)).To(Succeed())
		Expect(hold.State).To(Equal(ledger.HoldExpired))
		Expect(hold.ClosedAt).To(Equal(noon.Add(time.Minute).UnixMicro()))
		Expect(store.Due(ctx, 1<<62, 1)).To(BeEmpty())
	})
})
