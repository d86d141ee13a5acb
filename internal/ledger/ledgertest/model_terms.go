// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// mostBuckets is how many each tenant may come to have.
const mostBuckets = 16

// zones lie east and west, with clocks that are changed by an hour, by half of one
// and never, on different days.
var zones = []string{
	"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati",
	"Pacific/Pago_Pago", "America/St_Johns",
}

func (d *draft) zone() string {
	if d.oneIn(60, "no zone") {
		return pick(d, "odd zone", "Mars/Olympus", "Local")
	}
	return pick(d, "zone", zones...)
}

// bucketName is mostly that of a bucket there is. There are more of them as time
// goes by, as some come to their end.
func (d *draft) bucketName(tenant ledger.ID) string {
	var known []string
	for i := range min(len(bucketNames)+*d.made/400, mostBuckets) {
		name := nthName(i)
		if d.oracle.owners[ledger.BucketID(modelScope, tenant, name)] != (ledger.ID{}) {
			known = append(known, name)
		} else if len(known) == 0 || d.oneIn(20, "another bucket") {
			return name
		}
	}
	return pick(d, "bucket", known...)
}

// nthName is that of a bucket: its kind and, after the first, a number.
func nthName(i int) string {
	name := bucketNames[i%len(bucketNames)]
	if i >= len(bucketNames) {
		name += strconv.Itoa(i / len(bucketNames))
	}
	return name
}

// idle are buckets that have not started, or wait for their first use.
func (d *draft) idle(tenant ledger.ID) (list []ledger.Place) {
	for i := range mostBuckets {
		bucket := ledger.BucketID(modelScope, tenant, nthName(i))
		if a := d.oracle.accounts[d.oracle.owners[bucket]]; a != nil {
			if b := a.buckets[bucket]; b.waits() || b.term != nil && b.term.start > d.oracle.micros() {
				list = append(list, ledger.Place{Account: a.id, Bucket: bucket})
			}
		}
	}
	return list
}

func (d *draft) setBucket(c ledger.Command) ledger.Command {
	name := d.bucketName(c.Tenant)
	op := ledger.SetBucket{Bucket: ledger.BucketID(modelScope, c.Tenant, name), Forfeit: d.oneIn(6, "forfeit")}
	account := d.account(c.Tenant)
	if owner, known := d.oracle.owners[op.Bucket]; known {
		b := d.oracle.accounts[owner].buckets[op.Bucket]
		op.Settings, op.ExpectVersion = b.settings, b.version
		if d.oneIn(8, "of another account") {
			op.Settings.Account = account
		}
		if d.oneIn(12, "another time") {
			op.Settings.Validity, op.Settings.Cycle = d.validity(validities...), d.cycle()
		}
	} else {
		op.Settings = bucketTerms[strings.TrimRight(name, "0123456789")]
		op.Settings.Account = account
		if d.oneIn(2, "in time") {
			op.Settings.Validity = d.validity(validities...)
		}
		if d.oneIn(2, "in cycles") {
			op.Settings.Cycle = d.cycle()
		}
	}
	if op.ExpectVersion == 0 || d.oneIn(4, "other terms of use") {
		d.terms(c.Tenant, &op.Settings)
	}
	if d.oneIn(2, "shared") {
		d.members(c.Tenant, &op.Settings, d.oracle.own(ledger.Place{Account: d.oracle.owners[op.Bucket], Bucket: op.Bucket}))
	}
	op.Settings.State = ledger.BucketStateActive
	if d.oneIn(3, "not active") {
		op.Settings.State = pick(d, "state", ledger.BucketStateRetained, ledger.BucketStateSuspended)
	}
	if d.oneIn(12, "other terms") {
		op.Settings.Unit = pick(d, "unit", "MB", "USD", "SMS", "Euro", "")
	}
	op.ExpectVersion = d.expect(op.ExpectVersion)
	c.Operation, c.Key = op, ledger.SettingsKey(op.Bucket, op.ExpectVersion+1)
	return c
}

