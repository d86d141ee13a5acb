// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book_test

import (
	"testing"
	"time"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// trial is how to try an operation: what has to be done before, while all is well,
// and what is asked for in the end. Each is about an amount of a place.
type trial struct {
	before func(d *desk, at ledger.Place, n int64) ledger.ID
	ask    func(d *desk, at ledger.Place, n int64, before ledger.ID) ledger.Operation
	// terms are those of the purse, if it needs some.
	terms ledger.BucketSettings
	// walks says that no bucket has to be named.
	walks bool
}

// walking is a trial that may be about all buckets of an account.
func walking(t trial) trial {
	t.walks = true
	return t
}

// asking is a trial without anything before.
func asking(ask func(at ledger.Place, n int64) ledger.Operation) trial {
	return trial{ask: func(_ *desk, at ledger.Place, n int64, _ ledger.ID) ledger.Operation { return ask(at, n) }}
}

// adjusting is the trial of an adjustment.
func adjusting(of ledger.AdjustmentType) trial {
	return asking(func(at ledger.Place, n int64) ledger.Operation { return adjust(of, at, eur(n)) })
}

// holding is the trial of something that is done with a hold of the amount.
func holding(ask func() ledger.Operation) trial {
	return trial{
		before: func(d *desk, at ledger.Place, n int64) ledger.ID { return d.done(reserve("h", at, eur(n))) },
		ask:    func(*desk, ledger.Place, int64, ledger.ID) ledger.Operation { return ask() },
	}
}

// expiring is the trial of a hold's end.
func expiring(onExpiry ledger.OnExpiry) trial {
	return trial{
		before: func(d *desk, at ledger.Place, n int64) ledger.ID {
			op := reserve("h", at, eur(n))
			op.OnExpiry = onExpiry
			return d.done(op)
		},
		ask: func(d *desk, _ ledger.Place, _ int64, _ ledger.ID) ledger.Operation {
			d.now = d.now.Add(15 * time.Minute)
			return expire("h")
		},
	}
}

// reversing is the trial of a reversal of what was done before.
func reversing(before func(at ledger.Place, n int64) ledger.Operation) trial {
	return trial{
		before: func(d *desk, at ledger.Place, n int64) ledger.ID { return d.done(before(at, n)) },
		ask: func(d *desk, _ ledger.Place, _ int64, of ledger.ID) ledger.Operation {
			return d.reverse(of, ledger.ShortfallRefuses)
		},
	}
}

// trials are those of the operations, by their names in the tables.
var trials = map[string]trial{
	"top-up": asking(func(at ledger.Place, n int64) ledger.Operation { return cash(at, eur(n)) }),
	"grant":  asking(func(at ledger.Place, n int64) ledger.Operation { return ledger.Grant{Into: at, Amount: eur(n)} }),
	"transfer out": asking(func(at ledger.Place, n int64) ledger.Operation {
		return transfer(at, mainOfBob, eur(n))
	}),
	"transfer in": asking(func(at ledger.Place, n int64) ledger.Operation { return transfer(mainOfBob, at, eur(n)) }),
	"reserve":     walking(asking(func(at ledger.Place, n int64) ledger.Operation { return reserve("h", at, eur(n)) })),
	"accept":      holding(func() ledger.Operation { return acceptHold("h") }),
	"extend": walking(trial{
		before: func(d *desk, at ledger.Place, _ int64) ledger.ID { return d.done(reserve("h", at, eur(1))) },
		ask: func(d *desk, _ ledger.Place, n int64, _ ledger.ID) ledger.Operation {
			return extend("h", eur(1+n), d.now.Add(time.Hour))
		},
	}),
	"charge of a hold":     holding(func() ledger.Operation { return chargeAll("h") }),
	"release":              holding(func() ledger.Operation { return release("h") }),
	"expiry that releases": expiring(ledger.ExpiryReleases),
	"expiry that charges":  expiring(ledger.ExpiryCharges),
	"goodwill credit":      adjusting(ledger.GoodwillCredit),
	"general credit":       adjusting(ledger.GeneralCredit),
	"general debit":        walking(adjusting(ledger.GeneralDebit)),
	"one-time charge":      walking(adjusting(ledger.OneTimeCharge)),
	"recurring charge":     walking(adjusting(ledger.RecurringCharge)),
	"reversal that takes":  reversing(func(at ledger.Place, n int64) ledger.Operation { return cash(at, eur(n)) }),
	"reversal that gives back": walking(reversing(func(at ledger.Place, n int64) ledger.Operation {
		return adjust(ledger.GeneralDebit, at, eur(n))
	})),
	"top-up with a validity": asking(func(at ledger.Place, n int64) ledger.Operation {
		return valid(at, eur(n), ledger.Validity{Lasts: days(1)})
	}),
	"top-up with an extension": {
		terms: ledger.BucketSettings{Validity: ledger.Validity{Lasts: days(20)}},
		ask: func(_ *desk, at ledger.Place, n int64, _ ledger.ID) ledger.Operation {
			return extending(at, eur(n), ledger.Extension{Policy: ledger.ExtendAdd, Lasts: days(30)})
		},
	},
	"end of a lot": {
		before: func(d *desk, at ledger.Place, n int64) ledger.ID {
			d.must(valid(at, eur(n), ledger.Validity{Lasts: hours(1)}))
			lots := d.lots(at)
			return ledger.LotID(at.Bucket, lots[len(lots)-1].Number)
		},
		ask: func(d *desk, at ledger.Place, _ int64, lot ledger.ID) ledger.Operation {
			d.now = start.Add(time.Hour)
			return ledger.ExpireLot{Account: at.Account, Lot: lot}
		},
	},
	"end of a bucket": {
		terms: ledger.BucketSettings{Validity: ledger.Validity{Lasts: days(1)}},
		ask: func(d *desk, at ledger.Place, _ int64, _ ledger.ID) ledger.Operation {
			end := d.termOf(at).End
			d.now = time.UnixMicro(end).UTC()
			return ledger.ExpireBucket{Account: at.Account, Bucket: at.Bucket, End: end}
		},
	},
	"beginning of a cycle": {
		terms: ledger.BucketSettings{
			Cycle: ledger.Cycle{Every: days(1)}, Refill: 10, Rollover: ledger.Rollover{Percentage: 100, Times: 1},
		},
		ask: func(d *desk, at ledger.Place, _ int64, _ ledger.ID) ledger.Operation {
			d.now = start.Add(day)
			return ledger.BeginCycle{Account: at.Account, Bucket: at.Bucket, Cycle: 1}
		},
	},
	"account settings": {ask: func(d *desk, _ ledger.Place, _ int64, _ ledger.ID) ledger.Operation {
		view := d.view(alice)
		return setAccount(alice, view.Version, view.Settings)
	}},
	"bucket settings": {ask: func(d *desk, _ ledger.Place, _ int64, _ ledger.ID) ledger.Operation {
		bucket := d.view(alice).Buckets[purseOfAlice.Bucket]
		return setBucket(purseOfAlice, bucket.Version, bucket.Settings)
	}},
}

var purseOfAlice = at(alice, "p")

// played is a desk with a purse of a class, of which something is in it already, and
// a friend who has money.
func (trial trial) played(t *testing.T, class ledger.Class) *desk {
	d := newDesk(t)
	trial.terms.Class = class
	d.must(open(alice), open(bob), pursed(purseOfAlice, trial.terms), ledger.Grant{Into: purseOfAlice, Amount: eur(100)},
		cash(mainOfBob, eur(100)))
	return d
}

// try does what goes before, then the change, and then asks.
func (trial trial) try(d *desk, at ledger.Place, change func()) ledger.Outcome {
	d.Helper()
	var before ledger.ID
	if trial.before != nil {
		before = trial.before(d, at, 10)
	}
	change()
	return d.post(trial.ask(d, at, 10, before))
}
