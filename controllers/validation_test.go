// Copyright 2026 The Prepay Operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/prepay-operator/prepay-operator/api/v1alpha1"
	"github.com/prepay-operator/prepay-operator/internal/ledger"
)

// The guard holds without any admission: each case is what an API server that
// does not validate would let through.

func topUp(change func(*v1alpha1.TopUp)) *v1alpha1.TopUp {
	obj := &v1alpha1.TopUp{
		ObjectMeta: metav1.ObjectMeta{Name: "cash"},
		Spec: v1alpha1.TopUpSpec{
			AccountRef: v1alpha1.AccountReference{Name: "alice"}, Amount: "25.00 EUR",
			Payment: v1alpha1.Payment{Type: v1alpha1.PaymentCash, Reference: "till-4/8812"},
			Channel: "Retail", Reason: "monthly",
		},
	}
	change(obj)
	return obj
}

func TestTheGuardOfTopUp(t *testing.T) {
	negative := int32(-1)
	for name, test := range map[string]struct {
		change func(*v1alpha1.TopUp)
		want   string
	}{
		"negative":                {func(o *v1alpha1.TopUp) { o.Spec.Amount = "-5 EUR" }, `spec.amount: "-5 EUR" must not be negative: write 5 EUR`},
		"exponent":                {func(o *v1alpha1.TopUp) { o.Spec.Amount = "1e3 EUR" }, `spec.amount: "1e3 EUR" has an exponent: write 1000 EUR`},
		"no unit":                 {func(o *v1alpha1.TopUp) { o.Spec.Amount = "5" }, `spec.amount: "5"`},
		"lower case":              {func(o *v1alpha1.TopUp) { o.Spec.Amount = "5 eur" }, "write 5 EUR"},
		"nothing":                 {func(o *v1alpha1.TopUp) { o.Spec.Amount = "0 EUR" }, `spec.amount: "0 EUR" is nothing: write an amount greater than zero`},
		"30 digits":               {func(o *v1alpha1.TopUp) { o.Spec.Amount = "123456789012345678901234567890 EUR" }, "digits before the point"},
		"not a number":            {func(o *v1alpha1.TopUp) { o.Spec.Amount = "NaN" }, `spec.amount: "NaN"`},
		"decimals":                {func(o *v1alpha1.TopUp) { o.Spec.Amount = "10.505 EUR" }, "write 10.50 EUR or 10.51 EUR"},
		"decimals of a yen":       {func(o *v1alpha1.TopUp) { o.Spec.Amount = "1.5 JPY" }, "JPY has none"},
		"empty":                   {func(o *v1alpha1.TopUp) { o.Spec.Amount = "" }, "spec.amount"},
		"another namespace":       {func(o *v1alpha1.TopUp) { o.Spec.AccountRef.Namespace = "x" }, `spec.accountRef.namespace: "x": a reference never leaves its namespace: remove namespace`},
		"a bucket elsewhere":      {func(o *v1alpha1.TopUp) { o.Spec.BucketRef = &v1alpha1.BucketReference{Name: "b", Namespace: "x"} }, "spec.bucketRef.namespace"},
		"no account":              {func(o *v1alpha1.TopUp) { o.Spec.AccountRef.Name = "" }, "spec.accountRef.name: is empty"},
		"a long account":          {func(o *v1alpha1.TopUp) { o.Spec.AccountRef.Name = strings.Repeat("a", 64) }, "at most 63"},
		"no name":                 {func(o *v1alpha1.TopUp) { o.Spec.AccountRef.Name = "@main" }, `"@main" is no name`},
		"a bucket without a name": {func(o *v1alpha1.TopUp) { o.Spec.BucketRef = &v1alpha1.BucketReference{} }, "spec.bucketRef.name: is empty"},
		"a NUL":                   {func(o *v1alpha1.TopUp) { o.Spec.Reason = "a\x00b" }, "spec.reason: has a control character: remove it"},
		"a C1 control":            {func(o *v1alpha1.TopUp) { o.Spec.Channel = "a\u0085b" }, "spec.channel: has a control character"},
		"no UTF-8":                {func(o *v1alpha1.TopUp) { o.Spec.Reason = "a\xff" }, "spec.reason: is not UTF-8"},
		"a long reason":           {func(o *v1alpha1.TopUp) { o.Spec.Reason = strings.Repeat("é", 257) }, "spec.reason: is longer than 256"},
		"a line break":            {func(o *v1alpha1.TopUp) { o.Spec.Payment.Reference = "a\nb" }, "spec.payment.reference: has a control"},
		"an unknown payment":      {func(o *v1alpha1.TopUp) { o.Spec.Payment.Type = "Card" }, `spec.payment.type: "Card"`},
		"no payment":              {func(o *v1alpha1.TopUp) { o.Spec.Payment.Type = "" }, `spec.payment.type: ""`},
		"a blank in the key":      {func(o *v1alpha1.TopUp) { o.Spec.IdempotencyKey = "a b" }, "spec.idempotencyKey"},
		"a long key":              {func(o *v1alpha1.TopUp) { o.Spec.IdempotencyKey = strings.Repeat("k", 254) }, "at most 253"},
		"a negative TTL":          {func(o *v1alpha1.TopUp) { o.Spec.TTLSecondsAfterFinished = &negative }, "spec.ttlSecondsAfterFinished"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readTopUp(topUp(test.change))
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
	if _, err := readTopUp(topUp(func(o *v1alpha1.TopUp) {
		o.Spec.Reason = strings.Repeat("é", 256)
		o.Spec.AccountRef.Name = "a.b-" + strings.Repeat("1", 59)
	})); err != nil {
		t.Errorf("a top-up at its bounds: %v", err)
	}
}

func TestATopUpBecomesItsCommand(t *testing.T) {
	asked, err := readTopUp(topUp(func(o *v1alpha1.TopUp) {
		o.Spec.BucketRef = &v1alpha1.BucketReference{Name: "data"}
		o.Spec.Amount = "1.5 GB"
	}))
	if err != nil {
		t.Fatal(err)
	}
	place := ledger.Place{Account: ledger.ID{1}, Bucket: ledger.ID{2}}
	got := asked.operation(resolved{places: []ledger.Place{place}})
	want := ledger.TopUp{
		Into: place, Amount: ledger.Quantity{Base: 1_500_000_000, Unit: "B"},
		Payment: ledger.Payment{Type: "Cash", Reference: "till-4/8812"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(ledger.Annotation{Channel: "Retail", Reason: "monthly"}, asked.annotation); diff != "" {
		t.Error(diff)
	}
}

func TestTheGuardOfBalanceTransfer(t *testing.T) {
	end := func(account string) v1alpha1.TransferEndpoint {
		return v1alpha1.TransferEndpoint{AccountRef: v1alpha1.AccountReference{Name: account}}
	}
	transfer := func(from, to v1alpha1.TransferEndpoint, amount v1alpha1.Amount) *v1alpha1.BalanceTransfer {
		return &v1alpha1.BalanceTransfer{Spec: v1alpha1.BalanceTransferSpec{Source: from, Destination: to, Amount: amount}}
	}
	_, err := readBalanceTransfer(transfer(end("alice"), end("alice"), "1.00 EUR"))
	isInvalid(t, err, v1alpha1.ReasonSameSourceAndDestination, "alice")
	_, err = readBalanceTransfer(transfer(end("alice"), end(""), "1.00 EUR"))
	isInvalid(t, err, v1alpha1.ReasonInvalidSpec, "spec.destination.accountRef.name")
	_, err = readBalanceTransfer(transfer(end("alice"), end("bob"), "0 EUR"))
	isInvalid(t, err, v1alpha1.ReasonInvalidSpec, "spec.amount")
	other := end("alice")
	other.BucketRef = &v1alpha1.BucketReference{Name: "savings"}
	if _, err = readBalanceTransfer(transfer(end("alice"), other, "1.00 EUR")); err != nil {
		t.Errorf("between two buckets of an account: %v", err)
	}
}

func TestTheGuardOfPrepayAccount(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.PrepayAccount)
		want   string
	}{
		"no currency":        {func(o *v1alpha1.PrepayAccount) { o.Spec.Currency = "GB" }, "spec.currency"},
		"an unknown one":     {func(o *v1alpha1.PrepayAccount) { o.Spec.Currency = "XYZ" }, "spec.currency"},
		"a long name":        {func(o *v1alpha1.PrepayAccount) { o.Name = strings.Repeat("a", 64) }, "metadata.name"},
		"another currency":   {func(o *v1alpha1.PrepayAccount) { o.Spec.CreditLimit = "5.00 USD" }, "write it in EUR"},
		"a negative limit":   {func(o *v1alpha1.PrepayAccount) { o.Spec.CreditLimit = "-5.00 EUR" }, "spec.creditLimit"},
		"a ceiling of zero":  {func(o *v1alpha1.PrepayAccount) { o.Spec.MaximumBalance = "0 EUR" }, "spec.maximumBalance"},
		"an unknown state":   {func(o *v1alpha1.PrepayAccount) { o.Spec.State = "Asleep" }, `spec.state: "Asleep"`},
		"an unknown policy":  {func(o *v1alpha1.PrepayAccount) { o.Spec.DeletionPolicy = "Burn" }, "spec.deletionPolicy"},
		"a NUL in the owner": {func(o *v1alpha1.PrepayAccount) { o.Spec.Owner = &v1alpha1.RelatedParty{ID: "a\x00"} }, "spec.owner.id"},
		"a NUL in a line": {func(o *v1alpha1.PrepayAccount) {
			o.Spec.LogicalResources = []v1alpha1.LogicalResource{{Type: "MSISDN", Value: "1"}, {Type: "MSISDN", Value: "\x00"}}
		}, "spec.logicalResources[1].value"},
		"no such zone":       {func(o *v1alpha1.PrepayAccount) { o.Spec.TimeZone = "Europe/Atlantis" }, `spec.timeZone: "Europe/Atlantis" is no time zone: write a name of the IANA database`},
		"the machine's zone": {func(o *v1alpha1.PrepayAccount) { o.Spec.TimeZone = "Local" }, `spec.timeZone: "Local" is no time zone`},
		"a NUL in a product": {func(o *v1alpha1.PrepayAccount) { o.Spec.Products = []v1alpha1.ProductReference{{ID: "\x00"}} }, "spec.products[0].id"},
		"too many lines": {func(o *v1alpha1.PrepayAccount) {
			o.Spec.LogicalResources = make([]v1alpha1.LogicalResource, 33)
		}, "spec.logicalResources"},
		"too many products": {func(o *v1alpha1.PrepayAccount) { o.Spec.Products = make([]v1alpha1.ProductReference, 65) }, "spec.products"},
	} {
		t.Run(name, func(t *testing.T) {
			account := &v1alpha1.PrepayAccount{
				ObjectMeta: metav1.ObjectMeta{Name: "alice"}, Spec: v1alpha1.PrepayAccountSpec{Currency: "EUR"},
			}
			test.change(account)
			_, err := readPrepayAccount(account)
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
}

func TestTheGuardOfBucket(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*v1alpha1.Bucket)
		want   string
	}{
		"an unknown unit":       {func(o *v1alpha1.Bucket) { o.Spec.Unit = "gb" }, "write GB"},
		"a unit that misfits":   {func(o *v1alpha1.Bucket) { o.Spec.UsageType = v1alpha1.UsageSMS }, "write SMS or MMS"},
		"messages as anything":  {func(o *v1alpha1.Bucket) { o.Spec.UsageType, o.Spec.Unit = v1alpha1.UsageOther, "SMS" }, "does not fit"},
		"an unknown usage":      {func(o *v1alpha1.Bucket) { o.Spec.UsageType = "Fun" }, `spec.usageType: "Fun"`},
		"an unknown class":      {func(o *v1alpha1.Bucket) { o.Spec.Class = "Free" }, `spec.class: "Free"`},
		"an unknown policy":     {func(o *v1alpha1.Bucket) { o.Spec.DeletionPolicy = "Close" }, "spec.deletionPolicy"},
		"nothing to start with": {func(o *v1alpha1.Bucket) { o.Spec.InitialAmount = "0 GB" }, "spec.initialAmount"},
		"another dimension":     {func(o *v1alpha1.Bucket) { o.Spec.InitialAmount = "5 min" }, "write it in GB"},
		"no account":            {func(o *v1alpha1.Bucket) { o.Spec.AccountRef.Name = "" }, "spec.accountRef.name"},
		"a long name":           {func(o *v1alpha1.Bucket) { o.Name = strings.Repeat("a", 64) }, "metadata.name"},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := &v1alpha1.Bucket{
				ObjectMeta: metav1.ObjectMeta{Name: "data"},
				Spec: v1alpha1.BucketSpec{
					AccountRef: v1alpha1.AccountReference{Name: "alice"}, UsageType: v1alpha1.UsageData, Unit: "GB",
				},
			}
			test.change(bucket)
			_, err := readBucket(bucket)
			isInvalid(t, err, v1alpha1.ReasonInvalidSpec, test.want)
		})
	}
}

func isInvalid(t *testing.T, err error, reason, want string) {
	t.Helper()
	s, ok := errors.AsType[standing](err)
	if !ok || s.class != stuck || s.reason != reason || !strings.Contains(s.message, want) {
		t.Errorf("got %#v, want %s with %q", err, reason, want)
	}
}
