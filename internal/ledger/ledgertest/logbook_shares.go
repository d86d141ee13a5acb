// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledgertest

import (
	"fmt"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// usage is what the log says that a member used of a bucket since a cycle began.
type usage struct {
	ledger.ShareUse
	used int64
}

// taker is a member and whose bucket it takes from.
type taker struct{ bucket, member ledger.ID }

// use reads what a member used.
func (l *logbook) use(fact ledger.Fact) error {
	var use ledger.ShareUse
	if err := ledger.DecodeBody(fact.Body, &use); err != nil {
		return err
	}
	switch was := l.uses[taker{use.Bucket, use.Member}]; {
	case fact.Used == nil || *fact.Used < 0:
		return fmt.Errorf("%+v counts %v", use, fact.Used)
	case fact.Cap != nil && *fact.Used > *fact.Cap:
		return fmt.Errorf("%+v counts %d, and the cap is %d", use, *fact.Used, *fact.Cap)
	case use.Since != l.terms[use.Bucket].Began || use.Since < was.Since:
		return fmt.Errorf("%+v is counted in another cycle than %+v, after %+v", use, l.terms[use.Bucket], was)
	}
	l.uses[taker{use.Bucket, use.Member}] = usage{use, *fact.Used}
	return nil
}

// usesSound checks that what is held of others' buckets is counted, all that was taken
// in one cycle together.
func (l *logbook) usesSound() error {
	held := map[taker]int64{}
	for id := range l.open {
		hold := l.holds[id]
		for _, o := range hold.Origins {
			lot := l.lots[o.Base]
			if (o.Owner != ledger.ID{}) != (lot.Account != hold.Account) || o.Owner != (ledger.ID{}) && o.Owner != lot.Account {
				return fmt.Errorf("of account %s are held %+v of %+v", hold.Account, o, lot)
			}
			who := taker{lot.Bucket, hold.Account}
			if o.Owner != (ledger.ID{}) && o.Since == l.uses[who].Since {
				held[who] += o.Amount
			}
		}
	}
	for who, amount := range held {
		if use := l.uses[who]; amount > use.used {
			return fmt.Errorf("%d are held, and %d were used: %+v", amount, use.used, use)
		}
	}
	return nil
}
