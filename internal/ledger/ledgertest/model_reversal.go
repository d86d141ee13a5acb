// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"slices"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// againstReversal says why a transaction cannot be undone. One that was recorded
// in the same batch is not to be found yet.
func (o *oracle) againstReversal(c ledger.Command, op ledger.Reverse) []objection {
	if op.Of == (ledger.ID{}) || op.OnShortfall > ledger.ShortfallOwes {
		return []objection{cannot(ledger.Malformed)}
	}
	original := o.original(op)
	if original == nil {
		return []objection{cannot(ledger.OriginalUnknown)}
	}
	if !slices.Contains(reversibleKinds, original.operation.Kind()) {
		return []objection{cannot(ledger.NotReversible)}
	}
	lots, outside := original.net()
	switch {
	case len(lots)+len(outside) == 0:
		return []objection{cannot(ledger.NotReversible)}
	case original.tenant != c.Tenant:
		return []objection{cannot(ledger.Malformed)}
	}
	var list []objection
	if by, done := o.reversed[op.Of]; done {
		list = append(list, refused(ledger.AlreadyReversed).with(ledger.Figures{Other: by}))
	}
	for _, did := range lots {
		list = append(list, o.againstClosed(did.lot.of.of)...)
	}
	var short ledger.Figures
	for _, did := range lots {
		if did.amount > 0 {
			short.Needed += did.amount
			short.Available += did.lot.spare(did.amount)
			short.Unit = did.lot.of.unit
		}
	}
	if short.Available < short.Needed && op.OnShortfall == ledger.ShortfallRefuses {
		list = append(list, refused(ledger.InsufficientFunds).with(short))
	}
	return append(list, o.againstReturn(original, lots)...)
}

// againstReturn says why what comes back with a reversal finds no room, where its lots
// are over.
func (o *oracle) againstReturn(original *deed, lots []pretendPart) []objection {
	owed := map[*pretendLot]int64{}
	more := map[*pretendBucket]map[mold]bool{}
	for _, did := range lots {
		debtor := did.lot.of.debtor()
		if _, known := owed[debtor]; !known {
			owed[debtor] = -debtor.in[inDebt]
		}
		if did.amount > 0 {
			owed[debtor] += did.amount - did.lot.spare(did.amount)
		}
	}
	for _, did := range lots {
		l, over := did.lot, did.lot.settled()
		m, ok := o.instead(l, original.when())
		if did.amount > 0 || over && !ok { // what is gone pays nothing
			continue
		}
		debtor := l.of.debtor()
		paid := min(owed[debtor], -did.amount)
		owed[debtor] -= paid
		if !over || paid == -did.amount || l.of.fitting(m, o.micros()) != nil {
			continue
		}
		if more[l.of] == nil {
			more[l.of] = map[mold]bool{}
		}
		if more[l.of][m] = true; len(l.of.lots)+len(more[l.of]) > mostLots {
			return []objection{refused(ledger.TooManyLots).with(ledger.Figures{Available: mostLots})}
		}
	}
	return nil
}

var reversibleKinds = []ledger.Kind{
	ledger.KindTopUp, ledger.KindTransfer, ledger.KindChargeHold, ledger.KindExpireHold, ledger.KindAdjust,
}

// reversible are those of some transactions that can be undone, by tenant.
func (o *oracle) reversible(keys []ledger.ID) map[ledger.ID][]ledger.ID {
	list := map[ledger.ID][]ledger.ID{}
	for _, key := range keys {
		if d := o.accepted[key]; slices.Contains(reversibleKinds, d.operation.Kind()) {
			list[d.tenant] = append(list[d.tenant], key)
		}
	}
	return list
}

// original is what a reversal is to undo, nil if it cannot be looked up.
func (o *oracle) original(op ledger.Reverse) *deed {
	if d := o.accepted[op.Of]; d != nil && d.batch < o.batch && !(o.unsure && d.batch >= o.first) {
		return d
	}
	return nil
}

// spare is how much of an amount a lot has.
func (l *pretendLot) spare(amount int64) int64 { return min(amount, max(l.in[free], 0)) }

// net is what a transaction did to each lot, the oldest first, and outside.
func (d *deed) net() (lots []pretendPart, outside []step) {
	for _, s := range d.steps {
		if s.lot != nil {
			lots = join(lots, pretendPart{lot: s.lot, amount: s.amount})
			continue
		}
		at := slices.IndexFunc(outside, func(other step) bool { return other.outside == s.outside })
		if at < 0 {
			outside = append(outside, s)
		} else {
			outside[at].amount += s.amount
		}
	}
	lots = slices.DeleteFunc(lots, func(p pretendPart) bool { return p.amount == 0 })
	slices.SortFunc(lots, func(x, y pretendPart) int { return older(x.lot, y.lot) })
	return lots, outside
}

// giveBack undoes what a transaction did to each lot, the oldest first. What came
// in is taken first, and what a lot does not have is owed; what went out comes back
// then.
func (o *oracle) giveBack(tenant ledger.ID, original *deed) {
	lots, outside := original.net()
	for _, did := range lots {
		if did.amount > 0 {
			has := did.lot.spare(did.amount)
			o.show(did.lot.of)
			o.move(did.lot, free, -has)
			o.move(did.lot.of.debtor(), inDebt, has-did.amount)
		}
	}
	for _, did := range lots {
		if did.amount < 0 {
			o.comeBack(tenant, did.lot, -did.amount, original.when())
		}
	}
	for _, s := range outside {
		o.moveOutside(s.outside.tenant, s.outside.name, s.outside.unit, -s.amount)
	}
}

// comeBack brings an amount back into a lot that it was taken from. If that is over,
// it goes into another one, for as long as was left when it was taken.
func (o *oracle) comeBack(tenant ledger.ID, l *pretendLot, amount, taken int64) {
	switch m, ok := o.instead(l, taken); {
	case !l.settled():
		o.show(l.of)
		o.move(l, free, o.repay(l.of, amount))
	case ok:
		o.show(l.of)
		o.credit(l.of, m, amount, o.micros())
	default:
		o.moveOutside(tenant, "breakage", l.of.unit, amount)
	}
}

// instead is the lot for what comes back of one that is over, if there was any time
// left when it was taken.
func (o *oracle) instead(l *pretendLot, taken int64) (m mold, ok bool) {
	end := l.end
	if end == 0 && l.of.term != nil {
		end = l.of.term.end
	}
	m = mold{class: l.class, start: o.micros(), end: o.micros() + end - taken}
	return m, end > taken
}
