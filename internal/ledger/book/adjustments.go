// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package book

import (
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// adjust moves value in or out at an operator's word. A correction, which a
// general one is, goes through whatever the account's state is, unless it is
// closed.
func (r *Round) adjust(p *posting, op ledger.Adjust) verdict {
	switch op.Type {
	case ledger.GoodwillCredit, ledger.GeneralCredit:
		return r.adjustUp(p, op)
	case ledger.GeneralDebit, ledger.OneTimeCharge, ledger.RecurringCharge:
		return r.adjustDown(p, op)
	default:
		return notTaken(ledger.Malformed)
	}
}

func (r *Round) adjustUp(p *posting, op ledger.Adjust) verdict {
	a, b, v := r.place(p, op.At, op.Amount)
	if v != accept {
		return v
	}
	kind := ledger.Lot{Class: ledger.Paid}
	if op.Type == ledger.GoodwillCredit {
		kind.Class = ledger.Granted
		v = receives(a, b)
	} else {
		v = unclosed(a)
	}
	if v != accept {
		return v
	}
	if v := b.lasts(p.at); v != accept {
		return v
	}
	if op.Type == ledger.GoodwillCredit {
		if v := belowCeiling(a, op.Amount); v != accept {
			return v
		}
	}
	p.impact(a, b)
	p.external(adjustments, op.Amount.Unit, -op.Amount.Base)
	return p.credit(a, b, kind, op.Amount.Base)
}

func (r *Round) adjustDown(p *posting, op ledger.Adjust) verdict {
	counter, why := usage, charging
	if op.Type == ledger.GeneralDebit {
		counter, why = adjustments, correcting
	}
	a, b, v := r.source(p, op.At, op.Amount, why)
	if v != accept {
		return v
	}
	if why == correcting {
		v = unclosed(a)
	} else {
		v = r.uses(a, b)
	}
	if v != accept {
		return v
	}
	from, v := p.purse(a, b, op.Amount.Unit, why, op.Product)
	if v != accept {
		return v
	}
	if v := from.affords(op.Amount); v != accept {
		return v
	}
	for _, taken := range p.take(from, op.Amount.Base) {
		p.impactOf(taken.account, taken.bucket)
		if taken.shared != nil {
			p.tally(taken.account, taken.bucket, a.id).charged += taken.amount
		}
	}
	p.external(counter, op.Amount.Unit, op.Amount.Base)
	return accept
}

// unclosed says whether an account can be put right.
func unclosed(a *account) verdict {
	if a.settings.State == ledger.AccountStateClosed {
		return refuse(ledger.AccountClosed, ledger.Figures{})
	}
	return accept
}
