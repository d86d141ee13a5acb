// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"math"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/calendar"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// period is one on the calendar, and seldom none.
func (d *draft) period() calendar.Period {
	if d.oneIn(60, "odd period") {
		return pick(d, "odd period", calendar.Period{Count: 1}, calendar.Period{Count: -3, Unit: calendar.Days},
			calendar.Period{Count: calendar.MaxYears*12 + 1, Unit: calendar.Months})
	}
	return pick(d, "period", calendar.Period{Count: 1, Unit: calendar.Months}, calendar.Period{Count: 10, Unit: calendar.Days},
		calendar.Period{Count: 1, Unit: calendar.Days}, calendar.Period{Count: 36, Unit: calendar.Hours},
		calendar.Period{Count: 3, Unit: calendar.Months}, calendar.Period{Count: 12, Unit: calendar.Months},
		calendar.Period{Count: 30, Unit: calendar.Days})
}

// date is an instant before or after now: the same as that of something else, the
// beginning of a day or month somewhere, or any.
func (d *draft) date(past bool) int64 {
	now := d.oracle.instant()
	if past {
		now = now.Add(-pick(d, "long ago", 40*day, 3*day, 100*day))
	}
	at := now.Add(pick(d, "in", 10*day, time.Second, time.Hour, day, 40*day, 100*day))
	switch pick(d, "date", "any", "month", "day", "same", "last") {
	case "month":
		at = time.Date(at.Year(), at.Month(), 1, pick(d, "hour", 0, -2, 5), 0, 0, 0, time.UTC)
	case "day":
		at = time.Date(at.Year(), at.Month(), at.Day(), pick(d, "hour", 0, 1, 2, -3), pick(d, "minute", 0, 30), 0, 0, time.UTC)
	case "last":
		at = time.Date(at.Year(), at.Month()+1, 0, pick(d, "hour", 0, 12, 23), 0, 0, 0, time.UTC)
	case "same":
		if events := d.oracle.events(everywhere, math.MaxInt64); len(events) > 0 && !past {
			return pick(d, "as", events[:min(len(events), 20)]...).at
		}
	}
	return at.UnixMicro()
}

// validities are those that a bucket may have.
var validities = []string{"length", "first use", "end", "later", "both", "first use only", "start only", "later", "later", "first use"}

func (d *draft) validity(kinds ...string) (v ledger.Validity) {
	switch pick(d, "validity", kinds...) {
	case "length":
		v.Lasts = d.period()
	case "first use":
		v.OnFirstUse, v.Lasts = true, d.period()
	case "end":
		v.End = d.date(false)
	case "later":
		v.Start, v.Lasts = d.date(false), d.period()
	case "both":
		v.Start, v.End = d.date(d.oneIn(2, "started")), d.date(false)
	case "first use only":
		v.OnFirstUse = true
	case "start only":
		v.Start = d.date(false)
	}
	if d.oneIn(30, "odd validity") {
		switch pick(d, "what is odd", "both ends", "start", "end", "first use", "no end") {
		case "both ends":
			v.End, v.Lasts = d.date(false), d.period()
		case "start":
			v.Start = -1
		case "end":
			v.End = pick(d, "odd end", v.Start, -1)
		case "first use":
			v.OnFirstUse = true
		case "no end":
			v.End, v.Lasts = 0, calendar.Period{}
		}
	}
	return v
}

func (d *draft) cycle() ledger.Cycle {
	c := ledger.Cycle{Every: pick(d, "every", calendar.Period{Count: 1, Unit: calendar.Months},
		calendar.Period{Count: 7, Unit: calendar.Days}, calendar.Period{Count: 30, Unit: calendar.Days},
		calendar.Period{Count: 1, Unit: calendar.Days}, calendar.Period{Count: 2, Unit: calendar.Months},
		calendar.Period{Count: 1, Unit: calendar.Months})}
	if d.oneIn(2, "with an anchor") {
		c.Anchor = d.date(!d.oneIn(4, "to come"))
	}
	if d.oneIn(40, "odd cycle") {
		c.Every = pick(d, "odd period", calendar.Period{Count: 24, Unit: calendar.Hours}, calendar.Period{Count: 1}, calendar.Period{})
	}
	return c
}

// timed gives a top-up a validity of its own, or has it move the end of its bucket.
func (d *draft) timed(tenant ledger.ID, op ledger.TopUp) ledger.TopUp {
	if d.dated && d.oneIn(2, "one of many") {
		op.Into = d.crowded(tenant)
		op.Amount = ledger.Quantity{Base: op.Amount.Base, Unit: d.unit(op.Into)}
		op.Validity.End = d.oracle.micros() + int64(100+*d.made%300)*day.Microseconds()
		return op
	}
	what := pick(d, "top-up", "plain", "plain", "plain", "valid", "extending")
	if what == "extending" && op.Into == ledger.Main(op.Into.Account) && !d.oneIn(20, "main") {
		what = "valid"
	}
	switch what {
	case "valid":
		op.Validity = d.validity("length", "end", "later", "both")
	case "extending":
		op.Extension = d.extension()
	}
	if d.oneIn(40, "both of them") {
		op.Validity, op.Extension = d.validity("length", "end"), d.extension()
	}
	return op
}

// crowded is where many lots are: a bucket in which something rolls over, if there is
// one, or a main bucket.
func (d *draft) crowded(tenant ledger.ID) ledger.Place {
	for _, name := range bucketNames {
		bucket := ledger.BucketID(modelScope, tenant, name)
		owner := d.oracle.accounts[d.oracle.owners[bucket]]
		if owner != nil && !owner.buckets[bucket].settings.Rollover.IsZero() {
			return ledger.Place{Account: owner.id, Bucket: bucket}
		}
	}
	return ledger.Main(ledger.AccountID(modelScope, tenant, accountNames[0]))
}

func (d *draft) extension() (e ledger.Extension) {
	e.Policy = pick(d, "policy", ledger.ExtendMax, ledger.ExtendAdd, ledger.ExtendReplace)
	e.Lasts = d.period()
	if e.Policy != ledger.ExtendAdd && d.oneIn(3, "until") {
		e.Lasts, e.Until = calendar.Period{}, d.date(d.oneIn(6, "past"))
	}
	if d.oneIn(3, "with a ceiling") {
		e.Ceiling = d.period()
	}
	if d.oneIn(40, "odd extension") {
		switch pick(d, "what is odd", "policy", "none", "until", "neither", "past") {
		case "policy":
			e.Policy = ledger.ExtendAdd + 1
		case "none":
			e.Policy = ledger.ExtendNone
		case "until":
			e.Until = d.date(false)
		case "neither":
			e.Lasts, e.Until = calendar.Period{}, 0
		case "past":
			e.Until = -1
		}
	}
	return e
}