// terms draws those that may change.
func (d *draft) terms(tenant ledger.ID, s *ledger.BucketSettings) {
	s.Priority, s.Blocker, s.Products, s.Refill, s.Rollover = 0, d.oneIn(6, "blocker"), nil, 0, ledger.Rollover{}
	if d.oneIn(2, "with priority") {
		s.Priority = pick(d, "priority", int32(-1), 1, 1, 7, 1000, -1000)
	}
	if d.oneIn(4, "for some products") {
		s.Products = d.products(tenant)
	}
	if !s.Cycle.IsZero() || d.oneIn(40, "refill without a cycle") {
		s.Refill = pick(d, "refill", int64(100), 500, 0, 77)
		if d.oneIn(2, "rolls over") {
			s.Rollover = d.rollover()
		}
	}
	if d.huge && d.oneIn(20, "huge refill") {
		s.Refill = largest
	}
	if d.oneIn(40, "odd terms") {
		switch pick(d, "what is odd", "priority", "priority below", "refill", "percentage", "times", "lasts") {
		case "priority":
			s.Priority = 1001
		case "priority below":
			s.Priority = -1001
		case "refill":
			s.Refill = pick(d, "odd refill", int64(-1), largest+1)
		case "percentage":
			s.Rollover = ledger.Rollover{Percentage: pick(d, "odd percentage", int32(0), -1, 101), Times: 1}
		case "times":
			s.Rollover = ledger.Rollover{Percentage: 10, Times: pick(d, "odd times", int32(0), -1), Cap: 1}
		case "lasts":
			s.Rollover = ledger.Rollover{Percentage: 10, Times: 1, Cap: -1, Lasts: calendar.Period{Count: -1, Unit: calendar.Days}}
		}
	}
}

func (d *draft) rollover() ledger.Rollover {
	r := ledger.Rollover{
		Percentage: pick(d, "percentage", int32(100), 50, 33, 1), Cap: pick(d, "cap", int64(0), 0, 40, 120),
		Times: pick(d, "times", int32(1), 2, 5),
	}
	if d.oneIn(3, "for a length") {
		r.Lasts = d.period()
	}
	return r
}

// products are mostly some in their order.
func (d *draft) products(tenant ledger.ID) (list []ledger.ID) {
	for _, name := range productNames {
		if d.oneIn(2, name) {
			list = append(list, ledger.ProductID(modelScope, tenant, name))
		}
	}
	slices.SortFunc(list, func(x, y ledger.ID) int { return bytes.Compare(x[:], y[:]) })
	if d.oneIn(30, "odd products") {
		switch pick(d, "what is odd", "order", "twice", "none", "many") {
		case "order":
			slices.Reverse(list)
		case "twice":
			list = append(list, list...)
		case "none":
			list = append([]ledger.ID{{}}, list...)
		case "many":
			list = nil
			for i := range 65 {
				list = append(list, ledger.ID{15: byte(i + 1)})
			}
		}
	}
	return list
}

// product is often one that the place is for.
func (d *draft) product(tenant ledger.ID, at ledger.Place) ledger.ID {
	if b := d.oracle.reached(at); b != nil {
		if theirs := b.settings.Products; len(theirs) > 0 && !d.oneIn(4, "another product") {
			return pick(d, "product", theirs...)
		}
	}
	if d.oneIn(2, "for a product") {
		return ledger.ProductID(modelScope, tenant, pick(d, "product", productNames...))
	}
	return ledger.ID{}
}

// settlement asks for what happens by itself, mostly soon, or has happened.
func (d *draft) settlement(c ledger.Command) ledger.Command {
	var op ledger.Operation
	events := slices.DeleteFunc(d.oracle.events(everywhere, math.MaxInt64), func(e event) bool { return e.rank == holdEnds })
	if past := d.happened; len(past) > 0 && d.oneIn(4, "that has happened") {
		was := pick(d, "that", past...)
		c.Tenant, op = was.tenant, was.operation
	} else if len(events) > 0 {
		e := pick(d, "next", events[:min(len(events), 10)]...)
		c.Tenant = e.account.tenant
		op = e.operation()
	} else {
		op = ledger.ExpireLot{Account: d.account(c.Tenant), Lot: ledger.ID{1}}
	}
	if d.oneIn(20, "of another account") {
		op = d.otherwise(ledger.Command{Tenant: c.Tenant, Operation: op}).Operation
	}
	c.Operation, c.Key = op, settlementKey(op)
	if d.oneIn(60, "other key") {
		c.Key = ledger.HoldKey(c.Key, "expire")
	}
	return c
}
