// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// moved is a batch with an accepted transaction, and one that was refused.
func moved(t *testing.T) (batch *ledger.Batch, accepted, refused ledger.ID) {
	t.Helper()
	accepted, refused = key, ledger.RefusalID(hold, ledger.Fingerprint{})
	return sealed(t, &ledger.Batch{Sequence: 4, Instant: noon, Records: []ledger.Record{
		{ID: refused, Kind: ledger.KindTransfer, Status: ledger.Refused, Code: ledger.InsufficientFunds, Key: hold},
		{ID: accepted, Kind: ledger.KindTopUp, Status: ledger.Accepted, Entries: []ledger.Entry{
			{Cell: 9, Version: 1, Amount: 5, Balance: 5}, {Cell: 8, Version: 2, Amount: 2, Balance: 7},
			{Cell: 20, Version: 1, Amount: -7, Balance: -7},
		}},
	}}), accepted, refused
}

// whose are the cells of that batch: two of a lot, and one of a counter-account.
var whose = map[int64]ledger.Cell{
	8: {ID: 8, Account: account, Bucket: bucket}, 9: {ID: 9, Account: account, Bucket: bucket},
	20: {ID: 20, Account: tenant, Bucket: tenant, Lot: 2},
}

func found(batch *ledger.Batch, positions map[ledger.ID]int) map[ledger.ID]ledger.Transaction {
	transactions := map[ledger.ID]ledger.Transaction{}
	for id, position := range positions {
		transactions[id] = ledger.Transaction{ID: id, Sequence: batch.Sequence, Position: position, Payload: batch.Payload}
	}
	return transactions
}

func TestAnOriginalIsWhatAnAcceptedTransactionDid(t *testing.T) {
	batch, accepted, refused := moved(t)
	var asked []int64
	originals, err := ledger.OriginalsOf(found(batch, map[ledger.ID]int{accepted: 1, refused: 0}),
		func(cells []int64) (map[int64]ledger.Cell, error) {
			asked = cells
			return whose, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	want := map[ledger.ID]ledger.Original{accepted: {
		Kind: ledger.KindTopUp, Entries: batch.Records[1].Entries, Accounts: []ledger.ID{account, tenant},
		Lots: []ledger.ID{ledger.LotID(bucket, 0), ledger.LotID(tenant, 2)}, Instant: noon.UnixMicro(),
	}}
	if !reflect.DeepEqual(originals, want) {
		t.Errorf("the originals are %+v, not %+v", originals, want)
	}
	if !reflect.DeepEqual(asked, []int64{8, 9, 20}) {
		t.Errorf("the owners of %v were asked for", asked)
	}
}

func TestWhatHappenedByItselfHappenedThen(t *testing.T) {
	batch, accepted, _ := moved(t)
	batch.Records[1].Effective = noon.UnixMicro() - 7
	originals, err := ledger.OriginalsOf(found(sealed(t, batch), map[ledger.ID]int{accepted: 1}),
		func([]int64) (map[int64]ledger.Cell, error) { return whose, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := originals[accepted].Instant; got != noon.UnixMicro()-7 {
		t.Errorf("it happened at %d", got)
	}
}

func TestAnOriginalTellsWhatItCountedAsUsedOfSharedBuckets(t *testing.T) {
	batch, accepted, _ := moved(t)
	used, bound := int64(3), int64(5)
	use := ledger.Fact{
		Subject: ledger.ShareUseID(bucket, account), Version: 2, Kind: ledger.FactShareUse, Used: &used, Cap: &bound,
		Body: ledger.EncodeBody(ledger.ShareUse{Member: account, Owner: tenant, Bucket: bucket, Since: 7}),
	}
	batch.Records[1].Facts = []ledger.Fact{{Subject: account, Version: 3, Kind: ledger.FactTerm}, use}
	originals, err := ledger.OriginalsOf(found(sealed(t, batch), map[ledger.ID]int{accepted: 1}),
		func([]int64) (map[int64]ledger.Cell, error) { return whose, nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := originals[accepted].Shares; !reflect.DeepEqual(got, []ledger.Fact{use}) {
		t.Errorf("it counted %+v", got)
	}
}

func TestWhoseNoCellsAreIsNotAskedIfNothingMoved(t *testing.T) {
	batch, _, refused := moved(t)
	for _, positions := range []map[ledger.ID]int{{}, {refused: 0}} {
		originals, err := ledger.OriginalsOf(found(batch, positions), func([]int64) (map[int64]ledger.Cell, error) {
			return nil, errors.New("it was asked")
		})
		if err != nil || len(originals) > 0 {
			t.Errorf("the originals are %+v with the error %v", originals, err)
		}
	}
}

func TestAnOriginalThatIsNotWhereItShouldBeIsAnError(t *testing.T) {
	batch, accepted, refused := moved(t)
	down := errors.New("the store is down")
	nobody := func([]int64) (map[int64]ledger.Cell, error) {
		return map[int64]ledger.Cell{8: whose[8], 9: whose[9]}, nil
	}
	broken := found(batch, map[ledger.ID]int{accepted: 1})
	broken[accepted] = ledger.Transaction{ID: accepted, Sequence: 4, Position: 1, Payload: []byte{9}}
	for _, c := range []struct {
		name   string
		found  map[ledger.ID]ledger.Transaction
		owners func([]int64) (map[int64]ledger.Cell, error)
		says   string
	}{
		{"another's position", found(batch, map[ledger.ID]int{accepted: 0}), nobody, "batch 4, position 0: not a payload of the log: transaction " + accepted.String()},
		{"past the end", found(batch, map[ledger.ID]int{refused: 2}), nobody, "batch 4, position 2"},
		{"before the beginning", found(batch, map[ledger.ID]int{refused: -1}), nobody, "batch 4, position -1"},
		{"an illegible payload", broken, nobody, "batch 4: not a payload of the log"},
		{"a cell that is nobody's", found(batch, map[ledger.ID]int{accepted: 1}), nobody, "moves money on cell 20, which is missing"},
		{"a store that is down", found(batch, map[ledger.ID]int{accepted: 1}),
			func([]int64) (map[int64]ledger.Cell, error) { return nil, down }, down.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			originals, err := ledger.OriginalsOf(c.found, c.owners)
			if err == nil || originals != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the originals are %+v with the error %v", originals, err)
			}
		})
	}
}
