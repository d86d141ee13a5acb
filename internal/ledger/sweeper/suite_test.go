// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sweeper_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
	"github.com/prepay-operator/prepay-operator/internal/ledger/sweeper"
)

func TestSweeper(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	RunSpecs(t, "Sweeper Suite")
}

const scope = "test"

// noon is when every spec begins.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// desk is a ledger and its store, as far as a sweeper looks at them.
type desk struct {
	ledger.Ledger // what a sweeper does not use
	clock         *testingclock.FakeClock
	// listed gets the instant of each look at what is due.
	listed chan time.Time

	mu     sync.Mutex
	facts  map[ledger.ID]ledger.Fact
	due    []ledger.Due
	posted []ledger.Command
	// fail is what a call does instead, if it returns something.
	fail   func(call string, id ledger.ID) (ledger.Code, error)
	limits []int
	flying int
	most   int
	logged []string
	// failed are the instants at which something failed.
	failed map[time.Time]bool
}

func newDesk() *desk {
	return &desk{
		clock: testingclock.NewFakeClock(noon), listed: make(chan time.Time, 1000),
		facts: map[ledger.ID]ledger.Fact{}, failed: map[time.Time]bool{},
		fail: func(string, ledger.ID) (ledger.Code, error) { return "", nil },
	}
}

// subject is the ID of a hold, by number.
func subject(number int) ledger.ID {
	return ledger.OperationKey(scope, ledger.ID{}, "BalanceReservation", fmt.Sprint(number), "")
}

// holds puts open holds on the desk that end at an instant.
func (d *desk) holds(until time.Time, numbers ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, number := range numbers {
		tenant := ledger.TenantID(scope, fmt.Sprint(number%3), 1)
		hold := ledger.Hold{
			Account: ledger.AccountID(scope, tenant, "alice"), Until: until.UnixMicro(), Scope: scope, Tenant: tenant,
		}
		d.put(subject(number), ledger.FactHold, ledger.EncodeBody(hold))
		d.due = append(d.due, ledger.Due{At: hold.Until, Subject: subject(number), Account: hold.Account})
	}
}

// subjectOf is what an operation settles.
func subjectOf(op ledger.Operation) ledger.ID {
	switch op := op.(type) {
	case ledger.ExpireHold:
		return op.Hold
	case ledger.ExpireLot:
		return op.Lot
	case ledger.ExpireBucket:
		return ledger.TermID(op.Bucket)
	case ledger.BeginCycle:
		return ledger.TermID(op.Bucket)
	default:
		panic(fmt.Sprintf("%T settles nothing", op))
	}
}

// is puts what is due at an instant on the desk.
func (d *desk) is(due time.Time, subject ledger.ID, kind ledger.FactKind, body any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(subject, kind, ledger.EncodeBody(body))
	d.due = append(d.due, ledger.Due{At: due.UnixMicro(), Subject: subject})
}

func (d *desk) put(subject ledger.ID, kind ledger.FactKind, body []byte) {
	d.facts[subject] = ledger.Fact{Subject: subject, Version: 1, Kind: kind, Body: body}
}

func (d *desk) failing(fail func(call string, id ledger.ID) (ledger.Code, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = fail
}

// Due implements [sweeper.Store].
func (d *desk) Due(_ context.Context, until int64, limit int) ([]ledger.Due, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { d.listed <- time.UnixMicro(until).UTC() }()
	if _, err := d.fail("due", ledger.ID{}); err != nil {
		d.failed[d.clock.Now()] = true
		return nil, err
	}
	d.limits = append(d.limits, limit)
	rows := []ledger.Due{}
	for _, row := range d.due {
		if row.At <= until && len(rows) < limit {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Fact implements [ledger.Ledger].
func (d *desk) Fact(_ context.Context, subject ledger.ID) (ledger.Fact, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.fail("fact", subject)
	if err != nil {
		d.failed[d.clock.Now()] = true
	}
	return d.facts[subject], err
}

// Post implements [ledger.Ledger].
func (d *desk) Post(_ context.Context, command ledger.Command) (ledger.Outcome, error) {
	of := subjectOf(command.Operation)
	d.mu.Lock()
	d.flying++
	d.most = max(d.most, d.flying)
	d.posted = append(d.posted, command)
	fail := d.fail
	d.mu.Unlock()
	code, err := fail("post", of)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flying--
	if err != nil {
		d.failed[d.clock.Now()] = true
		return ledger.Outcome{}, err
	}
	if code != "" {
		return ledger.Outcome{Status: ledger.NotTaken, Code: code}, nil
	}
	d.due = slices.DeleteFunc(d.due, func(row ledger.Due) bool { return row.Subject == of })
	return ledger.Outcome{Status: ledger.Accepted}, nil
}

// start sweeps until the end of the spec.
func (d *desk) start() {
	GinkgoHelper()
	log := funcr.New(func(_, text string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.logged = append(d.logged, text)
	}, funcr.Options{})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s := sweeper.New(d, d, sweeper.Options{Clock: d.clock, Log: log})
	go func() { ended <- s.Start(ctx) }()
	DeferCleanup(func() {
		stop()
		Eventually(ended).Should(Receive(BeNil()))
	})
}

// looks expects that the sweeper looks so often at an instant, and not once more
// before it looks at a later one.
func (d *desk) looks(at time.Time, times int) {
	GinkgoHelper()
	for range times {
		Eventually(d.listed).Should(Receive(Equal(at)))
	}
}

// fails expects one look at an instant, and that something fails.
func (d *desk) fails(at time.Time) {
	GinkgoHelper()
	d.looks(at, 1)
	Eventually(func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.failed[at]
	}).Should(BeTrue())
}

// tick lets a second pass.
func (d *desk) tick() time.Time {
	d.clock.Step(sweeper.Every)
	return d.clock.Now()
}

// ended are what was asked to be settled, in order.
func (d *desk) ended() []ledger.ID {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := make([]ledger.ID, 0, len(d.posted))
	for _, command := range d.posted {
		ids = append(ids, subjectOf(command.Operation))
	}
	return ids
}

func (d *desk) complaints() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.logged)
}
